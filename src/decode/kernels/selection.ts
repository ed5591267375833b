// Which tokens come first by falling key, of equal keys the lower ones, until their weights reach a sum:
// by partial selection. Tokens are counted into bins by their keys; the bin that has the last token is
// divided again, until it is small enough to be sorted.

import { endOf } from "./softmax";

/** How many bins; each has two sums, of even and of odd places, which need not wait for one another. */
export const BINS = 1024;
/** So few tokens are sorted. */
const FEW = 48;
/** Tokens from which it is guessed how far a selection reaches. */
export const SAMPLE = 2048;
/** Where heavy tokens may be anywhere, those of this part of the weight are counted one by one. */
const HEAVY: f64 = 1.0 / 512;
/** Standard errors of that guess on each side. */
export const ERRORS: f64 = 3.5;

/** Tokens are ranked by the numbers at `keys`, or, where `isNear`, by how near these are to `from`. */
@inline
function keyOf(isNear: bool, from: f64, keys: usize, i: i32): f64 {
  const value = f64.load(keys + (<usize> i << 3));
  return isNear ? -abs(value - from) : value;
}

/** The keys of two tokens at an address. */
@inline
function keysAt(isNear: bool, from: v128, at: usize): v128 {
  const values = v128.load(at);
  return isNear ? f64x2.neg(f64x2.abs(f64x2.sub(values, from))) : values;
}

@inline
function weightOf(weights: usize, i: i32): f64 {
  return weights == 0 ? 1 : f64.load(weights + (<usize> i << 3));
}

@inline
export function memberAt(members: usize, place: i32): i32 {
  return i32.load(members + (<usize> place << 2));
}

@inline
function done(result: usize, threshold: f64, last: i32, margin: f64): void {
  f64.store(result, threshold);
  f64.store(result, <f64> last, 8);
  f64.store(result, margin, 16);
}

/** How far `need` is from both what is taken before the last token, of that weight, and what with it. */
@inline
function marginOf(need: f64, taken: f64, weight: f64): f64 {
  return min(need - (taken - weight), taken - need);
}

/**
 * Selects of `count` tokens, by falling key, the first whose weights, or whose number if `weights` is 0,
 * reach `need` of `total`, that of all; a key of −∞ is never selected. They are those with a key above
 * the threshold that it leaves at `result`, and those equal to it up to the place that it leaves after
 * that. All, if they do not reach it.
 *
 * @param members Room for `count` i32, and 16 bytes.
 * @param places Room for `count` u16, and 16 bytes.
 * @param bins Room for 2 · 1025 f64.
 */
export function select(
  keys: usize,
  weights: usize,
  count: i32,
  need: f64,
  total: f64,
  members: usize,
  places: usize,
  bins: usize,
  result: usize,
): void {
  selectBy(false, 0, keys, weights, count, need, total, members, places, bins, result);
}

/** The same by rising distance of the numbers at `keys` from `from`. */
export function selectNear(
  keys: usize,
  from: f64,
  weights: usize,
  count: i32,
  need: f64,
  total: f64,
  members: usize,
  places: usize,
  bins: usize,
  result: usize,
): void {
  selectBy(true, from, keys, weights, count, need, total, members, places, bins, result);
}

@inline
function selectBy(
  isNear: bool,
  from: f64,
  keys: usize,
  weights: usize,
  count: i32,
  need: f64,
  total: f64,
  members: usize,
  places: usize,
  bins: usize,
  result: usize,
): void {
  let size = membersOfWindow(isNear, from, keys, weights, count, need, total, members, bins, result);
  // Where the window was a wrong guess, all are looked at.
  if (size == 0) size = membersOfBin(isNear, from, keys, weights, count, need, members, places, bins, result);
  if (size < 0) return;
  selectOf(isNear, from, keys, weights, size, need, f64.load(result), members, places, bins, result);
}

/**
 * Selects of `size` members, until their weights and what is `taken` before reach `need`, as
 * {@linkcode select} does. Leaves after the place how much more or less `need` can be with the same
 * selection.
 */
