// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { choose } from "../../src/random/choose.ts";

/** The rule as CPython writes it: bisect_right on the accumulated weights. */
function chooseByBisection(weights: readonly number[], uniform: number): number {
  const cumulative: number[] = [];
  for (const weight of weights) cumulative.push((cumulative.at(-1) ?? 0) + weight);
  const threshold = uniform * (cumulative.at(-1) ?? 0);
  let low = 0;
  let high = weights.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (threshold < (cumulative[middle] ?? NaN)) high = middle;
    else low = middle + 1;
  }
  return low;
}

const BELOW_ONE = 1 - 2 ** -53;

for (
  const [weights, uniform, index] of [
    [[1], 0, 0],
    [[1], BELOW_ONE, 0],
    [[1, 1], 0.4999, 0],
    [[1, 1], 0.5, 1],
    [[0, 1], 0, 1],
    [[0, 0, 1, 0], 0, 2],
    [[0, 0, 1, 0], 0.99, 2],
    // uniform * total rounds up to the total: bisection then gives the last index, whatever its weight.
    [[2 ** -1074, 0], BELOW_ONE, 1],
    [[1, 2, 3, 4], 0.1, 1],
    [[1, 2, 3, 4], 0.29, 1],
    [[1, 2, 3, 4], 0.3, 2],
    [[1, 2, 3, 4], 0.6, 3],
  ] as const
) {
  Deno.test(`choose: ${JSON.stringify(weights)} at ${uniform} gives ${index} (exact)`, () => {
    assertEquals(choose(weights, uniform), index);
    assertEquals(chooseByBisection(weights, uniform), index);
  });
}

Deno.test("choose: agrees with bisection on the accumulated weights (2000 cases)", () => {
  const weight = fc.oneof(
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.double({ min: 0, max: 1e300, noNaN: true }),
    fc.constantFrom(0, 1, 0.1, 5e-324),
  );
  const uniform = fc.oneof(
    fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    fc.constantFrom(0, 0.25, 0.5, 0.75, BELOW_ONE),
  );
  const cases = fc.property(fc.array(weight, { minLength: 1, maxLength: 40 }), uniform, (w, u) => {
    fc.pre(w.some((x) => x > 0));
    assertEquals(choose(w, u), chooseByBisection(w, u));
    assertEquals(choose(Float64Array.from(w), u), chooseByBisection(w, u));
  });
  fc.assert(cases, { numRuns: 2000, seed: 2018 });
});

for (
  const [name, weights, message] of [
    ["no weights", [], "it is '0'"],
    ["only zeros", [0, 0], "it is '0'"],
    ["a negative weight", [2, -1, 3], "weight 1 is '-1'"],
    ["NaN", [1, NaN], "it is 'NaN'"],
    ["an infinite weight", [1, Infinity], "it is 'Infinity'"],
    ["an infinite total", [1e308, 1e308], "it is 'Infinity'"],
  ] as const
) {
  Deno.test(`choose: refuses ${name}`, () => {
    assertThrows(() => choose(weights, 0.5), RangeError, message);
  });
}
