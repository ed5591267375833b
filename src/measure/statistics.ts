/**
 * Estimates and their 95 % intervals: Wilson's for shares, the percentile bootstrap's for means and
 * other ratios of sums. Both are over clusters: things that belong together, such as the samples of a
 * prompt, are resampled together.
 *
 * Letters: `G` groups of clusters, `R` resamples.
 *
 * @module
 */
import { quantileSorted } from "simple-statistics";
import type { RandomSource } from "../random/random_stream.ts";

/** The range in which a measured number probably lies. */
export interface Interval {
  /** The lower end. */
  readonly low: number;
  /** The upper end. */
  readonly high: number;
}

/** A number and its interval, if it has one: a number that chance plays no part in has none. */
export interface Estimate {
  /** The measured number. */
  readonly value: number;
  /** Where, with 95 % confidence, the truth lies. */
  readonly interval?: Interval;
}

/** A measured number, with its interval if it has one. */
export function estimateOf(value: number, interval: Interval | undefined): Estimate {
  return interval === undefined ? { value } : { value, interval };
}

/** The 97.5 % quantile of the normal distribution. */
const Z = 1.959963984540054;

/**
 * Wilson's 95 % score interval (1927) for a share of `trials` independent trials, which need not be a
 * whole number.
 *
 * @throws {RangeError} If the share is not in [0, 1], or there are no trials.
 */
export function wilson(share: number, trials: number): Interval {
  if (!(share >= 0 && share <= 1)) {
    throw new RangeError(`Cannot give an interval: expected a share in [0, 1], found ${share}`);
  }
  if (!(trials > 0)) {
    throw new RangeError(`Cannot give an interval: expected trials, found ${trials}`);
  }
  const square = Z * Z / trials;
  const centre = (share + square / 2) / (1 + square);
  const reach = Z / (1 + square) * Math.sqrt((share * (1 - share) + square / 4) / trials);
  // At its ends the interval is exact, which rounding must not undo.
  return {
    low: share === 0 ? 0 : Math.max(0, centre - reach),
    high: share === 1 ? 1 : Math.min(1, centre + reach),
  };
}

/** Sums by cluster: the mean of all is `Σ numerators / Σ denominators`. */
export interface ClusterSums {
  /** `[clusters]`. */
  readonly numerators: Float64Array;
  /** `[clusters]`; not negative. */
  readonly denominators: Float64Array;
}

/** The ratio of the sums; 0 of nothing. */
export function ratio({ numerators, denominators }: ClusterSums): number {
  return quotient(sumOf(numerators), sumOf(denominators));
}

/** Part of a whole; 0 of nothing. */
export function quotient(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

/**
 * A share of trials, hits and trials by cluster, with Wilson's interval: for as many independent
 * trials as would scatter like the clusters do (Kish's design effect), at most `most`.
 */
export function trialShare(sums: ClusterSums, most: number): Estimate {
  const value = ratio(sums);
  const count = sums.numerators.length;
  if (count < 2) return estimateOf(value, wilson(value, Math.max(1, most)));
  let squares = 0;
  let whole = 0;
  for (let c = 0; c < count; c++) {
    const size = sums.denominators[c] as number;
    squares += ((sums.numerators[c] as number) - value * size) ** 2;
    whole += size;
  }
  const variance = squares / whole ** 2 * count / (count - 1);
  const trials = variance === 0 ? most : Math.min(most, value * (1 - value) / variance);
  return estimateOf(value, wilson(value, Math.max(1, trials)));
}

/** Resamples; 25 of them lie beyond each end of an interval. */
const RESAMPLES = 1000;
/** The most groups: enough that grouping costs no precision, few enough for a cell in milliseconds. */
const MOST_GROUPS = 256;

/**
 * The resamples of a number of clusters, drawn once, so that all measures over the same clusters see
 * the same ones. More than 256 clusters are first dealt at random into 256 groups of almost equal
 * size: sums of independent clusters are independent, and a mean over the clusters is one over the
 * groups.
 */
export class Resamples {
  readonly #clusters: number;
  readonly #random: RandomSource;
  #drawn: { readonly groups: Int32Array; readonly members: Uint8Array } | undefined;

  /** Of `clusters` clusters; they are drawn from `random` when the first interval is asked for. */
  constructor(clusters: number, random: RandomSource) {
    this.#clusters = clusters;
    this.#random = random;
  }

  /**
   * The percentile bootstrap's 95 % interval (Efron 1979) of the ratio of `sums`; none with fewer than
   * two clusters.
   *
   * @throws {RangeError} If the sums are over another number of clusters.
   */
  interval({ numerators, denominators }: ClusterSums): Interval | undefined {
    const clusters = this.#clusters;
    if (numerators.length !== clusters || denominators.length !== clusters) {
      throw new RangeError(
        `Cannot resample: expected ${clusters} clusters, found ${numerators.length}`,
      );
    }
    if (clusters < 2) return undefined;
    const { groups, members } = this.#drawn ??= drawn(clusters, this.#random);
    const parts = sumsBy(groups, numerators);
    const wholes = sumsBy(groups, denominators);
    const ratios = new Float64Array(RESAMPLES);
    for (let resample = 0; resample < RESAMPLES; resample++) {
      let part = 0;
      let whole = 0;
      const start = resample * parts.length;
      for (let i = start; i < start + parts.length; i++) {
        const group = members[i] as number;
        part += parts[group] as number;
        whole += wholes[group] as number;
      }
      ratios[resample] = quotient(part, whole);
    }
    return middleOf(ratios);
  }

  /** The ratio of `sums` with its interval. */
  estimate(sums: ClusterSums): Estimate {
    return estimateOf(ratio(sums), this.interval(sums));
  }
}

/**
 * The range of the middle 95 % of `values`, which are sorted in place. Not in the method above: where
 * V8 (15.0) enters its optimized loop midway, the object made after it was, in 2 of 100 runs, filled
 * again by the next call, so that two measures had the interval of the second.
 */
function middleOf(values: Float64Array): Interval {
  const sorted = Array.from(values.sort());
  const low = quantileSorted(sorted, 0.025);
  const high = quantileSorted(sorted, 0.975);
  return { low, high };
}

/** The group of each cluster, `[clusters]`, and the groups in each resample, `[R, G]`. */
function drawn(clusters: number, random: RandomSource) {
  const groups = dealt(clusters, random);
  const count = Math.min(clusters, MOST_GROUPS);
  const members = new Uint8Array(RESAMPLES * count);
  for (let i = 0; i < members.length; i++) members[i] = Math.floor(random.next() * count);
  return { groups, members };
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

/**
 * The mean over common prompts of the difference between two values of each, `of` less `than`, with a
 * bootstrap interval over the prompts: what both strategies owe to a prompt cancels out. None where
 * the two are not over the same prompts, or where there are fewer than two of them.
 */
export function pairedDifference(
  of: readonly number[],
  than: readonly number[],
  random: RandomSource,
): Estimate | undefined {
  const { length } = of;
  if (length < 2 || length !== than.length) return undefined;
  return new Resamples(length, random).estimate({
    numerators: Float64Array.from(of, (value, i) => value - (than[i] as number)),
    denominators: new Float64Array(length).fill(1),
  });
}
