/**
 * One value of a table as it was written, and the numbers in it.
 *
 * @module
 */

/** A value of a metric, with its interval where there is one. */
export interface Measured {
  /** As it was written; empty where it was not measured. */
  readonly text: string;
  /** The ends of its 95 % interval, as they were written; both empty where there is none. */
  readonly ends: { readonly low: string; readonly high: string };
}

/** The numbers of a value: one, or several divided by spaces; `undefined` where it is none. */
export function numbersIn(text: string): readonly number[] | undefined {
  const numbers = text.split(" ");
  return numbers.every((number) => /^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(number))
    ? numbers.map(Number)
    : undefined;
}

/** The number that a value is, if it is one. */
export function numberIn(text: string): number | undefined {
  const numbers = numbersIn(text);
  return numbers?.length === 1 ? numbers[0] : undefined;
}

/**
 * `to` − `from`, rounded to the decimals that they were written with: what is finer than those is
 * arithmetic and no difference.
 */
export function differenceOf(from: string, to: string): number | undefined {
  const [old, current] = [numberIn(from), numberIn(to)];
  if (old === undefined || current === undefined) return undefined;
  return rounded(current - old, decimalsIn(from, to));
}

/** The most decimals that any of `values` was written with; `undefined` with an exponent. */
export function decimalsIn(...values: readonly string[]): number | undefined {
  if (values.some((value) => value.includes("e"))) return undefined;
  const decimals = values.flatMap((value) => value.split(" "))
    .map((value) => value.split(".")[1]?.length ?? 0);
  return Math.min(100, Math.max(0, ...decimals));
}

/** `value` to so many decimals; as it is without a number of them. */
export function rounded(value: number, decimals: number | undefined): number {
  return decimals === undefined ? value : Number(value.toFixed(decimals));
}
