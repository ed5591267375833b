/**
 * The difference of two values from the intervals that are printed with them: for runs of which nothing
 * more is known.
 *
 * @module
 */
import type { Difference } from "../measure/comparison.ts";
import { studentP } from "../measure/quantiles.ts";
import type { Measured } from "./tables.ts";
import { numberIn } from "./written.ts";

/** The 97.5 % quantile of the normal distribution. */
const Z = 1.959963984540054;
/** So many that Student's distribution is the normal one. */
const MANY = 1e6;

/**
 * The difference of two independent values by adding the squares of the half-widths of their 95 %
 * intervals, on the sides that face each other: it has p < 0.05 exactly if |Δ| > √(h_old² + h_new²).
 *
 * That is the square-and-add method (Newcombe 1998 for Wilson's intervals of shares; Donner and Zou
 * 2010, MOVER, for any). For symmetric intervals of normal estimates it is the z test. It keeps the
 * shape of skewed intervals, and takes runs that have draws in common for independent ones, so that p
 * is too large where both rise and fall together. `undefined` if a value has no interval, and if neither
 * has any width: there chance plays no part.
 */
export function printedDifference(old: Measured, current: Measured): Difference | undefined {
  const [before, after] = [printed(old), printed(current)];
  if (before === undefined || after === undefined) return undefined;
  const value = after.value - before.value;
  const below = Math.hypot(after.below, before.above);
  const above = Math.hypot(after.above, before.below);
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

/** A value and how far its interval reaches to both sides. */
function printed({ text, ends }: Measured) {
  const [value, low, high] = [numberIn(text), numberIn(ends.low), numberIn(ends.high)];
  if (value === undefined || low === undefined || high === undefined) return undefined;
  // A percentile interval of a skewed statistic may lie beside its value.
  return { value, below: Math.max(0, value - low), above: Math.max(0, high - value) };
}