export function selectOf(
  isNear: bool,
  from: f64,
  keys: usize,
  weights: usize,
  size: i32,
  need: f64,
  taken: f64,
  members: usize,
  places: usize,
  bins: usize,
  result: usize,
): void {
  let isDivided = true;
  for (;;) {
    // Where halves of the smallest numbers are rounded to the same, nothing can be divided.
    if (size <= FEW || !isDivided) return sortFew(isNear, from, keys, weights, size, need, taken, members, result);
    let high = keyOf(isNear, from, keys, memberAt(members, 0)), low = high;
    for (let i = 1; i < size; i++) {
      const key = keyOf(isNear, from, keys, memberAt(members, i));
      high = key > high ? key : high;
      low = key < low ? key : low;
    }
    if (low == high) return inOrder(weights, size, need, taken, members, high, result);
    const top = high * 0.5, scale = <f64> (BINS - 1) / (top - low * 0.5);
    memory.fill(bins, 0, BINS + 1 << 4);
    for (let i = 0; i < size; i++) {
      const member = memberAt(members, i);
      const bin = binOf(top, keyOf(isNear, from, keys, member), scale);
      i32.store16(places + (<usize> i << 1), bin);
      const sum = bins + (<usize> bin << 4) + (<usize> (i & 1) << 3);
      f64.store(sum, f64.load(sum) + weightOf(weights, member));
    }
    const crossing = crossingBin(bins, need, taken, result);
    taken = f64.load(result);
    let left = 0;
    for (let i = 0; i < size; i++) {
      if (<i32> i32.load16_u(places + (<usize> i << 1)) != crossing) continue;
      i32.store(members + (<usize> left << 2), memberAt(members, i));
      left++;
    }
    isDivided = left < size;
    size = left;
  }
}

@inline
export function binOf(top: f64, key: f64, scale: f64): i32 {
  const place = (top - key * 0.5) * scale;
  // NaN counts as 0.
  return place > 0 ? place < BINS ? <i32> place : BINS : 0;
}

/**
 * Lists the tokens of a window of keys in which, by a sample of the tokens, the last one is; returns how
 * many there are. Leaves what is taken before them at `result`. 0 where there is no such window.
 */
@inline
function membersOfWindow(
  isNear: bool,
  from: f64,
  keys: usize,
  weights: usize,
  count: i32,
  need: f64,
  total: f64,
  members: usize,
  bins: usize,
  result: usize,
): i32 {
  const stride = count / SAMPLE;
  if (stride < 2) return 0;
  // The sample, key by key with its weight, where the members will be.
  let high = -Infinity, low = Infinity;
  for (let n = 0, i = stride >> 1; n < SAMPLE; n++, i += stride) {
    const key = keyOf(isNear, from, keys, i), to = members + (<usize> n << 4);
    f64.store(to, key);
    f64.store(to, weightOf(weights, i), 8);
    high = max(high, key);
    if (key > -Infinity) low = min(low, key);
  }
  if (!(high > low)) return 0;
  const top = high * 0.5, scale = <f64> (BINS - 1) / (top - low * 0.5);
  // Of each bin the sum of weights and that of their squares.
  const share = <f64> count / SAMPLE;
  memory.fill(bins, 0, BINS + 1 << 4);
  for (let n = 0; n < SAMPLE; n++) {
    const at = members + (<usize> n << 4), weight = f64.load(at, 8) * share;
    if (isNear && f64.load(at, 8) >= HEAVY * total) continue;
    const sums = bins + (<usize> binOf(top, f64.load(at), scale) << 4);
    f64.store(sums, f64.load(sums) + weight);
    f64.store(sums, f64.load(sums, 8) + weight * weight, 8);
  }
  if (isNear) addHeavy(from, keys, weights, count, HEAVY * total, top, scale, bins);
  // The weight below each bin, with its standard error, from the lowest keys up.
  const rest = total - need;
  let below: f64 = 0, ofSquares: f64 = 0, ofOne: f64 = 0, bin = BINS, lowest = 0;
  for (; bin >= 0; bin--) {
    const squares = f64.load(bins + (<usize> bin << 4), 8);
    below += f64.load(bins + (<usize> bin << 4));
    ofSquares += squares;
    ofOne = max(ofOne, squares);
    const variance = isNear ? ofSquares : max(ofSquares - below * below / SAMPLE, 0);
    const margin = ERRORS * (Math.sqrt(variance) + Math.sqrt(ofOne));
    if (lowest == 0 && below + margin > rest) lowest = bin;
    if (below - margin > rest) break;
  }
  const least = lowest >= BINS - 1 ? -Infinity : high - 2 * (<f64> (lowest + 1) / scale);
  const most = bin <= 0 ? Infinity : high - 2 * (<f64> bin / scale);
  const size = membersBetween(isNear, from, keys, weights, count, least, most, members, result);
  let within: f64 = 0;
  for (let i = 0; i < size; i++) within += weightOf(weights, memberAt(members, i));
  const taken = f64.load(result);
  return taken < need && taken + within >= need ? size : 0;
}

