// The selection of `selection.ts` by exponentials, in half the time, where it is sure without those of all
// tokens: a sample tells which can be selected, and only the others, together, have a rough weight. Where
// another last token would be possible for all that is known, there is no selection.

import { exponential, ROUGH_ERROR, ROUGH_ERROR_EACH, roughExponentials } from "./exponential";
import { exponentials, exponentialsWithMean, total } from "./large";
import { binOf, BINS, ERRORS, memberAt, SAMPLE, select, selectOf } from "./selection";

/** Of so many of the sample the weights count as heavy: tokens like these are counted one by one. */
const HEAVIEST = 8;
/** The most by which sums of the same numbers in another order differ, as a part of them: ample. */
const SUM_ERROR: f64 = 1e-10;
/** The same of a few operations. */
const ROUNDING: f64 = 1e-15;
/** More than the exponentials that count as that of −86 add to a mean. */
const TINY: f64 = 1e-25;

/** Of each four bits, the bytes of those of four i32 whose bit is set, one after another. */
const PACKING = memory.data(256);

for (let bits = 0; bits < 16; bits++) {
  let to: usize = PACKING + (<usize> bits << 4);
  for (let lane = 0; lane < 4; lane++) {
    if (!(bits >> lane & 1)) continue;
    i32.store(to, 0x03020100 + 0x04040404 * lane);
    to += 4;
  }
}

/** Writes four places to `list`; the next ones overwrite those without their bit. */
@inline
function pack(list: usize, places: v128, bits: usize): void {
  v128.store(list, i8x16.swizzle(places, v128.load(PACKING + (bits << 4))));
}

@inline
function numberAt(numbers: usize, i: i32): f64 {
  return f64.load(numbers + (<usize> i << 3));
}

/**
 * Selects of `count` numbers at `x` the first by falling size whose exponentials reach the part `p` of
 * those of all, as `select` does. Returns whether it could.
 *
 * @param room Room for a row.
 * @param members Room for `count` i32, and 16 bytes; `places` and `bins` as of `select`.
 * @param result Room for four numbers.
 */
export function selectRoughly(
  x: usize,
  count: i32,
  p: f64,
  room: usize,
  members: usize,
  places: usize,
  bins: usize,
  result: usize,
): bool {
  return selectBy(false, x, count, p, room, members, places, bins, result);
}

/**
 * The same by rising distance from the mean of the numbers, each with the weight of its exponential. The
 * mean is left after what `selectNear` leaves: roughly, but distances from it have the same order as far
 * as it matters.
 */
export function selectNearRoughly(
  x: usize,
  count: i32,
  p: f64,
  room: usize,
  members: usize,
  places: usize,
  bins: usize,
  result: usize,
): bool {
  return selectBy(true, x, count, p, room, members, places, bins, result);
}

