/**
 * The difference of two values from the intervals that are printed with them: for runs of which nothing
 * more is known.
 *
 * @module
 */
import { type Difference, squareAndAdd } from "../measure/comparison.ts";
import type { Estimate } from "../measure/estimate.ts";
import type { Measured } from "./tables.ts";
import { numberIn } from "./written.ts";

/**
 * The difference of two values by {@linkcode squareAndAdd}, which takes runs that have draws in common
 * for independent ones, so that p is too large where both rise and fall together. `undefined` if a
 * value has no interval, and if neither has any width: there chance plays no part.
 */
export function printedDifference(old: Measured, current: Measured): Difference | undefined {
  const [before, after] = [printed(old), printed(current)];
  return before && after && squareAndAdd(after, before);
}

function printed({ text, ends }: Measured): Estimate | undefined {
  const [value, low, high] = [numberIn(text), numberIn(ends.low), numberIn(ends.high)];
  if (value === undefined || low === undefined || high === undefined) return undefined;
  return { value, interval: { low, high } };
}
