// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { cellsOf, nameOf } from "../../src/compare/cells.ts";
import { matchCells, type Matching } from "../../src/compare/matching.ts";
import type { LoadedRun } from "../../src/diff/load.ts";
import { DiffError } from "../../src/diff/run_files.ts";
import { type MadeUpRun, madeUpRun, speculative, topK } from "./made_up_run.ts";

const size = { prompts: ["a", "b"], samples: 3 };

function run(name: string, cells: MadeUpRun["cells"], more: Partial<MadeUpRun> = {}) {
  return madeUpRun({ name, cells, ...size, ...more });
}

const sampled = topK({ 1: 5, 3: 9, 10: 20 });
const a = await run("a", { ...speculative({ 2: 0.5, 4: 0.6, 1: 0.5 }), ...sampled });
const wide = await run("wide", speculative({ 2: 0.5, 16: 0.5 }));
const seeded = await run("seeded", topK({ 3: 9, 5: 10, 10: 20 }), { seed: 2 });
const trained = await run("trained", topK({ 1: 5, 3: 9 }), {
  config: "training: { target: { steps: 5 } }\n",
});
/** As `wide`, with other results: of another version, say. */
const other = await run("other", speculative({ 2: 0.9 }));

interface Asked {
  readonly by?: readonly string[];
  readonly baseline?: string;
  readonly strategy?: string;
}

function matched(
  runs: readonly LoadedRun[],
  { by = [], baseline, strategy }: Asked,
): Matching {
  const among = runs.flatMap(cellsOf);
  const cells = among.filter(({ own }) =>
    strategy === undefined || own.get("strategy") === strategy
  );
  return matchCells(cells, { by, baseline, among, runs: runs.map(({ label }) => label) });
}

/** `shared: baseline < others`, a line for each group. */
function groupsIn({ groups }: Matching): string[] {
  return groups.map(({ shared, baseline, others }) => {
    const name = ({ cell, values }: typeof baseline): string =>
      values.length === 0 ? nameOf(cell) : values.map(([, value]) => value).join("/");
    return `${shared.map((one) => one.join("=")).join()}: ${name(baseline)} < ${others.map(name)}`;
  });
}

const cases: readonly [
  what: string,
  runs: readonly LoadedRun[],
  asked: Asked,
  groups: readonly string[],
][] = [
  ["numbers in order, beside the first", [a], { by: ["draft_k"] }, [": 1 < 2,4"]],
  ["beside a value", [a], { by: ["draft_k"], baseline: "4" }, [": 4 < 1,2"]],
  ["beside setting=value", [a], { by: ["draft_k"], baseline: "draft_k=2" }, [": 2 < 1,4"]],
  [
    "beside another cell",
    [a],
    { by: ["draft_k"], baseline: "top_k(k=3)" },
    [": a:top_k(k=3) < 1,2,4"],
  ],
  [
    "without --by all beside the first",
    [seeded],
    {},
    [": seeded:top_k(k=3) < seeded:top_k(k=5),seeded:top_k(k=10)"],
  ],
  [
    "values of two runs that differ in nothing else, the same cell once",
    [a, wide],
    { by: ["draft_k"] },
    [": 1 < 2,4,16"],
  ],
  [
    "matched on the seed",
    [a, seeded],
    { by: ["k"] },
    ["seed=1: 1 < 3,10", "seed=2: 3 < 5,10"],
  ],
  [
    "by a setting of the run, by its last word, matched on the cell",
    [
      trained,
      await run("longer", topK({ 1: 5, 3: 9 }), {
        config: "training: { target: { steps: 50 } }\n",
      }),
    ],
    { by: ["steps"] },
    ["k=1: 5 < 50", "k=3: 5 < 50"],
  ],
  [
    "by the run, whatever runs differ in",
    [a, seeded],
    { by: ["run"], strategy: "top_k" },
    ["k=3: a < seeded", "k=10: a < seeded"],
  ],
  [
    "by two settings",
    [a, seeded],
    { by: ["k", "seed"], strategy: "top_k" },
    [": 1/1 < 3/1,3/2,5/2,10/1,10/2"],
  ],
];

for (const [what, runs, asked, groups] of cases) {
  Deno.test(`matchCells: ${what}`, () => assertEquals(groupsIn(matched(runs, asked)), groups));
}

Deno.test("matchCells: says what was left out, and what is the same", () => {
  assertEquals(matched([a, wide], { by: ["draft_k"] }).notes, [
    "left out, without draft_k: top_k(k=1), top_k(k=3), top_k(k=10)",
    "wide:speculative(draft_k=2) is the same as a:speculative(draft_k=2)",
  ]);
});

const wrong: readonly [what: string, runs: readonly LoadedRun[], asked: Asked, message: string][] =
  [
    ["a setting that is none", [a], { by: ["draftk"] }, 'did you mean "draft_k"?'],
    [
      "the same value everywhere",
      [seeded],
      { by: ["strategy"] },
      'expected different values, found "top_k" in every cell; they differ in k: try --by k',
    ],
    [
      "nothing that differs in one setting alone",
      [a],
      { by: ["strategy"] },
      "they also differ in draft_k, k: name all that may differ, such as --by strategy,draft_k,k",
    ],
    [
      "a baseline that is no value",
      [a],
      { by: ["draft_k"], baseline: "3" },
      'cannot use --baseline "3": expected one of 1, 2, 4, found "3", or a cell',
    ],
    [
      "a misspelled cell as baseline",
      [a],
      { baseline: "top_k(k=4)" },
      'did you mean "top_k(k=1)"?',
    ],
    [
      "a baseline that two runs have",
      [a, seeded],
      { baseline: "top_k(k=3)", strategy: "speculative" },
      "found a:top_k(k=3), seeded:top_k(k=3); give one of them",
    ],
    [
      "two results of the same settings",
      [a, other],
      { by: ["draft_k"] },
      'choose with --cells "a:*", or compare the runs with --by draft_k,run',
    ],
    ["a single cell", [other], {}, "expected two cells or more, found one"],
  ];

for (const [what, runs, asked, message] of wrong) {
  Deno.test(`matchCells: ${what} is refused with a way out`, () => {
    assertThrows(() => matched(runs, asked), DiffError, message);
  });
}

Deno.test("matchCells: groups with nothing to be compared with are named", () => {
  const { notes } = matched([a, seeded], { by: ["seed"], strategy: "top_k" });
  assertEquals(notes, [
    "left out: 2 of 4 groups have nothing to be compared with: top_k(k=1), top_k(k=5)",
  ]);
});
