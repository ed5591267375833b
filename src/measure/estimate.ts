/**
 * Numbers that were measured, how they vary by chance, and why some have no interval. Plain data:
 * `intervals.ts` makes the intervals.
 *
 * Letters: `G` draws, `N` documents that could have been drawn.
 *
 * @module
 */

/** The range in which a measured number probably lies. */
export interface Interval {
  /** The lower end. */
  readonly low: number;
  /** The upper end. */
  readonly high: number;
}

/** Why a number that can have an interval has none. */
export type Blank =
  /** The prompts are those of the config, and nothing was drawn after them. */
  | "no chance"
  /** A prompt has a single random decoding, so that nothing is known of how much others differ. */
  | "one sample"
  /** A single prompt was drawn. */
  | "one draw"
  /** All are equal, which says nothing of how much others might differ. */
  | "all equal"
  /** The numbers are so large that their squares are none. */
  | "too large";

/** A number and its interval, if it has one. */
export interface Estimate {
  /** The measured number. */
  readonly value: number;
  /** Where, with 95 % confidence, the truth lies. */
  readonly interval?: Interval;
  /** Why it has no interval, though its measure can have one. */
  readonly blank?: Blank;
  /** How it varies by chance: differences to other estimates are made from it. */
  readonly spread?: Spread;
}

/** How an estimate varies by chance. */
export type Spread = StrataSpread | DrawsSpread;

/** Given the prompts: chance is in what was drawn after each of them. */
export interface StrataSpread {
  /** Tells it from the other. */
  readonly kind: "strata";
  /** The variance of the estimate. */
  readonly variance: number;
  /** How many degrees of freedom that variance has (Satterthwaite 1946); more are more exact. */
  readonly degreesOfFreedom: number;
}

/** Over prompts that were drawn themselves. */
export interface DrawsSpread {
  /** Tells it from the other. */
  readonly kind: "draws";
  /** `[G]` Gθ − (G − 1)θ₍₋g₎, where θ₍₋g₎ is the estimate without draw `g` (Tukey 1958). */
  readonly pseudoValues: readonly number[];
  /**
   * The part of the variance that comes from sampling after each prompt: 0 where there is no chance;
   * absent where it is not known, since each draw has one decoding.
   */
  readonly within?: number;
  /** G/N: prompts are drawn without replacement. */
  readonly fraction: number;
}

/** A number that chance has no part in, or for which no interval is known. */
export function exactly(value: number): Estimate {
  return { value };
}

/** An estimate of `f`, which rises or falls everywhere, from one of its argument. */
export function transformed(
  { value, interval, blank }: Estimate,
  f: (x: number) => number,
): Estimate {
  if (interval === undefined) {
    return blank === undefined ? { value: f(value) } : { value: f(value), blank };
  }
  const [a, b] = [f(interval.low), f(interval.high)];
  return { value: f(value), interval: { low: Math.min(a, b), high: Math.max(a, b) } };
}

/** Part of a whole; 0 of nothing. */
export function quotient(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
