/**
 * Differences between estimates, and what many of them at once say.
 *
 * @module
 */
import type { DrawsSpread, Estimate, Interval, Spread } from "./estimate.ts";
import { degreesOfFreedomOf, varianceOf } from "./intervals.ts";
import { studentP, studentQuantile } from "./quantiles.ts";

/** The difference between two estimates, where chance has a part in it. */
export interface Difference {
  /** The one less the other. */
  readonly value: number;
  /** Its 95 % interval, as if it were the only one: not adjusted for how many there are. */
  readonly interval: Interval;
  /** The probability of a difference as far from 0 where there is none: two-sided, by Student's t. */
  readonly p: number;
  /** The degrees of freedom of t. */
  readonly degreesOfFreedom: number;
  /** Whether what both owe to a draw of a prompt cancels out. */
  readonly isPaired: boolean;
}

/**
 * The difference `of` − `than`, draw by draw where both are over the same draws; given the prompts the
 * variances add up (Welch 1947). `undefined` where chance has no part in either, or nothing is known
 * of it.
 */
export function differenceBetween(of: Estimate, than: Estimate): Difference | undefined {
  if (of.spread === undefined || than.spread === undefined) return oneSided(of, than);
  const both = spreadOfDifference(of.spread, than.spread);
  if (both === undefined) return undefined;
  // A share that is the same everywhere has an interval, but a variance of 0 that says too little.
  const isKnown = both.isPaired || varianceOf(of.spread) > 0 && varianceOf(than.spread) > 0;
  const found = (isKnown ? undefined : squareAndAdd(of, than)) ??
    differenceOf(of.value - than.value, both.spread, both.isPaired);
  // Shares that differ by as much in every draw, such as all of them and none, do not vary, but have
  // intervals.
  return found ?? (of.value === than.value ? undefined : squareAndAdd(of, than));
}

/** Where one of two has no chance in it, all of the difference's is the other's. */
function oneSided(of: Estimate, than: Estimate): Difference | undefined {
  const isKnown = (one: Estimate): boolean => one.spread !== undefined || one.blank === "no chance";
  const spread = of.spread ?? than.spread;
  if (!isKnown(of) || !isKnown(than) || spread?.kind !== "strata") return undefined;
  return differenceOf(of.value - than.value, spread, false) ?? squareAndAdd(of, than);
}

/** The 97.5 % quantile of the normal distribution. */
const Z = 1.959963984540054;
/** So many degrees of freedom that Student's distribution is the normal one. */
const MANY = 1e6;

/**
 * The difference of two independent estimates by adding the squares of the half-widths of their 95 %
 * intervals, on the sides that face each other: it has p < 0.05 exactly if |Δ| > √(h² + h′²).
 *
 * That is the square-and-add method (Newcombe 1998 for Wilson's intervals of shares; Donner and Zou
 * 2010, MOVER, for any). For symmetric intervals of normal estimates it is the z test. It keeps the
 * shape of skewed intervals. A number without chance has an interval without width. `undefined` if
 * either has no known interval, and if neither has any width.
 */
export function squareAndAdd(of: Estimate, than: Estimate): Difference | undefined {
  const [own, other] = [reachOf(of), reachOf(than)];
  if (own === undefined || other === undefined) return undefined;
  const value = of.value - than.value;
  const below = Math.hypot(own.below, other.above);
  const above = Math.hypot(own.above, other.below);
  if (below === 0 && above === 0) return undefined;
  const facing = value > 0 ? below : above;
  return {
    value,
    interval: { low: value - below, high: value + above },
    p: value === 0 ? 1 : studentP(Z * value / facing, MANY),
    degreesOfFreedom: MANY,
    isPaired: false,
  };
}

/** How far the interval of an estimate reaches to both sides. */
function reachOf({ value, interval, blank }: Estimate) {
  if (interval === undefined) return blank === "no chance" ? { below: 0, above: 0 } : undefined;
  // The interval of a skewed number may lie beside it.
  return { below: Math.max(0, value - interval.low), above: Math.max(0, interval.high - value) };
}

/** A difference with this spread; `undefined` where that is none. */
export function differenceOf(
  value: number,
  spread: Spread,
  isPaired: boolean,
): Difference | undefined {
  const error = Math.sqrt(varianceOf(spread));
  const degreesOfFreedom = degreesOfFreedomOf(spread);
  // Of numbers that are far too large it is none.
  if (!(error > 0 && error < Infinity)) return undefined;
  const reach = studentQuantile(degreesOfFreedom) * error;
  return {
    value,
    interval: { low: value - reach, high: value + reach },
    p: studentP(value / error, degreesOfFreedom),
    degreesOfFreedom,
    isPaired,
  };
}

function spreadOfDifference(
  of: Spread,
  than: Spread,
): { readonly spread: Spread; readonly isPaired: boolean } | undefined {
  if (of.kind === "draws" && than.kind === "draws") {
    return of.pseudoValues.length === than.pseudoValues.length
      ? { spread: pairedSpread(of, than), isPaired: true }
      : undefined;
  }
  return { spread: addedSpread(of, than), isPaired: false };
}

/** The spread of the difference of two estimates over the same draws, draw by draw. */
function pairedSpread(of: DrawsSpread, than: DrawsSpread): Spread {
  const pseudoValues = of.pseudoValues.map((value, g) => value - (than.pseudoValues[g] as number));
  const spread = { kind: "draws", pseudoValues, fraction: of.fraction } as const;
  // Sampling after the prompts is independent.
  return of.within === undefined || than.within === undefined
    ? spread
    : { ...spread, within: of.within + than.within };
}

/** The spread of the difference of two independent estimates (Welch 1947, Satterthwaite 1946). */
export function addedSpread(of: Spread, than: Spread): Spread {
  const [a, b] = [varianceOf(of), varianceOf(than)];
  // What does not vary has no degrees of freedom, and takes none from the other.
  const part = (own: number, spread: Spread): number =>
    own === 0 ? 0 : own * own / degreesOfFreedomOf(spread);
  const squares = part(a, of) + part(b, than);
  const variance = a + b;
  // 0/0 where neither varies.
  const degreesOfFreedom = squares > 0 ? variance * variance / squares : 1;
  return { kind: "strata", variance, degreesOfFreedom };
}

/** A probability below this is taken for a difference. */
export const LEVEL = 0.05;

/**
 * Holm's adjusted p-values (1979), `[m]`: those below 5 % are differences that a family of `m` raises
 * with a probability of at most 5 % if there are none, however they depend on one another.
 */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((p, i) => ({ p, i })).toSorted((a, b) => a.p - b.p);
  const adjusted = new Array<number>(pValues.length).fill(1);
  let largest = 0;
  order.forEach(({ p, i }, rank) => {
    largest = Math.max(largest, Math.min(1, (pValues.length - rank) * p));
    adjusted[i] = largest;
  });
  return adjusted;
}
