// @ts-types="../declarations/jstat.d.ts"
import jstat from "jstat";
import type { Estimate } from "./statistics.ts";

/**
 * The mean of `replicates`, at least one, with Student's 95 % interval (1908): mean ± t·s/√n, with
 * n − 1 degrees of freedom. A single one has no interval, and equal ones, whose spread says nothing
 * of how much others might differ, have none either. The library behind it loads with this module:
 * import it only where there are replicates.
 */
export function replicateMean(replicates: readonly number[]): Estimate {
  const n = replicates.length;
  const [first = NaN] = replicates;
  if (replicates.every((one) => one === first)) return { value: first };
  const value = replicates.reduce((sum, one) => sum + one, 0) / n;
  const squares = replicates.reduce((sum, one) => sum + (one - value) ** 2, 0);
  const reach = studentQuantile(n - 1) * Math.sqrt(squares / (n - 1) / n);
  return { value, interval: { low: value - reach, high: value + reach } };
}

/** The t with P(|T| ≤ t) = 95 % of Student's distribution with so many degrees of freedom. */
export function studentQuantile(degreesOfFreedom: number): number {
  return jstat.studentt.inv(0.975, degreesOfFreedom);
}
