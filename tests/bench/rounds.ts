import { median } from "../../src/stages/round_medians.ts";

/** The results of several rounds of one measurement. */
export interface Summary {
  /** The middle one; of an even number the mean of the two in the middle. */
  readonly median: number;
  /** The least. */
  readonly min: number;
  /** The most. */
  readonly max: number;
  /** All, in the order of the rounds. */
  readonly rounds: readonly number[];
}

/** Median, least and most of `rounds`; throws a `RangeError` if there are none. */
export function summarize(rounds: readonly number[]): Summary {
  return { median: median(rounds), min: Math.min(...rounds), max: Math.max(...rounds), rounds };
}
