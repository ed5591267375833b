// @ts-types="../../declarations/assert.d.ts"
import { assert, assertEquals, assertMatch } from "@std/assert";
// @ts-types="../../../src/declarations/csv.d.ts"
import { parse } from "@std/csv";
import { readExperiment } from "../../../src/config/experiment.ts";
import { noCosts } from "../../../src/decode/strategy.ts";
import { measureCell } from "../../../src/measure/cell_measures.ts";
import { tokensPerTargetCall } from "../../../src/measure/cost.ts";
import { estimateIn } from "../../../src/measure/measure.ts";
import type { Sample } from "../../../src/measure/sample.ts";
import type { Chart, ChartPlan } from "../../../src/report/chart.ts";
import { resultsCsv } from "../../../src/report/results_csv.ts";
import { frontierChart } from "../../../src/report/charts/frontier.ts";
import { heatMaps } from "../../../src/report/charts/heat_maps.ts";
import { lengthsChart } from "../../../src/report/charts/lengths.ts";
import { samplerSweepCharts } from "../../../src/report/charts/sampler_sweeps.ts";
import { searchCharts, searchChartsWithoutMode } from "../../../src/report/charts/searches.ts";
import { speculationChart } from "../../../src/report/charts/speculation.ts";
import { lossChart } from "../../../src/report/charts/training.ts";
import { RUN_CHARTS } from "../../../src/report/run/chart_names.ts";
import { chartsOf, runCharts } from "../../../src/report/run/charts.ts";
import type { RunRecord } from "../../../src/report/run/run_record.ts";
import { manyCells } from "../charts/many_cells.ts";
import { sweepsSection } from "../../../src/report/run/sweeps_section.ts";
import { drawSvg } from "../../../src/report/svg.ts";
import { alone, drawn } from "../../measure/sample_of.ts";
import { record } from "../made_up_run.ts";
import { sectionText, tablesOf } from "../read_report.ts";

const many = manyCells(1);
/** For each kind of chart, by its name: its files for the small run, and for that of all strategies. */
const cases: Readonly<Record<string, readonly [small: readonly string[], all: readonly string[]]>> =
  {
    "training loss": [["training-loss"], ["training-loss"]],
    "likelihood and diversity": [["likelihood-diversity"], ["likelihood-diversity"]],
    "lengths": [["lengths"], ["lengths"]],
    "speculation": [["speculation"], ["speculation"]],
    "searches": [[], ["search-by-beam_width", "searches"]],
    "searches without the mode": [[], []],
    "sweep of an entry": [[], [
      "sweep-3-temperature",
      "sweep-4-top_k",
      "sweep-5-top_p",
      "sweep-6-min_p",
      "sweep-8-top_n_sigma",
    ]],
    "sweep of two settings": [[], ["sweep-16-sample"]],
  };
Deno.test("runCharts: their names are those that keys of reports are made of, in order", () => {
  assertEquals(runCharts.map(({ name }) => name), RUN_CHARTS);
});

for (const { name, of } of runCharts) {
  Deno.test(`${name}: has a case, and its files`, () => {
    const [small, all] = cases[name] ?? [];
    assert(small !== undefined, `expected a case of the chart "${name}", found none`);
    const files = (run: RunRecord): string[] => of(run).map(({ file }) => file);
    const paths = (names: readonly string[] = []) => names.map((one) => `charts/${one}.svg`);
    assertEquals(files(record), paths(small));
    assertEquals(files(many), paths(all));
  });
}

Deno.test("searches without the mode: as many charts where no exact search has proved one", () => {
  const { search: _, ...run } = many;
  const files = searchChartsWithoutMode.of({ ...run, search: undefined }).map(({ file }) => file);
  assertEquals(files, ["charts/search-by-beam_width.svg", "charts/searches.svg"]);
});

for (const { name, of } of runCharts) {
  Deno.test(`${name}: none of a run without models and cells`, () => {
    const empty = { ...record, models: [], losses: [], cells: [], baseline: undefined };
    assertEquals(of(empty), []);
  });
}

Deno.test("chartsOf: every kind has files of its own", () => {
  const files = chartsOf(many).map(({ file }) => file);
  assertEquals(new Set(files).size, files.length);
});

Deno.test("chartsOf: none where the config wants none", () => {
  const { experiment } = record;
  const config = { ...experiment.config, report: { ...experiment.config.report, charts: false } };
  assertEquals(chartsOf({ ...record, experiment: { ...experiment, config } }), []);
});

/** What a part of a chart draws. */
interface Drawn {
  readonly mark: { readonly type: string; readonly text?: string };
  readonly data: { readonly values: readonly Record<string, unknown>[] };
}

