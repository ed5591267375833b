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
