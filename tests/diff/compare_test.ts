// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import { DiffError } from "../../src/diff/run_files.ts";
import { areEqual, verdict } from "../../src/diff/render/sections.ts";
import {
  changed,
  checkpoint,
  diffOf,
  diffOfFinished,
  example,
  type Files,
  withManifest,
} from "./example_run.ts";

const row = (cell: string, value: string): string => `${cell},2,10,${value},0.400000,0.600000,`;

/** The difference, the files, the tolerances, and the closing line after `old and new `. */
const cases: readonly [string, Files, string[], string][] = [
  ["nothing", example, [], "are equal: 3 cells, 2 models"],
  [
    "the name and what the report shows",
    changed("config.yaml", "name: example", "name: other"),
    [],
    "are equal: 3 cells, 2 models (except for name example → other)",
  ],
  [
    "where a corpus of the same bytes lies",
    changed("config.yaml", "names.txt", "elsewhere/names.txt"),
    [],
    "are equal: 3 cells, 2 models (except for corpus.path names.txt → elsewhere/names.txt)",
  ],
  [
    "a setting that changes nothing",
    changed("config.yaml", "seed: 1", "seed: 2"),
    [],
    "differ: 1 setting",
  ],
  [
    "a value",
    changed("results.csv", "greedy,greedy,,2,10,0.500000", "greedy,greedy,,2,10,0.500001"),
    [],
    "differ: 1 of 3 cells (1 metric); 0 of 1 comparison moved beyond chance (p < 0.05 in 0, by chance alone in 0.05)",
  ],
  [
    "a value by more than chance explains",
    changed(
      "results.csv",
      row("greedy,greedy,", "0.500000"),
      "greedy,greedy,,2,10,0.800000,0.700000,0.900000,",
    ),
    [],
    "differ: 1 of 3 cells (1 metric); 1 of 1 comparison moved beyond chance (p < 0.05 in 1, by chance alone in 0.05)",
  ],
  [
    "the end of an interval alone",
    changed("results.csv", "0.400000,0.600000", "0.400000,0.600001"),
    [],
    "differ: 1 of 3 cells (1 metric); 0 of 1 comparison moved beyond chance (p < 0.05 in 0, by chance alone in 0.05)",
  ],
  [
    "a list",
    changed("results.csv", "7 3", "7 2"),
    [],
    "differ: 1 of 3 cells (1 metric); 0 of 1 comparison moved beyond chance (p < 0.05 in 0, by chance alone in 0.05)",
  ],
  [
    "a list within the tolerance",
    changed("results.csv", "7 3", "7 2"),
    ["tested_at=1"],
    "are equal within the tolerances: 3 cells, 2 models",
  ],
  [
    "a value and its interval within the tolerance",
    changed("results.csv", "0.500000,0.400000", "0.510000,0.409000"),
    ["mean_length=0,0.03"],
    "are equal within the tolerances: 3 cells, 2 models",
  ],
  [
    "an end past the tolerance",
    changed("results.csv", "0.500000,0.400000", "0.510000,0.300000"),
    [
      "mean_length=0.01",
    ],
    "differ: 1 of 3 cells (1 metric); 0 of 1 comparison moved beyond chance (p < 0.05 in 0, by chance alone in 0.05)",
  ],
  [
    "another metric than the one tolerated",
    changed("results.csv", "2,10,0.5", "2,11,0.5"),
    [
      "mean_length=9",
    ],
    "differ: 1 of 3 cells (1 metric); 0 of 1 comparison moved beyond chance (p < 0.05 in 0, by chance alone in 0.05)",
  ],
  [
    "a label alone",
    changed("results.csv", "top_k(k=5),", '"top 5",'),
    [],
    "are equal: 3 cells, 2 models",
  ],
  [
    "the order of rows",
    {
      ...example,
      "results.csv": (example["results.csv"] ?? "").replace(/(top_k.*\r\n)(top_k.*\r\n)/, "$2$1"),
    },
    [],
    "are equal: 3 cells, 2 models",
  ],
  [
    "a number in other digits",
    changed("results.csv", "2,10,0.500000", "2,10.0,0.5"),
    [],
    "are equal: 3 cells, 2 models",
  ],
  [
    "a cell's setting",
    changed("results.csv", "top_k(k=5),top_k,5", "top_k(k=6),top_k,6"),
    [],
    "differ: 2 cells in one run only",
  ],
  [
    "a setting that no cell has",
    {
      ...example,
      "results.csv": (example["results.csv"] ?? "").replace(
        /^cell,strategy,k,/,
        "cell,strategy,k,p,",
      ).replaceAll(/,2,10,/g, ",,2,10,"),
    },
    [],
    "are equal: 3 cells, 2 models",
  ],
  [
    "the name of a metric",
    changed("results.csv", "samples", "samplings"),
    [],
    "differ: 2 columns of cells in one run only",
  ],
  [
    "what a model loses",
    changed("models.csv", "4.000000", "4.050000"),
    [],
    "differ: 1 of 2 models (1 metric); 0 of 1 comparison moved beyond chance (p < 0.05 in 0, by chance alone in 0.05)",
  ],
  [
    "a model more",
    changed("models.csv", "1-gram", "2-gram"),
    [],
    "differ: 2 models in one run only",
  ],
  [
    "the weights",
    { ...example, "checkpoints/target.json": checkpoint(1.5) },
    [],
    "differ: the weights of 1 of 1 model",
  ],
  ["the weights within the tolerance", { ...example, "checkpoints/target.json": checkpoint(1.5) }, [
    "weights=0.5",
  ], "are equal within the tolerances: 3 cells, 2 models"],
  ["the weights past it", { ...example, "checkpoints/target.json": checkpoint(1.5) }, [
    "weights=0.4",
  ], "differ: the weights of 1 of 1 model"],
];

