import type { Estimate } from "./estimate.ts";
import { estimateOf } from "./intervals.ts";

/**
 * The mean of `replicates`, at least one, with Student's 95 % interval (1908): mean ± t·s/√n, with
 * n − 1 degrees of freedom. A single one has no interval, and equal ones, whose spread says nothing
 * of how much others might differ, have none either.
 */
export function replicateMean(replicates: readonly number[]): Estimate {
  const [first = NaN] = replicates;
  if (replicates.every((one) => one === first)) return { value: first };
  const value = replicates.reduce((sum, one) => sum + one, 0) / replicates.length;
  // A blank of an estimate over prompts would say something else.
  const { blank: _, ...estimate } = estimateOf(value, {
    kind: "draws",
    pseudoValues: replicates,
    fraction: 0,
  });
  return estimate;
}
