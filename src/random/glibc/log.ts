/**
 * The natural logarithm as glibc computes it, so that numbers drawn through it equal CPython's.
 *
 * glibc's log is not correctly rounded (about 1 result in 1,300 differs from the correctly rounded
 * one), and neither is V8's, so the only way to the same bits is the same operations: those of
 * S. Nagy's algorithm (Arm optimized-routines; glibc since 2.28), in the order and with the fusing
 * of glibc's variant for x86-64 with FMA. Every constant was derived for this file; see the table.
 * Against CPython 3.11 on glibc 2.36: no difference in 10,000,000 arguments 1 - u, u uniform.
 */
import {
  exponential,
  FRACTION_BITS,
  fusedMultiplyAdd as fma,
  nearestDouble,
} from "./exact_arithmetic.ts";

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

// The logarithm needs, for each of the 128 intervals that [0.6875, 1.375) is cut into, a point c near
// the interval's middle for which both 1/c and log(c) are unusually near to short numbers. Such a
// table is defined by a search, which S. Nagy describes in Arm's optimized-routines, the origin of
// glibc's log: of the doubles within 2^29 units in the last place of the middle's reciprocal take
// the one, as 1/c, for which log(c) is nearest to a multiple of 2^-43, among those for which
// z - c, with c in two doubles, rounds by less than 2^-66 c. The search was repeated for this file
// (tests/random/derive/log_table.c, 15 s); its results are these multiples.
// deno-fmt-ignore
const LOG_C_MULTIPLES = [
  -3270884932818, -3221189312928, -3171772688956, -3122632525071, -3073765412879, -3025167893248,
  -2976837063186, -2928772038762, -2880966258024, -2833420104970, -2786129817909, -2739090699799,
  -2692303327726, -2645762963380, -2599468001488, -2553415140892, -2507601451857, -2462025327858,
  -2416684919071, -2371576092479, -2326699089395, -2282047609698, -2237624110199, -2193422047343,
  -2149440770427, -2105679270147, -2062135086747, -2018804668287, -1975686023513, -1932778629265,
  -1890078742545, -1847584410941, -1805295739177, -1763209282015, -1721322869891, -1679634883676,
  -1638143836483, -1596847277607, -1555745583990, -1514833005434, -1474110644803, -1433574898723,
  -1393226489120, -1353060173872, -1313078686864, -1273278040644, -1233655924634, -1194210775754,
  -1154942861170, -1115848744938, -1076928307804, -1038178628098, -999599241162, -961187313349,
  -922944602491, -884865972548, -846950931350, -809199574368, -771609995712, -734178536508,
  -696907134223, -659794062165, -622834206251, -586031612689, -549381581640, -512882977245,
  -476535034388, -440337236043, -404286917643, -368385302362, -332627781014, -297016332373,
  -261548475863, -226222056613, -191038332675, -155993971028, -121089237241, -86322273706,
  -51690725750, -17196801609, 34292424996, 102479508797, 170142435717, 237288696082, 303925770308,
  370062344199, 435705152354, 500861484382, 565539450054, 629744277609, 693484935616,
  756766489278, 819595422544, 881979977955, 943923779691, 1005435066169, 1066519990003,
  1127182678292, 1187430017323, 1247267314851, 1306701491285, 1365735883569, 1424375592872,
  1482628959519, 1540497752463, 1597988849257, 1655106916783, 1711856242536, 1768240983940,
  1824267551424, 1879938809885, 1935260044236, 1990236918918, 2044871263340, 2099167071486,
  2153131016569, 2206766089207, 2260075663994, 2313065582798, 2365736774010, 2418094695529,
  2470142810512, 2521883667565, 2573323018901, 2624464226412, 2675308346755, 2725861357030,
  2776123598332,
];

/** log(c) for each interval, a multiple of 2⁻⁴³. */
const LOG_C: Float64Array = Float64Array.from(LOG_C_MULTIPLES, (n) => n * 2 ** -43);

/** 1/c for each interval: given log(c), it is the double nearest to exp(−log(c)). */
const INVERSE_C: Float64Array = Float64Array.from(
  LOG_C_MULTIPLES,
  (n) => nearestDouble(exponential(BigInt(-n) << (FRACTION_BITS - 43n))),
);

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
