// Passes over the rows of large vocabularies. Sums are of several numbers side by side.
// A row has room for three numbers more, to make fours.

import { quickConstant, quickExponential } from "./exponential";
import { endOf } from "./softmax";

/** Fills up the last pair of `count` numbers at `x` with `filler`. */
@inline
function fillUp(x: usize, count: i32, filler: f64): void {
  if (count & 1) f64.store(x + (<usize> count << 3), filler);
}

@inline
export function total(a: v128, b: v128): f64 {
  const sums = f64x2.add(a, b);
  return f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
}

/** The largest of `count` numbers at `x`; NaN if one is. */
export function largest(x: usize, count: i32): f64 {
  fillUp(x, count, -Infinity);
  const none = f64x2.splat(-Infinity);
  let a = none, b = none, notNumbers = f64x2.splat(0);
  const end = endOf(x, count), whole = x + (end - x & ~31);
  // Of a NaN and a number `pmax` may take either.
  for (let at = x; at < whole; at += 32) {
    const first = v128.load(at), second = v128.load(at, 16);
    a = f64x2.pmax(a, first);
    b = f64x2.pmax(b, second);
    notNumbers = v128.or(notNumbers, f64x2.ne(f64x2.add(first, second), f64x2.add(first, second)));
  }
  if (whole < end) {
    const value = v128.load(whole);
    a = f64x2.pmax(a, value);
    notNumbers = v128.or(notNumbers, f64x2.ne(value, value));
  }
  if (v128.any_true(notNumbers)) return NaN;
  a = f64x2.pmax(a, b);
  return max(f64x2.extract_lane(a, 0), f64x2.extract_lane(a, 1));
}

/** Divides `count` numbers at `x`. */
export function divide(x: usize, count: i32, by: f64): void {
  const divisor = f64x2.splat(by);
  for (let at = x, end = endOf(x, count); at < end; at += 16) {
    v128.store(at, f64x2.div(v128.load(at), divisor));
  }
}

/** Makes fours of `count` numbers at `x`. */
@inline
export function makeFours(x: usize, count: i32): void {
  for (let i = count; i & 3; i++) f64.store(x + (<usize> i << 3), -Infinity);
}

/** e ← exp(x − by) of `count` numbers, none above `by`; returns their sum. `e` may be `x`. */
export function exponentials(x: usize, e: usize, count: i32, by: f64): f64 {
  makeFours(x, count);
  const c0 = quickConstant(0), c1 = quickConstant(1), c2 = quickConstant(2), c3 = quickConstant(3);
  const c4 = quickConstant(4), c5 = quickConstant(5), c6 = quickConstant(6), c7 = quickConstant(7);
  const shift = f64x2.splat(by);
  let a = f64x2.splat(0), b = a;
  for (let at: usize = 0, end = <usize> count << 3; at < end; at += 32) {
    const first = quickExponential(f64x2.sub(v128.load(x + at), shift), c0, c1, c2, c3, c4, c5, c6, c7);
    const second = quickExponential(f64x2.sub(v128.load(x + at, 16), shift), c0, c1, c2, c3, c4, c5, c6, c7);
    v128.store(e + at, first);
    v128.store(e + at, second, 16);
    a = f64x2.add(a, first);
    b = f64x2.add(b, second);
  }
  return total(a, b);
}

/** The same; leaves Σ e · (x − by) at `mean`. */
export function exponentialsWithMean(x: usize, e: usize, count: i32, by: f64, mean: usize): f64 {
  makeFours(x, count);
  const c0 = quickConstant(0), c1 = quickConstant(1), c2 = quickConstant(2), c3 = quickConstant(3);
  const c4 = quickConstant(4), c5 = quickConstant(5), c6 = quickConstant(6), c7 = quickConstant(7);
  const shift = f64x2.splat(by), least = f64x2.splat(-709);
  let a = f64x2.splat(0), b = a, c = a, d = a;
  for (let at: usize = 0, end = <usize> count << 3; at < end; at += 32) {
    const x1 = f64x2.sub(v128.load(x + at), shift), x2 = f64x2.sub(v128.load(x + at, 16), shift);
    const e1 = quickExponential(x1, c0, c1, c2, c3, c4, c5, c6, c7), e2 = quickExponential(x2, c0, c1, c2, c3, c4, c5, c6, c7);
    v128.store(e + at, e1);
    v128.store(e + at, e2, 16);
    a = f64x2.add(a, e1);
    b = f64x2.add(b, e2);
    // Of −∞ the exponential is 0, and so is the product.
    c = f64x2.add(c, f64x2.mul(e1, f64x2.pmax(x1, least)));
    d = f64x2.add(d, f64x2.mul(e2, f64x2.pmax(x2, least)));
  }
  f64.store(mean, total(c, d));
  return total(a, b);
}

/** Σ exp(x − by) of `count` numbers, none above `by`: the same as the sum of {@linkcode exponentials}. */
export function sumOfExponentials(x: usize, count: i32, by: f64): f64 {
  makeFours(x, count);
  const c0 = quickConstant(0), c1 = quickConstant(1), c2 = quickConstant(2), c3 = quickConstant(3);
  const c4 = quickConstant(4), c5 = quickConstant(5), c6 = quickConstant(6), c7 = quickConstant(7);
  const shift = f64x2.splat(by);
  let a = f64x2.splat(0), b = a;
  for (let at: usize = 0, end = <usize> count << 3; at < end; at += 32) {
    a = f64x2.add(a, quickExponential(f64x2.sub(v128.load(x + at), shift), c0, c1, c2, c3, c4, c5, c6, c7));
    b = f64x2.add(b, quickExponential(f64x2.sub(v128.load(x + at, 16), shift), c0, c1, c2, c3, c4, c5, c6, c7));
  }
  return total(a, b);
}

/** Σ x of those of `count` numbers that are above −∞; leaves how many they are at `counted`. */
export function sumOf(x: usize, count: i32, counted: usize): f64 {
  fillUp(x, count, -Infinity);
  const none = f64x2.splat(-Infinity), one = f64x2.splat(1), zero = f64x2.splat(0);
  let sum = zero, n = zero;
  for (let at = x, end = endOf(x, count); at < end; at += 16) {
    const value = v128.load(at), isThere = f64x2.gt(value, none);
    sum = f64x2.add(sum, v128.and(value, isThere));
    n = f64x2.add(n, v128.and(one, isThere));
  }
  f64.store(counted, total(n, zero));
  return total(sum, zero);
}

/** Σ (x − mean)² of those of `count` numbers that are above −∞. */
export function squares(x: usize, count: i32, mean: f64): f64 {
  fillUp(x, count, -Infinity);
  const none = f64x2.splat(-Infinity), middle = f64x2.splat(mean), zero = f64x2.splat(0);
  let sum = zero;
  for (let at = x, end = endOf(x, count); at < end; at += 16) {
    const value = v128.load(at), distance = f64x2.sub(value, middle);
    sum = f64x2.add(sum, v128.and(f64x2.mul(distance, distance), f64x2.gt(value, none)));
  }
  return total(sum, zero);
}

/** x ← −∞ where x is below `threshold`, of `count` numbers. */
export function keepFrom(x: usize, count: i32, threshold: f64): void {
  const least = f64x2.splat(threshold), none = f64x2.splat(-Infinity);
  for (let at = x, end = endOf(x, count); at < end; at += 16) {
    const value = v128.load(at);
    v128.store(at, v128.bitselect(none, value, f64x2.lt(value, least)));
  }
}
