// @ts-types="../../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { lossChart, tradeOffChart } from "../../../src/report/run/charts.ts";
import { record } from "../made_up_run.ts";

/** The data that a chart draws. */
function values({ spec }: { spec: unknown }): Record<string, unknown>[] {
  return (spec as { data: { values: Record<string, unknown>[] } }).data.values;
}
Deno.test("lossChart: each point is the mean of its stretch, at the middle of it", () => {
  const long = Array.from({ length: 70 }, (_, step) => ({ step, loss: step, learningRate: 0 }));
  const [target] = record.models;
  assert(target !== undefined);
  const points = values(lossChart([{ ...target, steps: long }]));
  assertEquals(points.length, 35);
  assertEquals(points[1], { model: "target", step: 3.5, loss: 2.5 });
});
Deno.test("tradeOffChart: a point a cell", () => {
  assertEquals(values(tradeOffChart(record.cells))[1], {
    index: 1,
    entry: "1",
    strategy: "speculative",
    label: "4",
    likelihood: -3,
    unique: 0.75,
  });
});
