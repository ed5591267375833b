/**
 * Estimates compared each with each, as a finding needs that names a highest one, or says what is tied.
 *
 * @module
 */
import { type Difference, differenceBetween } from "../../measure/comparison.ts";
import type { Estimate } from "../../measure/estimate.ts";
import { isExact, type Verdict } from "../../measure/judged.ts";
import { studentQuantile, studentThreshold } from "../../measure/quantiles.ts";

/** All pairs of some estimates, before they are judged. */
export interface AllPairs {
  /** The p-value of each pair that has one. */
  readonly pValues: readonly number[];
  /** The verdict on each pair, told which p-values are differences. */
  judged(areDifferences: readonly boolean[]): Verdicts;
  /**
   * No pair differs by more than this, with 95 % confidence for the whole family, whose `level` is 0.05
   * over its size; `undefined` where the size of chance is known of none.
   */
  largestPossible(level: number): number | undefined;
}

/** The verdicts on all pairs of some estimates. */
export interface Verdicts {
  /** The verdict on the estimate `i` beside `j`; `open` where nothing can be told. */
  between(i: number, j: number): Verdict;
  /** Whether no two of these can be told apart. */
  areTied(those: readonly number[]): boolean;
}

/** A difference that is smaller than this part of what it is between comes from rounding alone. */
const ROUNDING = 1e-12;

/** Compares `estimates`, each with each. */
export function allPairs(estimates: readonly Estimate[]): AllPairs {
  const differences = new Map<number, Difference>();
  const verdicts = new Map<number, Verdict>();
  const keyOf = (i: number, j: number): number => i * estimates.length + j;
  estimates.forEach((of, i) => {
    estimates.slice(0, i).forEach((other, j) => {
      const difference = differenceBetween(of, other);
      if (difference !== undefined) differences.set(keyOf(i, j), difference);
      else if (isExact({ of, other })) {
        verdicts.set(keyOf(i, j), signOf(of.value - other.value, of.value));
      }
    });
  });
  return {
    pValues: [...differences.values()].map(({ p }) => p),
    judged: (areDifferences) => {
      const judged = new Map(verdicts);
      [...differences].forEach(([key, { value }], i) => {
        judged.set(key, areDifferences[i] ? signOf(value, 0) : "open");
      });
      const between = (i: number, j: number): Verdict => {
        if (i < j) return opposite(between(j, i));
        return i === j ? "equal" : judged.get(keyOf(i, j)) ?? "open";
      };
      return {
        between,
        areTied: (those) => those.every((i) => those.every((j) => isTie(between(i, j)))),
      };
    },
    largestPossible: (level) => {
      const limits = [...differences.values()].map((one) =>
        Math.abs(one.value) + reachAt(one, level)
      );
      return limits.length === 0 ? undefined : Math.max(...limits);
    },
  };
}

/** How far the interval of a difference reaches at `level`, on its wider side. */
export function reachAt({ value, interval, degreesOfFreedom }: Difference, level: number): number {
  const reach = Math.max(value - interval.low, interval.high - value);
  return reach * studentThreshold(degreesOfFreedom, level) / studentQuantile(degreesOfFreedom);
}

/** Whether a verdict leaves two where they are. */
export function isTie(verdict: Verdict): boolean {
  return verdict === "open" || verdict === "equal";
}

function opposite(verdict: Verdict): Verdict {
  return verdict === "higher" ? "lower" : verdict === "lower" ? "higher" : verdict;
}

function signOf(difference: number, size: number): Verdict {
  if (Math.abs(difference) <= ROUNDING * Math.abs(size)) return "equal";
  return difference > 0 ? "higher" : "lower";
}
