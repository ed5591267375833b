// Tokens drawn from rows of logits, in f64: operation by operation what decoding does with one row
// (softmax, the running sums of `choose`), so that the tokens and numbers are the same to the last bit.

import { exponentialOfFour } from "./exponential_f64";

// A draw is seven numbers of f64: what is asked for, and whether the distribution is to be left, too …
const TEMPERATURE: usize = 0;
const UNIFORM: usize = 8;
const WANTS_DISTRIBUTION: usize = 16;
// … and the answer: the token, −1 where no softmax is a distribution; its logit below the largest;
// Σ exp(logit − largest); its probability where it was drawn from.
const TOKEN: usize = 24;
const SHIFTED: usize = 32;
const SUM: usize = 40;
const PROBABILITY: usize = 48;
const BYTES: usize = 56;

/** Two numbers of f32 as f64. */
@inline
function pairAt(x: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(x));
}

@inline
function total(pairs: v128): f64 {
  return f64x2.extract_lane(pairs, 0) + f64x2.extract_lane(pairs, 1);
}

/** The largest of the numbers up to `end`, a multiple of 4, NaN left aside. */
@inline
function largestOf(x: usize, end: usize): f32 {
  let most = v128.load(x);
  for (let at = x + 16; at < end; at += 16) most = f32x4.pmax(v128.load(at), most);
  // Not by numbers, whose `max` branches.
  most = f32x4.pmax(v128.shuffle<f32>(most, most, 2, 3, 0, 1), most);
  return f32x4.extract_lane(f32x4.pmax(v128.shuffle<f32>(most, most, 1, 0, 3, 2), most), 0);
}

/** The index of the first of the numbers at `x` that is `value`, which one is. */
@inline
function indexOf(x: usize, value: f32): i32 {
  const wanted = f32x4.splat(value);
  let i = 0, found = 0;
  while (!found) {
    found = i32x4.bitmask(f32x4.eq(v128.load(x + (<usize> i << 2)), wanted));
    i += 4;
  }
  return i - 4 + ctz(found);
}

/** e ← exp(x / divisor − by) of the numbers up to `end`; returns their sum, in pairs. */
@inline
function exponentials(x: usize, end: usize, divisor: f64, by: f64, e: usize): f64 {
  const shift = f64x2.splat(by), divisors = f64x2.splat(divisor);
  let sums = f64x2.splat(0);
  for (; x < end; x += 16, e += 32) {
    let a = pairAt(x), b = pairAt(x + 8);
    if (divisor != 1) {
      a = f64x2.div(a, divisors);
      b = f64x2.div(b, divisors);
    }
    exponentialOfFour(f64x2.sub(a, shift), f64x2.sub(b, shift), e);
    sums = f64x2.add(f64x2.add(sums, v128.load(e)), v128.load(e, 16));
  }
  return total(sums);
}

/**
 * The index that `choose` picks by the weights `e / sum` of `v` tokens, whose pairs end at `end`; leaves
 * those weights there, and their running sums at `sums`.
 */
@inline
function chosen(e: usize, end: usize, sums: usize, v: i32, sum: f64, uniform: f64): i32 {
  const by = f64x2.splat(sum), lastSum = sums + (end - e);
  let cumulative: f64 = 0;
  for (let at = e, to = sums; at < end; at += 16, to += 16) {
    const pair = f64x2.div(v128.load(at), by);
    v128.store(at, pair);
    const first = cumulative + f64x2.extract_lane(pair, 0);
    cumulative = first + f64x2.extract_lane(pair, 1);
    v128.store(to, f64x2.replace_lane(f64x2.splat(first), 1, cumulative));
  }
  // The running sums never fall, so that those that are not above it are the first ones.
  const threshold = f64x2.splat(uniform * cumulative);
  let below = i64x2.splat(0);
  for (let at = sums; at < lastSum; at += 16) {
    below = i64x2.sub(below, f64x2.le(v128.load(at), threshold));
  }
  return min(<i32> (i64x2.extract_lane(below, 0) + i64x2.extract_lane(below, 1)), v - 1);
}

/**
 * Draws a token from each of `count` rows of `v` logits, f32 at distance `ld`, a multiple of 4, whose
 * padding is overwritten. `draws` is `[count, 7]`; a row whose temperature is below 0 is passed over.
 * `scratch` has room for 2·`ld` numbers, and for as many as are asked for of the distributions
 * `[count, ld]`, which are left after that, each in the place of its row.
 */
export function draw(logits: usize, ld: i32, v: i32, count: i32, draws: usize, scratch: usize): void {
  const bytes = <usize> ld << 2, sums = scratch + (bytes << 1);
  // The columns of the last four that count.
  const inside = i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(4 - (ld - v)));
  for (let i = 0; i < count; i++, logits += bytes, draws += BYTES) {
    const temperature = f64.load(draws, TEMPERATURE);
    if (temperature < 0) continue;
    const e = f64.load(draws, WANTS_DISTRIBUTION) == 0 ? scratch : sums + (<usize> (i + 1) * (bytes << 1));
    const last = logits + bytes - 16;
    v128.store(last, v128.bitselect(v128.load(last), f32x4.splat(-Infinity), inside));
    const end = logits + bytes, most = largestOf(logits, end), largest = <f64> most;
    let token = -1, probability: f64 = 1;
    const sum = exponentials(logits, end, 1, largest, e);
    let warped = sum;
    if (temperature > 0 && temperature != 1) {
      warped = exponentials(logits, end, temperature, largest / temperature, e);
    }
    // Neither is a number where one of the logits is none, or infinite, or becomes so.
    if (sum + warped < Infinity) {
      if (temperature == 0) token = indexOf(logits, most);
      else {
        token = chosen(e, e + (bytes << 1), sums, v, warped, f64.load(draws, UNIFORM));
        probability = f64.load(e + (<usize> token << 3));
      }
    }
    f64.store(draws, <f64> token, TOKEN);
    if (token >= 0) f64.store(draws, <f64> f32.load(logits + (<usize> token << 2)) - largest, SHIFTED);
    f64.store(draws, sum, SUM);
    f64.store(draws, probability, PROBABILITY);
  }
}
