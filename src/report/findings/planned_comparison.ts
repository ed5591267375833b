/**
 * Comparisons of measures that a finding rests on, before and after they are judged together with those
 * of all other findings.
 *
 * @module
 */
import { type Difference, differenceBetween } from "../../measure/comparison.ts";
import type { Estimate, Interval } from "../../measure/estimate.ts";
import type { MeasureFacts } from "../../measure/measure.ts";
import { estimateText } from "../estimate_text.ts";
import type { FoundNumber } from "./finding.ts";

/** One estimate less another. */
export interface PlannedComparison {
  /** The difference. */
  readonly value: number;
  /** How sure it is; none where chance has no part in it, or too little is known of it. */
  readonly inference: Difference | undefined;
  /** Whether chance has no part in either of the two. */
  readonly isExact: boolean;
}

/** `higher` and `lower` are sure; `equal` is exact; `open` is all else. */
export type Judgement = "higher" | "lower" | "equal" | "open";

/** Whether something is known to be higher or lower. */
export function isSure(judgement: Judgement): judgement is "higher" | "lower" {
  return judgement === "higher" || judgement === "lower";
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
    isExact: of.blank === "no chance" && other.blank === "no chance",
  };
}

/** The p-values of those of `comparisons` that have one. */
export function pValuesOf(comparisons: readonly PlannedComparison[]): number[] {
  return comparisons.flatMap(({ inference }) => inference === undefined ? [] : [inference.p]);
}

/** What each of `comparisons` shows, told which of their p-values are differences. */
export function judgementsOf(
  comparisons: readonly PlannedComparison[],
  areDifferences: readonly boolean[],
): Judgement[] {
  let next = 0;
  return comparisons.map(({ value, inference, isExact }): Judgement => {
    const isKnown = inference === undefined ? isExact : areDifferences[next++] === true;
    if (!isKnown) return "open";
    if (value === 0) return "equal";
    return value > 0 ? "higher" : "lower";
  });
}

/** A number as findings have it, and what {@linkcode estimateText} needs to write it. */
type Written = Pick<MeasureFacts, "format">;

/** How a number is written. */
export interface SureTextOptions {
  /** Its unit: `nats`. */
  readonly unit?: string;
  /** Whether a number above 0 has a plus. */
  readonly isSigned?: boolean;
  /** Whether it is a loss, written as a gain: with the other sign. */
  readonly isTurned?: boolean;
}

/**
 * `estimate` with its interval, or `exact` after it: `0.84 ± 0.14 nats`, `0.99 nats (exact)`; `undefined`
 * where neither is known, so that the number can be in no finding.
 */
export function sureText(
  written: Written,
  estimate: Pick<Estimate, "value" | "interval" | "blank"> | undefined,
  { unit = "", isSigned = false }: Omit<SureTextOptions, "isTurned"> = {},
): string | undefined {
  if (estimate === undefined) return undefined;
  const { interval, blank } = estimate;
  if (interval === undefined && blank !== "no chance") return undefined;
  const number = estimateText(writtenFor(written, estimate), estimate, { isSigned });
  const text = unit === "" ? number : `${number} ${unit}`;
  return interval === undefined ? `${text} (exact)` : text;
}

/** With as many more decimals as it takes for the interval not to look as if it had no width. */
function writtenFor(
  written: Written,
  { value, interval }: Pick<Estimate, "value" | "interval">,
): Written {
  const { format } = written;
  const reach = interval === undefined ? 0 : Math.max(value - interval.low, interval.high - value);
  if (typeof format === "string" || reach <= 0) return written;
  const needed = Math.ceil(-Math.log10(reach));
  return needed <= format.decimals
    ? written
    : { format: { decimals: Math.min(needed, MOST_DECIMALS) } };
}

/** No number has more decimals. */
const MOST_DECIMALS = 6;

/** The same of a difference, in percentage points where it is one of shares. */
export function differenceText(
  { format }: Written,
  { value, inference, isExact }: PlannedComparison,
  { unit = "", isSigned = false, isTurned = false }: SureTextOptions = {},
): string | undefined {
  const isShare = format === "percent";
  const scale = (isTurned ? -1 : 1) * (isShare ? 100 : 1);
  const interval = inference && scaled(inference.interval, scale);
  return sureText({ format: isShare ? { decimals: 1 } : format }, {
    value: scale * value,
    ...(interval === undefined ? {} : { interval }),
    ...(isExact ? { blank: "no chance" } : {}),
  }, { unit: isShare ? "points" : unit, isSigned });
}

function scaled({ low, high }: Interval, scale: number): Interval {
  const [a, b] = [scale * low, scale * high];
  return { low: Math.min(a, b), high: Math.max(a, b) };
}

/** A measured number as data. */
export function foundNumber(
  { name }: Pick<MeasureFacts, "name">,
  of: string,
  { value, interval }: Pick<Estimate, "value" | "interval">,
): FoundNumber {
  return { name, of, value, ...(interval === undefined ? {} : { interval }) };
}

/** A difference as data. */
export function foundDifference(
  measure: Pick<MeasureFacts, "name">,
  of: string,
  than: string,
  { value, inference }: PlannedComparison,
): FoundNumber {
  const interval = inference?.interval;
  return foundNumber(measure, `${of} − ${than}`, { value, ...(interval && { interval }) });
}