/** The layers of a chart, picture by picture. */
function pictures(chart: ChartPlan | undefined): (readonly Drawn[])[] {
  const spec: unknown = chart?.spec;
  const { layer, concat } = spec as { layer?: Drawn[]; concat?: { layer: Drawn[] }[] };
  return layer === undefined ? (concat ?? []).map(({ layer }) => layer) : [layer];
}

function marks(layers: readonly Drawn[] | undefined, type: string): Record<string, unknown>[] {
  return (layers ?? []).flatMap(({ mark, data }) => mark.type === type ? data.values : []);
}

/** The titles of the pictures of a chart. */
function titles(chart: ChartPlan | undefined): string[] {
  return pictures(chart).flatMap((layers) => layers.flatMap(({ mark }) => mark.text ?? []));
}

Deno.test("lossChart: each point is the mean of its stretch, at the middle of it; levels are held-out losses", () => {
  const long = Array.from({ length: 70 }, (_, step) => ({ step, loss: step, learningRate: 0 }));
  const [target] = record.models;
  assert(target !== undefined);
  const [layers = []] = pictures(
    lossChart.of({ ...record, models: [{ ...target, steps: long }] })[0],
  );
  assertEquals(layers[0]?.data.values.length, 35);
  assertEquals(layers[0]?.data.values[1], { step: 3.5, loss: 2.5 });
  assertEquals(layers.slice(1, 3).map(({ data }) => data.values), [
    [{ step: 0, loss: 2.5 }, { step: 70, loss: 2.5 }],
    [{ step: 0, loss: 2.75 }, { step: 70, loss: 2.75 }],
  ]);
  const names = marks(layers, "text").map(({ text }) => text);
  assertEquals(names.slice(0, 3), [
    "target, training 68.50",
    "target, held out 2.50",
    "2-gram, held out 2.75",
  ]);
});

Deno.test("frontierChart: a point for each cell, with its exact values in words", () => {
  const points = marks(pictures(frontierChart.of(record)[0])[0], "point");
  assertEquals(points.length, record.cells.length);
  const { description, x, y } = points[0] ?? {};
  assertEquals([x, y], [-1, 0.75]);
  assertMatch(
    String(description),
    /^top_k\(k=5\): log-prob per token −1, unique share 75 % \(95 % interval [\d.]+ to [\d.]+\)$/,
  );
});

Deno.test("frontierChart: of cells with one distribution the first is drawn, which does not speculate", () => {
  const points = marks(pictures(frontierChart.of(many)[0])[0], "point").flatMap(({ description }) =>
    description === undefined ? [] : [String(description).split(":")[0]]
  );
  assertEquals(points.filter((label) => label === "sample").length, 1);
  // Another chain, and a rule that is not lossless.
  assertEquals(points.filter((label) => label?.startsWith("speculative")).length, 2);
  assert(!points.some((label) => label === "greedy" || label?.startsWith("beam")));
});

Deno.test("speculationChart: theory beside what was counted, and acceptance by position", () => {
  const [chart] = speculationChart.of(record);
  assertEquals(titles(chart), [
    "Tokens per target pass",
    "Operations (token by token = 1)",
    "Accepted / tested by position",
  ]);
  const [passes, , accepted] = pictures(chart);
  const counted = record.cells.slice(1).map((cell) => estimateIn(cell, tokensPerTargetCall)?.value);
  assertEquals(marks(passes, "point").map(({ x, y }) => [x, y]), [[2, counted[0]], [
    4,
    counted[1],
  ]]);
  // Positions 1 and 2 of draft_k 4: 36 of 48 and 9 of 12 a sample, of four samples.
  assertEquals(marks(accepted, "point").map(({ x, y }) => [x, y]), [[1, 0.75], [2, 0.75]]);
});

Deno.test("searchCharts: over a setting of four values a line, with greedy and exact search as levels", () => {
  const [bySetting, beside] = searchCharts.of(many);
  assertEquals(titles(bySetting), [
    "Log-prob of the best text, nats",
    "Gap to the mode, nats",
    "Empty best texts",
    "Mean length, tokens",
    "Target rows per text",
  ]);
  const [logProb] = pictures(bySetting);
  assertEquals(marks(logProb, "point").map(({ x }) => x), [1, 2, 4, 8]);
  assertEquals(marks(logProb, "rule").filter(({ x }) => x === undefined).length, 2);
  const rows = marks(pictures(beside)[0], "text").flatMap(({ name }) => name ?? []);
  assertEquals(rows, [
    "greedy",
    "best_of 4",
    "best_of 16",
    "beam 1",
    "beam 2",
    "beam 4",
    "beam 8",
    "beam 10, length_penalty 1",
    "diverse_beam",
    "stochastic_beam",
    "exact",
  ]);
});