/** Adds the tokens of at least `least` weight to the bins of their keys. */
function addHeavy(
  from: f64,
  keys: usize,
  weights: usize,
  count: i32,
  least: f64,
  top: f64,
  scale: f64,
  bins: usize,
): void {
  const heavy = f64x2.splat(least);
  for (let i = count; i & 3; i++) f64.store(weights + (<usize> i << 3), 0);
  for (let i = 0; i < count; i += 4) {
    const at = weights + (<usize> i << 3);
    const isHeavy = f64x2.ge(v128.load(at), heavy), isHeavy2 = f64x2.ge(v128.load(at, 16), heavy);
    if (!v128.any_true(v128.or(isHeavy, isHeavy2))) continue;
    for (let j = i; j < i + 4; j++) {
      const weight = weightOf(weights, j);
      if (weight < least) continue;
      const sum = bins + (<usize> binOf(top, keyOf(true, from, keys, j), scale) << 4);
      f64.store(sum, f64.load(sum) + weight);
    }
  }
}

/**
 * Lists the tokens with keys of at least `least` and below `most`, none at −∞; returns how many there
 * are, and leaves the weight of those from `most` on at `result`.
 */
@inline
function membersBetween(
  isNear: bool,
  from: f64,
  keys: usize,
  weights: usize,
  count: i32,
  least: f64,
  most: f64,
  members: usize,
  result: usize,
): i32 {
  const middle = f64x2.splat(from), one = f64x2.splat(1);
  const floor = f64x2.splat(max(least, -1.7976931348623157e308)), to = f64x2.splat(most);
  for (let i = count; i & 3; i++) {
    f64.store(keys + (<usize> i << 3), -Infinity);
    if (weights != 0) f64.store(weights + (<usize> i << 3), 0);
  }
  let a = f64x2.splat(0), b = a, next = members;
  for (let i = 0; i < count; i += 4) {
    const at = keys + (<usize> i << 3), by = weights + (<usize> i << 3);
    const first = keysAt(isNear, middle, at), second = keysAt(isNear, middle, at + 16);
    const isTaken = f64x2.ge(first, to), isTaken2 = f64x2.ge(second, to);
    if (v128.any_true(v128.or(isTaken, isTaken2))) {
      a = f64x2.add(a, v128.and(weights == 0 ? one : v128.load(by), isTaken));
      b = f64x2.add(b, v128.and(weights == 0 ? one : v128.load(by, 16), isTaken2));
    }
    const within = i64x2.bitmask(v128.andnot(f64x2.ge(first, floor), isTaken));
    const within2 = i64x2.bitmask(v128.andnot(f64x2.ge(second, floor), isTaken2));
    if (!(within | within2)) continue;
    // Each is written, and overwritten unless it counts.
    i32.store(next, i);
    next += (within & 1) << 2;
    i32.store(next, i + 1);
    next += (within & 2) << 1;
    i32.store(next, i + 2);
    next += (within2 & 1) << 2;
    i32.store(next, i + 3);
    next += (within2 & 2) << 1;
  }
  const sums = f64x2.add(a, b);
  f64.store(result, f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1));
  return <i32> (next - members >> 2);
}

