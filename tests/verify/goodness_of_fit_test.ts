// @ts-types="../declarations/assert.d.ts"
import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { goodnessOfFit, rejectedByHolm } from "./goodness_of_fit.ts";

Deno.test("goodnessOfFit: Mendel's peas, 315 : 108 : 101 : 32 for 9 : 3 : 3 : 1 (R's chisq.test, 1e-4)", () => {
  const { chiSquare, degreesOfFreedom, pValue } = goodnessOfFit(
    [315, 108, 101, 32],
    Float64Array.of(9 / 16, 3 / 16, 3 / 16, 1 / 16),
  );
  assertAlmostEquals(chiSquare, 0.470024, 1e-6);
  assertEquals(degreesOfFreedom, 3);
  assertAlmostEquals(pValue, 0.9254, 1e-4);
});

Deno.test("goodnessOfFit: improbable outcomes share a bin, and the rest joins the last one", () => {
  // Of 1,000: 900, then 20 + 20, then 30, and 30 with nothing after it.
  const probabilities = Float64Array.of(0.9, 0.02, 0.02, 0.03, 0.03);
  const { degreesOfFreedom } = goodnessOfFit([900, 20, 20, 30, 30], probabilities);
  assertEquals(degreesOfFreedom, 3);
  const joined = goodnessOfFit([960, 20, 20], Float64Array.of(0.96, 0.035, 0.005));
  assertEquals(joined.degreesOfFreedom, 1);
});

Deno.test("goodnessOfFit: a counted outcome of probability 0 settles it", () => {
  assertEquals(goodnessOfFit([999, 1], Float64Array.of(1, 0)).pValue, 0);
});

Deno.test("goodnessOfFit: the distance is the total variation of shares", () => {
  assertAlmostEquals(
    goodnessOfFit([60, 40], Float64Array.of(0.5, 0.5)).totalVariation,
    0.1,
    1e-15,
  );
});

Deno.test("goodnessOfFit: too few samples say nothing", () => {
  assertThrows(() => goodnessOfFit([3, 4], Float64Array.of(0.5, 0.5)), RangeError, "too few");
});

Deno.test("rejectedByHolm: rejects from the smallest on, while each is below its own share", () => {
  // .05 over 4, 3, 2, 1: .0125, .0167, .025, .05 (Holm 1979's procedure).
  assertEquals(rejectedByHolm([0.01, 0.04, 0.03, 0.005], 0.05), [true, false, false, true]);
  assertEquals(rejectedByHolm([0.013, 0.001], 0.05), [true, true]);
});
