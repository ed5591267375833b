// Exponentials in f64, two at a time.

/**
 * The constants of exponentials, read where they are used: V8 builds a vector's constant anew from
 * instructions each time, but reads from a known address without a check.
 */
const TABLE = memory.data<f64>([
  1.4426950408889634, // 1 / ln 2
  6755399441055744, // 1.5 · 2⁵²: added, it leaves the nearest integer in the last bits of a sum
  6.93147180369123816490e-01, // ln 2, of so few bits that small multiples are exact …
  1.90821492927058770002e-10, // … and the rest of it
  -708, // below this the exponential counts as 0: it would soon be no normal number
  1.0, // the series of eʳ: 1 / 0!, 1 / 1!, …
  1.0,
  0.5,
  1.0 / 6.0,
  1.0 / 24.0,
  1.0 / 120.0,
  1.0 / 720.0,
  1.0 / 5040.0,
  1.0 / 40320.0,
  1.0 / 362880.0,
  1.0 / 3628800.0,
  1.0 / 39916800.0,
  1.0 / 479001600.0,
  1.0 / 6227020800.0,
]);
/** Where in the table the series begins. */
const SERIES: usize = 5;

@inline
function entry(i: usize): v128 {
  return v128.load64_splat(TABLE + (i << 3));
}

/** 1 / k! + r / (k + 1)! */
@inline
function terms(r: v128, k: usize): v128 {
  return f64x2.add(entry(SERIES + k), f64x2.mul(r, entry(SERIES + k + 1)));
}

/**
 * eˣ of two numbers of at most 0: 2ⁿ·eʳ with |r| ≤ ln 2 / 2, and the series of eʳ to the power 13,
 * whose next term is below 2⁻⁵⁷. Within 1 unit in the last place; exactly 0 below −708; NaN stays.
 */
@inline
export function exponential(x: v128): v128 {
  const smallest = entry(4);
  const tooSmall = f64x2.lt(x, smallest);
  const clamped = f64x2.pmax(x, smallest);
  const rounded = f64x2.add(f64x2.mul(clamped, entry(0)), entry(1));
  const n = f64x2.sub(rounded, entry(1));
  const r = f64x2.sub(f64x2.sub(clamped, f64x2.mul(n, entry(2))), f64x2.mul(n, entry(3)));
  // Pairs of terms, so that they need not wait for one another (Estrin's scheme).
  const r2 = f64x2.mul(r, r), r4 = f64x2.mul(r2, r2), r8 = f64x2.mul(r4, r4);
  const low = f64x2.add(terms(r, 2), f64x2.mul(r2, terms(r, 4)));
  const middle = f64x2.add(terms(r, 6), f64x2.mul(r2, terms(r, 8)));
  const high = f64x2.add(terms(r, 10), f64x2.mul(r2, terms(r, 12)));
  const rest = f64x2.add(f64x2.add(low, f64x2.mul(r4, middle)), f64x2.mul(r8, high));
  const p = f64x2.add(f64x2.add(f64x2.mul(rest, r2), r), entry(SERIES));
  // The bits of 2ⁿ: n shifted to the exponent and added to that of 1.
  const power = i64x2.add(i64x2.shl(rounded, 52), entry(SERIES));
  return v128.andnot(f64x2.mul(p, power), tooSmall);
}