/**
 * Counts all tokens into bins and lists the members of the one with the last token; returns how many
 * there are, −1 if the selection is done. Leaves what is taken before them at `result`.
 */
@inline
function membersOfBin(
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
    done(result, high, last, 0);
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
    done(result, -Infinity, count, 0);
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

/** The first bin that reaches `need`, the last one with any weight if none does; leaves what is taken before it at `result`. */
function crossingBin(bins: usize, need: f64, taken: f64, result: usize): i32 {
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

/** Takes members of one key in their order. */
function inOrder(
  weights: usize,
  size: i32,
  need: f64,
  taken: f64,
  members: usize,
  key: f64,
  result: usize,
): void {
  let last = -1;
  for (let i = 0; i < size && taken < need; i++) {
    last = memberAt(members, i);
    taken += weightOf(weights, last);
  }
  done(result, key, last, last < 0 ? 0 : marginOf(need, taken, weightOf(weights, last)));
}

/** Takes members by falling key: they are in the order of their places, which equal ones keep. */
function sortFew(
  isNear: bool,
  from: f64,
  keys: usize,
  weights: usize,
  size: i32,
  need: f64,
  taken: f64,
  members: usize,
  result: usize,
): void {
  for (let i = 1; i < size; i++) {
    const member = memberAt(members, i), key = keyOf(isNear, from, keys, member);
    let place = i;
    for (; place > 0 && keyOf(isNear, from, keys, memberAt(members, place - 1)) < key; place--) {
      i32.store(members + (<usize> place << 2), memberAt(members, place - 1));
    }
    i32.store(members + (<usize> place << 2), member);
  }
  let threshold = Infinity, last = -1;
  for (let i = 0; i < size && taken < need; i++) {
    last = memberAt(members, i);
    threshold = keyOf(isNear, from, keys, last);
    taken += weightOf(weights, last);
  }
  done(result, threshold, last, last < 0 ? 0 : marginOf(need, taken, weightOf(weights, last)));
}

/** x ← −∞ where its key is below `threshold`, or equal to it after place `last`, of `count` numbers. */
export function keepSelected(x: usize, keys: usize, count: i32, threshold: f64, last: i32): void {
  keepBy(false, 0, x, keys, count, threshold, last);
}

/** The same where a key is minus the distance of a number at `x` from `from`. */
export function keepNear(x: usize, from: f64, count: i32, threshold: f64, last: i32): void {
  keepBy(true, from, x, x, count, threshold, last);
}

@inline
function keepBy(
  isNear: bool,
  from: f64,
  x: usize,
  keys: usize,
  count: i32,
  threshold: f64,
  last: i32,
): void {
  const least = f64x2.splat(threshold), none = f64x2.splat(-Infinity), middle = f64x2.splat(from);
  const split = <usize> (min(last, count - 1) & ~1) << 3, size = endOf(0, count);
  for (let at: usize = 0; at < split; at += 16) {
    const isOut = f64x2.lt(keysAt(isNear, middle, keys + at), least);
    v128.store(x + at, v128.bitselect(none, v128.load(x + at), isOut));
  }
  // The pair of the last one, which is its first or its second.
  const pair = keysAt(isNear, middle, keys + split);
  let isOut = f64x2.lt(pair, least);
  if (last < count && !(last & 1)) {
    isOut = v128.or(isOut, v128.and(f64x2.le(pair, least), i64x2(0, -1)));
  }
  v128.store(x + split, v128.bitselect(none, v128.load(x + split), isOut));
  for (let at = split + 16; at < size; at += 16) {
    const isOut = f64x2.le(keysAt(isNear, middle, keys + at), least);
    v128.store(x + at, v128.bitselect(none, v128.load(x + at), isOut));
  }
}
