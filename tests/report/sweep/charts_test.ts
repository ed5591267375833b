// @ts-types="../../declarations/assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { drawSvg } from "../../../src/report/svg.ts";
import type { Chart } from "../../../src/report/chart.ts";
import { sweepCharts } from "../../../src/report/sweep/charts.ts";
import { summarizeSweep, type VariantRun } from "../../../src/report/sweep/sweep_summary.ts";
import { run } from "./sweep_runs.ts";

async function chartsOf(variants: readonly VariantRun[]): Promise<readonly Chart[]> {
  return sweepCharts(await summarizeSweep({ name: "made-up", variants }));
}

/** The points that a chart draws, line by line. */
function pointsOf(chart: Chart | undefined): Record<string, number[][]> {
  const data: unknown = chart?.spec.data;
  const { values } = data as { values: { label: string; x: number; value: number }[] };
  const lines = Map.groupBy(values, ({ label }) => label);
  return Object.fromEntries(
    [...lines].map(([label, points]) => [label, points.map(({ x, value }) => [x, value])]),
  );
}

const embd = "models.target.n_embd";
const layers = "models.target.n_layer";
const two = "speculative(acceptance_rule=original, draft_k=2)";
const four = "speculative(acceptance_rule=original, draft_k=4)";

Deno.test("sweepCharts: one for a setting of numbers, a line for each cell", async () => {
  const charts = await chartsOf([run({ [embd]: 8 }, 0), run({ [embd]: 16 }, 1)]);
  assertEquals(charts.map(({ file, description }) => [file, description]), [
    ["charts/models.target.n_embd.svg", "Log-probability per token by models.target.n_embd"],
  ]);
  assertEquals(pointsOf(charts[0]), {
    greedy: [[8, -2], [16, -3]],
    [two]: [[8, -2.125], [16, -3.125]],
    [four]: [[8, -2.25], [16, -3.25]],
  });
});

/** Sweeps without a chart. */
const none: readonly [what: string, VariantRun[]][] = [
  ["of seeds alone", [run({ seed: 1 }, 0), run({ seed: 2 }, 1)]],
  ["of seeds, one for each word", [
    run({ seed: 1, engine: "simd" }, 0),
    run({ seed: 2, engine: "reference" }, 1),
  ]],
  ["of words", [run({ engine: "simd" }, 0), run({ engine: "reference" }, 1)]],
  ["of one value", [run({ [embd]: 8, seed: 1 }, 0), run({ [embd]: 8, seed: 2 }, 1)]],
];
for (const [what, variants] of none) {
  Deno.test(`sweepCharts: none for a sweep ${what}`, async () => {
    assertEquals(await chartsOf(variants), []);
  });
}

Deno.test("sweepCharts: of two settings each has a chart, with a line for each value of the other", async () => {
  const variants = [8, 16].flatMap((width) =>
    [1, 2].map((depth) => run({ [embd]: width, [layers]: depth }, width + depth))
  );
  const [byWidth, byDepth] = await chartsOf(variants);
  assertEquals(pointsOf(byWidth)["greedy, models.target.n_layer=2"], [[8, -12], [16, -20]]);
  assertEquals(pointsOf(byDepth)["greedy, models.target.n_embd=16"], [[1, -19], [2, -20]]);
});

Deno.test("sweepCharts: settings that vary together have one chart, and one line in it", async () => {
  const variants = [run({ [embd]: 8, [layers]: 1 }, 0), run({ [embd]: 16, [layers]: 2 }, 1)];
  const charts = await chartsOf(variants);
  assertEquals(charts.map(({ file }) => file), ["charts/models.target.n_embd.svg"]);
  assertEquals(pointsOf(charts[0])["greedy"], [[8, -2], [16, -3]]);
});

Deno.test("sweepCharts: of a setting that varies with a word, one line", async () => {
  const variants = [
    run({ engine: "simd", [embd]: 8 }, 0),
    run({ engine: "reference", [embd]: 16 }, 1),
  ];
  const charts = await chartsOf(variants);
  assertEquals(charts.map((chart) => pointsOf(chart)["greedy"]), [[[8, -2], [16, -3]]]);
});

Deno.test("sweepCharts: at most ten lines, of each strategy some, and it says so", async () => {
  const variants = [8, 16].flatMap((width) =>
    [1, 2, 3, 4, 5, 6].map((depth) => run({ [embd]: width, [layers]: depth }, 0))
  );
  const [byWidth] = await chartsOf(variants);
  assertStringIncludes(byWidth?.description ?? "", ", 10 of 18 lines");
  const drawn = Object.keys(pointsOf(byWidth)).map((label) => label.slice(0, 11));
  assertEquals(drawn.filter((label) => label === "greedy, mod").length, 5);
  assertEquals(drawn.filter((label) => label === "speculative").length, 5);
});

Deno.test("sweepCharts: over seeds it shows means and intervals; a missing point is left out", async () => {
  const whole = [1, 2, 3].map((seed) => run({ seed, [embd]: 8 }, seed));
  const lost = { ...run({ seed: 1, [embd]: 16 }, 9), cells: [] };
  const [chart] = await chartsOf([...whole, lost, run({ seed: 2, [embd]: 32 }, 4)]);
  assertEquals(pointsOf(chart)["greedy"], [[8, -4], [32, -6]]);
  assert(chart !== undefined);
  const svg = await drawSvg(chart);
  // Rules: one for each of three cells at 8; a single seed at 32 has no interval.
  assertEquals([...svg.matchAll(/aria-roledescription="rule mark"/g)].length, 3);
  assertStringIncludes(svg, "models.target.n_embd");
});
