// @ts-types="../declarations/assert.d.ts"
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import {
  argmax,
  logProbability,
  logSoftmax,
  ranked,
  softmax,
} from "../../src/decode/distribution.ts";

Deno.test("softmax: sums to 1 and does not overflow (1e-15)", () => {
  const probabilities = softmax(Float64Array.of(1000, 999, -1000));
  assertAlmostEquals(probabilities.reduce((sum, p) => sum + p), 1, 1e-15);
  assertAlmostEquals(probabilities[0] as number, 1 / (1 + Math.exp(-1)), 1e-15);
});

Deno.test("softmax: −∞ becomes exactly 0", () => {
  assertEquals([...softmax(Float64Array.of(-Infinity, 0))], [0, 1]);
});

Deno.test("logSoftmax: is the logarithm of softmax (1e-14)", () => {
  const logits = Float64Array.of(0.3, -2, 5, 1);
  logSoftmax(logits).forEach((value, i) =>
    assertAlmostEquals(value, Math.log(softmax(logits)[i] as number), 1e-14)
  );
});

Deno.test("logSoftmax: keeps probabilities that softmax would round to 0", () => {
  assertAlmostEquals(logSoftmax(Float64Array.of(0, -2000))[1] as number, -2000, 1e-9);
});

Deno.test("logSoftmax, logProbability: near certainty, keep the small rest of the probability (1e-30)", () => {
  const logits = Float64Array.of(18.79, -18.7, -17);
  // −ln(1 + e⁻³⁷·⁴⁹ + e⁻³⁵·⁷⁹), to the precision of 1 + x.
  const expected = -Math.log(1 + Math.exp(-37.49) + Math.exp(-35.79));
  assertAlmostEquals(logProbability(logits, 0), expected, 1e-30);
  assertAlmostEquals(logSoftmax(logits)[0] as number, expected, 1e-30);
  assert(expected < 0);
});

Deno.test("logProbability: is one entry of logSoftmax (exact)", () => {
  const logits = Float64Array.of(0.3, -2, 5, 1);
  assertEquals(logits.map((_, token) => logProbability(logits, token)), logSoftmax(logits));
});

Deno.test("argmax, ranked: of equal values the lower index comes first", () => {
  assertEquals(argmax(Float64Array.of(1, 3, 3, 2)), 1);
  assertEquals(ranked(Float64Array.of(1, 3, 3, -Infinity, 2, -Infinity)), [1, 2, 4, 0, 3, 5]);
});

Deno.test("softmax: exponentials are Math.exp's within 2 units in the last place (100,000 from −708 to 0)", () => {
  let worst = 0;
  for (let i = 0; i < 100_000; i++) {
    const x = -708 * i / 100_000;
    // Two divisions round again: hence one unit more than the exponential itself.
    const [p = 0, one = 0] = softmax(Float64Array.of(x, 0));
    const exact = Math.exp(x);
    worst = Math.max(worst, Math.abs(p / one - exact) / 2 ** (Math.floor(Math.log2(exact)) - 52));
  }
  assert(worst <= 2, `${worst} units`);
});

Deno.test("softmax, logSoftmax: a vocabulary of any size, even or odd (1e-12)", () => {
  for (const size of [1, 2, 3, 27, 28, 30_001, 20_000]) {
    const logits = Float64Array.from({ length: size }, (_, i) => Math.sin(i));
    const sum = logits.reduce((sum, x) => sum + Math.exp(x), 0);
    softmax(logits).forEach((p, i) =>
      assertAlmostEquals(p, Math.exp(logits[i] as number) / sum, 1e-14)
    );
    assertAlmostEquals(
      logSoftmax(logits)[size - 1] as number,
      Math.sin(size - 1) - Math.log(sum),
      1e-12,
    );
  }
});

Deno.test("softmax: one NaN makes the whole row NaN", () => {
  assertEquals([...softmax(Float64Array.of(0, NaN, 1))], [NaN, NaN, NaN]);
  assertEquals([...softmax(Float64Array.of(-Infinity, -Infinity))], [NaN, NaN]);
});