Deno.test("heatMaps: a square for each pair of values, with the value written into it", () => {
  const [chart] = heatMaps.of(many);
  const [logProb] = pictures(chart);
  const squares = marks(logProb, "rect");
  assertEquals(squares.map(({ across, down }) => [across, down]), [
    ["0.6", "5"],
    ["0.6", "10"],
    ["0.6", "20"],
    ["0.9", "5"],
    ["0.9", "10"],
    ["0.9", "20"],
  ]);
  for (const { text, value } of squares) {
    assertEquals(text, Number(value).toFixed(3).replace("-", "−"));
  }
});

Deno.test("lengthsChart: the shares of texts and documents of each length", () => {
  const [layers] = pictures(lengthsChart.of(record)[0]);
  const bars = marks(layers, "rect").filter(({ description }) => /^top_k/.test(`${description}`));
  // Texts of 3 and of 7 characters, prompts included: "axy" twice and "mz|", and "mlonger".
  assertEquals(bars.map(({ length, share }) => [length, share]), [[3, 0.75], [7, 0.25]]);
  assertMatch(`${bars[0]?.["description"]}`, /75 % have 3 characters, of the documents 65\.72 %$/);
});

/** Two prompts with a sample each, whose log-probability falls with `level`. */
function samples(level: number): Sample[] {
  return ["a", "b"].map((prompt, draw) => {
    const logProbs = [-level - draw, -level];
    const result = { tokens: [1], stop: "eos", logProbs, warpedLogProbs: logProbs } as const;
    return { prompt, draw, number: 0, continuation: "x", result: { ...result, costs: noCosts() } };
  });
}

const chain = readExperiment(
  "c.yaml",
  `
corpus: { path: names.txt }
decoding:
  prompts: [a, b]
  strategies:
    - { strategy: sample, warp: [{ temperature: [0.5, 1] }, { top_k: 10 }] }
    - { strategy: sample, warp: [{ top_k: 3 }, { temperature: 2 }, { top_k: [5, 7] }] }
`,
);
const cells = chain.cells.map((cell, i) => measureCell(cell, samples(i + 1), drawn));
const run = { ...record, experiment: chain, cells };
/** A chart as its section is given it. */
const charts: readonly Chart[] = chartsOf(run).filter(({ section }) => section === "sweeps");

Deno.test("a swept chain: each of its cells is a row of results.csv", () => {
  const rows = parse(resultsCsv(run), { skipFirstRow: true });
  assertEquals(rows.map(({ warp, mean_log_prob }) => [warp, mean_log_prob]), [
    ["temperature 0.5 → top_k 10", "-2.500000"],
    ["temperature 1 → top_k 10", "-4.500000"],
    ["top_k 3 → temperature 2 → top_k 5", "-6.500000"],
    ["top_k 3 → temperature 2 → top_k 7", "-8.500000"],
  ]);
});

Deno.test("a swept chain: the table of the sweep is by the warper that is swept", () => {
  const text = sectionText(sweepsSection(run, charts));
  assertEquals(text.split("\n").filter((line) => line.startsWith("###")), [
    "### `sample(warp=temperature … → top_k 10)` by `warp.temperature`",
    "### `sample(warp=top_k 3 → temperature 2 → top_k …)` by `warp[2].top_k`",
  ]);
  const rows = tablesOf(text).filter(([header]) => header?.[1] === "mean log-prob")
    .flatMap((table) => table.map((row) => row.slice(0, 2)));
  assertEquals(rows, [
    ["warp.temperature", "mean log-prob"],
    ["0.5", "-2.5 ± 6.4"],
    ["1", "-4.5 ± 6.4"],
    ["warp\\[2\\].top_k", "mean log-prob"],
    ["5", "-6.5 ± 6.4"],
    ["7", "-8.5 ± 6.4"],
  ]);
});

Deno.test("a swept chain: its chart has a point for each value, and the warper's name", async () => {
  assertEquals(charts.map(({ file }) => file), [
    "charts/sweep-1-sample.svg",
    "charts/sweep-2-sample.svg",
  ]);
  for (const [i, name] of ["warp.temperature", "warp[2].top_k"].entries()) {
    const chart = charts[i];
    assert(chart !== undefined);
    const svg = await drawSvg(chart);
    const count = pictures(chart).length;
    assertEquals(count, 3);
    assertEquals(svg.match(/>warp[^<]*</g), Array(count).fill(`>${name}<`));
    // In each picture a point for each of two values.
    assertEquals(svg.match(/aria-roledescription="point"/g)?.length, 2 * count);
  }
});

Deno.test("samplerSweepCharts: where there is no interval none is drawn", () => {
  const one = chain.cells.slice(0, 2).map((cell) => measureCell(cell, samples(1), alone));
  const [chart] = samplerSweepCharts.of({ ...run, cells: one });
  // There is a single sample of each prompt.
  assertEquals(pictures(chart).flatMap((layers) => marks(layers, "rule")), []);
  const [withIntervals] = samplerSweepCharts.of(run);
  assert(pictures(withIntervals).flatMap((layers) => marks(layers, "rule")).length > 0);
});
