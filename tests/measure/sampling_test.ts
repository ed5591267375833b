// @ts-types="../declarations/assert.d.ts"
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { clopperPearson, loadQuantiles, studentQuantile } from "../../src/measure/quantiles.ts";
import { varianceOf } from "../../src/measure/intervals.ts";
import { type PromptDesign, Sampling } from "../../src/measure/sampling.ts";

await loadQuantiles();

const listed: PromptDesign = { prompts: "listed" };
const drawn: PromptDesign = { prompts: "drawn", population: 10 };

/** A sampling of units after these prompts, by draw. */
function samplingOf(
  prompts: readonly string[],
  draws: readonly number[],
  design: PromptDesign,
  hasChance = true,
): Sampling {
  return new Sampling({ design, hasChance, prompts, drawOf: Int32Array.from(draws) });
}

/** The mean of one value for each unit. */
function mean(sampling: Sampling, ...values: readonly number[]) {
  return sampling.ratio(Float64Array.from(values), new Float64Array(values.length).fill(1));
}

Deno.test("Sampling: given the prompts a mean varies within them alone, worked by hand (1e-12)", () => {
  // Prompt a: 0 and 2, s² = 2. Prompt b: 10, 11 and 12, s² = 1. Of the mean of five: (2·2 + 3·1) / 5².
  const { value, interval, spread } = mean(
    samplingOf(["a", "b"], [0, 0, 1, 1, 1], listed),
    ...[0, 2, 10, 11, 12],
  );
  assertEquals(value, 7);
  assert(spread?.kind === "strata");
  assertAlmostEquals(spread.variance, 7 / 25, 1e-12);
  // Satterthwaite: (4 + 3)² / (4² / 1 + 3² / 2).
  assertAlmostEquals(spread.degreesOfFreedom, 49 / 20.5, 1e-12);
  const reach = studentQuantile(49 / 20.5) * Math.sqrt(7 / 25);
  assertAlmostEquals(interval?.low ?? NaN, 7 - reach, 1e-12);
});

Deno.test("Sampling: a prompt that is listed twice is one stratum", () => {
  const twice = mean(samplingOf(["a", "a"], [0, 0, 1, 1], listed), 1, 2, 3, 4);
  const once = mean(samplingOf(["a"], [0, 0, 0, 0], listed), 1, 2, 3, 4);
  assertEquals(twice, once);
});

Deno.test("Sampling: a ratio given the prompts is linearised (1e-12)", () => {
  // θ = 6/4; residuals 1 − 1.5·1 and 5 − 1.5·3 are ∓.5, s² = .5, over 4².
  const { spread } = samplingOf(["a"], [0, 0], listed)
    .ratio(Float64Array.of(1, 5), Float64Array.of(1, 3));
  assert(spread?.kind === "strata");
  assertAlmostEquals(spread.variance, 2 * .5 / 16, 1e-12);
});

Deno.test("Sampling: over draws a mean without chance is t over the draws, less what was not drawn (1e-12)", () => {
  // Three of ten: s² = 1, so that the variance is (1 − 3/10) / 3.
  const { value, interval, spread } = mean(
    samplingOf(["a", "b", "b"], [0, 1, 2], drawn, false),
    ...[1, 2, 3],
  );
  assertEquals(value, 2);
  assert(spread?.kind === "draws");
  assertAlmostEquals(varianceOf(spread), .7 / 3, 1e-12);
  const reach = studentQuantile(2) * Math.sqrt(.7 / 3);
  assertAlmostEquals(interval?.high ?? NaN, 2 + reach, 1e-12);
});

Deno.test("Sampling: sampling after the prompts is not made less by drawing all of them (1e-12)", () => {
  // Two of two: no variance between prompts is left, and within them 2·2/4² each.
  const all: PromptDesign = { prompts: "drawn", population: 2 };
  const { spread } = mean(samplingOf(["a", "b"], [0, 0, 1, 1], all), 0, 2, 10, 12);
  assert(spread !== undefined);
  assertAlmostEquals(varianceOf(spread), 2 * (2 * 2 / 16), 1e-12);
});

