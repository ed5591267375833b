/**
 * Numbers with their intervals as people read them: `−6.61 ± 0.58`, with no more digits than the
 * interval supports.
 *
 * @module
 */
import type { Estimate, Interval } from "../measure/estimate.ts";
import type { Format, MeasureFacts } from "../measure/measure.ts";

const MINUS = "−";
/** Keeps a number and its unit, or its error, on one line. */
const NO_BREAK = "\u00a0";

/** How a number is written. */
export type Written = Pick<MeasureFacts, "format">;

/** How an estimate is written. */
export interface EstimateTextOptions {
  /** Whether a number above 0 has a plus, as a difference has. */
  readonly isSigned?: boolean;
}

/**
 * An estimate with its 95 % interval: `−6.61 ± 0.58` where it reaches as far to both sides, but for a unit
 * of the last digit, else `76 % (62 to 87)`; a dash where there is none, the number alone where no interval is known.
 */
export function estimateText(
  { format }: Written,
  estimate: Estimate | undefined,
  options: EstimateTextOptions = {},
): string {
  if (estimate === undefined) return "–";
  const { value, interval } = estimate;
  if (interval === undefined || !(interval.high > interval.low)) {
    return withUnit(format, rounded(format, value, mostDecimals(format), options));
  }
  const places = supportedDecimals(format, value, interval);
  const reach = evenReach(format, value, interval, places);
  if (reach !== undefined) {
    const number = rounded(format, value, places, options);
    return withUnit(format, `${number}${NO_BREAK}±${NO_BREAK}${rounded(format, reach, places)}`);
  }
  // Both ends are there to see: a digit less says as much, unless the reach begins with a small one.
  const fewer = isCoarse(format, value, interval, places) ? places - 1 : places;
  const [center, low, high] = [value, interval.low, interval.high].map((one) =>
    rounded(format, one, fewer, options)
  );
  return `${withUnit(format, center ?? "")}${NO_BREAK}(${low}${NO_BREAK}to${NO_BREAK}${high})`;
}

/** A number as {@linkcode estimateText} writes one without an interval: `−1.93`, `12.3 %`, `1,234`. */
export function numberText({ format }: Written, value: number): string {
  return withUnit(format, rounded(format, value, mostDecimals(format)));
}

/**
 * A difference of a measure with its interval, `+0.42 ± 0.11`: that of two shares in percentage points,
 * without the word.
 */
export function differenceText({ format }: Written, difference: Estimate): string {
  if (format !== "percent") return estimateText({ format }, difference, { isSigned: true });
  const { value, interval } = difference;
  const points: Estimate = {
    value: 100 * value,
    ...(interval && { interval: { low: 100 * interval.low, high: 100 * interval.high } }),
  };
  return estimateText({ format: { decimals: 1 } }, points, { isSigned: true });
}

/** Every digit of an estimate, and of its interval, for those who ask for them. */
export function exactText({ value, interval }: Estimate): string {
  const text = (number: number): string => String(number).replace("-", MINUS);
  return interval === undefined
    ? text(value)
    : `${text(value)}, 95 % interval ${text(interval.low)} to ${text(interval.high)}`;
}

function withUnit(format: Format, text: string): string {
  return format === "percent" ? `${text}${NO_BREAK}%` : text;
}

/** As many decimals as a measure without an interval has. */
function mostDecimals(format: Format): number {
  if (format === "count") return 0;
  return format === "percent" ? 1 : format.decimals;
}

/**
 * So many decimals that the wider side of the interval has two digits, and no more than the measure has
 * unless there were no digit of it else.
 */
function supportedDecimals(format: Format, value: number, { low, high }: Interval): number {
  const scale = format === "percent" ? 100 : 1;
  const reach = scale * Math.max(value - low, high - value);
  if (!(reach > 0)) return mostDecimals(format);
  const places = 1 - Math.floor(Math.log10(reach));
  const supported = Math.min(mostDecimals(format), Math.max(0, places));
  // An interval never looks as if it had no width.
  return Math.min(MOST_DECIMALS, Math.max(supported, places - 1));
}

/**
 * How far the interval reaches to both sides, the farther of both; none where they differ by more than a
 * unit of the last of `places`, or by a large part.
 */
function evenReach(
  format: Format,
  value: number,
  { low, high }: Interval,
  places: number,
): number | undefined {
  const scale = (format === "percent" ? 100 : 1) * 10 ** places;
  const [below, above] = [value - low, high - value];
  const [fewer, more] = [Math.min(below, above), Math.max(below, above)]
    .map((reach) => Math.round(scale * reach));
  if (fewer === undefined || more === undefined) return undefined;
  const reach = Math.max(below, above);
  if (more === fewer) return reach;
  // What cannot be below 0, or above the whole, does not seem to reach there.
  const crosses = low >= 0 && value < reach || high <= 0 && value > -reach ||
    format === "percent" && high <= 1 && value + reach > 1;
  return more === fewer + 1 && fewer >= LEAST_UNEVEN && !crosses ? reach : undefined;
}

/** Of as many units of the last digit one more is a small part. */
const LEAST_UNEVEN = 5;
/** No number has more decimals. */
const MOST_DECIMALS = 6;

/** Whether an interval that reaches 3.5 or more in its last two digits is as clear with one of them. */
function isCoarse(format: Format, value: number, { low, high }: Interval, places: number): boolean {
  const scale = (format === "percent" ? 100 : 1) * 10 ** places;
  const reach = scale * Math.max(value - low, high - value);
  // What is not 0 stays what it is.
  const isKept = value === 0 || Math.abs(scale * value) >= 5;
  return places > 0 && reach >= 35 && isKept;
}

function rounded(
  format: Format,
  value: number,
  places: number,
  { isSigned = false }: EstimateTextOptions = {},
): string {
  const scaled = format === "percent" ? 100 * value : value;
  const digits = Math.abs(scaled).toFixed(places);
  const [whole = "", ...rest] = digits.split(".");
  const text = [whole.replace(/\B(?=(\d{3})+$)/g, ","), ...rest].join(".");
  // Nothing is below or above 0 once all its digits are 0.
  if (Number(digits) === 0) return text;
  return scaled < 0 ? MINUS + text : isSigned ? `+${text}` : text;
}
