/**
 * Truncation by a threshold: every token that reaches it is kept, so that equal tokens are kept or
 * dropped together.
 *
 * @module
 */

/** Sets the logits of the tokens whose `values` `[V]` are below `threshold` to −∞. */
export function keepFrom(logits: Float64Array, values: Float64Array, threshold: number): void {
  for (let i = 0; i < logits.length; i++) {
    if ((values[i] as number) < threshold) logits[i] = -Infinity;
  }
}

/** The largest of `values`, −∞ if there are none. */
export function largest(values: Float64Array): number {
  let largest = -Infinity;
  for (let i = 0; i < values.length; i++) {
    if ((values[i] as number) > largest) largest = values[i] as number;
  }
  return largest;
}

/** Throws a `RangeError` unless `share` is from 0 to 1. */
export function checkShare(what: string, share: number): void {
  if (!(share >= 0 && share <= 1)) {
    throw new RangeError(`Cannot keep from ${what} ${share}: expected a number from 0 to 1`);
  }
}
