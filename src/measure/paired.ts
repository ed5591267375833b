import type { RandomSource } from "../random/random_stream.ts";
import { bootstrap, type ClusterSums, ratio } from "./bootstrap.ts";
import { type Estimate, estimateOf } from "./interval.ts";

/**
 * The mean over common prompts of the difference between two values of each, `of` less `than`, with a
 * bootstrap interval over the prompts: what both strategies owe to a prompt falls out. There is none
 * where the two are not over the same prompts, or where there are fewer than two of them.
 */
export function pairedDifference(
  of: readonly number[],
  than: readonly number[],
  random: RandomSource,
): Estimate | undefined {
  const { length } = of;
  if (length < 2 || length !== than.length) return undefined;
  const sums: ClusterSums = {
    numerators: Float64Array.from(of, (value, i) => value - (than[i] as number)),
    denominators: new Float64Array(length).fill(1),
  };
  const [interval] = bootstrap([sums], random);
  return estimateOf(ratio(sums), interval);
}