@inline
function selectBy(
  isNear: bool,
  x: usize,
  count: i32,
  p: f64,
  room: usize,
  members: usize,
  places: usize,
  bins: usize,
  result: usize,
): bool {
  if (!guess(isNear, x, count, p, room, members, places, bins, result)) return false;
  const largest = f64.load(result), most = f64.load(result, 16), near = f64.load(result, 24);
  const by = isNear ? near + f64.load(result, 8) : f64.load(result, 8);
  if (!(by > -Infinity)) return false;
  const size = list(isNear, x, count, by, members, result);
  if (size == 0 || 2 * size + 16 > count) return false;
  // The others, in the unit of the weights.
  const unit = weightOf(by - largest), relative = f64.load(result), rest = unit * relative;
  const moment = isNear ? f64.load(result, 8) : -momentAtMost(relative, count - size);
  const error = unit * (ROUGH_ERROR * relative - ROUGH_ERROR_EACH * moment);
  // The listed numbers one after another, and their weights.
  const keys = room, weights = room + (<usize> (size + 8) << 3);
  for (let i = 0; i < size; i++) {
    f64.store(keys + (<usize> i << 3), numberAt(x, memberAt(members, i)));
  }
  let from: f64 = 0, all: f64, uncertainty: f64 = 0, least = by;
  if (isNear) {
    all = exponentialsWithMean(keys, weights, size, largest, result) + rest;
    const shift = (f64.load(result) + unit * moment + (by - largest) * rest) / all;
    from = largest + shift;
    least = by - from;
    // An error at x changes the mean by that part of its distance, which is below e to it.
    uncertainty = error * (90 + from - by) / all - SUM_ERROR * shift + ROUNDING * abs(largest) + TINY;
    makeDistances(keys, size, from);
  } else {
    all = exponentials(keys, weights, size, largest) + rest;
  }
  const need = p * all, ends = members + (<usize> size << 2);
  const few = narrow(keys, weights, size, need, least, most, ends, result);
  if (few == 0 || 2 * few + size + 16 > count) return false;
  const taken = f64.load(result), low = f64.load(result, 8), high = f64.load(result, 16);
  const copy = ends + (<usize> few << 2) + 16;
  memory.copy(copy, ends, <usize> few << 2);
  selectOf(false, 0, keys, weights, few, need, taken, copy, places, bins, result);
  if (!(f64.load(result, 16) > p * error + SUM_ERROR * all)) return false;
  const last = memberAt(members, <i32> f64.load(result, 8));
  f64.store(result, <f64> last, 8);
  if (!isNear) return true;
  f64.store(result, from, 16);
  return isOrderSure(from, uncertainty, numberAt(x, last), x, members, ends, few, max(low, least), high);
}

/** The exponential of one number. */
@inline
function weightOf(x: f64): f64 {
  return f64x2.extract_lane(exponential(f64x2.splat(x)), 0);
}

/** The most that Σ exp(−a) · a can be of `count` numbers whose Σ exp(−a) is `sum`: all are equal. */
@inline
function momentAtMost(sum: f64, count: i32): f64 {
  // ln(count / sum) from its power of 2.
  return sum * 0.6931471805599453 * <f64> (<i32> (reinterpret<u64>(<f64> count / sum) >> 52) - 1022);
}

/**
 * Guesses by a sample between which keys the last one is. Leaves at `result` the largest number, a key
 * that is too low for the last one, surely, one that is too high, and the mean.
 */
