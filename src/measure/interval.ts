/** What a number may reasonably be, given how little it was measured from. */
export interface Interval {
  /** The lower end. */
  readonly low: number;
  /** The upper end. */
  readonly high: number;
}

/** A number and its interval, if it has one: what is not a matter of chance has none. */
export interface Estimate {
  /** What was measured. */
  readonly value: number;
  /** Where, with 95 % confidence, the truth lies. */
  readonly interval?: Interval;
}

/** What was measured, with its interval if it has one. */
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
