/**
 * The natural logarithm as glibc computes it, so that numbers drawn through it equal CPython's.
 *
 * glibc's log is not correctly rounded (about 1 result in 1,300 differs from the correctly rounded
 * one), and neither is V8's, so the only way to the same bits is the same operations: those of
 * S. Nagy's algorithm (Arm optimized-routines; glibc since 2.28), in the order and with the fusing
 * of glibc's variant for x86-64 with FMA. Every constant is derived anew; see the table's file.
 * Against CPython 3.11 on glibc 2.36: no difference in 10,000,000 arguments 1 - u, u uniform.
 */
import { fusedMultiplyAdd as fma } from "./fused_multiply_add.ts";
import { INVERSE_C, LOG_C } from "./log_table.ts";

/** log(2) in two parts; the first is short, so that a multiple of it plus log(c) is exact. */
const LN2_HIGH = 0.6931471805598903;
const LN2_LOW = 5.497923018708371e-14;

// Coefficients of minimax polynomials for log(1 + r) - r, numbered by their power of r: found by the
// Remez algorithm one after the other, each rounded to double before the next is sought.
// tests/random/derive/log_polynomials.py finds both.
// Smallest absolute error over |r| < 0x1.fp-9.
const A2 = -0.5000000000000001;
const A3 = 0.33333333331825593;
const A4 = -0.2499999999622955;
const A5 = 0.20000304511814496;
const A6 = -0.16667054827627667;
// Smallest error relative to log(1 + r), over -0x1p-4 < r < 0x1.09p-4; the term in r^2 is -1/2.
const B3 = 0.3333333333333352;
const B4 = -0.24999999999998432;
const B5 = 0.19999999999320328;
const B6 = -0.16666666669929706;
const B7 = 0.14285715076560868;
const B8 = -0.12499997863982555;
const B9 = 0.11110712032936046;
const B10 = -0.10000486757818193;
const B11 = 0.09181994006195467;
const B12 = -0.08328363062289362;

const NEAR_ONE_FROM = 0.9375;
const NEAR_ONE_TO = 1.064697265625;
/** The upper word of 0.6875, where the intervals of the table begin. */
const TABLE_START = 0x3fe60000;

const double = new Float64Array(1);
/** The lower and the upper half of `double`. */
const words = new Int32Array(double.buffer);

/** log(1 + r) for small r; r - r²/2 is summed in two parts, so that the result is good near 0. */
function logNearOne(r: number): number {
  const r2 = r * r;
  const r3 = r * r2;
  let tail = fma(r3, B12, fma(r2, B11, fma(B10, r, B9)));
  tail = fma(tail, r3, fma(r2, B8, fma(B7, r, B6)));
  tail = fma(tail, r3, fma(r2, B5, fma(B4, r, B3)));
  // The upper half of r: its square is exact.
  const shifted = r + r * 134217728;
  const rHigh = shifted - r * 134217728;
  const halfSquare = 0.5 * rHigh * rHigh;
  const high = r - halfSquare;
  const low = fma(-0.5 * (r - rHigh), r + rHigh, (r - high) - halfSquare);
  return high + fma(tail, r3, low);
}

/**
 * The natural logarithm of a positive normal number.
 *
 * @throws {RangeError} If `x` is not positive and finite, or is below 2⁻¹⁰²².
 */
export function log(x: number): number {
  if (!(x >= 2 ** -1022 && x < Infinity)) {
    throw new RangeError(
      `Cannot take the logarithm: expected a positive normal number, got '${x}'`,
    );
  }
  if (x === 1) return 0;
  if (x >= NEAR_ONE_FROM && x < NEAR_ONE_TO) return logNearOne(x - 1);
  // x = 2^k z with z in the table's range, and log(x) = k log(2) + log(c) + log(z/c).
  double[0] = x;
  const upper = words[1] as number;
  const offset = (upper - TABLE_START) | 0;
  const k = offset >> 20;
  const i = (offset >>> 13) & 127;
  words[1] = upper - (k << 20);
  const z = double[0] as number;
  const r = fma(z, INVERSE_C[i] as number, -1);
  const coarse = k * LN2_HIGH + (LOG_C[i] as number);
  const high = coarse + r;
  let low = fma(k, LN2_LOW, (coarse - high) + r);
  const r2 = r * r;
  low = fma(r2, A2, low);
  const tail = fma(fma(r, A6, A5), r2, fma(A4, r, A3));
  return fma(r * r2, tail, low) + high;
}