for (const [name, current, tolerances, expected] of cases) {
  Deno.test(`diffRuns: with a difference in ${name} they ${expected}`, async () => {
    const diff = await diffOf(example, current, tolerances);
    assertEquals(verdict(diff), `old and new ${expected}`);
    assertEquals(areEqual(diff), expected.startsWith("are equal"));
    // The other way round it is the same kind of thing.
    assertEquals(areEqual(await diffOf(current, example, tolerances)), areEqual(diff));
  });
}

Deno.test("diffRuns: versions are shown and make no difference, another corpus does", async () => {
  const files = async (changes: Readonly<Record<string, unknown>>): Promise<string> =>
    verdict(await diffOfFinished(withManifest(example), withManifest(example, changes)));
  assertEquals(
    await files({ versions: { microbeam: "0.1.0", deno: "3.0.0" } }),
    "old and new are equal: 3 cells, 2 models (except for deno 2.9.6 → 3.0.0)",
  );
  assertEquals(await files({ inputs: { corpus: "c1" } }), "old and new differ: 1 setting");
  // Of another corpus its path is a setting, too.
  const elsewhere = withManifest(changed("config.yaml", "names.txt", "others.txt"), {
    inputs: { corpus: "c1" },
  });
  const diff = await diffOfFinished(withManifest(example), elsewhere);
  assertEquals(verdict(diff), "old and new differ: 2 settings");
});

Deno.test("diffRuns: two rows of the same settings are refused, whatever their labels", async () => {
  const twice = changed("results.csv", "top_k(k=5),top_k,5", "other,top_k,1");
  await assertRejects(
    () => diffOf(example, twice),
    DiffError,
    "cannot use results.csv of new: line 4: expected other settings in every row, found those of line 3 again",
  );
});

/** The example with other cells. */
function withResults(...lines: readonly string[]): Files {
  return { ...example, "results.csv": lines.map((line) => `${line}\r\n`).join("") };
}

Deno.test("diffRuns: the order of the columns does not matter", async () => {
  const { cells } = await diffOf(
    withResults("cell,a,b,prompts", "1,x,y,2"),
    withResults("cell,b,a,prompts", "1,y,x,2"),
  );
  assertEquals([cells.rows.length, cells.lone.old.length], [1, 0]);
});

Deno.test("diffRuns: no value of a setting is taken for another setting", async () => {
  const { cells } = await diffOf(
    withResults("cell,a,b,prompts", "1,x,y,2"),
    withResults("cell,a,b,prompts", '1,"x,b,y",,2'),
  );
  assertEquals([cells.rows.length, cells.lone.old.length], [0, 1]);
});

