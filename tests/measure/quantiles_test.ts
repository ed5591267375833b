// @ts-types="../declarations/assert.d.ts"
import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  clopperPearson,
  deviationInterval,
  loadQuantiles,
  studentP,
} from "../../src/measure/quantiles.ts";

await loadQuantiles();

/** By numerical integration of the density, in Python. */
const pValues: readonly [t: number, degreesOfFreedom: number, p: number][] = [
  [2, 4, 0.116116524],
  [2, 1000, 0.045770346],
  [-1.96, 1e5, 0.049998563],
  [1, 2.5, 0.404061027],
  [0, 7, 1],
];

for (const [t, degreesOfFreedom, p] of pValues) {
  Deno.test(`studentP: |t| of ${t} with ${degreesOfFreedom} degrees of freedom has p = ${p} (1e-7)`, () => {
    assertAlmostEquals(studentP(t, degreesOfFreedom), p, 1e-7);
  });
}

/** R's binom.test gives these to 7 digits; of no hits it is 1 − 0.025^(1/n). */
const shares: readonly [hits: number, trials: number, low: number, high: number][] = [
  [0, 10, 0, 1 - 0.025 ** 0.1],
  [10, 10, 0.025 ** 0.1, 1],
  [7, 10, 0.3475471, 0.9332605],
  [1, 400, 0.0000632925, 0.0138498],
];

for (const [hits, trials, low, high] of shares) {
  Deno.test(`clopperPearson: ${hits} of ${trials} (1e-6)`, () => {
    const found = clopperPearson(hits, trials);
    assertAlmostEquals(found.low, low, 1e-6);
    assertAlmostEquals(found.high, high, 1e-6);
  });
}

Deno.test("clopperPearson: where it becomes Wilson's interval both are the same (1 % of the width)", () => {
  const [exact, score] = [clopperPearson(500, 1500), clopperPearson(501, 1503)];
  const width = exact.high - exact.low;
  assertAlmostEquals(score.low, exact.low, 0.02 * width);
  assertAlmostEquals(score.high, exact.high, 0.02 * width);
});

Deno.test("clopperPearson: covers at least 95 % whatever the share is, exactly summed (n = 20)", () => {
  for (let percent = 1; percent < 100; percent++) {
    const p = percent / 100;
    let probability = (1 - p) ** 20;
    let covered = 0;
    for (let k = 0; k <= 20; k++) {
      const { low, high } = clopperPearson(k, 20);
      if (low <= p && p <= high) covered += probability;
      probability *= (20 - k) / (k + 1) * p / (1 - p);
    }
    assertEquals(covered >= 0.95, true, `${covered} at ${p}`);
  }
});

for (const [hits, trials] of [[-1, 5], [6, 5], [NaN, 5], [0, 0]] as const) {
  Deno.test(`clopperPearson: ${hits} of ${trials} is refused`, () => {
    assertThrows(() => clopperPearson(hits, trials), RangeError, "expected hits of trials");
  });
}

// Quantiles of χ² from tables: 0.484419 and 11.143287 with 4 degrees of freedom; 16.790772 and 46.979242 with 30.
for (
  const [degreesOfFreedom, low, high] of [
    [4, Math.sqrt(4 / 11.143287), Math.sqrt(4 / 0.484419)],
    [30, Math.sqrt(30 / 46.979242), Math.sqrt(30 / 16.790772)],
  ] as const
) {
  Deno.test(`deviationInterval: with ${degreesOfFreedom} degrees of freedom it is that of the tables (1e-5)`, () => {
    const found = deviationInterval(2, degreesOfFreedom);
    assertAlmostEquals(found.low, 2 * low, 1e-5);
    assertAlmostEquals(found.high, 2 * high, 1e-5);
  });
}
