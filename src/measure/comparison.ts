/**
 * Differences between estimates, and how sure they are.
 *
 * @module
 */
import type { Estimate, Interval, Spread } from "./estimate.ts";
import { degreesOfFreedomOf, estimateOf, varianceOf } from "./intervals.ts";
import { studentP } from "./quantiles.ts";

/** The difference between two estimates. */
export interface Difference {
  /** The one less the other. */
  readonly value: number;
  /** Where, with 95 % confidence, the truth lies. */
  readonly interval: Interval;
  /** The probability of a difference as large as this where there is none, from Student's t. */
  readonly p: number;
  /** Those of the t. */
  readonly degreesOfFreedom: number;
  /** Whether it was taken draw by draw. */
  readonly isPaired: boolean;
}

/**
 * The difference of `of` less `than`: draw by draw where both are over the same draws; given the
 * prompts their variances are added (Welch 1947). `undefined` where it is not known how they vary.
 */
export function differenceBetween(of: Estimate, than: Estimate): Difference | undefined {
  const found = spreadBetween(of, than);
  if (found === undefined) return undefined;
  const value = of.value - than.value;
  const { interval } = estimateOf(value, found.spread);
  if (interval === undefined) return undefined;
  const degreesOfFreedom = degreesOfFreedomOf(found.spread);
  const p = studentP(value / Math.sqrt(varianceOf(found.spread)), degreesOfFreedom);
  return { value, interval, p, degreesOfFreedom, isPaired: found.isPaired };
}

function spreadBetween(
  of: Estimate,
  than: Estimate,
): { readonly spread: Spread; readonly isPaired: boolean } | undefined {
  const [one, other] = [of.spread, than.spread];
  if (one?.kind === "draws" && other?.kind === "draws") {
    if (one.pseudoValues.length !== other.pseudoValues.length) return undefined;
    const pseudoValues = one.pseudoValues.map((value, g) =>
      value - (other.pseudoValues[g] as number)
    );
    const within = one.within === undefined || other.within === undefined
      ? {}
      : { within: one.within + other.within };
    const spread = { kind: "draws", pseudoValues, fraction: one.fraction, ...within } as const;
    return { spread, isPaired: true };
  }
  const strata = [of, than].filter(({ blank }) => blank !== "no chance").map(({ spread }) =>
    spread
  );
  let [variance, squares] = [0, 0];
  for (const spread of strata) {
    if (spread?.kind !== "strata") return undefined;
    variance += spread.variance;
    if (spread.variance > 0) squares += spread.variance ** 2 / spread.degreesOfFreedom;
  }
  if (squares === 0) return undefined;
  const degreesOfFreedom = variance ** 2 / squares;
  return { spread: { kind: "strata", variance, degreesOfFreedom }, isPaired: false };
}

/** The p adjusted for how many there are (Holm 1979), in their order. */
export function holm(pValues: readonly number[]): number[] {
  const adjusted: number[] = [];
  const ranked = pValues.map((p, i) => ({ p, i })).toSorted((a, b) => a.p - b.p);
  let most = 0;
  ranked.forEach(({ p, i }, rank) => {
    most = Math.max(most, Math.min(1, (pValues.length - rank) * p));
    adjusted[i] = most;
  });
  return adjusted;
}