Deno.test("diffRuns: the relative change of a negative value has the sign of the change", async () => {
  const { cells } = await diffOf(
    withResults("cell,prompts,log_prob", "1,2,-10.0"),
    withResults("cell,prompts,log_prob", "1,2,-9.0"),
  );
  const [, logProb] = cells.rows[0]?.metrics ?? [];
  assertEquals([logProb?.change, logProb?.relativeChange], [1, 0.1]);
});

/** A finished sweep over the seed: for each its prompts, and the result of its one cell. */
function sweep(found: Readonly<Record<string, { prompts: string; zipf: string }>>): Files {
  const rows = Object.entries(found)
    .map(([seed, { zipf }]) => `${seed},greedy,greedy,2,${zipf}\r\n`);
  const variants = Object.entries(found).flatMap(([seed, { prompts }]) => {
    const files = changed("config.yaml", "prompts: [a, b]", `prompts: ${prompts}`);
    const finished = withManifest(files, { stages: { report: { example: `key ${seed}` } } });
    return Object.entries(finished).map(([name, text]) => [`seed=${seed}/${name}`, text]);
  });
  const report = Object.keys(found).map((seed) => [`seed=${seed}`, `key ${seed}`]);
  const summary = { "results.csv": `seed,cell,strategy,prompts,zipf\r\n${rows.join("")}` };
  return {
    ...withManifest(summary, { stages: { report: Object.fromEntries(report) } }),
    ...Object.fromEntries(variants),
  };
}

Deno.test("diffRuns: sweeps are compared by cell, and by the variants that both have", async () => {
  const old = sweep({
    1: { prompts: "[a, b]", zipf: "0.5" },
    2: { prompts: "[a, b]", zipf: "0.6" },
    3: { prompts: "[a, b]", zipf: "0.6" },
    4: { prompts: "[a, b]", zipf: "0.1" },
  });
  const current = sweep({
    1: { prompts: "[a]", zipf: "0.5" },
    3: { prompts: "[a]", zipf: "0.7" },
    4: { prompts: "[a, b]", zipf: "0.1" },
  });
  const diff = await diffOfFinished(old, current);
  assertEquals(diff.cells.rows.map(({ name }) => name), [
    "seed=1: greedy",
    "seed=3: greedy",
    "seed=4: greedy",
  ]);
  assertEquals(diff.cells.lone.old.map(({ name }) => name), ["seed=2: greedy"]);
  assertEquals(diff.variants, { old: ["seed=2"], new: [] });
  const changes = diff.settings.filter(({ differs }) => differs);
  assertEquals(changes.map(({ path, variants }) => [path, ...variants]), [
    ["decoding.prompts", "seed=1", "seed=3"],
  ]);
  assertEquals(
    verdict(diff),
    "old and new differ: 1 variant in one run only, 1 setting, 1 of 3 cells (1 metric), " +
      "1 cell in one run only",
  );
});

Deno.test("diffRuns: files in a variant's folder that are not of the sweep are ignored", async () => {
  const one = { prompts: "[a, b]", zipf: "0.5" };
  const whole = sweep({ 1: one, 2: one });
  const before = { ...whole, "seed=2/manifest.json": whole["seed=1/manifest.json"] ?? "" };
  const { "seed=2/manifest.json": _, ...unfinished } = whole;
  const stray = { ...whole, "seed=3/config.yaml": "of an earlier sweep" };
  const lone = async (current: Files): Promise<readonly string[]> =>
    (await diffOfFinished(whole, current)).variants.old;
  assertEquals(await lone(before), ["seed=2"]);
  assertEquals(await lone(unfinished), ["seed=2"]);
  assertEquals(await lone(stray), []);
});

Deno.test("diffRuns: what only shows the results, such as a page, is checked and makes no difference", async () => {
  const shown = (text: string): Files => ({
    ...example,
    "report.md": text,
    "report.html": text,
    "findings.json": text,
    "charts/acceptance.svg": text,
    "charts/acceptance.vl.json": text,
  });
  const diff = await diffOf(shown("old"), shown("new"));
  assertEquals(verdict(diff), "old and new are equal: 3 cells, 2 models");
  const damaged = { ...withManifest(shown("old")), "report.html": "another" };
  await assertRejects(
    () => diffOfFinished(damaged, withManifest(example)),
    DiffError,
    "cannot use report.html of old",
  );
});
