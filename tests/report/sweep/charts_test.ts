// @ts-types="../../declarations/assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { drawSvg } from "../../../src/report/svg.ts";
import type { Chart } from "../../../src/report/chart.ts";
import { sweepCharts } from "../../../src/report/sweep/charts.ts";
import { summarizeSweep, type VariantRun } from "../../../src/report/sweep/sweep_summary.ts";
import { run } from "./sweep_runs.ts";

async function chartsOf(variants: readonly VariantRun[]): Promise<readonly Chart[]> {
  return sweepCharts(await summarizeSweep({ name: "made-up", trains: true, variants }));
}

/** The points of a picture of a chart, by whose they are; open ones, of single seeds, left out. */
function pointsOf(chart: Chart | undefined, title: string): Record<string, number[][]> {
  const spec: unknown = chart?.spec;
  const { concat } = spec as { concat: { layer: Layer[] }[] };
  const picture = concat.find(({ layer }) => layer.some(({ mark }) => mark.text === title));
  const points = (picture?.layer ?? []).flatMap(({ mark, data }) =>
    mark.type === "point" && mark.filled !== false ? data.values : []
  );
  const lines = Map.groupBy(
    points,
    ({ description }) => description.split(/(?<=\)|\w), models/)[0],
  );
  return Object.fromEntries(
    [...lines].map(([label, points]) => [label, points.map(({ x, y }) => [x, y])]),
  );
}

interface Layer {
  mark: { type: string; text?: string; filled?: boolean };
  data: { values: { x: number; y: number; description: string }[] };
}

/** How many points, open ones counted, a chart has. */
function openPoints(chart: Chart | undefined): number {
  const spec: unknown = chart?.spec;
  const { concat } = spec as { concat: { layer: Layer[] }[] };
  return concat.flatMap(({ layer }) => layer)
    .flatMap(({ mark, data }) => mark.filled === false ? data.values : []).length;
}

const embd = "models.target.n_embd";
const layers = "models.target.n_layer";
const two = "speculative(acceptance_rule=original, draft_k=2)";
const four = "speculative(acceptance_rule=original, draft_k=4)";

Deno.test("sweepCharts: one for a setting of numbers, with a line for each cell and model", async () => {
  const charts = await chartsOf([run({ [embd]: 8 }, 0), run({ [embd]: 16 }, 1)]);
  assertEquals(charts.map(({ file, description }) => [file, description]), [
    [
      "charts/models.target.n_embd.svg",
      "By models.target.n_embd: Loss, held out: nats per token; Mean log-prob, nats; " +
      "Log-prob per token, nats; Unique share; Tokens per target pass",
    ],
  ]);
  const [chart] = charts;
  assertEquals(pointsOf(chart, "Loss, held out: nats per token"), {
    target: [[8, 2.5], [16, 3.5]],
  });
  // Of searches the total, of what draws texts the log-prob per token, of what speculates its passes.
  assertEquals(pointsOf(chart, "Mean log-prob, nats"), { greedy: [[8, -10], [16, -11]] });
  assertEquals(pointsOf(chart, "Log-prob per token, nats"), {
    [two]: [[8, -2.125], [16, -3.125]],
    [four]: [[8, -2.25], [16, -3.25]],
  });
  assertEquals(pointsOf(chart, "Tokens per target pass"), {
    [two]: [[8, 2], [16, 2]],
    [four]: [[8, 3], [16, 3]],
  });
});

/** Sweeps without a chart. */
const none: readonly [what: string, VariantRun[]][] = [
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
  const greedy = (chart: Chart | undefined) => pointsOf(chart, "Mean log-prob, nats")["greedy"];
  assertEquals(greedy(byWidth), [[8, -19], [16, -27], [8, -20], [16, -28]]);
  assertEquals(greedy(byDepth), [[1, -19], [2, -20], [1, -27], [2, -28]]);
  const names = JSON.stringify(byWidth?.spec);
  assertStringIncludes(names, '"text":"greedy, n_layer 1"');
  assertStringIncludes(names, '"text":"greedy, n_layer 2"');
});

