// @ts-types="../../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
// @ts-types="../../../src/declarations/csv.d.ts"
import { parse } from "@std/csv";
import { readExperiment } from "../../../src/config/experiment.ts";
import { noCosts } from "../../../src/decode/strategy.ts";
import { measureCell } from "../../../src/measure/cell_measures.ts";
import { tokensPerTargetCall } from "../../../src/measure/cost.ts";
import { uniqueShare } from "../../../src/measure/diversity.ts";
import { type CellMeasures, estimateIn } from "../../../src/measure/measure.ts";
import { meanLength } from "../../../src/measure/likelihood.ts";
import type { Sample } from "../../../src/measure/sample.ts";
import type { Chart, ChartPlan } from "../../../src/report/chart.ts";
import { resultsCsv } from "../../../src/report/results_csv.ts";
import {
  chartsOf,
  entryCharts,
  lossChart,
  runCharts,
  tradeOffChart,
} from "../../../src/report/run/charts.ts";
import { sweepsSection } from "../../../src/report/run/sweeps_section.ts";
import { drawSvg } from "../../../src/report/svg.ts";
import { alone, drawn } from "../../measure/sample_of.ts";
import { record } from "../made_up_run.ts";
import { sectionText, tablesOf } from "../read_report.ts";

/** The data that a chart draws. */
function values(chart: ChartPlan | undefined): Record<string, unknown>[] {
  const spec: unknown = chart?.spec;
  return (spec as { data: { values: Record<string, unknown>[] } }).data.values;
}

/** For each kind of chart, by its name: its files for the made-up run. */
const cases: Readonly<Record<string, readonly string[]>> = {
  "training loss": ["charts/training-loss.svg"],
  "likelihood and diversity": ["charts/likelihood-diversity.svg"],
  "sweep of an entry": ["charts/sweep-2-speculative.svg"],
};
for (const { name, of } of runCharts) {
  Deno.test(`${name}: has a case, and its files`, () => {
    assert(cases[name] !== undefined, `expected a case of the chart "${name}", found none`);
    assertEquals(of(record).map(({ file }) => file), cases[name]);
  });
}

Deno.test("chartsOf: every kind has files of its own", () => {
  const files = chartsOf(record).map(({ file }) => file);
  assertEquals(new Set(files).size, files.length);
});

Deno.test("chartsOf: none where the config wants none", () => {
  const { experiment } = record;
  const config = { ...experiment.config, report: { ...experiment.config.report, charts: false } };
  assertEquals(chartsOf({ ...record, experiment: { ...experiment, config } }), []);
});

Deno.test("lossChart: each point is the mean of its stretch, at the middle of it", () => {
  const long = Array.from({ length: 70 }, (_, step) => ({ step, loss: step, learningRate: 0 }));
  const [target] = record.models;
  assert(target !== undefined);
  const points = values(lossChart.of({ ...record, models: [{ ...target, steps: long }] })[0]);
  assertEquals(points.length, 35);
  assertEquals(points[1], { model: "target", step: 3.5, loss: 2.5 });
});

Deno.test("tradeOffChart: one point per cell", () => {
  assertEquals(values(tradeOffChart.of(record)[0])[1], {
    index: 1,
    entry: "1",
    strategy: "speculative",
    label: "4",
    likelihood: -3,
    unique: 0.75,
  });
});

/** The data of each panel of a chart. */
function panels({ spec }: ChartPlan): { data: { values: Record<string, number>[] } }[] {
  return (spec as unknown as { hconcat: { data: { values: Record<string, number>[] } }[] }).hconcat;
}

Deno.test("entryCharts: one for the entry that sweeps, one panel per measure, with its intervals", () => {
  const charts = entryCharts.of(record);
  assertEquals(charts.map(({ entry }) => entry), [1]);
  const [chart] = charts;
  const [, first] = record.cells;
  assert(chart !== undefined && first !== undefined);
  const unique = estimateIn(first, uniqueShare)?.interval;
  const drawn = panels(chart).map(({ data }) => JSON.stringify(data.values[0]));
  const expected = [
    { x: 2, value: 0.75, ...unique },
    { x: 2, value: 3, ...estimateIn(first, meanLength)?.interval },
    // Its samples all have the same, so that it has no interval.
    { x: 2, value: -2 },
    { x: 2, value: 1.875, ...estimateIn(first, tokensPerTargetCall)?.interval },
  ].map((point) => JSON.stringify(point));
  assertEquals(drawn.filter((point) => expected.includes(point)), expected);
});

Deno.test("entryCharts: the log-prob's axis reaches from the lowest end of the whole grid to the highest", () => {
  const cells = record.cells.map((cell, i): CellMeasures => {
    const value = -1 - i;
    const estimate = { value, interval: { low: value - 1 / 4, high: value + 1 / 8 } };
    return { ...cell, values: { ...cell.values, log_prob_per_token: estimate } };
  });
  const [chart] = entryCharts.of({ ...record, cells });
  assert(JSON.stringify(chart?.spec).includes('"domain":[-3.25,-0.875]'));
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

Deno.test("a swept chain: its chart has a point and an interval for each value, and the warper's name", async () => {
  assertEquals(charts.map(({ file }) => file), [
    "charts/sweep-1-sample.svg",
    "charts/sweep-2-sample.svg",
  ]);
  const svgs = await Promise.all(charts.map(drawSvg));
  for (const [i, name] of ["warp.temperature", "warp[2].top_k"].entries()) {
    const svg = svgs[i] ?? "";
    const count = charts[i] === undefined ? 0 : panels(charts[i]).length;
    assert(count >= 3);
    assertEquals(svg.match(/>warp[^<]*</g), Array(count).fill(`>${name}<`));
    // In each panel a point for each of two values, and a rule where it has an interval: the
    // log-prob's and the unique share's.
    assertEquals(svg.match(/aria-roledescription="point"/g)?.length, 2 * count);
    assertEquals(svg.match(/aria-roledescription="rule mark"/g)?.length, 4);
  }
});

Deno.test("entryCharts: where there is no interval no rule is drawn", async () => {
  const one = chain.cells.slice(0, 2).map((cell) => measureCell(cell, samples(1), alone));
  const [chart] = chartsOf({ ...run, cells: one }).filter(({ section }) => section === "sweeps");
  assert(chart !== undefined);
  // There is a single sample of each prompt.
  assertEquals((await drawSvg(chart)).match(/aria-roledescription="rule mark"/g), null);
});
