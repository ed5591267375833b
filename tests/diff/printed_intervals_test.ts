// @ts-types="../declarations/assert.d.ts"
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { printedDifference } from "../../src/diff/printed_intervals.ts";
import type { Measured } from "../../src/diff/tables.ts";
import { loadQuantiles } from "../../src/measure/quantiles.ts";

await loadQuantiles();

function measured(text: string, low = "", high = ""): Measured {
  return { text, ends: { low, high } };
}

/** Whether p is below 5 %; `undefined` where there is no p. */
function isOutside(old: Measured, current: Measured): boolean | undefined {
  const difference = printedDifference(old, current);
  return difference && difference.p < 0.05;
}

/** Old, new, and whether p is below 5 %: half-widths 3 and 4 make 5. */
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
  [
    "nothing left to chance on either side, so that it is simply different",
    measured("1", "1", "1"),
    measured("2", "2", "2"),
    undefined,
  ],
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
  Deno.test(`printedDifference: ${name}: ${expected}`, () => {
    assertEquals(isOutside(old, current), expected);
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

/** Z of {@linkcode wilson}. */
const Z = 1.959963984540054;

/** Wilson's interval (1927), which runs printed of shares. */
function wilson(share: number, trials: number): { low: number; high: number } {
  const square = Z * Z / trials;
  const centre = (share + square / 2) / (1 + square);
  const reach = Z / (1 + square) * Math.sqrt((share * (1 - share) + square / 4) / trials);
  return {
    low: share === 0 ? 0 : Math.max(0, centre - reach),
    high: share === 1 ? 1 : Math.min(1, centre + reach),
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
      if (isOutside(old, current)) sum += (first[i] ?? 0) * (second[j] ?? 0);
    }
  }
  return sum;
}

for (const p of [0.1, 0.3, 0.5]) {
  Deno.test(`printedDifference: two runs with the same share ${p} differ about one time in twenty (3.5 to 6.5 %, exact)`, () => {
    const probability = probabilityOutside(100, p, p);
    assert(probability > 0.035 && probability < 0.065, `${probability}`);
  });
}

Deno.test("printedDifference: shares of 0.3 and 0.5 among 100 differ four times in five (exact)", () => {
  // As often as by the z test; intervals that must not overlap tell them apart 55 times in 100.
  const probability = probabilityOutside(100, 0.3, 0.5);
  assert(probability > 0.8 && probability < 0.86, `${probability}`);
});

Deno.test("printedDifference: the interval excludes 0 exactly if p < 0.05 (40 changes)", () => {
  for (let i = 0; i < 40; i++) {
    const value = -8 + 0.4 * i + 0.05;
    const difference = printedDifference(
      measured("0", "-2", "3"),
      measured(`${value}`, `${value - 4}`, `${value + 5}`),
    );
    const { low, high } = difference?.interval ?? { low: NaN, high: NaN };
    assertEquals((difference?.p ?? 1) < 0.05, low > 0 || high < 0, `${value}`);
  }
});

Deno.test("printedDifference: of symmetric intervals p is that of the z test", () => {
  // Half-widths of 1.959964 · 3 and 1.959964 · 4: a standard error of 5, and z = 2.
  const [old, current] = [[0, 3], [10, 4]].map(([value = 0, error = 0]) =>
    measured(`${value}`, `${value - Z * error}`, `${value + Z * error}`)
  );
  if (old === undefined || current === undefined) throw new TypeError("both are there");
  assertAlmostEquals(printedDifference(old, current)?.p ?? 1, 0.0455002639, 1e-6);
});
