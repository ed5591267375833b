// One row's attention: its scores, their softmax, and the weighted sum of the values.

import { attendFour, attendNarrow, byFours } from "./attend_four";
import { exponential } from "./exponential";
import { fourLanes, lanes, largestLane } from "./lanes";
import { madd } from "./madd";

/** Stands for −∞ in the padding of a row of scores: its exponential is 0. */
const MASKED: f32 = -1e30;

/** a·b over `width` numbers, not a multiple of 4. */
@inline
function dotScalar(a: usize, b: usize, width: i32): f32 {
  let sum: f32 = 0;
  for (let j: usize = 0, end = <usize> width << 2; j < end; j += 4) {
    sum += f32.load(a + j) * f32.load(b + j);
  }
  return sum;
}

/**
 * scores[s] = scale·(q·k_s) for `length` vectors k_s, `stride` bytes apart, four at a time: up to
 * three scores past the last are written from whatever follows, for the caller to overwrite.
 */
@inline
export function dots(
  q: usize,
  k: usize,
  stride: usize,
  length: i32,
  width: i32,
  scale: f32,
  scores: usize,
): void {
  if (width & 3) {
    for (let s = 0; s < length; s++) {
      f32.store(scores + (<usize> s << 2), scale * dotScalar(q, k + <usize> s * stride, width));
    }
    return;
  }
  const factor = f32x4.splat(scale);
  const end = <usize> width << 2;
  for (let s = 0; s < length; s += 4) {
    const k0 = k + <usize> s * stride, k1 = k0 + stride, k2 = k1 + stride, k3 = k2 + stride;
    let x = v128.load(q);
    let s0 = f32x4.mul(x, v128.load(k0)), s1 = f32x4.mul(x, v128.load(k1));
    let s2 = f32x4.mul(x, v128.load(k2)), s3 = f32x4.mul(x, v128.load(k3));
    for (let j: usize = 16; j < end; j += 16) {
      x = v128.load(q + j);
      s0 = madd(s0, x, v128.load(k0 + j));
      s1 = madd(s1, x, v128.load(k1 + j));
      s2 = madd(s2, x, v128.load(k2 + j));
      s3 = madd(s3, x, v128.load(k3 + j));
    }
    v128.store(scores + (<usize> s << 2), f32x4.mul(fourLanes(s0, s1, s2, s3), factor));
  }
}

/** out = Σ weights[s]·v_s over `length` vectors, `stride` bytes apart. */
@inline
export function weightedSum(
  weights: usize,
  v: usize,
  stride: usize,
  length: i32,
  width: i32,
  out: usize,
): void {
  if (width & 3) {
    for (let j: usize = 0, end = <usize> width << 2; j < end; j += 4) {
      let sum: f32 = 0;
      for (let s = 0; s < length; s++) {
        sum += f32.load(weights + (<usize> s << 2)) * f32.load(v + <usize> s * stride + j);
      }
      f32.store(out + j, sum);
    }
    return;
  }
  for (let j: usize = 0, end = <usize> width << 2; j < end; j += 16) {
    let sum = f32x4.splat(0);
    let at = v + j;
    for (let s: usize = 0, last = <usize> length << 2; s < last; s += 4) {
      sum = madd(sum, v128.load_splat<f32>(weights + s), v128.load(at));
      at += stride;
    }
    v128.store(out + j, sum);
  }
}

/** Softmax of `length` scores in place; the row has room up to the next multiple of 4. */
@inline
function softmax(scores: usize, length: i32): void {
  const padded = (length + 3) & ~3;
  for (let s = length; s < padded; s++) f32.store(scores + (<usize> s << 2), MASKED);
  const end = <usize> padded << 2;
  let largest = v128.load(scores);
  for (let s: usize = 16; s < end; s += 16) largest = f32x4.pmax(largest, v128.load(scores + s));
  const shift = largestLane(largest);
  let sums = f32x4.splat(0);
  for (let s: usize = 0; s < end; s += 16) {
    const e = exponential(f32x4.sub(v128.load(scores + s), shift));
    v128.store(scores + s, e);
    sums = f32x4.add(sums, e);
  }
  const inverse = f32x4.splat(<f32> 1 / lanes(sums));
  for (let s: usize = 0; s < end; s += 16) {
    v128.store(scores + s, f32x4.mul(v128.load(scores + s), inverse));
  }
}

/**
 * One row's attention: its query against the first `length` keys and values, which lie `stride`
 * bytes apart. Leaves the weights at `weights`: `[B, H]` where heads go by fours, else `[H, room]`.
 */
@inline
export function attend(
  q: usize,
  k: usize,
  v: usize,
  stride: usize,
  length: i32,
  heads: i32,
  width: i32,
  weights: usize,
  room: usize,
  out: usize,
): void {
  const scale = <f32> 1 / sqrt<f32>(<f32> width);
  const head = <usize> width << 2;
  if (byFours(heads, width)) {
    const step = <usize> heads << 2;
    for (let h = 0; h < heads; h += 4) {
      if (head == 16) attendNarrow(q, k, v, stride, length, scale, weights, step, out);
      else attendFour(q, k, v, stride, length, head, scale, weights, step, out);
      q += head << 2;
      k += head << 2;
      v += head << 2;
      out += head << 2;
      weights += 16;
    }
    return;
  }
  for (let h = 0; h < heads; h++) {
    dots(q, k, stride, length, width, scale, weights);
    softmax(weights, length);
    weightedSum(weights, v, stride, length, width, out);
    q += head;
    k += head;
    v += head;
    out += head;
    weights += room;
  }
}
