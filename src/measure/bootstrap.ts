/**
 * Bootstrap intervals of means, and of other ratios of sums, over clusters: things that belong
 * together, such as the samples of a prompt, are drawn again together.
 *
 * Letters: `G` groups of clusters, `R` resamples.
 *
 * @module
 */
import { quantileSorted } from "simple-statistics";
import type { RandomSource } from "../random/random_stream.ts";
import type { Interval } from "./interval.ts";

/** Resamples; 25 of them lie beyond each end of an interval. */
const RESAMPLES = 1000;
/** The most groups: enough that their number is not felt, few enough that a cell takes milliseconds. */
const MOST_GROUPS = 256;

/** Sums by cluster: the mean of all is `Σ numerators / Σ denominators`. */
export interface ClusterSums {
  /** `[clusters]`. */
  readonly numerators: Float64Array;
  /** `[clusters]`; not negative. */
  readonly denominators: Float64Array;
}

/** The ratio of the sums; 0 of nothing. */
export function ratio({ numerators, denominators }: ClusterSums): number {
  const whole = sumOf(denominators);
  return whole === 0 ? 0 : sumOf(numerators) / whole;
}

/**
 * The percentile bootstrap's 95 % interval (Efron 1979) of each of several ratios, which all see the
 * same resamples; none of them has one where there are fewer than two clusters. More than 256
 * clusters are first dealt at random into 256 groups of as good as equal size: sums of independent
 * clusters are independent, and a mean over the clusters is one over the groups.
 *
 * @throws {RangeError} If the ratios are not over the same number of clusters.
 */
export function bootstrap(
  measures: readonly ClusterSums[],
  random: RandomSource,
): (Interval | undefined)[] {
  const clusters = measures[0]?.numerators.length ?? 0;
  for (const { numerators, denominators } of measures) {
    if (numerators.length !== clusters || denominators.length !== clusters) {
      throw new RangeError(`Cannot resample: expected ${clusters} clusters in every measure`);
    }
  }
  if (clusters < 2) return measures.map(() => undefined);
  const groups = dealt(clusters, random);
  const grouped = measures.map(({ numerators, denominators }): ClusterSums => ({
    numerators: sumsBy(groups, numerators),
    denominators: sumsBy(groups, denominators),
  }));
  const ratios = grouped.map(() => new Float64Array(RESAMPLES));
  const drawn = new Int32Array(Math.min(clusters, MOST_GROUPS));
  for (let resample = 0; resample < RESAMPLES; resample++) {
    for (let i = 0; i < drawn.length; i++) drawn[i] = Math.floor(random.next() * drawn.length);
    for (let m = 0; m < grouped.length; m++) {
      (ratios[m] as Float64Array)[resample] = resampled(grouped[m] as ClusterSums, drawn);
    }
  }
  return ratios.map((values) => {
    const sorted = Array.from(values.sort());
    return { low: quantileSorted(sorted, 0.025), high: quantileSorted(sorted, 0.975) };
  });
}

function resampled({ numerators, denominators }: ClusterSums, drawn: Int32Array): number {
  let part = 0;
  let whole = 0;
  for (let i = 0; i < drawn.length; i++) {
    const group = drawn[i] as number;
    part += numerators[group] as number;
    whole += denominators[group] as number;
  }
  return whole === 0 ? 0 : part / whole;
}

/** The group of each of `clusters`: its own, or where there are too many one dealt at random. */
function dealt(clusters: number, random: RandomSource): Int32Array {
  const groups = Int32Array.from({ length: clusters }, (_, i) => i);
  if (clusters <= MOST_GROUPS) return groups;
  for (let i = 0; i < clusters; i++) groups[i] = Math.floor(i * MOST_GROUPS / clusters);
  for (let i = clusters - 1; i > 0; i--) {
    const j = Math.floor(random.next() * (i + 1));
    const group = groups[i] as number;
    groups[i] = groups[j] as number;
    groups[j] = group;
  }
  return groups;
}

/** `sums`, `[clusters]`, added up by group. */
function sumsBy(groups: Int32Array, sums: Float64Array): Float64Array {
  const added = new Float64Array(Math.min(sums.length, MOST_GROUPS));
  for (let i = 0; i < sums.length; i++) {
    const group = groups[i] as number;
    added[group] = (added[group] as number) + (sums[i] as number);
  }
  return added;
}

function sumOf(values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return sum;
}
