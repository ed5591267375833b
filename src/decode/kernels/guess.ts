// How far a selection by exponentials reaches, guessed by a sample of the tokens and all of the heaviest.

import { exponentialsWithMean } from "./large";
import { select } from "./selection";
import { binOf, BINS } from "./selection_bins";
import { ERRORS, SAMPLE } from "./selection_window";

/** Of so many of the sample the weights count as heavy: tokens like these are counted one by one. */
const HEAVIEST = 8;

@inline
export function numberAt(numbers: usize, i: i32): f64 {
  return f64.load(numbers + (<usize> i << 3));
}

/**
 * Guesses by a sample between which keys the last one is. Leaves at `result` the largest number, a key
 * that should be too low for the last one, one that should be too high, and the mean. Returns whether it could.
 */
@inline
export function guess(
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
  if (listed > sampled * 31 >> 6) return false;
  f64.store(result, largest);
  f64.store(result, from, 8);
  f64.store(result, bin <= 0 ? Infinity : high - 2 * (<f64> bin / scale) + margin, 16);
  f64.store(result, near, 24);
  return true;
}

/** Copies the numbers from `least` on; returns how many they are, more than `most` if they are more. */
function copyFrom(x: usize, count: i32, least: f64, to: usize, most: i32): i32 {
  const floor = f64x2.splat(least);
  makeEights(x, count);
  let copied = 0;
  for (let at = x, end = x + (<usize> count << 3); at < end && copied <= most; at += 64) {
    const first = f64x2.pmax(v128.load(at), v128.load(at, 16));
    const second = f64x2.pmax(v128.load(at, 32), v128.load(at, 48));
    if (!i64x2.bitmask(f64x2.ge(f64x2.pmax(first, second), floor))) continue;
    for (let i = 0; i < 8; i++) {
      const value = numberAt(at, i);
      f64.store(to + (<usize> copied << 3), value);
      copied += <i32> (value >= least);
    }
  }
  return copied;
}

/** Makes eights of `count` numbers at `x`, as {@linkcode exponentials} makes fours. */
@inline
export function makeEights(x: usize, count: i32): void {
  for (let i = count; i & 7; i++) f64.store(x + (<usize> i << 3), -Infinity);
}

/** x ← −|x − from| of `count` numbers. */
export function makeDistances(x: usize, count: i32, from: f64): void {
  const middle = f64x2.splat(from);
  for (let at = x, end = x + (<usize> count << 3); at < end; at += 16) {
    v128.store(at, f64x2.neg(f64x2.abs(f64x2.sub(v128.load(at), middle))));
  }
}
