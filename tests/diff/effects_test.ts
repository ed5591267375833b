/**
 * What moved between two runs: which it is, in which order, and how many there are of the rest.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import type { RunDiff } from "../../src/diff/compare.ts";
import { effectsOf, sizeOf } from "../../src/diff/effects.ts";
import { jsonOfDiff } from "../../src/diff/render/json.ts";
import { diffOfFinished } from "./example_run.ts";
import { type MadeUpCell, madeUpRun, type Values } from "./made_up_runs.ts";

function top(number: number, values: Values): MadeUpCell {
  return { strategy: "top_k", number, values };
}

function beam(number: number, values: Values): MadeUpCell {
  return { strategy: "beam", number, values };
}

/** A value of a metric, as it is written. */
function measured(text: string) {
  return { text, ends: { low: "", high: "" } };
}

/** The metric, both values, and how large the change is. */
const sizes: readonly [string, string, string, number][] = [
  ["mean_length", "10", "9", 0.1],
  ["mean_length", "9", "10", 0.1],
  ["mean_log_prob", "-10", "-12.5", 0.2],
  ["novel_share", "0.100000", "0.300000", 0.2],
  ["novel_share", "0.000000", "0.020000", 0.02],
  ["mean_length", "0", "3", 1],
  ["a metric of another version", "4", "5", 0.2],
  ["mean_length", "0", "0", 0],
  ["tested_at", "7 3", "7 2", 0],
];
for (const [metric, old, current, size] of sizes) {
  Deno.test(`sizeOf: ${metric} from ${old} to ${current} moved by ${size}`, () => {
    const change = Number(current) - Number(old);
    const found = sizeOf({
      metric,
      old: measured(old),
      new: measured(current),
      differs: true,
      change: Number.isNaN(change) ? undefined : change,
      relativeChange: undefined,
    });
    assertAlmostEquals(found, size, 1e-12);
  });
}

/** Names of effects: the cell and its metric. */
function namesOf(effects: ReturnType<typeof effectsOf>["cells"]): string[] {
  return effects.map(({ row, metric }) => `${row.name} ${metric.metric}`);
}

/** By far more than its interval: mean length by 20 %, novel share by 30 points, and within chance. */
const old = madeUpRun([
  top(1, { mean_length: [5, 0.1], novel_share: [0.5, 0.02], unique_texts: [70, undefined] }),
  top(2, { mean_length: [5, 0.1], novel_share: [0.5, 0.02], unique_texts: [70, undefined] }),
  beam(3, { mean_length: [5, undefined], unique_texts: [20, undefined] }),
]);
const current = madeUpRun([
  top(1, { mean_length: [4, 0.1], novel_share: [0.51, 0.02], unique_texts: [71, undefined] }),
  top(2, { mean_length: [4.5, 0.1], novel_share: [0.2, 0.02], unique_texts: [71, undefined] }),
  beam(3, { mean_length: [3, undefined], unique_texts: [19, undefined] }),
]);
const diff: RunDiff = await diffOfFinished(old, current);

Deno.test("effectsOf: what moved beyond chance, the largest change first, and the rest in numbers", () => {
  const { cells, models, exact, exactChanges, within, unjudged } = effectsOf(diff);
  assertEquals(namesOf(cells), [
    "top_k(k=2) novel_share",
    "top_k(k=1) mean_length",
    "top_k(k=2) mean_length",
  ]);
  assertEquals(cells.map(({ size }) => Number(size.toFixed(6))), [0.3, 0.2, 0.1]);
  assertEquals(models, []);
  // Of the cell without chance the length is an effect, the count of texts only counted.
  assertEquals([namesOf(exact), exactChanges], [["beam(beam_width=3) mean_length"], {
    values: 2,
    cells: 1,
  }]);
  assertEquals([within, unjudged], [{ comparisons: 1, cells: 1, ofModels: 0 }, 2]);
  assertEquals(cells.length + within.comparisons, diff.family.metrics);
});

Deno.test("effectsOf: what a tolerance covers is no effect", async () => {
  const tolerant = effectsOf(await diffOfFinished(old, current, ["*=1000"]));
  assertEquals([tolerant.cells, tolerant.exact, tolerant.unjudged], [[], [], 0]);
});

Deno.test("jsonOfDiff: effects are in the order of their size, exact ones among them", () => {
  const { effects } = JSON.parse(jsonOfDiff(diff, { all: false }));
  assertEquals(
    effects.map(({ name, metric, exact }: Record<string, unknown>) => [name, metric, exact]),
    [
      ["beam(beam_width=3)", "mean_length", true],
      ["top_k(k=2)", "novel_share", false],
      ["top_k(k=1)", "mean_length", false],
      ["top_k(k=2)", "mean_length", false],
    ],
  );
  assertEquals(effects.every(({ of }: Record<string, unknown>) => of === "cell"), true);
  assert(effects[0].size > effects[1].size);
});
