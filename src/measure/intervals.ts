/**
 * 95 % intervals from the spread of estimates: Student's for means and ratios, Korn and Graubard's for
 * shares.
 *
 * @module
 */
import type { Blank, Estimate, Spread } from "./estimate.ts";
import { clopperPearson, studentQuantile } from "./quantiles.ts";

/** Deviations that are smaller than this part of the mean come from rounding. */
const ROUNDING = 1e-12;

/**
 * The variance of an estimate. Over draws it is (1 − f)·s²/G + f·w, with s² the variance of the
 * pseudo-values, f the fraction that was drawn and w the variance from sampling after the prompts,
 * which no finite population makes smaller (Cochran 1977, equation 10.14); where w is not known, f
 * counts as 0. It is 0 where draws are all equal, though others could have been drawn: f·w alone would
 * say that all of them are.
 */
export function varianceOf(spread: Spread): number {
  if (spread.kind === "strata") return spread.variance;
  const { pseudoValues, within, fraction } = spread;
  const count = pseudoValues.length;
  const mean = pseudoValues.reduce((sum, one) => sum + one, 0) / count;
  const squares = pseudoValues.reduce((sum, one) => sum + (one - mean) ** 2, 0);
  const isEqual = squares <= count * (ROUNDING * mean) ** 2;
  if (isEqual && fraction < 1) return 0;
  const between = squares / (count - 1) / count;
  return within === undefined ? between : (1 - fraction) * between + fraction * within;
}

/** The degrees of freedom of that variance. */
export function degreesOfFreedomOf(spread: Spread): number {
  return spread.kind === "strata" ? spread.degreesOfFreedom : spread.pseudoValues.length - 1;
}

/** A mean, a ratio or another number with Student's interval: value ± t·√variance. */
export function estimateOf(value: number, spread: Spread): Estimate {
  const variance = varianceOf(spread);
  if (variance === 0) return { value, blank: "all equal", spread };
  // Of weights that are far too large: JSON has no Infinity.
  if (!Number.isFinite(variance)) return blankOf(value, "too large");
  const reach = studentQuantile(degreesOfFreedomOf(spread)) * Math.sqrt(variance);
  return { value, interval: { low: value - reach, high: value + reach }, spread };
}

/** The whole of a share: `trials`, which chance draws so many at once that there are `units`. */
export interface ShareOf {
  /** Decodings, or draws where prompts were drawn. */
  readonly units: number;
  /** Things that are a hit or none: as many as units, or more. */
  readonly trials: number;
}

/** The most trials that a variance may stand for. */
const MOST_INDEPENDENT = 1e150;

/**
 * A share with Korn and Graubard's interval (1998): Clopper and Pearson's for as many independent
 * trials as would have its variance, fewer by (t₍trials − 1₎ / t₍df₎)² since that variance is itself an
 * estimate. Where nothing varies, so that there is no such number, there are as many trials as units.
 */
export function shareOf(value: number, spread: Spread, { units, trials }: ShareOf): Estimate {
  const variance = varianceOf(spread);
  let independent = units;
  if (variance > 0 && value > 0 && value < 1) {
    const ratio = studentQuantile(Math.max(1, trials - 1)) /
      studentQuantile(degreesOfFreedomOf(spread));
    // Not below 1, where a share of few draws is next to unknown anyway, and not Infinity, where next to
    // nothing varies.
    const found = value * (1 - value) / variance * ratio * ratio;
    independent = Math.min(Math.max(1, found), MOST_INDEPENDENT);
  }
  return { value, interval: clopperPearson(value * independent, independent), spread };
}

/** A number without an interval, and the reason. */
export function blankOf(value: number, blank: Blank): Estimate {
  return { value, blank };
}
