/**
 * The answer on one screen: at most 40 lines of at most 80 columns, whatever differs.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { RunDiff } from "../../src/diff/compare.ts";
import { effectsOf } from "../../src/diff/effects.ts";
import { markdownOfDiff } from "../../src/diff/render/markdown.ts";
import { plain } from "../../src/diff/render/paint.ts";
import { textOfDiff } from "../../src/diff/render/text.ts";
import { measures } from "../../src/measure/measures.ts";
import { changed, diffOf, diffOfFinished, example } from "./example_run.ts";
import { type MadeUpCell, madeUpRun, madeUpSweep, type Values } from "./made_up_runs.ts";

const judged = measures.filter(({ judged }) => judged !== undefined).map(({ name }) => name);

/** Values of which measure `i` moves by `step`, with chance of 0.001 unless it `isExact`. */
function values(names: readonly string[], step: number, isExact = false): Values {
  const value = (i: number): [number, number | undefined] => [
    0.4 + step * (1 + i) / 100,
    isExact ? undefined : 0.001,
  ];
  return Object.fromEntries(names.map((name, i) => [name, value(i)]));
}

/** `count` cells with chance and as many without. */
function cells(count: number, names: readonly string[], step: number): MadeUpCell[] {
  return Array.from({ length: count }, (_, i) => i + 1).flatMap((number) => [
    { strategy: "top_k", number, values: values(names, step) },
    { strategy: "beam", number, values: values(names, step, true) },
  ]);
}

const settings = Array.from({ length: 60 }, (_, i) => i);
const long = "a".repeat(200);
const prompts = (from: number): string =>
  `decoding: { prompts: [${settings.map((i) => `p${from + i}`).join(", ")}] }\n`;

/** Metrics of another version, of which nothing is known but their intervals. */
const others = Array.from({ length: 60 }, (_, i) => `a_measure_of_another_version_${i}`);

const cases: readonly [string, () => Promise<RunDiff>][] = [
  [
    "hundreds of measures, with chance and without",
    () => diffOfFinished(madeUpRun(cells(40, judged, 0)), madeUpRun(cells(40, judged, 1))),
  ],
  [
    "a hundred settings",
    () =>
      diffOfFinished(
        madeUpRun(cells(9, judged, 0), settings.map((i) => `a_setting_${i}: ${long}a\n`).join("")),
        madeUpRun(cells(9, judged, 1), settings.map((i) => `a_setting_${i}: ${long}b\n`).join("")),
      ),
  ],
  [
    "a long list of prompts",
    () =>
      diffOfFinished(
        madeUpRun(cells(9, judged, 0), prompts(0)),
        madeUpRun(cells(9, judged, 1), prompts(7)),
      ),
  ],
  [
    "labels and columns without end",
    () => {
      const labelled = (step: number): MadeUpCell[] =>
        cells(9, [...others, long], step).map((cell, i) => ({ ...cell, label: `${long}${i}` }));
      return diffOfFinished(madeUpRun(labelled(0)), madeUpRun(labelled(1)));
    },
  ],
  [
    "hundreds of cells in one run only",
    () => diffOfFinished(madeUpRun(cells(200, judged, 0)), madeUpRun(cells(100, judged, 1))),
  ],
  [
    "sweeps",
    () => {
      const sweep = (seeds: number, step: number) =>
        madeUpSweep(
          new Map(Array.from({ length: seeds }, (_, i) => [`seed=${i}`, cells(5, judged, step)])),
        );
      return diffOfFinished(sweep(4, 0), sweep(6, 1));
    },
  ],
  [
    "runs of an older version",
    () => diffOf(example, changed("results.csv", "0.750000,0.650000", "0.950000,0.850000")),
  ],
];

for (const [name, made] of cases) {
  const diff = await made();
  for (const width of [80, 60, 120]) {
    Deno.test(`textOfDiff: ${name}: at most 40 lines of ${width} columns`, () => {
      const lines = textOfDiff(diff, { all: false, width }, plain).split("\n");
      const widest = Math.max(...lines.map((line) => [...line].length));
      assert(lines.length <= 40 && widest <= width, `${lines.length}, ${widest}`);
    });
  }
  Deno.test(`textOfDiff: ${name}: with --all lines of 80 columns, and every metric of every cell`, () => {
    const lines = textOfDiff(diff, { all: true }, plain).split("\n");
    assert(lines.every((line) => [...line].length <= 80));
    const shown = diff.cells.rows.flatMap(({ metrics }) =>
      metrics.filter(({ old, new: current }) => old.text + current.text !== "")
    );
    const unbroken = lines.map((line) => line.trim()).join("");
    for (const { metric } of shown) assertStringIncludes(unbroken, metric);
    assert(lines.length > shown.length, `${lines.length} of ${shown.length}`);
  });
}

