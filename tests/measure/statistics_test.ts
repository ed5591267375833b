// @ts-types="../declarations/assert.d.ts"
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  type ClusterSums,
  type Interval,
  pairedDifference,
  ratio,
  Resamples,
  trialShare,
  wilson,
} from "../../src/measure/statistics.ts";
import { CounterStream } from "../../src/random/counter_stream.ts";

const random = (seed = 1): CounterStream => CounterStream.fromSeed(seed);

/** The mean of `values`, a cluster each. */
function mean(values: readonly number[]): ClusterSums {
  return {
    numerators: Float64Array.from(values),
    denominators: new Float64Array(values.length).fill(1),
  };
}

/** The bootstrap's interval of the ratio of `sums`. */
function bootstrap(sums: ClusterSums, source: CounterStream): Interval | undefined {
  return new Resamples(sums.numerators.length, source).interval(sums);
}

/** About normal, mean 0, variance 1: the sum of 12 uniforms less 6. */
function normal(source: CounterStream): number {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += source.next();
  return sum;
}

// Of 2 clusters a resample's mean is 0 or 1 a quarter of the time each. Of 0, 0, 3 it is 0 with
// (2/3)³ = .30 and 3 with 1/27 = .037, both more than 2.5 %.
const exact: readonly [string, ClusterSums, number, number][] = [
  ["0 and 1", mean([0, 1]), 0, 1],
  ["0, 0 and 3", mean([0, 0, 3]), 0, 3],
  ["all the same", mean([7, 7, 7, 7]), 7, 7],
  [
    "clusters of different sizes",
    { numerators: Float64Array.of(2, 9), denominators: Float64Array.of(1, 3) },
    2,
    3,
  ],
];
for (const [name, measure, low, high] of exact) {
  Deno.test(`bootstrap: of ${name} the interval can be told by hand`, () => {
    assertEquals(bootstrap(measure, random()), { low, high });
  });
}

Deno.test("bootstrap: of one cluster, or none, there is no interval", () => {
  assertEquals(bootstrap(mean([3]), random()), undefined);
  assertEquals(bootstrap(mean([]), random()), undefined);
});

Deno.test("bootstrap: with many clusters it is the normal interval (15 %), grouped or not", () => {
  for (const count of [250, 5_000]) {
    const source = random(3);
    const values = Array.from({ length: count }, () => normal(source));
    const interval = bootstrap(mean(values), source);
    assert(interval !== undefined);
    const centre = ratio(mean(values));
    const variance = values.reduce((sum, x) => sum + (x - centre) ** 2, 0) / count;
    const reach = 1.96 * Math.sqrt(variance / count);
    assertAlmostEquals(interval.high - centre, reach, 0.15 * reach);
    assertAlmostEquals(centre - interval.low, reach, 0.15 * reach);
  }
});

// With 60 clusters the percentile bootstrap covers some 94 % (it is a little narrow). Of 300
// intervals fewer than 264 would then hold the truth once in 50,000 times, all of them once in 10⁸.
Deno.test("bootstrap: 95 of 100 intervals hold the truth (false alarm 2e-5)", () => {
  const source = random(4);
  let covered = 0;
  for (let trial = 0; trial < 300; trial++) {
    const interval = bootstrap(mean(Array.from({ length: 60 }, () => normal(source))), source);
    if (interval !== undefined && interval.low <= 0 && 0 <= interval.high) covered++;
  }
  assert(covered >= 264 && covered < 300, `${covered} of 300`);
});

Deno.test("bootstrap: sorted clusters give the interval of shuffled ones (15 %)", () => {
  const source = random(5);
  const values = Array.from({ length: 3_000 }, () => normal(source));
  const reach = (given: number[]): number => {
    const interval = bootstrap(mean(given), random(6));
    return (interval?.high ?? NaN) - (interval?.low ?? NaN);
  };
  assertAlmostEquals(reach(values.toSorted()), reach(values), 0.15 * reach(values));
});

Deno.test("Resamples: two sums over the same clusters see the same resamples", () => {
  const values = Array.from({ length: 300 }, (_, i) => Math.sin(i));
  const both = new Resamples(values.length, random(8));
  both.interval(mean(values.toReversed()));
  assertEquals(both.interval(mean(values)), bootstrap(mean(values), random(8)));
});

