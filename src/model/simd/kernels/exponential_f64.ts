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

/**
 * The same of four numbers at once, which are left at `to`: operation by operation, but each constant is
 * read once for both pairs. Two calls of the other take a draw 5 to 10 % longer (V8 15).
 */
@inline
export function exponentialOfFour(a: v128, b: v128, to: usize): void {
  let c = entry(4), d = entry(1);
  const smallA = f64x2.lt(a, c), smallB = f64x2.lt(b, c);
  a = f64x2.pmax(a, c);
  b = f64x2.pmax(b, c);
  c = entry(0);
  const roundedA = f64x2.add(f64x2.mul(a, c), d), roundedB = f64x2.add(f64x2.mul(b, c), d);
  const nA = f64x2.sub(roundedA, d), nB = f64x2.sub(roundedB, d);
  c = entry(2);
  a = f64x2.sub(a, f64x2.mul(nA, c));
  b = f64x2.sub(b, f64x2.mul(nB, c));
  c = entry(3);
  const rA = f64x2.sub(a, f64x2.mul(nA, c)), rB = f64x2.sub(b, f64x2.mul(nB, c));
  const rA2 = f64x2.mul(rA, rA), rB2 = f64x2.mul(rB, rB);
  const rA4 = f64x2.mul(rA2, rA2), rB4 = f64x2.mul(rB2, rB2);
  c = entry(SERIES + 2), d = entry(SERIES + 3);
  let lowA = f64x2.add(c, f64x2.mul(rA, d)), lowB = f64x2.add(c, f64x2.mul(rB, d));
  c = entry(SERIES + 4), d = entry(SERIES + 5);
  lowA = f64x2.add(lowA, f64x2.mul(rA2, f64x2.add(c, f64x2.mul(rA, d))));
  lowB = f64x2.add(lowB, f64x2.mul(rB2, f64x2.add(c, f64x2.mul(rB, d))));
  c = entry(SERIES + 6), d = entry(SERIES + 7);
  let restA = f64x2.add(c, f64x2.mul(rA, d)), restB = f64x2.add(c, f64x2.mul(rB, d));
  c = entry(SERIES + 8), d = entry(SERIES + 9);
  restA = f64x2.add(restA, f64x2.mul(rA2, f64x2.add(c, f64x2.mul(rA, d))));
  restB = f64x2.add(restB, f64x2.mul(rB2, f64x2.add(c, f64x2.mul(rB, d))));
  lowA = f64x2.add(lowA, f64x2.mul(rA4, restA));
  lowB = f64x2.add(lowB, f64x2.mul(rB4, restB));
  c = entry(SERIES + 10), d = entry(SERIES + 11);
  restA = f64x2.add(c, f64x2.mul(rA, d)), restB = f64x2.add(c, f64x2.mul(rB, d));
  c = entry(SERIES + 12), d = entry(SERIES + 13);
  restA = f64x2.add(restA, f64x2.mul(rA2, f64x2.add(c, f64x2.mul(rA, d))));
  restB = f64x2.add(restB, f64x2.mul(rB2, f64x2.add(c, f64x2.mul(rB, d))));
  lowA = f64x2.add(lowA, f64x2.mul(f64x2.mul(rA4, rA4), restA));
  lowB = f64x2.add(lowB, f64x2.mul(f64x2.mul(rB4, rB4), restB));
  c = entry(SERIES);
  a = f64x2.add(f64x2.add(f64x2.mul(lowA, rA2), rA), c);
  b = f64x2.add(f64x2.add(f64x2.mul(lowB, rB2), rB), c);
  const powerA = i64x2.add(i64x2.shl(roundedA, 52), c), powerB = i64x2.add(i64x2.shl(roundedB, 52), c);
  v128.store(to, v128.andnot(f64x2.mul(a, powerA), smallA));
  v128.store(to, v128.andnot(f64x2.mul(b, powerB), smallB), 16);
}
