// @ts-types="../../declarations/assert.d.ts"
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import {
  countAxis,
  doublingAxis,
  positionOf,
  sweptAxis,
  valueAt,
  valueAxis,
} from "../../../src/report/charts/axis.ts";
import { numbersFrom } from "./many_cells.ts";

/** Values of a setting, whether each doubling is as long as the other, and the ticks on 240 pixels. */
const swept: readonly [values: number[], isLog: boolean, ticks: number[]][] = [
  [[1, 2, 4, 8], true, [1, 2, 4, 8]],
  [[8, 2, 4, 1], true, [1, 2, 4, 8]],
  [[1, 2, 3, 4, 5, 8, 16, 32], true, [1, 2, 3, 4, 5, 8, 16, 32]],
  [[0.5, 0.8, 1.5], false, [0.5, 0.8, 1.5]],
  [[0.5, 0.9, 1], false, [0.5, 0.9, 1]],
  [[1, 2, 3, 4, 5, 6], false, [1, 2, 3, 4, 5, 6]],
  [[0, 1, 2, 4], false, [0, 1, 2, 4]],
  [[-1, 1], false, [-1, 1]],
  [[7], false, [7]],
  // Where texts would lie on one another, the first and the last stay.
  [[1000, 1001, 1002, 1003, 1004, 2000], false, [1000, 2000]],
];
for (const [values, isLog, ticks] of swept) {
  Deno.test(`sweptAxis: of ${values} ticks at ${ticks}${isLog ? ", each doubling as long" : ""}`, () => {
    const axis = sweptAxis("k", values, 240);
    assertEquals([axis.isLog, axis.ticks], [isLog, ticks]);
    for (const value of values) {
      const at = positionOf(value, axis, 240);
      assert(at >= 5 && at <= 235, `${value} lies at ${at}`);
      assertAlmostEquals(valueAt(at, axis, 240), value);
    }
  });
}

Deno.test("valueAxis: round ticks inside of it, and room for every value (200 sets of numbers)", () => {
  const next = numbersFrom(1);
  for (let i = 0; i < 200; i++) {
    const size = 10 ** (6 * next() - 3);
    const values = Array.from({ length: 5 }, () => size * (next() - 0.3));
    const { domain: [low, high], ticks } = valueAxis("", values);
    assert(values.every((value) => value > low && value < high));
    assert(ticks.length >= 2 && ticks.length <= 6, `${ticks}`);
    for (const tick of ticks) {
      assert(tick >= low && tick <= high);
      assertEquals(Number(tick.toPrecision(3)), tick);
    }
  }
});

Deno.test("valueAxis: begins at 0 where it is to, and has no tick beyond what a share can be", () => {
  assertEquals(valueAxis("", [3, 9], { from0: true }).domain[0], 0);
  const share = valueAxis("", [0, 0.2, 1], { format: "percent", within: [0, 1] });
  assertEquals(share.ticks, [0, 0.5, 1]);
  assert(share.domain[1] > 1);
});

Deno.test("valueAxis: of one value, and of none, it has ticks nevertheless", () => {
  for (const values of [[2.5], [0], [], [NaN, Infinity]]) {
    const { domain: [low, high], ticks } = valueAxis("", values);
    assert(low < high && ticks.length > 0);
  }
});

Deno.test("doublingAxis: ticks at 1, 2, 5, 10, …, or at powers of ten", () => {
  assertEquals(doublingAxis("", [6, 90]).ticks, [10, 20, 50, 100]);
  assertEquals(doublingAxis("", [1, 1e4]).ticks, [1, 10, 100, 1000, 10000]);
  const { domain: [low, high] } = doublingAxis("", [7, 7]);
  assert(low < 7 && high > 7);
});

Deno.test("countAxis: a tick at each number, as far as they have room", () => {
  assertEquals(countAxis("", 1, 4, 240).ticks, [1, 2, 3, 4]);
  const { ticks } = countAxis("", 1, 100, 240);
  assertEquals([ticks[0], ticks.at(-1)], [1, 100]);
  assert(ticks.length < 20);
});
