/**
 * Comparisons of single pairs that a finding rests on, before and after they are judged together with
 * those of all other findings. `all_pairs.ts` has those of each with each.
 *
 * @module
 */
import { type Difference, differenceBetween } from "../../measure/comparison.ts";
import { type Estimate, exactly } from "../../measure/estimate.ts";
import { isExact, type Verdict } from "../../measure/judged.ts";
import type { FoundNumber } from "./finding.ts";
import {
  differenceSaid,
  distanceSaid,
  isSayable,
  type Said,
  said,
  saidBriefly,
} from "./wording.ts";

/** One estimate less another. */
export interface PlannedComparison {
  /** The difference. */
  readonly value: number;
  /** How sure it is; none where chance has no part in it, or too little is known of it. */
  readonly inference: Difference | undefined;
  /** Whether chance has no part in either of the two. */
  readonly isExact: boolean;
}

/** A difference that is smaller than this part of what it is between comes from rounding alone. */
const ROUNDING = 1e-12;

/** Compares `of` with `other`, draw by draw where both are over the same draws. */
export function compareEstimates(of: Estimate, other: Estimate): PlannedComparison {
  const difference = of.value - other.value;
  const size = Math.max(Math.abs(of.value), Math.abs(other.value));
  return {
    value: Math.abs(difference) <= ROUNDING * size ? 0 : difference,
    inference: differenceBetween(of, other),
    isExact: isExact({ of, other }),
  };
}

/** The p-values of those of `comparisons` that have one. */
export function pValuesOf(comparisons: readonly PlannedComparison[]): number[] {
  return comparisons.flatMap(({ inference }) => inference === undefined ? [] : [inference.p]);
}

/** The verdict on each of `comparisons`, told which of their p-values are differences. */
export function verdictsOf(
  comparisons: readonly PlannedComparison[],
  areDifferences: readonly boolean[],
): Verdict[] {
  let next = 0;
  return comparisons.map(({ value, inference, isExact }): Verdict => {
    const isKnown = inference === undefined ? isExact : areDifferences[next++] === true;
    if (!isKnown) return "open";
    if (value === 0) return "equal";
    return value > 0 ? "higher" : "lower";
  });
}

/** Whether something is known to be higher or lower. */
export function isSure(verdict: Verdict | undefined): verdict is "higher" | "lower" {
  return verdict === "higher" || verdict === "lower";
}

/** Whether any of the differences that are sure could have come from chance, so that they are claims. */
export function areClaims(
  comparisons: readonly PlannedComparison[],
  verdicts: readonly Verdict[],
): boolean {
  return comparisons.some(({ inference }, i) => inference !== undefined && isSure(verdicts[i]));
}

/** `−6.61 ± 0.58 nats`, or `exactly 1.00`; `undefined` where no finding may say the number. */
export function sureText(measure: Said, estimate: Estimate | undefined): string | undefined {
  return isSayable(measure, estimate) ? said(measure, estimate) : undefined;
}

/** The same without its unit. */
export function sureTextBriefly(measure: Said, estimate: Estimate | undefined): string | undefined {
  return isSayable(measure, estimate) ? saidBriefly(measure, estimate) : undefined;
}

/**
 * How far apart two are, `0.84 ± 0.14 nats` or `exactly 0.99 nats`, whichever is higher; `undefined` where
 * nothing is known of it.
 */
export function distanceText(
  measure: Said,
  { value, inference, isExact }: PlannedComparison,
): string | undefined {
  if (inference !== undefined) return distanceSaid(measure, inference);
  if (!isExact) return undefined;
  return exactText(measure, Math.abs(value));
}

/** The same with the sign of the difference, which may be open: `+0.02 ± 0.05 tokens`. */
export function differenceText(
  measure: Said,
  { value, inference, isExact }: PlannedComparison,
): string | undefined {
  if (inference !== undefined) return differenceSaid(measure, inference);
  return isExact ? exactText(measure, value) : undefined;
}

function exactText(measure: Said, value: number): string {
  return measure.format === "percent"
    ? `${
      said({ ...measure, interval: "none", format: { decimals: 1 } }, exactly(100 * value))
    } percentage points`
    : said({ ...measure, interval: "none" }, exactly(value));
}

/** A difference as data. */
export function foundComparison(
  { name }: Said,
  [of, than]: readonly [string, string],
  { value, inference }: PlannedComparison,
): FoundNumber {
  const { interval } = inference ?? {};
  return { name, of: `${of} − ${than}`, value, ...(interval === undefined ? {} : { interval }) };
}
