/**
 * Values of two runs and their change, as people read them: `83.0 %`, `85.1 %`, `+2.1 ± 0.8 points`.
 *
 * @module
 */
import type { Estimate } from "../../measure/estimate.ts";
import { estimateText } from "../../report/estimate_text.ts";
import { measureOf } from "../effects.ts";
import type { MetricDiff } from "../metrics.ts";
import { decimalsIn, numberIn, numbersIn } from "../written.ts";

/** A metric of two runs. */
export interface ShownValues {
  /** The old value; empty if there is none. */
  readonly old: string;
  /** The new value; empty if there is none. */
  readonly new: string;
  /** The change, with its 95 % interval where one is known; empty if both are no numbers. */
  readonly change: string;
}

/** Files have no more decimals. */
const MOST_DECIMALS = 6;
/** As many as a metric has of which nothing else is known, unless it takes more to see a change. */
const FEW_DECIMALS = 3;

/** The name of a metric in the tables of reports, or else its column. */
export function titleOf(metric: string): string {
  return measureOf(metric)?.title ?? metric;
}

/** How the values of a metric are written. */
export function shownValues(metric: MetricDiff): ShownValues {
  const { old, new: current } = metric;
  const [before, after] = [numberIn(old.text), numberIn(current.text)];
  if (before === undefined || after === undefined) return shownTexts(metric);
  const style = styleOf(metric);
  for (let extra = 0;; extra++) {
    const [left, right] = [before, after].map((value) => valueText(style, value, extra));
    // As many decimals as it takes to see that they differ, and by how much.
    const isSeen = left !== right && /[1-9]/.test(changeAlone(metric, extra));
    if (isSeen || before === after || extra >= MOST_DECIMALS) {
      return { old: left ?? "", new: right ?? "", change: changeText(metric, extra) };
    }
  }
}

/** How a number is written: a share as a percentage, its change in points. */
interface Style {
  readonly scale: number;
  readonly decimals: number;
  readonly unit: string;
  readonly unitOfChange: string;
}

/** Keeps a number and its unit on one line. */
export const NO_BREAK = "\u00a0";

function styleOf({ metric, old, new: current }: MetricDiff): Style {
  const format = measureOf(metric)?.format;
  if (format === "percent") {
    return { scale: 100, decimals: 1, unit: `${NO_BREAK}%`, unitOfChange: `${NO_BREAK}points` };
  }
  const decimals = format === undefined
    ? Math.min(FEW_DECIMALS, decimalsIn(old.text, current.text) ?? FEW_DECIMALS)
    : format === "count"
    ? 0
    : format.decimals;
  return { scale: 1, decimals, unit: "", unitOfChange: "" };
}

function valueText({ scale, decimals, unit }: Style, value: number, extra: number): string {
  return estimateText({ format: { decimals: decimals + extra } }, { value: scale * value }) + unit;
}

/** The change of a metric: `+2.1 ± 0.8 points` of a percentage, `−0.018 ± 0.002` of anything else. */
function changeText(metric: MetricDiff, extra: number): string {
  const { judgement } = metric;
  // A difference of pairs is known to more digits than what it is between.
  return judgement === undefined
    ? changeAlone(metric, extra)
    : signedText(styleOf(metric), judgement.difference, 3);
}

/** The change of a metric without its interval: `+2.1 points`. */
export function changeAlone(metric: MetricDiff, extra = 0): string {
  const { change } = metric;
  return change === undefined ? "" : signedText(styleOf(metric), { value: change }, extra);
}

function signedText(
  { scale, decimals, unitOfChange }: Style,
  { value, interval }: Estimate,
  extra: number,
): string {
  const scaled = { value: scale * value };
  const estimate = interval === undefined
    ? scaled
    : { ...scaled, interval: { low: scale * interval.low, high: scale * interval.high } };
  const text = estimateText({ format: { decimals: decimals + extra } }, estimate, {
    isSigned: true,
  });
  return text + unitOfChange;
}

/** Anything but two numbers: texts, numbers that only one side has, and lists of numbers. */
function shownTexts({ old, new: current }: MetricDiff): ShownValues {
  const [before, after] = [numbersIn(old.text), numbersIn(current.text)];
  const values = (text: string, list: readonly number[] | undefined): string =>
    list === undefined || list.length < 2 || text.length <= SHORT_LIST
      ? text
      : `${list.length}${NO_BREAK}values`;
  return {
    old: values(old.text, before),
    new: values(current.text, after),
    change: before?.length === after?.length ? listChange(before ?? [], after ?? []) : "",
  };
}

/** A list of so many characters is shown as it is, a longer one by how many values it has. */
const SHORT_LIST = 9;

/** How many values of a list changed, and the largest change of them. */
function listChange(before: readonly number[], after: readonly number[]): string {
  const changes = before.map((value, i) => (after[i] ?? NaN) - value)
    .filter((change) => change !== 0);
  const largest = changes.reduce((most, one) => Math.abs(one) > Math.abs(most) ? one : most, 0);
  if (changes.length === 0) return "";
  const text = estimateText({ format: { decimals: 3 } }, { value: largest }, { isSigned: true })
    .replace(/\.0+$/, "");
  return changes.length === 1 ? text : `${changes.length} differ, ${text}`;
}
