// @ts-types="../declarations/assert.d.ts"
import { assertAlmostEquals, assertThrows } from "@std/assert";
import { wilson } from "../../src/measure/interval.ts";

// By Wilson's definition: the two shares π at which (p − π)² = z² π (1 − π) / n, found by bisection
// with z = 1.959963984540054. The case of .1 and 100 is in R too: prop.test(10, 100, correct = FALSE).
const cases: readonly [number, number, number, number][] = [
  [0.1, 100, 0.0552291370606751, 0.17436566150491345],
  [0.5, 10, 0.236593090512564, 0.7634069094874361],
  [1 / 3, 3, 0.061491944720396235, 0.7923403991979523],
  [0.999, 1000, 0.994357441402042, 0.999823453629374],
  [0.2, 12.5, 0.06416025336304956, 0.4768843937340431],
  [0, 20, 0, 0.16112515805281938],
  [1, 20, 1 - 0.16112515805281938, 1],
];
for (const [share, trials, low, high] of cases) {
  Deno.test(`wilson: ${share.toFixed(3)} of ${trials} (1e-14)`, () => {
    const interval = wilson(share, trials);
    assertAlmostEquals(interval.low, low, 1e-14);
    assertAlmostEquals(interval.high, high, 1e-14);
  });
}

Deno.test("wilson: what is no share, and no trials, are refused", () => {
  assertThrows(() => wilson(1.1, 10), RangeError, "expected a share in [0, 1], found 1.1");
  assertThrows(() => wilson(NaN, 10), RangeError, "found NaN");
  assertThrows(() => wilson(0.5, 0), RangeError, "expected trials, found 0");
});
