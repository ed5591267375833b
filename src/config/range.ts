/**
 * Ranges of numbers: `1..8`, `8..1:-1`, `0.5..1.5:0.25`.
 *
 * @module
 */
import { shown } from "../text/suggestions.ts";

/** The most values of one range. */
const MOST_VALUES = 10_000;
/** The most digits that a number of a range has after its point, its exponent included. */
const MOST_DIGITS = 100;

/** Whether `text`, where a number is expected, is meant as a range. */
export function isRange(text: string): boolean {
  return text.includes("..");
}

/** The values of a range, or why it has none. */
export type RangeValues = { readonly values: readonly number[] } | { readonly message: string };

/**
 * The values of the range `text`, `start..end` or `start..end:step`, both ends included where the
 * steps reach the second. They are counted in decimals: 0.5, 0.75, never 0.7500000001.
 */
export function rangeValues(text: string): RangeValues {
  const parts = RANGE.exec(text.trim())?.slice(1) ?? [];
  const [start, end, step] = parts.map((part) => part === undefined ? undefined : decimalOf(part));
  if (start === undefined || end === undefined || (parts[2] !== undefined && step === undefined)) {
    const message = "expected a range as start..end or start..end:step, such as 1..8 or " +
      `0.5..1.5:0.25, found ${shown(text)}`;
    return { message };
  }
  if (step === undefined && (start.digits > 0 || end.digits > 0)) {
    const message = "expected a step in a range of fractions, such as 0.5..1.5:0.25, " +
      `found ${shown(text)}`;
    return { message };
  }
  const digits = Math.max(start.digits, end.digits, step?.digits ?? 0);
  const from = scaled(start, digits);
  const to = scaled(end, digits);
  const by = scaled(step ?? ONE, digits);
  if (by === 0n || (from < to && by < 0n) || (from > to && by > 0n)) {
    const way = from > to ? "below 0, as in 8..1:-1" : "above 0, as in 1..8:1";
    return { message: `expected a step ${way}, found ${shown(text)}` };
  }
  const count = (to - from) / by + 1n;
  if (count > BigInt(MOST_VALUES)) {
    const message = `expected a range of at most ${MOST_VALUES} values, found ${shown(text)}, ` +
      `which has ${count}`;
    return { message };
  }
  const values = Array.from(
    { length: Number(count) },
    (_, i) => Number(`${from + BigInt(i) * by}e-${digits}`),
  );
  return { values };
}

const NUMBER = String.raw`([-+]?(?:\d+(?:\.\d+)?|\.\d+)(?:e[-+]?\d+)?)`;
const RANGE = new RegExp(String.raw`^${NUMBER}\s*\.\.\s*${NUMBER}(?:\s*:\s*${NUMBER})?$`, "i");

/** `units` · 10^−`digits`. */
interface Decimal {
  readonly units: bigint;
  readonly digits: number;
}

const ONE: Decimal = { units: 1n, digits: 0 };

/** The decimal that is written, unless it is too long or too large to be meant. */
function decimalOf(text: string): Decimal | undefined {
  const [mantissa = "", exponent = "0"] = text.toLowerCase().split("e");
  const [whole = "", fraction = ""] = mantissa.split(".");
  const digits = fraction.length - Number(exponent);
  if (text.length > MOST_DIGITS || Math.abs(digits) > MOST_DIGITS) return undefined;
  const units = BigInt(`${whole}${fraction}`.replace(/^\+/, ""));
  return digits < 0 ? { units: units * 10n ** BigInt(-digits), digits: 0 } : { units, digits };
}

function scaled({ units, digits }: Decimal, to: number): bigint {
  return units * 10n ** BigInt(to - digits);
}
