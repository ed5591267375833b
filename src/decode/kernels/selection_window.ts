// A window of keys in which, by a sample of the tokens, the last one of a selection is.

import { binOf, BINS, keyOf, keysAt, memberAt, weightOf } from "./selection_bins";

/** Tokens from which it is guessed how far a selection reaches. */
export const SAMPLE = 2048;
/** Where heavy tokens may be anywhere, those of this part of the weight are counted one by one. */
const HEAVY: f64 = 1.0 / 512;
/** Standard errors of that guess on each side. */
export const ERRORS: f64 = 3.5;

/**
 * Lists the tokens of a window of keys in which, by a sample of the tokens, the last one is; returns how
 * many there are. Leaves what is taken before them at `result`. 0 where there is no such window.
 */
@inline
export function membersOfWindow(
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
