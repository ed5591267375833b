// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  differenceOf,
  isOutsideSamplingError,
  isWithin,
  numbersIn,
  Tolerances,
} from "../../src/diff/metrics.ts";
import { DiffError } from "../../src/diff/run_files.ts";
import type { Measured } from "../../src/diff/tables.ts";

const differences: readonly [string, string, number | undefined][] = [
  ["0.700000", "0.600000", -0.1],
  ["1.1", "1.0", -0.1],
  ["12", "12.000000", 0],
  ["0.000000", "-0.000000", 0],
  ["0.000001", "0.000002", 0.000001],
  ["5e-324", "0", -5e-324],
  ["", "1", undefined],
  ["1", "", undefined],
  ["7 3", "7 4", undefined],
  ["NaN", "1", undefined],
  ["0x10", "1", undefined],
];

for (const [old, current, expected] of differences) {
  Deno.test(`differenceOf: from "${old}" to "${current}" it is ${expected}, to the decimals written`, () => {
    assertEquals(differenceOf(old, current), expected);
  });
}

Deno.test("numbersIn: one number or several separated by spaces, and nothing else", () => {
  assertEquals(numbersIn("7 3 -1.5"), [7, 3, -1.5]);
  for (const text of ["", " ", "7  3", "1,5", "Infinity", "one", "1 "]) {
    assertEquals(numbersIn(text), undefined, `"${text}"`);
  }
});

/** Old, new, tolerance, and whether they are equal. */
const passes: readonly [string, string, string, boolean][] = [
  ["0.5", "0.500000", "m=0", true],
  ["0.500000", "0.500001", "m=0", false],
  ["0.6", "0.7", "m=0.1", true],
  ["0.7", "0.6", "m=0.1", true],
  ["1.0", "1.1", "m=0.1", true],
  ["0.6", "0.71", "m=0.1", false],
  ["-100", "-101", "m=0,0.01", true],
  ["-100", "-101.1", "m=0,0.01", false],
  ["-100", "-101.1", "m=1.5,0.01", true],
  ["0", "0.1", "m=0,1000", false],
  ["7 3", "7 4", "m=1", true],
  ["7 3", "7 4", "m=0.5", false],
  ["7 3", "7 3 0", "m=9", false],
  ["", "0", "m=9", false],
  ["NaN", "NaN", "m=0", true],
  ["NaN", "1", "m=9", false],
  ["none", "some", "m=9", false],
];

for (const [old, current, tolerance, expected] of passes) {
  Deno.test(`--tolerance ${tolerance}: "${current}" ${expected ? "equals" : "differs from"} "${old}"`, () => {
    assertEquals(isWithin(old, current, new Tolerances([tolerance]).of("m")), expected);
  });
}

Deno.test("--tolerance: a metric's own overrides *, and a later one an earlier one", () => {
  const tolerances = new Tolerances(["m=1", "*=2", "m=3,4"]);
  assertEquals(tolerances.of("m"), { absolute: 3, relative: 4 });
  assertEquals(tolerances.of("other"), { absolute: 2, relative: 0 });
  assertEquals(tolerances.weights, { absolute: 2, relative: 0 });
});

for (
  const bad of ["m", "m=", "=1", "m=-1", "m=1,", "m=1,2,3", "m=one", "m=Infinity", "m=1 ", "m=0x1"]
) {
  Deno.test(`--tolerance ${bad}: is refused with an example`, () => {
    assertThrows(
      () => new Tolerances([bad]),
      DiffError,
      "expected metric=absolute[,relative], such as mean_log_prob=0.01",
    );
  });
}

Deno.test("--tolerance: a metric that neither run has is refused, with the nearest or all", () => {
  const check = (given: string) => () =>
    new Tolerances([given]).checkNames(["mean_log_prob", "zipf"]);
  assertThrows(check("mean_logprob=1"), DiffError, 'did you mean "mean_log_prob"?');
  assertThrows(check("x=1"), DiffError, "expected one of mean_log_prob, zipf, weights, *");
  for (const fine of ["zipf=1", "weights=1", "*=1"]) check(fine)();
});

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

/** Wilson's 95 % score interval (1927). */
function wilson(share: number, trials: number): { low: number; high: number } {
  const z = 1.959963984540054;
  const square = z * z / trials;
  const reach = z * Math.sqrt((share * (1 - share) + square / 4) / trials);
  return {
    low: Math.max(0, (share + square / 2 - reach) / (1 + square)),
    high: Math.min(1, (share + square / 2 + reach) / (1 + square)),
  };
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
  Deno.test(`isOutsideSamplingError: two runs with the same share ${p} differ about one time in twenty (3.5 to 6.5 %, exact)`, () => {
    const probability = probabilityOutside(100, p, p);
    assert(probability > 0.035 && probability < 0.065, `${probability}`);
  });
}

Deno.test("isOutsideSamplingError: shares of 0.3 and 0.5 among 100 differ four times in five (exact)", () => {
  // As often as by the z test; intervals that must not overlap tell them apart 55 times in 100.
  const probability = probabilityOutside(100, 0.3, 0.5);
  assert(probability > 0.8 && probability < 0.86, `${probability}`);
});
