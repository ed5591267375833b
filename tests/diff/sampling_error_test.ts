// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import type { Measured } from "../../src/diff/measured.ts";
import { isOutsideSamplingError } from "../../src/diff/sampling_error.ts";
import { wilson } from "../../src/measure/statistics.ts";

function measured(text: string, low = "", high = ""): Measured {
  return { text, ends: { low, high } };
}

/** Old, new, and whether the change is outside: half-widths 3 and 4 make 5. */
const cases: readonly [string, Measured, Measured, boolean | undefined][] = [
  ["a change of exactly √(3² + 4²)", measured("0", "-9", "3"), measured("5", "1", "99"), false],
  ["one a little larger", measured("0", "-9", "3"), measured("5.1", "1.1", "99"), true],
  [
    "a fall, for which the other sides count",
    measured("5", "1", "99"),
    measured("0", "-9", "3"),
    false,
  ],
  ["a fall a little larger", measured("5.1", "1.1", "99"), measured("0", "-9", "3"), true],
  ["no change", measured("1", "0", "2"), measured("1", "0", "2"), false],
  ["nothing left to chance on either side", measured("1", "1", "1"), measured("2", "2", "2"), true],
  [
    "a value outside its own interval, whose half is then 0",
    measured("0", "-9", "-4"),
    measured("5", "1", "9"),
    true,
  ],
  ["no interval in the old run", measured("1"), measured("2", "1", "3"), undefined],
  ["no interval in the new run", measured("1", "0", "2"), measured("2"), undefined],
  ["no value", measured(""), measured("2", "1", "3"), undefined],
];

for (const [name, old, current, expected] of cases) {
  Deno.test(`isOutsideSamplingError: ${name}: ${expected}`, () => {
    assertEquals(isOutsideSamplingError(old, current), expected);
  });
}

/** The probability of each number of successes among `trials`. */
function binomial(trials: number, p: number): number[] {
  let probability = (1 - p) ** trials;
  return Array.from({ length: trials + 1 }, (_, k) => {
    const current = probability;
    probability *= (trials - k) / (k + 1) * p / (1 - p);
    return current;
  });
}

function share(k: number, trials: number): Measured {
  const { low, high } = wilson(k / trials, trials);
  return measured(`${k / trials}`, `${low}`, `${high}`);
}

/** The exact probability that two runs of `trials` with the true shares p and q are told apart. */
function probabilityOutside(trials: number, p: number, q: number): number {
  const shares = Array.from({ length: trials + 1 }, (_, k) => share(k, trials));
  const [first, second] = [binomial(trials, p), binomial(trials, q)];
  let sum = 0;
  for (const [i, old] of shares.entries()) {
    for (const [j, current] of shares.entries()) {
      if (isOutsideSamplingError(old, current)) sum += (first[i] ?? 0) * (second[j] ?? 0);
    }
  }
  return sum;
}

for (const p of [0.1, 0.3, 0.5]) {
  Deno.test(`isOutsideSamplingError: two runs of the same share ${p} are told apart about one time in twenty (3.5 to 6.5 %, exact)`, () => {
    const probability = probabilityOutside(100, p, p);
    assert(probability > 0.035 && probability < 0.065, `${probability}`);
  });
}

Deno.test("isOutsideSamplingError: shares of 0.3 and 0.5 among 100 are told apart four times in five (exact)", () => {
  // As often as by the z test; intervals that must not overlap tell them apart 55 times in 100.
  const probability = probabilityOutside(100, 0.3, 0.5);
  assert(probability > 0.8 && probability < 0.86, `${probability}`);
});
