// @ts-types="../declarations/assert.d.ts"
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  clopperPearson,
  deviationInterval,
  loadQuantiles,
  studentP,
  studentQuantile,
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

/** Garwood's (1936) intervals of a count, from tables. */
const counts: readonly [hits: number, low: number, high: number][] = [
  [0, 0, 3.688879],
  [1, 0.025318, 5.571643],
  [10, 4.795389, 18.390356],
];

for (const [hits, low, high] of counts) {
  for (const trials of [2e6, 1e9, 1e12, 1e17, 1e150]) {
    Deno.test(`clopperPearson: ${hits} of ${trials} is that of a Poisson distribution (1e-4)`, () => {
      const found = clopperPearson(hits, trials);
      assertAlmostEquals(found.low * trials, low, 1e-4);
      assertAlmostEquals(found.high * trials, high, 1e-4);
    });
  }
}

Deno.test("clopperPearson: where it becomes Poisson's both are the same, of hits and of misses (1e-6 of an end)", () => {
  for (const hits of [0.02, 1.5, 40, 499]) {
    for (const few of [hits, 1e6 - hits]) {
      const [exact, rare] = [clopperPearson(few, 1e6), clopperPearson(few, 1e6 * (1 + 1e-12))];
      for (const end of ["low", "high"] as const) {
        const scale = few === hits ? exact[end] : 1;
        assertAlmostEquals(rare[end], exact[end], 1e-6 * scale + 1e-12 * few / 1e6);
      }
    }
  }
});

Deno.test("clopperPearson: the share is inside its interval, which is inside [0, 1], whatever the numbers", () => {
  const few = [
    0,
    1e-300,
    1e-17,
    0.001,
    0.005,
    0.0051235,
    0.00999,
    0.01,
    0.3,
    1,
    1.68,
    10,
    499,
    501,
  ];
  for (const trials of [1, 1.001, 2, 3.7, 25.6, 1000, 1e6, 1.1e6, 1e9, 2.2e17, 1e150]) {
    for (const some of few.filter((hits) => hits <= trials)) {
      for (const hits of [some, trials - some]) {
        const { low, high } = clopperPearson(hits, trials);
        const share = hits / trials;
        const found = `${hits} of ${trials}: ${low} to ${high}`;
        assert(0 <= low && low <= share * (1 + 1e-9) && share <= high + 1e-15 && high <= 1, found);
      }
    }
  }
});

Deno.test("studentQuantile, studentP: with ever more degrees of freedom they are those of the normal distribution (1e-5)", () => {
  for (const degreesOfFreedom of [1e6, 1e8, 1e15, 1e300, Infinity]) {
    assertAlmostEquals(studentQuantile(degreesOfFreedom), 1.959964, 1e-5);
    assertAlmostEquals(studentP(2, degreesOfFreedom), 0.0455003, 1e-5);
  }
});

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