@inline
function guess(
  isNear: bool,
  x: usize,
  count: i32,
  p: f64,
  room: usize,
  members: usize,
  places: usize,
  bins: usize,
  result: usize,
): bool {
  const stride = count / SAMPLE;
  if (stride < 2) return false;
  const sample = room, weights = room + (SAMPLE + 8 << 3);
  for (let n = 0, i = stride >> 1; n < SAMPLE; n++, i += stride) {
    f64.store(sample + (<usize> n << 3), numberAt(x, i));
  }
  select(sample, 0, SAMPLE, HEAVIEST, SAMPLE, members, places, bins, result);
  const least = f64.load(result);
  if (!(least > -Infinity)) return false;
  const heavy = weights + (SAMPLE + 8 << 3), most = count >> 4;
  const heavies = copyFrom(x, count, least, heavy, most);
  if (heavies > most) return false;
  let largest = least;
  for (let i = 0; i < heavies; i++) largest = numberAt(heavy, i) > largest ? numberAt(heavy, i) : largest;
  const heavyWeights = heavy + (<usize> (heavies + 8) << 3);
  let all = exponentialsWithMean(heavy, heavyWeights, heavies, largest, result), sum = f64.load(result);
  // The others have the weights of those of the sample.
  let sampled = 0;
  for (let n = 0; n < SAMPLE; n++) {
    const value = numberAt(sample, n);
    f64.store(sample + (<usize> sampled << 3), value);
    sampled += <i32> (value < least);
  }
  if (sampled < SAMPLE / 2) return false;
  const share = <f64> (count - heavies) / <f64> sampled;
  all += share * exponentialsWithMean(sample, weights, sampled, largest, result);
  sum += share * f64.load(result);
  const near = largest + sum / all;
  let squares: f64 = 0, moments: f64 = 0;
  for (let n = 0; n < sampled; n++) {
    const weight = numberAt(weights, n) * share, square = weight * weight;
    squares += square;
    if (!isNear) continue;
    const distance = numberAt(sample, n) - near;
    if (weight > 0) moments += square * distance * distance;
  }
  const margin = isNear ? ERRORS * Math.sqrt(moments) / all : 0;
  if (isNear) {
    makeDistances(sample, sampled, near);
    makeDistances(heavy, heavies, near);
  }
  const high = isNear ? 0 : largest;
  let low = Infinity;
  for (let n = 0; n < sampled; n++) {
    const key = numberAt(sample, n);
    low = key > -Infinity && key < low ? key : low;
  }
  if (!(high > low)) return false;
  const top = high * 0.5, scale = <f64> (BINS - 1) / (top - low * 0.5);
  memory.fill(bins, 0, BINS + 1 << 4);
  for (let n = 0; n < sampled; n++) {
    const sums = bins + (<usize> binOf(top, numberAt(sample, n), scale) << 4);
    const weight = numberAt(weights, n) * share;
    f64.store(sums, f64.load(sums) + weight);
    f64.store(sums, f64.load(sums, 8) + weight * weight, 8);
  }
  for (let i = 0; i < heavies; i++) {
    const sums = bins + (<usize> binOf(top, numberAt(heavy, i), scale) << 4);
    f64.store(sums, f64.load(sums) + numberAt(heavyWeights, i));
  }
  // By how much what is below each bin is more than what is not to be selected: a sum of weights, of
  // which those of the sample below count p, those above p − 1.
  let below: f64 = 0, ofSquares: f64 = 0, bin = BINS, lowest = 0;
  const rest = (1 - p) * all, q = 1 - p;
  for (; bin >= 0; bin--) {
    const square = f64.load(bins + (<usize> bin << 4), 8);
    below += f64.load(bins + (<usize> bin << 4));
    ofSquares += square;
    const variance = p * p * ofSquares + q * q * max(squares - ofSquares, 0);
    const error = ERRORS * (Math.sqrt(variance) + Math.sqrt(square));
    if (lowest == 0 && below + error > rest) lowest = bin;
    if (below - error > rest) break;
  }
  const from = (lowest >= BINS - 1 ? low : high - 2 * (<f64> (lowest + 1) / scale)) - margin;
  // A list of most tokens is no use: there is no room for it.
  let listed = 0;
  for (let n = 0; n < sampled; n++) listed += <i32> (numberAt(sample, n) >= from);
  if (listed > sampled * 7 >> 4) return false;
  f64.store(result, largest);
  f64.store(result, from, 8);
  f64.store(result, bin <= 0 ? Infinity : high - 2 * (<f64> bin / scale) + margin, 16);
  f64.store(result, near, 24);
  return true;
}

/** Makes eights of `count` numbers at `x`, as {@linkcode exponentials} makes fours. */
@inline
function makeEights(x: usize, count: i32): void {
  for (let i = count; i & 7; i++) f64.store(x + (<usize> i << 3), -Infinity);
}

/** Copies the numbers from `least` on; returns how many they are, more than `most` if they are more. */
function copyFrom(x: usize, count: i32, least: f64, to: usize, most: i32): i32 {
  const floor = f64x2.splat(least);
  makeEights(x, count);
  let copied = 0;
  for (let at = x, end = x + (<usize> count << 3); at < end && copied <= most; at += 64) {
    const is1 = f64x2.ge(v128.load(at), floor), is2 = f64x2.ge(v128.load(at, 16), floor);
    const is3 = f64x2.ge(v128.load(at, 32), floor), is4 = f64x2.ge(v128.load(at, 48), floor);
    if (!v128.any_true(v128.or(v128.or(is1, is2), v128.or(is3, is4)))) continue;
    for (let i = 0; i < 8; i++) {
      const value = numberAt(at, i);
      f64.store(to + (<usize> copied << 3), value);
      copied += <i32> (value >= least);
    }
  }
  return copied;
}