Deno.test("Sampling: a ratio over draws leaves each of them out (1e-12)", () => {
  const { value, spread } = samplingOf(["a", "b", "c"], [0, 1, 2], drawn, false)
    .ratio(Float64Array.of(1, 5, 6), Float64Array.of(1, 3, 2));
  assert(spread?.kind === "draws");
  const without = [11 / 5, 7 / 3, 6 / 4];
  without.forEach((other, g) => {
    assertAlmostEquals(spread.pseudoValues[g] ?? NaN, 3 * value - 2 * other, 1e-12);
  });
});

Deno.test("Sampling: a share of draws that are all alike is Clopper and Pearson's on the draws", () => {
  const sampling = samplingOf(["a", "b", "c"], [0, 1, 2], drawn, false);
  const trials = new Float64Array(3).fill(1);
  assertEquals(sampling.share(trials, trials).interval, clopperPearson(3, 3));
});

Deno.test("Sampling: so is one of draws that chance after them has made alike, of a population of more", () => {
  // Two draws of twenty samples, each with six hits: how they differ among themselves says nothing.
  const drawOf = Array.from({ length: 40 }, (_, i) => Math.floor(i / 20));
  const hits = Float64Array.from({ length: 40 }, (_, i) => i % 20 < 6 ? 1 : 0);
  const { interval } = samplingOf(["a", "b"], drawOf, { prompts: "drawn", population: 3000 })
    .share(hits, new Float64Array(40).fill(1));
  assertEquals(interval, clopperPearson(.6, 2));
});

Deno.test("Sampling: a share of as many independent trials as its variance says, if that were known (1e-9)", () => {
  // Of one prompt: s² = n·p(1 − p)/(n − 1), so that there are n − 1 trials.
  const hits = Float64Array.from({ length: 40 }, (_, i) => i < 10 ? 1 : 0);
  const { interval } = samplingOf(["a"], Array<number>(40).fill(0), listed)
    .share(hits, new Float64Array(40).fill(1));
  const expected = clopperPearson(39 / 4, 39);
  assertAlmostEquals(interval?.low ?? NaN, expected.low, 1e-9);
  assertAlmostEquals(interval?.high ?? NaN, expected.high, 1e-9);
});

const blanks: readonly [name: string, found: ReturnType<typeof mean>][] = [
  ["no chance", mean(samplingOf(["a", "b"], [0, 1], listed, false), 1, 2)],
  ["one sample", mean(samplingOf(["a", "b"], [0, 0, 1], listed), 1, 2, 3)],
  ["one draw", mean(samplingOf(["a"], [0, 0], drawn), 1, 2)],
  ["all equal", mean(samplingOf(["a", "b"], [0, 0, 1, 1], listed), .1, .1, .3, .3)],
  ["all equal", mean(samplingOf(["a", "b", "c"], [0, 1, 2], drawn, false), .1, .1, .1)],
  ["all equal", mean(samplingOf(["a", "b"], [0, 0, 1, 1], drawn), .1, .3, .3, .1)],
  [
    "no chance",
    mean(samplingOf(["a", "b"], [0, 1], { prompts: "drawn", population: 2 }, false), 1, 2),
  ],
];

for (const [blank, found] of blanks) {
  Deno.test(`Sampling: ${blank}: no interval, and the reason (${found.value})`, () => {
    assertEquals([found.interval, found.blank], [undefined, blank]);
  });
}

Deno.test("Sampling: influences add up to 0 (1e-12)", () => {
  const sampling = samplingOf(["a"], [0, 0, 0], listed);
  const [parts, wholes] = [Float64Array.of(1, 2, 6), Float64Array.of(1, 3, 2)];
  const sum = sampling.influences(9 / 6, parts, wholes).reduce((a, b) => a + b, 0);
  assertAlmostEquals(sum, 0, 1e-12);
});
