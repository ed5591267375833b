/**
 * The index that CPython's `random.choices` picks for one uniform number.
 *
 * The rule is `bisect_right(cumulative, uniform * total)` capped at the last index, where
 * `cumulative` is the left-to-right running sum of the weights and `total` its last element. The
 * running sum never falls, so a scan that adds in the same order finds the same index and needs no
 * array.
 *
 * @param weights Not negative, in any unit: only their ratios count.
 * @param uniform In [0, 1).
 * @throws {RangeError} If there are no weights, one is negative, or the total is zero or not finite.
 */
export function choose(weights: ArrayLike<number>, uniform: number): number {
  const last = weights.length - 1;
  let total = 0;
  for (let i = 0; i <= last; i++) {
    const weight = weights[i] as number;
    if (weight < 0) throw new RangeError(`Cannot choose by weight: weight ${i} is '${weight}'`);
    total += weight;
  }
  // Written so that NaN, which no comparison holds for, is refused too.
  if (!(total > 0 && total < Infinity)) {
    throw new RangeError(
      `Cannot choose by weight: the total of the weights must be finite and greater than zero, ` +
        `it is '${total}'`,
    );
  }
  const threshold = uniform * total;
  let cumulative = 0;
  for (let i = 0; i < last; i++) {
    cumulative += weights[i] as number;
    if (threshold < cumulative) return i;
  }
  return last;
}
