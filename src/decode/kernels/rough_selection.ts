// The selection of `selection.ts` by exponentials, in less time, where it is sure without those of all
// tokens: a sample tells which can be selected, and only the others, together, have a rough weight. Where
// another last token would be possible for all that is known, there is no selection.

import { exponential } from "../../model/simd/kernels/exponential_f64";
import { ROUGH_ERROR, ROUGH_ERROR_EACH, roughExponentials } from "./exponential";
import { guess, makeDistances, makeEights, numberAt } from "./guess";
import { exponentials, exponentialsWithMean, total } from "./large";
import { selectOf } from "./selection";
import { memberAt } from "./selection_bins";

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
  const mean = meanAtMost(relative, count - size);
  const moment = isNear ? f64.load(result, 8) : -relative * mean;
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
    // An error at x changes the mean by that part of its distance, which is that to `by` and from there.
    const ofSquares = ROUGH_ERROR_EACH * max(mean * mean, 4) * rest - ROUGH_ERROR * unit * moment;
    uncertainty = (ofSquares + error * (from - by)) / all - SUM_ERROR * shift + ROUNDING * abs(largest) + TINY;
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

/**
 * At least ln(count / sum). Of `count` numbers a of which none is below 0, and Σ exp(−a) is `sum`, that is
 * the mean by these weights at most, and the square of it, or 4, the mean of the squares: all are equal.
 */
@inline
function meanAtMost(sum: f64, count: i32): f64 {
  // From the power of 2.
  return 0.6931471805599453 * <f64> (<i32> (reinterpret<u64>(<f64> count / sum) >> 52) - 1022);
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
