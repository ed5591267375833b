/**
 * Fixed-point arithmetic on big integers, for the tables that are computed when a module loads: a
 * value is an integer multiple of 2^-{@linkcode FRACTION_BITS}.
 */
export const FRACTION_BITS = 160n;

/** The fixed-point number 1. */
export const ONE = 1n << FRACTION_BITS;

/** The exponential of `x`, by its Taylor series. */
export function exponential(x: bigint): bigint {
  let sum = ONE;
  let term = ONE;
  for (let n = 1n; term !== 0n && term !== -1n; n++) {
    term = ((term * x) >> FRACTION_BITS) / n;
    sum += term;
  }
  return sum;
}

/** The sine and the cosine of `x`, by their Taylor series. */
export function sineAndCosine(x: bigint): { sine: bigint; cosine: bigint } {
  let sine = 0n;
  let cosine = 0n;
  let term = ONE;
  for (let n = 1n; term !== 0n && term !== -1n; n++) {
    const sign = (n - 1n) & 2n ? -1n : 1n;
    if (n & 1n) cosine += sign * term;
    else sine += sign * term;
    term = ((term * x) >> FRACTION_BITS) / n;
  }
  return { sine, cosine };
}

/** The double nearest to a fixed-point number. */
export function nearestDouble(x: bigint): number {
  // Number() rounds a big integer to nearest, ties to even; the scaling is exact.
  return Number(x) * 2 ** -Number(FRACTION_BITS);
}

/** The double nearest to a fixed-point number, and the double nearest to what that leaves over. */
export function nearestPair(x: bigint): { high: number; low: number } {
  const high = nearestDouble(x);
  // A double of this size is a multiple of 2^-FRACTION_BITS, so the conversion back is exact.
  const rest = x - BigInt(high * 2 ** Number(FRACTION_BITS));
  return { high, low: nearestDouble(rest) };
}
