// Bins of a selection: tokens are ranked by keys and counted into bins by these.

import { endOf } from "./softmax";

/** How many bins; each has two sums, of even and of odd places, which need not wait for one another. */
export const BINS = 1024;

/** Tokens are ranked by the numbers at `keys`, or, where `isNear`, by how near these are to `from`. */
@inline
export function keyOf(isNear: bool, from: f64, keys: usize, i: i32): f64 {
  const value = f64.load(keys + (<usize> i << 3));
  return isNear ? -abs(value - from) : value;
}

/** The keys of two tokens at an address. */
@inline
export function keysAt(isNear: bool, from: v128, at: usize): v128 {
  const values = v128.load(at);
  return isNear ? f64x2.neg(f64x2.abs(f64x2.sub(values, from))) : values;
}

/** The weight of a token: 1 where `weights` is 0. */
@inline
export function weightOf(weights: usize, i: i32): f64 {
  return weights == 0 ? 1 : f64.load(weights + (<usize> i << 3));
}

/** The token at a place of a list. */
@inline
export function memberAt(members: usize, place: i32): i32 {
  return i32.load(members + (<usize> place << 2));
}

/** Leaves at `result` the threshold of a selection, its last place, and how much `need` can change. */
@inline
export function leaveResult(result: usize, threshold: f64, last: i32, margin: f64): void {
  f64.store(result, threshold);
  f64.store(result, <f64> last, 8);
  f64.store(result, margin, 16);
}

/** The bin of a key, where `top` is half of the highest one. */
@inline
export function binOf(top: f64, key: f64, scale: f64): i32 {
  const place = (top - key * 0.5) * scale;
  // NaN counts as 0.
  return place > 0 ? place < BINS ? <i32> place : BINS : 0;
}

/**
 * Counts all tokens into bins and lists the members of the one with the last token; returns how many
 * there are, −1 if the selection is done. Leaves what is taken before them at `result`.
 */
@inline
export function membersOfBin(
  isNear: bool,
  from: f64,
  keys: usize,
  weights: usize,
  count: i32,
  need: f64,
  members: usize,
  places: usize,
  bins: usize,
  result: usize,
): i32 {
  const none = f64x2.splat(-Infinity), most = f64x2.splat(Infinity), middle = f64x2.splat(from);
  if (count & 1) f64.store(keys + (<usize> count << 3), -Infinity);
  if (weights != 0 && count & 1) f64.store(weights + (<usize> count << 3), 0);
  let highs = none, lows = most;
  for (let at = keys, end = endOf(keys, count); at < end; at += 16) {
    const key = keysAt(isNear, middle, at);
    highs = f64x2.pmax(highs, key);
    lows = f64x2.pmin(lows, v128.bitselect(key, most, f64x2.gt(key, none)));
  }
  const high = max(f64x2.extract_lane(highs, 0), f64x2.extract_lane(highs, 1));
  const low = min(f64x2.extract_lane(lows, 0), f64x2.extract_lane(lows, 1));
  if (low == high) {
    let last = -1;
    for (let i = 0, taken: f64 = 0; i < count && taken < need; i++) {
      if (keyOf(isNear, from, keys, i) != high) continue;
      last = i;
      taken += weightOf(weights, i);
    }
    leaveResult(result, high, last, 0);
    return -1;
  }
  const top = high * 0.5, scale = <f64> (BINS - 1) / (top - low * 0.5);
  memory.fill(bins, 0, BINS + 1 << 4);
  const tops = f64x2.splat(top), half = f64x2.splat(0.5), scales = f64x2.splat(scale);
  // Those at −∞ are in a bin of their own, the last.
  const lastBin = i32x4.splat(BINS);
  for (let i = 0; i < count; i += 2) {
    const key = keysAt(isNear, middle, keys + (<usize> i << 3));
    const bin = i32x4.min_s(
      i32x4.trunc_sat_f64x2_s_zero(f64x2.mul(f64x2.sub(tops, f64x2.mul(key, half)), scales)),
      lastBin,
    );
    const both = i64x2.extract_lane(bin, 0);
    const first = <i32> both, second = <i32> (both >> 32);
    i32.store(places + (<usize> i << 1), first | second << 16);
    const even = bins + (<usize> first << 4), odd = bins + (<usize> second << 4);
    f64.store(even, f64.load(even) + weightOf(weights, i));
    f64.store(odd, f64.load(odd, 8) + weightOf(weights, i + 1), 8);
  }
  const crossing = crossingBin(bins, need, 0, result);
  if (crossing == BINS || f64.load(result) + binSum(bins, crossing) < need) {
    leaveResult(result, -Infinity, count, 0);
    return -1;
  }
  const wanted = i16x8.splat(<i16> crossing);
  // The last eight are filled up with what is in no bin.
  for (let i = count; i & 7; i++) i32.store16(places + (<usize> i << 1), -1);
  let size = 0;
  for (let i = 0; i < count; i += 8) {
    let found = i16x8.bitmask(i16x8.eq(v128.load(places + (<usize> i << 1)), wanted));
    for (; found; found &= found - 1) {
      i32.store(members + (<usize> size << 2), i + ctz(found));
      size++;
    }
  }
  return size;
}

@inline
function binSum(bins: usize, bin: i32): f64 {
  return f64.load(bins + (<usize> bin << 4)) + f64.load(bins + (<usize> bin << 4), 8);
}

/**
 * The first bin that reaches `need`, the last one with any weight if none does; leaves what is taken
 * before it at `result`.
 */
export function crossingBin(bins: usize, need: f64, taken: f64, result: usize): i32 {
  let last = 0;
  f64.store(result, taken);
  for (let bin = 0; bin <= BINS; bin++) {
    const sum = binSum(bins, bin);
    if (sum == 0) continue;
    last = bin;
    f64.store(result, taken);
    if (taken + sum >= need) return bin;
    taken += sum;
  }
  return last;
}
