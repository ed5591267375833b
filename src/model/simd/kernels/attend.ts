// One row's attention: its scores, their softmax, and the weighted sum of the values.

import { exponential, lanes, largestLane } from "./exponential";
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

/** The sums of the lanes of four vectors, as four lanes; each added as {@link lanes} adds. */
@inline
function fourLanes(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 2, 6), v128.shuffle<f32>(a, b, 1, 5, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 2, 6), v128.shuffle<f32>(c, d, 1, 5, 3, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
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
  const shift = f32x4.splat(largestLane(largest));
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

/** Whether heads can be taken four at a time, one a lane: then nothing is added across lanes late. */
@inline
export function byFours(heads: i32, width: i32): bool {
  return (heads & 3) == 0 && (width & 3) == 0;
}

/** {@link fourHeads} of heads of four numbers. */
@inline
export function fourNarrowHeads(q0: v128, q1: v128, q2: v128, q3: v128, k: usize): v128 {
  return fourLanes(
    f32x4.mul(q0, v128.load(k)),
    f32x4.mul(q1, v128.load(k, 16)),
    f32x4.mul(q2, v128.load(k, 32)),
    f32x4.mul(q3, v128.load(k, 48)),
  );
}

/** q·k of four heads that lie one after another, a lane each. */
@inline
export function fourHeads(q: usize, k: usize, head: usize): v128 {
  let s0 = f32x4.mul(v128.load(q), v128.load(k));
  let s1 = f32x4.mul(v128.load(q + head), v128.load(k + head));
  let s2 = f32x4.mul(v128.load(q + 2 * head), v128.load(k + 2 * head));
  let s3 = f32x4.mul(v128.load(q + 3 * head), v128.load(k + 3 * head));
  for (let j: usize = 16; j < head; j += 16) {
    const a = q + j, b = k + j;
    s0 = madd(s0, v128.load(a), v128.load(b));
    s1 = madd(s1, v128.load(a + head), v128.load(b + head));
    s2 = madd(s2, v128.load(a + 2 * head), v128.load(b + 2 * head));
    s3 = madd(s3, v128.load(a + 3 * head), v128.load(b + 3 * head));
  }
  return fourLanes(s0, s1, s2, s3);
}

// One lane of x in all lanes.
@inline
function spread0(x: v128): v128 {
  return v128.shuffle<f32>(x, x, 0, 0, 0, 0);
}
@inline
function spread1(x: v128): v128 {
  return v128.shuffle<f32>(x, x, 1, 1, 1, 1);
}
@inline
function spread2(x: v128): v128 {
  return v128.shuffle<f32>(x, x, 2, 2, 2, 2);
}
@inline
function spread3(x: v128): v128 {
  return v128.shuffle<f32>(x, x, 3, 3, 3, 3);
}

/** {@link attend} for four heads, whose weights of key s go to `weights + s·step`, a lane each. */
@inline
function attendFour(
  q: usize,
  k: usize,
  v: usize,
  stride: usize,
  length: i32,
  head: usize,
  scale: f32,
  weights: usize,
  step: usize,
  out: usize,
): void {
  const factor = f32x4.splat(scale);
  let largest = f32x4.splat(MASKED);
  if (head == 16) {
    const q0 = v128.load(q), q1 = v128.load(q, 16), q2 = v128.load(q, 32), q3 = v128.load(q, 48);
    for (let s = 0; s < length; s++) {
      const score = f32x4.mul(fourNarrowHeads(q0, q1, q2, q3, k + <usize> s * stride), factor);
      v128.store(weights + <usize> s * step, score);
      largest = f32x4.pmax(largest, score);
    }
  } else {
    for (let s = 0; s < length; s++) {
      const score = f32x4.mul(fourHeads(q, k + <usize> s * stride, head), factor);
      v128.store(weights + <usize> s * step, score);
      largest = f32x4.pmax(largest, score);
    }
  }
  let sums = f32x4.splat(0);
  for (let s = 0; s < length; s++) {
    const at = weights + <usize> s * step;
    const e = exponential(f32x4.sub(v128.load(at), largest));
    v128.store(at, e);
    sums = f32x4.add(sums, e);
  }
  const inverse = f32x4.div(f32x4.splat(1), sums);
  for (let s = 0; s < length; s++) {
    const at = weights + <usize> s * step;
    v128.store(at, f32x4.mul(v128.load(at), inverse));
  }
  for (let j: usize = 0; j < head; j += 16) {
    let o0 = f32x4.splat(0), o1 = o0, o2 = o0, o3 = o0;
    for (let s = 0; s < length; s++) {
      const w = v128.load(weights + <usize> s * step), at = v + <usize> s * stride + j;
      o0 = madd(o0, spread0(w), v128.load(at));
      o1 = madd(o1, spread1(w), v128.load(at + head));
      o2 = madd(o2, spread2(w), v128.load(at + 2 * head));
      o3 = madd(o3, spread3(w), v128.load(at + 3 * head));
    }
    v128.store(out + j, o0);
    v128.store(out + j + head, o1);
    v128.store(out + j + 2 * head, o2);
    v128.store(out + j + 3 * head, o3);
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
    for (let h = 0; h < heads; h += 4) {
      attendFour(q, k, v, stride, length, head, scale, weights, <usize> heads << 2, out);
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