/**
 * Lists the tokens with numbers from `by` on; returns how many there are. Of the others it leaves at
 * `result` Σ exp(x − by), roughly, and where it `hasMoment` after it Σ exp(x − by) · (x − by).
 */
@inline
function list(hasMoment: bool, x: usize, count: i32, by: f64, members: usize, result: usize): i32 {
  makeEights(x, count);
  const shift = f64x2.splat(by), least = f32x4.splat(-86), none = f64x2.splat(0);
  let next = members, places = i32x4(0, 1, 2, 3), a = none, b = none;
  for (let at = x, end = x + (<usize> count << 3); at < end; at += 64) {
    const x1 = f32x4.pmax(differences(at, shift), least);
    const x2 = f32x4.pmax(differences(at + 32, shift), least);
    const bits1 = <usize> (i32x4.bitmask(x1) ^ 15), bits2 = <usize> (i32x4.bitmask(x2) ^ 15);
    pack(next, places, bits1);
    next += popcnt(bits1) << 2;
    places = i32x4.add(places, i32x4.splat(4));
    pack(next, places, bits2);
    next += popcnt(bits2) << 2;
    places = i32x4.add(places, i32x4.splat(4));
    const e1 = v128.and(roughExponentials(x1), i32x4.shr_s(x1, 31));
    const e2 = v128.and(roughExponentials(x2), i32x4.shr_s(x2, 31));
    a = f64x2.add(a, ofFour(f32x4.add(e1, e2)));
    if (hasMoment) b = f64x2.add(b, ofFour(f32x4.add(f32x4.mul(e1, x1), f32x4.mul(e2, x2))));
  }
  f64.store(result, total(a, none));
  if (hasMoment) f64.store(result, total(b, none), 8);
  return <i32> (next - members >> 2);
}

/** The differences of four numbers and `shift`, in f32. */
@inline
function differences(at: usize, shift: v128): v128 {
  return v128.shuffle<i64>(
    f32x4.demote_f64x2_zero(f64x2.sub(v128.load(at), shift)),
    f32x4.demote_f64x2_zero(f64x2.sub(v128.load(at, 16), shift)),
    0,
    2,
  );
}

/** The sums of the first and of the second two of four numbers of f32, in f64. */
@inline
function ofFour(four: v128): v128 {
  return f64x2.promote_low_f32x4(f32x4.add(four, v128.shuffle<i64>(four, four, 1, 1)));
}

/** x ← −|x − from| of `count` numbers. */
function makeDistances(x: usize, count: i32, from: f64): void {
  const middle = f64x2.splat(from);
  for (let at = x, end = x + (<usize> count << 3); at < end; at += 16) {
    v128.store(at, f64x2.neg(f64x2.abs(f64x2.sub(v128.load(at), middle))));
  }
}

/**
 * Lists the places of few keys of which one is the last; returns how many there are. Leaves at `result`
 * the weight of those above, and the least key of the list and the one that is too high for it. 0 where
 * the last one is not between `least` and `most`.
 */
