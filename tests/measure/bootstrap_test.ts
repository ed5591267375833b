// @ts-types="../declarations/assert.d.ts"
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { bootstrap, type ClusterSums, ratio } from "../../src/measure/bootstrap.ts";
import { CounterStream } from "../../src/random/counter_stream.ts";

const random = (seed = 1): CounterStream => CounterStream.fromSeed(seed);

/** The mean of `values`, a cluster each. */
function mean(values: readonly number[]): ClusterSums {
  return {
    numerators: Float64Array.from(values),
    denominators: new Float64Array(values.length).fill(1),
  };
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
    assertEquals(bootstrap([measure], random()), [{ low, high }]);
  });
}

Deno.test("bootstrap: of one cluster, or none, there is no interval", () => {
  assertEquals(bootstrap([mean([3]), mean([4])], random()), [undefined, undefined]);
  assertEquals(bootstrap([mean([])], random()), [undefined]);
});

Deno.test("bootstrap: with many clusters it is the normal interval (15 %), grouped or not", () => {
  for (const count of [250, 5_000]) {
    const source = random(3);
    const values = Array.from({ length: count }, () => normal(source));
    const [interval] = bootstrap([mean(values)], source);
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
    const [interval] = bootstrap([mean(Array.from({ length: 60 }, () => normal(source)))], source);
    if (interval !== undefined && interval.low <= 0 && 0 <= interval.high) covered++;
  }
  assert(covered >= 264 && covered < 300, `${covered} of 300`);
});

Deno.test("bootstrap: sorted clusters give the interval of shuffled ones (15 %)", () => {
  const source = random(5);
  const values = Array.from({ length: 3_000 }, () => normal(source));
  const reach = (given: number[]): number => {
    const [interval] = bootstrap([mean(given)], random(6));
    return (interval?.high ?? NaN) - (interval?.low ?? NaN);
  };
  assertAlmostEquals(reach(values.toSorted()), reach(values), 0.15 * reach(values));
});

Deno.test("bootstrap: the same stream gives the same interval, whatever else is measured", () => {
  const [one, other] = [mean([1, 5, 2, 8]), mean([4, 4, 3, 9])];
  const [alone] = bootstrap([one], random(8));
  assertEquals(bootstrap([other, one], random(8))[1], alone);
});

Deno.test("bootstrap: ratios over different clusters are refused", () => {
  assertThrows(
    () => bootstrap([mean([1, 2]), mean([1, 2, 3])], random()),
    RangeError,
    "Cannot resample: expected 2 clusters in every measure",
  );
});

Deno.test("ratio: of sums, 0 of nothing", () => {
  assertEquals(
    ratio({ numerators: Float64Array.of(1, 5), denominators: Float64Array.of(1, 2) }),
    2,
  );
  assertEquals(ratio(mean([])), 0);
});
