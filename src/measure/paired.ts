import type { RandomSource } from "../random/random_stream.ts";
import { bootstrap, type ClusterSums, ratio } from "./bootstrap.ts";
import type { Estimate } from "./interval.ts";

/**
 * The mean over common prompts of the difference between two means, `of` less `than`, with a bootstrap
 * interval over the prompts: what both strategies owe to a prompt falls out. There is none where the
 * two are not over the same prompts.
 */
export function pairedDifference(
  of: ClusterSums,
  than: ClusterSums,
  random: RandomSource,
): Estimate | undefined {
  const { length } = of.numerators;
  if (length !== than.numerators.length) return undefined;
  const mean = ({ numerators, denominators }: ClusterSums, i: number): number =>
    (numerators[i] as number) / (denominators[i] as number);
  const sums: ClusterSums = {
    numerators: Float64Array.from({ length }, (_, i) => mean(of, i) - mean(than, i)),
    denominators: new Float64Array(length).fill(1),
  };
  const [interval] = bootstrap([sums], random);
  return { value: ratio(sums), interval };
}