@inline
function narrow(
  keys: usize,
  weights: usize,
  count: i32,
  need: f64,
  least: f64,
  most: f64,
  ends: usize,
  result: usize,
): i32 {
  for (let i = count; i & 3; i++) {
    f64.store(keys + (<usize> i << 3), -Infinity);
    f64.store(weights + (<usize> i << 3), 0);
  }
  // What is taken at most and at three keys below it.
  let low = -Infinity, high = most;
  const step = (most - least) * 0.25;
  if (step < Infinity) {
    const t0 = f64x2.splat(most), t1 = f64x2.splat(most - step);
    const t2 = f64x2.splat(most - 2 * step), t3 = f64x2.splat(most - 3 * step);
    let a = f64x2.splat(0), b = a, c = a, d = a;
    for (let at: usize = 0, end = <usize> count << 3; at < end; at += 16) {
      const key = v128.load(keys + at), weight = v128.load(weights + at);
      a = f64x2.add(a, v128.and(weight, f64x2.ge(key, t0)));
      b = f64x2.add(b, v128.and(weight, f64x2.ge(key, t1)));
      c = f64x2.add(c, v128.and(weight, f64x2.ge(key, t2)));
      d = f64x2.add(d, v128.and(weight, f64x2.ge(key, t3)));
    }
    const none = f64x2.splat(0);
    let before = total(a, none), after = total(b, none);
    if (before >= need) return 0;
    if (after < need) {
      high = most - step;
      before = after;
      after = total(c, none);
    }
    if (after < need) {
      high = most - 2 * step;
      before = after;
      after = total(d, none);
    }
    if (after < need) {
      high = most - 3 * step;
    } else {
      low = high - step;
      // About there, if the weights are evenly spread.
      const middle = high - step * (need - before) / (after - before);
      const few = listBetween(keys, weights, count, need, middle - 0.08 * step, middle + 0.08 * step, ends, result);
      if (few > 0) return few;
    }
  }
  return listBetween(keys, weights, count, need, low, high, ends, result);
}

/** Lists the places of keys from `low` on and below `high`, if the last one is among them. */
function listBetween(
  keys: usize,
  weights: usize,
  count: i32,
  need: f64,
  low: f64,
  high: f64,
  ends: usize,
  result: usize,
): i32 {
  const from = f64x2.splat(max(low, -1.7976931348623157e308)), to = f64x2.splat(high);
  let next = ends, places = i32x4(0, 1, 2, 3), a = f64x2.splat(0), b = a;
  for (let at: usize = 0, end = <usize> count << 3; at < end; at += 32) {
    const key1 = v128.load(keys + at), key2 = v128.load(keys + at, 16);
    const weight1 = v128.load(weights + at), weight2 = v128.load(weights + at, 16);
    const above1 = f64x2.ge(key1, to), above2 = f64x2.ge(key2, to);
    a = f64x2.add(a, f64x2.add(v128.and(weight1, above1), v128.and(weight2, above2)));
    const is1 = v128.andnot(f64x2.ge(key1, from), above1);
    const is2 = v128.andnot(f64x2.ge(key2, from), above2);
    b = f64x2.add(b, f64x2.add(v128.and(weight1, is1), v128.and(weight2, is2)));
    const bits = <usize> i32x4.bitmask(v128.shuffle<i32>(is1, is2, 0, 2, 4, 6));
    pack(next, places, bits);
    next += popcnt(bits) << 2;
    places = i32x4.add(places, i32x4.splat(4));
  }
  const none = f64x2.splat(0), taken = total(a, none);
  if (!(taken < need && taken + total(b, none) >= need)) return 0;
  f64.store(result, taken);
  f64.store(result, low, 8);
  f64.store(result, high, 16);
  return <i32> (next - ends >> 2);
}

/**
 * Whether the number `last` is at the same place in the order of distances whatever mean within
 * `uncertainty` of `from` they are from: those not in the list are not between `low` and `high`. Numbers
 * on one side of the mean keep their order, if rounding does not make two distances one.
 */
function isOrderSure(
  from: f64,
  uncertainty: f64,
  last: f64,
  x: usize,
  members: usize,
  ends: usize,
  size: i32,
  low: f64,
  high: f64,
): bool {
  const key = -abs(last - from);
  const rounding = ROUNDING * (abs(from) - key) + 1e-300;
  const across = 2 * uncertainty + rounding;
  // So that it is known on which side it is.
  if (!(key < -2 * across && key - across > low && key + across < high)) return false;
  for (let i = 0; i < size; i++) {
    const value = numberAt(x, memberAt(members, memberAt(ends, i)));
    if (value == last) continue;
    const apart = abs(abs(value - from) + key);
    if (!(apart > (value > from == last > from ? rounding : across))) return false;
  }
  return true;
}
