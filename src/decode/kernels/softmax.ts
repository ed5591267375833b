// Softmax on WebAssembly SIMD, in f64: for rows of any length.

import { exponential } from "../../model/simd/kernels/exponential_f64";

/** The address past the pairs of `count` numbers at `x`. */
@inline
export function endOf(x: usize, count: i32): usize {
  return x + (<usize> (count + 1 & ~1) << 3);
}

/** The largest of `count` numbers at `x`, NaN left aside; fills up their last pair with −∞. */
@inline
export function largestOf(x: usize, count: i32): f64 {
  if (count & 1) f64.store(x + (<usize> count << 3), -Infinity);
  let most = v128.load(x);
  for (let at = x + 16, end = endOf(x, count); at < end; at += 16) {
    most = f64x2.pmax(v128.load(at), most);
  }
  return max(f64x2.extract_lane(most, 0), f64x2.extract_lane(most, 1));
}

/** Σ exp(x − largest) of `count` numbers at `x`; leaves the largest after their last pair. */
export function shiftedSum(x: usize, count: i32): f64 {
  const largest = largestOf(x, count), by = f64x2.splat(largest), end = endOf(x, count);
  f64.store(end, largest);
  let sums = f64x2.splat(0);
  for (let at = x; at < end; at += 16) {
    sums = f64x2.add(sums, exponential(f64x2.sub(v128.load(at), by)));
  }
  return f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
}

/**
 * Softmax of `count` numbers at `x`, in place; leaves the largest and Σ exp(x − largest) after their
 * last pair, the same sum as {@link shiftedSum}.
 */
export function softmax(x: usize, count: i32): void {
  const largest = largestOf(x, count), by = f64x2.splat(largest), end = endOf(x, count);
  let sums = f64x2.splat(0);
  for (let at = x; at < end; at += 16) {
    const e = exponential(f64x2.sub(v128.load(at), by));
    v128.store(at, e);
    sums = f64x2.add(sums, e);
  }
  const total = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1), sum = f64x2.splat(total);
  f64.store(end, largest);
  f64.store(end, total, 8);
  for (let at = x; at < end; at += 16) v128.store(at, f64x2.div(v128.load(at), sum));
}