Deno.test("sweepCharts: settings that vary together have one chart, and one line in it", async () => {
  const variants = [run({ [embd]: 8, [layers]: 1 }, 0), run({ [embd]: 16, [layers]: 2 }, 1)];
  const charts = await chartsOf(variants);
  assertEquals(charts.map(({ file }) => file), ["charts/models.target.n_embd.svg"]);
  assertEquals(pointsOf(charts[0], "Mean log-prob, nats")["greedy"], [[8, -10], [16, -11]]);
});

Deno.test("sweepCharts: of a setting that varies with a word, one line", async () => {
  const variants = [
    run({ engine: "simd", [embd]: 8 }, 0),
    run({ engine: "reference", [embd]: 16 }, 1),
  ];
  const charts = await chartsOf(variants);
  assertEquals(charts.length, 1);
  const points = Object.values(pointsOf(charts[0], "Mean log-prob, nats"));
  assertEquals(points.flat(), [[8, -10], [16, -11]]);
});

Deno.test("sweepCharts: at most eight lines, of each strategy some, and it says so", async () => {
  const variants = [8, 16].flatMap((width) =>
    [1, 2, 3, 4, 5, 6].map((depth) => run({ [embd]: width, [layers]: depth }, 0))
  );
  const [byWidth] = await chartsOf(variants);
  // Three cells and a model with six values each.
  assertStringIncludes(byWidth?.description ?? "", ", 8 of 24 lines");
  const drawn = JSON.stringify(byWidth?.spec);
  for (const name of ["greedy", "speculative 2", "target"]) {
    assertStringIncludes(drawn, `"text":"${name}, n_layer 1"`);
  }
});

Deno.test("sweepCharts: over seeds it shows means, intervals and each seed; a missing point is left out", async () => {
  const whole = [1, 2, 3].map((seed) => run({ seed, [embd]: 8 }, seed));
  const lost = { ...run({ seed: 1, [embd]: 16 }, 9), cells: [] };
  const [chart] = await chartsOf([...whole, lost, run({ seed: 2, [embd]: 32 }, 4)]);
  assertEquals(pointsOf(chart, "Mean log-prob, nats")["greedy"], [[8, -12], [32, -14]]);
  assert(chart !== undefined);
  // Of four runs whose cells are there: greedy's total, and of two speculative cells three measures each;
  // of all five runs the target's loss.
  assertEquals(openPoints(chart), 4 * 7 + 5);
  const svg = await drawSvg(chart);
  assertStringIncludes(svg, "models.target.n_embd");
});

Deno.test("sweepCharts: of seeds alone a row for each cell, its seeds and their mean", async () => {
  const charts = await chartsOf([1, 2, 3].map((seed) => run({ seed }, seed)));
  assertEquals(charts.map(({ file }) => file), ["charts/seeds.svg"]);
  const [chart] = charts;
  const names = JSON.stringify(chart?.spec);
  for (const name of ["greedy", "speculative 2", "speculative 4"]) {
    assertStringIncludes(names, `"name":"${name}"`);
  }
  // Three measures of three cells in three runs.
  assertEquals(openPoints(chart), 27);
});

Deno.test("sweepCharts: what a setting's text has is no markup and no control character in a chart", async () => {
  const hostile = '<script>"\u001b[2J\u202e';
  const variants = [1, 2].map((seed) => run({ seed, "corpus.path": hostile }, seed));
  const [chart] = await chartsOf([
    ...variants,
    ...[1, 2].map((seed) => run({ seed, "corpus.path": "b" }, 1)),
  ]);
  assert(chart !== undefined);
  const svg = await drawSvg(chart);
  assert(!svg.includes("<script") && !svg.includes("\u001b") && !svg.includes("\u202e"));
  assertStringIncludes(svg, "&lt;script");
});