Deno.test("Resamples: sums over other clusters are refused", () => {
  assertThrows(
    () => new Resamples(2, random()).interval(mean([1, 2, 3])),
    RangeError,
    "Cannot resample: expected 2 clusters, found 3",
  );
});

Deno.test("ratio: of sums, 0 of nothing", () => {
  assertEquals(
    ratio({ numerators: Float64Array.of(1, 5), denominators: Float64Array.of(1, 2) }),
    2,
  );
  assertEquals(ratio(mean([])), 0);
});

// By Wilson's definition: the two shares π at which (p − π)² = z² π (1 − π) / n, found by bisection
// with z = 1.959963984540054. The case of .1 and 100 is in R too: prop.test(10, 100, correct = FALSE).
const cases: readonly [number, number, number, number][] = [
  [0.1, 100, 0.0552291370606751, 0.17436566150491345],
  [0.5, 10, 0.236593090512564, 0.7634069094874361],
  [1 / 3, 3, 0.061491944720396235, 0.7923403991979523],
  [0.999, 1000, 0.994357441402042, 0.999823453629374],
  [0.2, 12.5, 0.06416025336304956, 0.4768843937340431],
  [0, 20, 0, 0.16112515805281938],
  [1, 20, 1 - 0.16112515805281938, 1],
];
for (const [share, trials, low, high] of cases) {
  Deno.test(`wilson: ${share.toFixed(3)} of ${trials} (1e-14)`, () => {
    const interval = wilson(share, trials);
    assertAlmostEquals(interval.low, low, 1e-14);
    assertAlmostEquals(interval.high, high, 1e-14);
  });
}

Deno.test("wilson: what is no share, and no trials, are refused", () => {
  assertThrows(() => wilson(1.1, 10), RangeError, "expected a share in [0, 1], found 1.1");
  assertThrows(() => wilson(NaN, 10), RangeError, "found NaN");
  assertThrows(() => wilson(0.5, 0), RangeError, "expected trials, found 0");
});

/** `clusters` with `size` trials each, of which those of every second one succeed. */
function alternating(clusters: number, size: number): ClusterSums {
  return {
    numerators: Float64Array.from({ length: clusters }, (_, i) => size * (i % 2)),
    denominators: new Float64Array(clusters).fill(size),
  };
}

Deno.test("trialShare: clusters that agree within count as so many trials (1e-12)", () => {
  // 8 clusters, of which 4 always succeed: variance .25 / 7, so 7 trials.
  const { value, interval } = trialShare(alternating(8, 100), 800);
  assertEquals(value, .5);
  assertAlmostEquals(interval?.low ?? NaN, wilson(.5, 7).low, 1e-12);
});

Deno.test("trialShare: clusters that differ only by chance count as all their trials (30 %)", () => {
  const source = random();
  const hits = new Float64Array(200);
  for (let i = 0; i < 20_000; i++) {
    hits[i % 200] = (hits[i % 200] ?? 0) + (source.next() < .3 ? 1 : 0);
  }
  const sums = { numerators: hits, denominators: new Float64Array(200).fill(100) };
  const { value, interval } = trialShare(sums, 20_000);
  const narrow = wilson(value, 20_000);
  const width = (interval?.high ?? NaN) - (interval?.low ?? NaN);
  assertAlmostEquals(width, narrow.high - narrow.low, .3 * (narrow.high - narrow.low));
});

Deno.test("trialShare: a rate that is the same everywhere counts as all trials, at most as many as given", () => {
  const sums = {
    numerators: new Float64Array(10).fill(3),
    denominators: new Float64Array(10).fill(4),
  };
  assertEquals(trialShare(sums, 40), { value: 3 / 4, interval: wilson(3 / 4, 40) });
  assertEquals(trialShare(sums, 20), { value: 3 / 4, interval: wilson(3 / 4, 20) });
});

Deno.test("pairedDifference: what both owe to the prompt cancels out", () => {
  const difference = pairedDifference([-9, -1, -5], [-10, -2, -6], random());
  assertEquals(difference, { value: 1, interval: { low: 1, high: 1 } });
  assertEquals(pairedDifference([1, 2], [1], random()), undefined);
  assertEquals(pairedDifference([1], [2], random()), undefined);
});
