/**
 * Numbers as files have them written: what they are, and how far apart to the decimals that they have.
 *
 * @module
 */

/** The numbers of a value: one, or several separated by spaces; `undefined` if it is anything else. */
export function numbersIn(text: string): readonly number[] | undefined {
  const numbers = text.split(" ");
  return numbers.every((number) => /^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(number))
    ? numbers.map(Number)
    : undefined;
}

/** The number of a value, if it is one number. */
export function numberIn(text: string): number | undefined {
  const numbers = numbersIn(text);
  return numbers?.length === 1 ? numbers[0] : undefined;
}

/**
 * `to` − `from`, rounded to the decimals that they were written with: anything finer comes from the
 * subtraction itself.
 */
export function differenceOf(from: string, to: string): number | undefined {
  const [old, current] = [numberIn(from), numberIn(to)];
  if (old === undefined || current === undefined) return undefined;
  return rounded(current - old, decimalsIn(from, to));
}

/** The most decimals that any of `values` has; `undefined` if one has an exponent. */
export function decimalsIn(...values: readonly string[]): number | undefined {
  if (values.some((value) => value.includes("e"))) return undefined;
  const decimals = values.flatMap((value) => value.split(" "))
    .map((value) => value.split(".")[1]?.length ?? 0);
  return Math.min(100, Math.max(0, ...decimals));
}

/** `value` to `decimals`, or as it is if they are `undefined`. */
export function rounded(value: number, decimals: number | undefined): number {
  return decimals === undefined ? value : Number(value.toFixed(decimals));
}
