/**
 * Families of comparisons: one measure over all its comparisons in a report, each pair with its
 * difference, and a verdict that allows for how many there are.
 *
 * @module
 */
import { type Difference, differenceBetween, holm, LEVEL } from "./comparison.ts";
import type { Estimate } from "./estimate.ts";
import type { MeasureFacts } from "./measure.ts";

/** A measure of a cell beside that of another. */
export interface Pair {
  /** The cell's label. */
  readonly cell: string;
  /** The label of the cell that it is compared with. */
  readonly than: string;
  /** The measure of the cell. */
  readonly of: Estimate;
  /** The measure of the other. */
  readonly other: Estimate;
  /** Whether both have the same distribution, so that the difference is 0 but for chance. */
  readonly isExpected0: boolean;
}

/** How sure a difference is. */
export interface Inference extends Difference {
  /** p, adjusted for all comparisons of the measure (Holm, 1979). */
  readonly pHolm: number;
}

/**
 * The outcome of a comparison: `higher` or `lower` where chance is ruled out, in a family of this
 * size, or where there is none; `equal` where there is none, either; else `open`.
 */
export type Verdict = "higher" | "lower" | "equal" | "open";

/** A pair and what is known of its difference. */
export interface Comparison extends Pair {
  /** The measure. */
  readonly measure: MeasureFacts;
  /** The measure of the cell less that of the other. */
  readonly difference: number;
  /** How sure that is; absent where there is no chance, or its size is not known. */
  readonly inference?: Inference;
  /** Absent where the size of chance is not known. */
  readonly verdict?: Verdict;
}

/** Judges all `pairs` that `measure` is compared in. */
export function judged(measure: MeasureFacts, pairs: readonly Pair[]): Comparison[] {
  const differences = pairs.map(({ of, other }) => differenceBetween(of, other));
  const adjusted = holm(differences.flatMap((one) => one === undefined ? [] : [one.p]));
  let next = 0;
  return pairs.map((pair, i): Comparison => {
    const difference = differenceIn(pair);
    const found = differences[i];
    const compared = { ...pair, measure, difference };
    if (found === undefined) {
      return isExact(pair) ? { ...compared, verdict: signOf(difference) } : compared;
    }
    const pHolm = adjusted[next++] ?? 1;
    const verdict = pHolm < LEVEL ? signOf(difference) : "open";
    return { ...compared, inference: { ...found, pHolm }, verdict };
  });
}

/** A difference that is smaller than this part of what it is between comes from rounding alone. */
const ROUNDING = 1e-12;

function differenceIn({ of, other }: Pair): number {
  const difference = of.value - other.value;
  const size = Math.max(Math.abs(of.value), Math.abs(other.value));
  return Math.abs(difference) <= ROUNDING * size ? 0 : difference;
}

/** Whether chance has no part in either of a pair. */
export function isExact({ of, other }: Pick<Pair, "of" | "other">): boolean {
  return of.blank === "no chance" && other.blank === "no chance";
}

function signOf(difference: number): "higher" | "lower" | "equal" {
  if (difference === 0) return "equal";
  return difference > 0 ? "higher" : "lower";
}

/** How many comparisons there are, and how many of them show a difference. */
export interface Tally {
  /** Comparisons with a p. */
  readonly compared: number;
  /** Those whose own p is below {@linkcode LEVEL}. */
  readonly unadjusted: number;
  /** Those that are, adjusted for their family. */
  readonly adjusted: number;
}

/** Counts `comparisons`. */
export function tallyOf(comparisons: readonly Comparison[]): Tally {
  const all = comparisons.flatMap(({ inference }) => inference ?? []);
  return {
    compared: all.length,
    unadjusted: all.filter(({ p }) => p < LEVEL).length,
    adjusted: all.filter(({ pHolm }) => pHolm < LEVEL).length,
  };
}
