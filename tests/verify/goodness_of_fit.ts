// @ts-types="../../src/declarations/jstat.d.ts"
import jstat from "jstat";

/** The least that a bin may be expected to hold: χ² is only then what its table says. */
const ENOUGH = 25;

/** How well counts agree with probabilities. */
export interface Fit {
  /** Σ (counted − expected)² / expected over the bins. */
  readonly chiSquare: number;
  /** Bins less one. */
  readonly degreesOfFreedom: number;
  /** The probability of a χ² as large or larger where the counts do have these probabilities. */
  readonly pValue: number;
  /** ½ Σ |counted share − probability|, over all outcomes: 0 alike, 1 nothing in common. */
  readonly totalVariation: number;
}

/**
 * Pearson's χ² test of `counts` against `probabilities`, outcome by outcome: each of the more probable
 * has a bin of its own, the rest share bins of sufficient expectation. An outcome of probability 0 that
 * was counted nevertheless settles the matter.
 */
export function goodnessOfFit(counts: ArrayLike<number>, probabilities: Float64Array): Fit {
  const samples = Array.from(counts).reduce((sum, count) => sum + count, 0);
  const order = [...probabilities.keys()]
    .toSorted((a, b) => (probabilities[b] as number) - (probabilities[a] as number));
  const bins: { counted: number; expected: number }[] = [];
  let bin = { counted: 0, expected: 0 };
  let distance = 0;
  let impossible = false;
  for (const outcome of order) {
    const counted = counts[outcome] as number;
    const expected = samples * (probabilities[outcome] as number);
    impossible ||= expected === 0 && counted > 0;
    distance += Math.abs(counted - expected);
    bin = { counted: bin.counted + counted, expected: bin.expected + expected };
    if (bin.expected < ENOUGH) continue;
    bins.push(bin);
    bin = { counted: 0, expected: 0 };
  }
  const last = bins.pop();
  if (last === undefined) throw new RangeError(`Cannot test ${samples} samples: there are too few`);
  bins.push({ counted: last.counted + bin.counted, expected: last.expected + bin.expected });
  const chiSquare = bins.reduce(
    (sum, { counted, expected }) => sum + (counted - expected) ** 2 / expected,
    0,
  );
  const degreesOfFreedom = bins.length - 1;
  // Of one bin there is nothing to be said.
  const fits = degreesOfFreedom === 0 ? 1 : 1 - jstat.chisquare.cdf(chiSquare, degreesOfFreedom);
  return {
    chiSquare,
    degreesOfFreedom,
    pValue: impossible ? 0 : fits,
    totalVariation: distance / (2 * samples),
  };
}

/**
 * Which of several hypotheses, by the p-value of each, are to be rejected so that the chance of
 * rejecting any that is true is at most `falseAlarm` (Holm, 1979).
 */
export function rejectedByHolm(pValues: readonly number[], falseAlarm: number): boolean[] {
  const rejected = pValues.map(() => false);
  const order = [...pValues.keys()]
    .toSorted((a, b) => (pValues[a] as number) - (pValues[b] as number));
  for (const [rank, index] of order.entries()) {
    if ((pValues[index] as number) > falseAlarm / (pValues.length - rank)) break;
    rejected[index] = true;
  }
  return rejected;
}
