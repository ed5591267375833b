/**
 * Numbers as findings say them: with their intervals, or called exact, and with their units.
 *
 * @module
 */
import type { Difference } from "../../measure/comparison.ts";
import type { Estimate } from "../../measure/estimate.ts";
import type { MeasureFacts, Unit } from "../../measure/measure.ts";
import { estimateText, numberText } from "../estimate_text.ts";
import type { FoundNumber } from "./finding.ts";

/** The facts of a measure that its numbers are written with. */
export type Said = Pick<MeasureFacts, "name" | "unit" | "format" | "interval" | "judged">;

const NO_BREAK = "\u00a0";

/** Whether chance has no part in a number, so that it has no interval and needs none. */
export function isExactNumber({ interval, judged }: Said, estimate: Estimate): boolean {
  if (estimate.interval !== undefined) return !(estimate.interval.high > estimate.interval.low);
  return interval === "none" || estimate.blank === "no chance" ||
    // What each token costs by definition: one pass for each.
    judged === "cost" && estimate.blank === "all equal";
}

/** Whether a number has an interval, or is exact: no finding says another. */
export function isSayable(measure: Said, estimate: Estimate | undefined): estimate is Estimate {
  return estimate !== undefined && Number.isFinite(estimate.value) &&
    (estimate.interval !== undefined || isExactNumber(measure, estimate));
}

/** `−6.61 ± 0.58 nats`, `41 ± 2 %`, or `exactly 1.00 tokens per target pass`. */
export function said(measure: Said, estimate: Estimate): string {
  return isExactNumber(measure, estimate)
    ? `exactly ${numberText(measure, estimate.value)}${unitText(measure.unit)}`
    : saidBriefly(measure, estimate) + unitText(measure.unit);
}

/** The same without its unit. */
export function saidBriefly(measure: Said, estimate: Estimate): string {
  return isExactNumber(measure, estimate)
    ? `exactly ${numberText(measure, estimate.value)}`
    : estimateText(measure, estimate);
}

/** `+0.42 ± 0.11 nats`; a difference of shares is in percentage points. */
export function differenceSaid(
  measure: Said,
  difference: Pick<Difference, "value" | "interval">,
): string {
  return sizeOf(measure, difference, true);
}

/** `0.42 ± 0.11 nats`: how far the one is above, or below, the other. */
export function distanceSaid(
  measure: Said,
  { value, interval }: Pick<Difference, "value" | "interval">,
): string {
  const distance = value < 0
    ? { value: -value, interval: { low: -interval.high, high: -interval.low } }
    : { value, interval };
  return sizeOf(measure, distance, false);
}

/** `0.31 nats`, `4.6 percentage points`: a size without an interval, such as a limit. */
export function sizeSaid(measure: Said, size: number): string {
  return `${briefSize(measure, size)}${differences(measure).unit}`;
}

/** `0.31 to 0.55 nats`; one size where both are written alike. */
export function sizesSaid(measure: Said, least: number, most: number): string {
  const [low, high] = [briefSize(measure, least), briefSize(measure, most)];
  return `${low === high ? "" : `${low} to `}${high}${differences(measure).unit}`;
}

/** With two digits, which are enough for a limit. */
function briefSize(measure: Said, size: number): string {
  const { format, factor } = differences(measure);
  const places = Math.max(0, 1 - Math.floor(Math.log10(factor * size)));
  // No size that is above 0 looks like 0.
  const decimals = Number.isFinite(places)
    ? Math.max(Math.min(format.decimals, places), places - 1)
    : format.decimals;
  return numberText({ format: { decimals } }, factor * size);
}

function sizeOf(
  measure: Said,
  { value, interval }: Pick<Difference, "value" | "interval">,
  isSigned: boolean,
): string {
  const { format, factor, unit } = differences(measure);
  const scaled = {
    value: factor * value,
    interval: { low: factor * interval.low, high: factor * interval.high },
  };
  return `${estimateText({ format }, scaled, { isSigned })}${unit}`;
}

/** How differences of a measure are written: those of shares in percentage points. */
function differences({ format, unit }: Said) {
  return format === "percent"
    ? { format: { decimals: 1 }, factor: 100, unit: `${NO_BREAK}percentage points` }
    : { format: format === "count" ? { decimals: 0 } : format, factor: 1, unit: unitText(unit) };
}

/** The unit after a number. */
function unitText(unit: Unit): string {
  return unit === "share" || unit === "ratio" ? "" : `${NO_BREAK}${unit}`;
}

/** `estimate` as data. */
export function foundNumber(name: string, of: string, { value, interval }: Estimate): FoundNumber {
  return interval === undefined ? { name, of, value } : { name, of, value, interval };
}

/** The difference between two as data. */
export function foundDifference(
  name: string,
  [of, than]: readonly [string, string],
  { value, interval }: Pick<Difference, "value" | "interval">,
): FoundNumber {
  return { name, of: `${of} − ${than}`, value, interval };
}
