// @ts-types="../declarations/assert.d.ts"
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { loadQuantiles, studentQuantile } from "../../src/measure/quantiles.ts";
import { replicateMean } from "../../src/measure/replicates.ts";
import { CounterStream } from "../../src/random/counter_stream.ts";

await loadQuantiles();

/** Any table of t.975. */
const quantiles: readonly [degreesOfFreedom: number, t: number][] = [
  [1, 12.706],
  [2, 4.303],
  [4, 2.776],
  [9, 2.262],
  [29, 2.045],
  [99, 1.984],
];

for (const [degreesOfFreedom, t] of quantiles) {
  Deno.test(`studentQuantile: is ${t} with ${degreesOfFreedom} degrees of freedom (5e-4)`, () => {
    assertAlmostEquals(studentQuantile(degreesOfFreedom), t, 5e-4);
  });
}

Deno.test("replicateMean: mean ± t·s/√n, worked by hand (5e-4)", () => {
  // s² = (1 + 0 + 1) / 2, so that the reach is 4.303 / √3.
  const { value, interval } = replicateMean([1, 2, 3]);
  assertEquals(value, 2);
  assertAlmostEquals(interval?.low ?? NaN, 2 - 2.484, 5e-4);
  assertAlmostEquals(interval?.high ?? NaN, 2 + 2.484, 5e-4);
});

for (const [what, replicates] of [["one", [0.3]], ["three alike", [0.3, 0.3, 0.3]]] as const) {
  Deno.test(`replicateMean: ${what}: their value, and no interval`, () => {
    assertEquals(replicateMean(replicates), { value: 0.3 });
  });
}

// 10,000 draws of a share of 95 % scatter by 0.22 %: beyond 1 % is 5 standard deviations, 1 in a
// million by chance. The normal distribution's 1.96 would hold 81 %.
Deno.test("replicateMean: the interval of three normal replicates holds their mean in 95 % (1 %)", () => {
  const stream = CounterStream.fromSeed(1);
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(1 - stream.next())) * Math.cos(2 * Math.PI * stream.next());
  const held = Array.from({ length: 10_000 }, () => {
    const { interval } = replicateMean([7 + normal(), 7 + normal(), 7 + normal()]);
    return interval !== undefined && interval.low <= 7 && 7 <= interval.high;
  }).filter(Boolean);
  assertAlmostEquals(held.length / 10_000, 0.95, 0.01);
});