Deno.test("textOfDiff: the largest changes come first, and the counts are those of all", async () => {
  const diff = await diffOfFinished(
    madeUpRun(cells(40, judged, 0)),
    madeUpRun(cells(40, judged, 1)),
  );
  const text = textOfDiff(diff, { all: false }, plain);
  const { cells: moved, within, exactChanges } = effectsOf(diff);
  assertEquals(moved.length, 40 * judged.length);
  assertStringIncludes(text, `Moved beyond chance: ${moved.length} of ${diff.family.metrics} `);
  assertStringIncludes(
    text,
    `Changed without chance: ${exactChanges.values} values of 40 cells `,
  );
  assertEquals([within.comparisons, exactChanges.values], [0, 40 * judged.length]);
  const byChance = Math.round(0.05 * diff.family.metrics);
  assertStringIncludes(
    text.replaceAll(/\n +/g, " "),
    `chance alone gives about ${byChance} with p < 0.05; found ${diff.family.unadjusted}.`,
  );
  const places = moved.slice(0, 120).map(({ size }) => size);
  assertEquals(places, places.toSorted((a, b) => b - a));
});

for (
  const [count, left] of [[1, ""], [4, ""], [6, " (and 2 more)"]] as const
) {
  Deno.test(`textOfDiff: of a measure of ${count} cells as many are shown as there is said${left}`, async () => {
    const [measure = ""] = judged;
    const runs = [0, 1].map((run) => madeUpRun(cells(count, [measure], run)));
    const [old = {}, current = {}] = runs;
    const diff = await diffOfFinished(old, current);
    const [, table = ""] = textOfDiff(diff, { all: false }, plain).split("Moved beyond chance: ");
    const [title = "", name = "", ...rows] = (table.split("\n\n")[0] ?? "").split("\n");
    const moved = effectsOf(diff).cells.length;
    assertEquals(moved, count);
    assertStringIncludes(title, `${count} of ${count}`);
    assertEquals([name.endsWith(left || name), rows.length], [true, Math.min(count, 4)]);
  });
}

Deno.test("markdownOfDiff: the answer is unfolded and short, the rest folded, in less than a comment may have", async () => {
  const diff = await diffOfFinished(
    madeUpRun(cells(20, judged, 0)),
    madeUpRun(cells(20, judged, 1)),
  );
  const text = markdownOfDiff(diff, { all: false });
  const [answer = "", folded = ""] = text.split("<details>");
  assert(answer.split("\n").length <= 40, answer);
  assertEquals(text.trimEnd().endsWith("</details>"), true);
  assertEquals(folded.match(/^\| `mean_length` \|/gm)?.length, 40);
  // The most that GitHub takes.
  assert(text.length < 65_536, `${text.length}`);
});

Deno.test("textOfDiff: variants of a sweep in which the same moved are one row", async () => {
  const sweep = (step: number) =>
    madeUpSweep(
      new Map(["seed=1", "seed=2", "seed=3"].map((variant) => [variant, [{
        strategy: "top_k",
        number: 5,
        values: values(["mean_length"], step),
      }]])),
    );
  const text = textOfDiff(await diffOfFinished(sweep(0), sweep(30)), { all: false }, plain);
  assertEquals(text.match(/top_k\(k=5\) in 3 variants/g)?.length, 2);
  assert(!text.includes("seed=1"), text);
});

Deno.test("textOfDiff: what other numbers of samples move is named, one measure or several", async () => {
  const run = (names: readonly string[], value: number, samples: number) =>
    madeUpRun([{
      ...{ strategy: "top_k", number: 5, samples },
      values: Object.fromEntries(names.map((name) => [name, [value, 0.001]])),
    }]);
  for (
    const [names, said] of [
      [["mass_covered"], "mass covered moves by that alone."],
      [["unique_share", "mass_covered"], "unique share and mass covered move by that alone."],
    ] as const
  ) {
    const diff = await diffOfFinished(run(names, 0.1, 100), run(names, 0.2, 200));
    const text = textOfDiff(diff, { all: false }, plain).replaceAll(/\n +/g, " ");
    assertStringIncludes(text, `With other numbers of samples ${said}`);
  }
});
