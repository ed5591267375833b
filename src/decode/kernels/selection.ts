// Which tokens come first by falling key, of equal keys the lower ones, until their weights reach a sum:
// by partial selection. Tokens are counted into bins by their keys; the bin that has the last token is
// divided again, until it is small enough to be sorted.

import {
  binOf,
  BINS,
  crossingBin,
  keyOf,
  keysAt,
  leaveResult,
  memberAt,
  membersOfBin,
  weightOf,
} from "./selection_bins";
import { membersOfWindow } from "./selection_window";
import { endOf } from "./softmax";

/** So few tokens are sorted. */
const FEW = 48;

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
  leaveResult(result, key, last, last < 0 ? 0 : marginOf(need, taken, weightOf(weights, last)));
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
  leaveResult(result, threshold, last, last < 0 ? 0 : marginOf(need, taken, weightOf(weights, last)));
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
