// @ts-types="../../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
// @ts-types="../../../src/declarations/csv.d.ts"
import { parse } from "@std/csv";
import { readExperiment } from "../../../src/config/experiment.ts";
import { noCosts } from "../../../src/decode/strategy.ts";
import { type CellMeasures, measureCell } from "../../../src/measure/cell_measures.ts";
import type { Sample } from "../../../src/measure/sample.ts";
import type { Chart } from "../../../src/report/chart.ts";
import { resultsCsv } from "../../../src/report/csv.ts";
import { sweepsSection } from "../../../src/report/run/decoding_sections.ts";
import { entryCharts } from "../../../src/report/run/entry_charts.ts";
import { drawSvg } from "../../../src/report/svg.ts";
import { alone } from "../../measure/alone.ts";
import { record } from "../made_up_run.ts";

/** What each panel of a chart draws. */
function panels({ spec }: Chart): { data: { values: Record<string, number>[] } }[] {
  return (spec as unknown as { hconcat: { data: { values: Record<string, number>[] } }[] }).hconcat;
}

Deno.test("entryCharts: one for the entry that sweeps, a panel a measure, with its intervals", () => {
  const charts = entryCharts(record.cells);
  assertEquals([...charts.keys()], [1]);
  const chart = charts.get(1);
  assert(chart !== undefined);
  const unique = record.cells[1]?.text.uniqueShare.interval;
  assertEquals(panels(chart).map(({ data }) => data.values[0]), [
    { x: 2, value: 0.75, ...unique },
    { x: 2, value: -2, low: -2, high: -2 },
    { x: 2, value: 1.875 },
  ]);
});

Deno.test("entryCharts: the log-prob's axis reaches from the lowest end of the whole grid to the highest", () => {
  const cells = record.cells.map((cell, i): CellMeasures => {
    const value = -1 - i;
    const logProbPerToken = { value, interval: { low: value - 1 / 4, high: value + 1 / 8 } };
    return { ...cell, text: { ...cell.text, logProbPerToken } };
  });
  const chart = entryCharts(cells).get(1);
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
const cells = chain.cells.map((cell, i) => measureCell(cell, samples(i + 1), alone));
const run = { ...record, experiment: chain, cells };

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
  const lines = sweepsSection(run).split("\n");
  const rows = lines.filter((line) => line.startsWith("|") && !line.includes(":-"))
    .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
  assertEquals(lines.filter((line) => line.startsWith("###")), [
    "### `sample` by `warp.temperature`",
    "### `sample` by `warp[2].top_k`",
  ]);
  assertEquals(rows.map(([value, , , logProb]) => [value, logProb]), [
    ["warp.temperature", "mean log-prob"],
    ["0.5", "-2.50 (-3.00 to -2.00)"],
    ["1", "-4.50 (-5.00 to -4.00)"],
    ["warp[2].top_k", "mean log-prob"],
    ["5", "-6.50 (-7.00 to -6.00)"],
    ["7", "-8.50 (-9.00 to -8.00)"],
  ]);
});

Deno.test("a swept chain: its chart has a point and an interval for each value, and the warper's name", async () => {
  const charts = [...entryCharts(cells).values()];
  assertEquals(charts.map(({ file }) => file), [
    "charts/sweep-1-sample.svg",
    "charts/sweep-2-sample.svg",
  ]);
  const svgs = await Promise.all(charts.map(drawSvg));
  for (const [i, name] of ["warp.temperature", "warp[2].top_k"].entries()) {
    const svg = svgs[i] ?? "";
    assertEquals(svg.match(/>warp[^<]*</g), Array(3).fill(`>${name}<`));
    // In each of three panels a point and a rule for each of two values.
    assertEquals(svg.match(/aria-roledescription="point"/g)?.length, 6);
    assertEquals(svg.match(/aria-roledescription="rule mark"/g)?.length, 6);
  }
});

Deno.test("entryCharts: where there is no interval no rule is drawn", async () => {
  const one = chain.cells.slice(0, 2).map((cell) =>
    measureCell(cell, samples(1).slice(0, 1), alone)
  );
  const [chart] = entryCharts(one).values();
  assert(chart !== undefined);
  // Of a single sample the unique share alone has an interval.
  assertEquals((await drawSvg(chart)).match(/aria-roledescription="rule mark"/g)?.length, 2);
});
