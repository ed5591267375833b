/**
 * Arithmetic that is more exact than doubles: a fused multiply-add, and fixed-point numbers on big
 * integers, from which tables are computed when their modules load.
 *
 * @module
 */

// The factor 2^27 + 1 cuts a 53-bit significand into two halves whose products are exact (Veltkamp).
const SPLITTER = 134217729;

const double = new Float64Array(1);
/** The lower and the upper half of `double`. */
const words = new Int32Array(double.buffer);

/** `value` if its last significand bit is set, else its neighbour in the direction of `rest`. */
function roundToOdd(value: number, rest: number): number {
  double[0] = value;
  const lower = words[0] as number;
  if ((lower & 1) !== 0) return value;
  if ((rest > 0) === (value > 0)) words[0] = lower | 1;
  else {
    words[0] = lower - 1;
    if (lower === 0) words[1] = (words[1] as number) - 1;
  }
  return double[0] as number;
}

/**
 * `a * b + c` with a single rounding, as the processor's fused multiply-add computes it.
 *
 * Exact as long as nothing overflows (a factor stays below 2⁹⁹⁶) and the product's error does not
 * underflow. The method: the product and the sum are split into value and error without loss
 * (Dekker; Knuth); the two errors are added rounding to odd, which keeps the last addition from
 * rounding twice (S. Boldo, G. Melquiond, "Emulation of FMA and correctly rounded sums", 2008).
 */
export function fusedMultiplyAdd(a: number, b: number, c: number): number {
  const aScaled = a * SPLITTER;
  const aHigh = aScaled - (aScaled - a);
  const aLow = a - aHigh;
  const bScaled = b * SPLITTER;
  const bHigh = bScaled - (bScaled - b);
  const bLow = b - bHigh;
  const product = a * b;
  const productError = ((aHigh * bHigh - product) + aHigh * bLow + aLow * bHigh) + aLow * bLow;

  const sum = product + c;
  const cPart = sum - product;
  const sumError = (product - (sum - cPart)) + (c - cPart);

  const error = sumError + productError;
  const productPart = error - sumError;
  const rest = (sumError - (error - productPart)) + (productError - productPart);
  return sum + (rest === 0 ? error : roundToOdd(error, rest));
}

/** A fixed-point number is an integer multiple of 2^-FRACTION_BITS. */
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
