// @ts-types="../declarations/assert.d.ts"
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { differenceBetween, holm } from "../../src/measure/comparison.ts";
import type { Estimate } from "../../src/measure/estimate.ts";
import { loadQuantiles, studentP, studentQuantile } from "../../src/measure/quantiles.ts";

await loadQuantiles();

/** An estimate over draws with these pseudo-values. */
function overDraws(...pseudoValues: readonly number[]): Estimate {
  const value = pseudoValues.reduce((a, b) => a + b, 0) / pseudoValues.length;
  return { value, spread: { kind: "draws", pseudoValues, within: 0, fraction: 0 } };
}

/** An estimate given the prompts. */
function givenPrompts(value: number, variance: number, degreesOfFreedom: number): Estimate {
  return { value, spread: { kind: "strata", variance, degreesOfFreedom } };
}

Deno.test("differenceBetween: what both owe to a draw cancels out (1e-12)", () => {
  const found = differenceBetween(overDraws(-9, -1, -5), overDraws(-10.5, -2, -5.5));
  assert(found !== undefined);
  // Differences 1.5, 1 and .5: s² = .25, so that the error is .5/√3.
  const error = .5 / Math.sqrt(3);
  assertEquals([found.value, found.isPaired, found.degreesOfFreedom], [1, true, 2]);
  assertAlmostEquals(found.interval.low, 1 - studentQuantile(2) * error, 1e-12);
  assertAlmostEquals(found.p, studentP(1 / error, 2), 1e-12);
});

Deno.test("differenceBetween: given the prompts variances add up, as Welch has it (1e-12)", () => {
  const found = differenceBetween(givenPrompts(5, .04, 9), givenPrompts(4, .01, 4));
  assert(found !== undefined);
  assertEquals([found.value, found.isPaired], [1, false]);
  assertAlmostEquals(found.degreesOfFreedom, .05 ** 2 / (.04 ** 2 / 9 + .01 ** 2 / 4), 1e-12);
  assertAlmostEquals(found.p, studentP(1 / Math.sqrt(.05), found.degreesOfFreedom), 1e-12);
});

Deno.test("differenceBetween: beside a number without chance only the other varies", () => {
  const found = differenceBetween(givenPrompts(5, .04, 9), { value: 4, blank: "no chance" });
  assertEquals([found?.value, found?.degreesOfFreedom], [1, 9]);
});

Deno.test("differenceBetween: what does not vary takes no degrees of freedom from the other", () => {
  const found = differenceBetween(givenPrompts(3, .01, 142), givenPrompts(1, 0, 0));
  assert(found !== undefined);
  assertAlmostEquals(found.degreesOfFreedom, 142, 1e-9);
  assertAlmostEquals(found.interval.low, 2 - studentQuantile(142) * .1, 1e-9);
});

Deno.test("differenceBetween: a share that is the same everywhere counts by its interval (1e-12)", () => {
  const all: Estimate = { ...givenPrompts(1, 0, 0), interval: { low: .99, high: 1 } };
  const some: Estimate = { ...givenPrompts(.9, .0001, 50), interval: { low: .88, high: .92 } };
  const found = differenceBetween(some, all);
  assertAlmostEquals(found?.interval.low ?? NaN, -.1 - Math.hypot(.02, 0), 1e-12);
  assertAlmostEquals(found?.interval.high ?? NaN, -.1 + Math.hypot(.02, .01), 1e-12);
  // Neither varies: what the intervals say is all that is known.
  assertEquals(
    differenceBetween(all, { ...all, value: .5, interval: { low: .4, high: .6 } })?.value,
    .5,
  );
  assertEquals(differenceBetween(all, { value: .5, blank: "no chance" })?.interval, {
    low: .49,
    high: .5,
  });
});

const nothing: readonly [what: string, of: Estimate, than: Estimate][] = [
  ["neither has chance", { value: 1, blank: "no chance" }, { value: 2, blank: "no chance" }],
  ["one is not known", givenPrompts(1, .1, 3), { value: 2, blank: "one sample" }],
  ["the draws are others", overDraws(1, 2), overDraws(1, 2, 3)],
  ["every draw differs alike", overDraws(1, 2), overDraws(2, 3)],
];

for (const [what, of, than] of nothing) {
  Deno.test(`differenceBetween: where ${what} there is no verdict`, () => {
    assertEquals(differenceBetween(of, than), undefined);
  });
}

Deno.test("differenceBetween: all of the draws against none of them is a difference, none against none is not known", () => {
  const all: Estimate = { ...overDraws(1, 1, 1), interval: { low: .9, high: 1 } };
  const none: Estimate = { ...overDraws(0, 0, 0), interval: { low: 0, high: .1 } };
  const found = differenceBetween(all, none);
  assertEquals([found?.value, found?.interval.high], [1, 1]);
  assertAlmostEquals(found?.interval.low ?? NaN, 1 - Math.hypot(.1, .1), 1e-12);
  assert(found !== undefined && found.p < 1e-6);
  assertEquals(differenceBetween(none, none), undefined);
});

Deno.test("holm: as worked by hand: the smallest times m, the next times m − 1, none below those before", () => {
  const adjusted = holm([.01, .04, .03, .005]);
  [.03, .06, .06, .02].forEach((expected, i) =>
    assertAlmostEquals(adjusted[i] ?? NaN, expected, 1e-12)
  );
  assertEquals(holm([]), []);
  assertEquals(holm([.9, .8]), [1, 1]);
});
