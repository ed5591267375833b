/**
 * Medians over rounds of measuring, what is computed from several of them, and their 95 % intervals: by
 * the percentile bootstrap (Efron, 1979), which draws whole rounds with replacement, so that numbers of
 * the same rounds stay together.
 *
 * @module
 */
import type { RandomSource } from "../random/random_stream.ts";
import type { Ranged } from "../report/timings_csv.ts";

/** The middle of `values`; of an even number of them the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("Cannot find a median: there are no values");
  const sorted = Float64Array.from(values).sort();
  const upper = Math.floor(sorted.length / 2);
  const at = (index: number): number => sorted[index] as number;
  return sorted.length % 2 === 1 ? at(upper) : (at(upper - 1) + at(upper)) / 2;
}

/** How many times rounds are drawn again. */
const REPLICATES = 199;
/** Of the sorted replicates, those at the ends of the interval: 2.5 % of 199 + 1 lie beyond each. */
const LOW = 4;
const HIGH = REPLICATES - 1 - LOW;

/** Lists of rounds, by number: first all of them, and then lists as long drawn with replacement. */
export type RoundDraws = readonly (readonly number[])[];

/** The lists for that many rounds. */
export function drawRounds(rounds: number, random: RandomSource): RoundDraws {
  const all = Array.from({ length: rounds }, (_, round) => round);
  const drawn = Array.from(
    { length: REPLICATES },
    () => all.map(() => Math.floor(random.next() * rounds)),
  );
  return [all, ...drawn];
}

/** A number for each list of rounds: first the one that was measured. */
export type Replicated = readonly number[];

/** The medians of `values`, which are by round. */
export function medians(values: readonly number[], draws: RoundDraws): Replicated {
  return draws.map((rounds) => median(rounds.map((round) => values[round] as number)));
}

/** The results of `compute` from the numbers of each list of rounds. */
export function combined(
  parts: readonly Replicated[],
  compute: (numbers: readonly number[]) => number,
): Replicated {
  const [first = []] = parts;
  return first.map((_, draw) => compute(parts.map((part) => part[draw] as number)));
}

/** The number that was measured and its interval. */
export function ranged([value = NaN, ...replicates]: Replicated): Ranged {
  const sorted = replicates.sort((a, b) => a - b);
  return { value, low: sorted[LOW] ?? NaN, high: sorted[HIGH] ?? NaN };
}
