// One row's attention where heads are taken four at a time, one a lane: scores of a key lie together.

import { exponential } from "./exponential";
import { fourLanes, spread0, spread1, spread2, spread3 } from "./lanes";
import { madd } from "./madd";

/** Below every score. */
const LOWEST: f32 = -1e30;

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

/**
 * q·k of four heads and of `length` keys, times `factor`: of key s at `to + s·step`, a head a lane. Four
 * keys at a time, so that what is read of q serves them all.
 */
@inline
function scoresOfFour(
  q: usize,
  k: usize,
  stride: usize,
  length: i32,
  head: usize,
  factor: v128,
  to: usize,
  step: usize,
): void {
  for (; length >= 4; length -= 4) {
    const t0 = fourKeys(q, k, stride, head), t1 = fourKeys(q + head, k + head, stride, head);
    const t2 = fourKeys(q + 2 * head, k + 2 * head, stride, head);
    const t3 = fourKeys(q + 3 * head, k + 3 * head, stride, head);
    // From a key a lane to a head a lane.
    const a = v128.shuffle<f32>(t0, t1, 0, 4, 1, 5), b = v128.shuffle<f32>(t2, t3, 0, 4, 1, 5);
    const c = v128.shuffle<f32>(t0, t1, 2, 6, 3, 7), d = v128.shuffle<f32>(t2, t3, 2, 6, 3, 7);
    v128.store(to, f32x4.mul(v128.shuffle<f32>(a, b, 0, 1, 4, 5), factor));
    v128.store(to + step, f32x4.mul(v128.shuffle<f32>(a, b, 2, 3, 6, 7), factor));
    v128.store(to + 2 * step, f32x4.mul(v128.shuffle<f32>(c, d, 0, 1, 4, 5), factor));
    v128.store(to + 3 * step, f32x4.mul(v128.shuffle<f32>(c, d, 2, 3, 6, 7), factor));
    k += stride << 2;
    to += step << 2;
  }
  for (; length > 0; length--) {
    v128.store(to, f32x4.mul(fourHeads(q, k, head), factor));
    k += stride;
    to += step;
  }
}

/** q·k of one head and four keys, a lane each. */
@inline
function fourKeys(q: usize, k: usize, stride: usize, head: usize): v128 {
  const k1 = k + stride, k2 = k1 + stride, k3 = k2 + stride;
  let x = v128.load(q);
  let s0 = f32x4.mul(x, v128.load(k)), s1 = f32x4.mul(x, v128.load(k1));
  let s2 = f32x4.mul(x, v128.load(k2)), s3 = f32x4.mul(x, v128.load(k3));
  for (let j: usize = 16; j < head; j += 16) {
    x = v128.load(q + j);
    s0 = madd(s0, x, v128.load(k + j)), s1 = madd(s1, x, v128.load(k1 + j));
    s2 = madd(s2, x, v128.load(k2 + j)), s3 = madd(s3, x, v128.load(k3 + j));
  }
  return fourLanes(s0, s1, s2, s3);
}

/** Exponentials of `length` rows of scores, of four heads, in place; returns 1 over their sums. */
@inline
function exponentialsOfFour(scores: usize, step: usize, length: i32, largest: v128): v128 {
  let sums = f32x4.splat(0);
  for (let s = 0; s < length; s++) {
    const e = exponential(f32x4.sub(v128.load(scores), largest));
    v128.store(scores, e);
    sums = f32x4.add(sums, e);
    scores += step;
  }
  return f32x4.div(f32x4.splat(1), sums);
}

/** `attend` for four heads of four numbers, whose weights of key s go to `weights + s·step`. */
@inline
export function attendNarrow(
  q: usize,
  k: usize,
  v: usize,
  stride: usize,
  length: i32,
  scale: f32,
  weights: usize,
  step: usize,
  out: usize,
): void {
  const factor = f32x4.splat(scale);
  let largest = f32x4.splat(LOWEST);
  const q0 = v128.load(q), q1 = v128.load(q, 16), q2 = v128.load(q, 32), q3 = v128.load(q, 48);
  let at = weights;
  for (let s = 0; s < length; s++) {
    const score = f32x4.mul(fourNarrowHeads(q0, q1, q2, q3, k), factor);
    v128.store(at, score);
    largest = f32x4.pmax(largest, score);
    k += stride;
    at += step;
  }
  const inverse = exponentialsOfFour(weights, step, length, largest);
  let o0 = f32x4.splat(0), o1 = o0, o2 = o0, o3 = o0;
  at = weights;
  for (let s = 0; s < length; s++) {
    const w = f32x4.mul(v128.load(at), inverse);
    o0 = madd(o0, spread0(w), v128.load(v)), o1 = madd(o1, spread1(w), v128.load(v, 16));
    o2 = madd(o2, spread2(w), v128.load(v, 32)), o3 = madd(o3, spread3(w), v128.load(v, 48));
    v128.store(at, w);
    v += stride;
    at += step;
  }
  v128.store(out, o0), v128.store(out, o1, 16);
  v128.store(out, o2, 32), v128.store(out, o3, 48);
}

/** `attend` for four heads, whose weights of key s go to `weights + s·step`, a lane each. */
export function attendFour(
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
  scoresOfFour(q, k, stride, length, head, f32x4.splat(scale), weights, step);
  const end = weights + <usize> length * step;
  let largest = f32x4.splat(LOWEST);
  for (let at = weights; at < end; at += step) largest = f32x4.pmax(largest, v128.load(at));
  const inverse = exponentialsOfFour(weights, step, length, largest);
  for (let at = weights; at < end; at += step) {
    v128.store(at, f32x4.mul(v128.load(at), inverse));
  }
  for (const last = weights + 16; weights < last; weights += 4) {
    let j: usize = 0;
    for (; j + 128 <= head; j += 128) eightSums(weights, step, v + j, stride, length, out + j);
    for (; j + 64 <= head; j += 64) fourSums(weights, step, v + j, stride, length, out + j);
    for (; j < head; j += 16) oneSum(weights, step, v + j, stride, length, out + j);
    v += head;
    out += head;
  }
}

/** out = Σ weights[s]·v_s over 32 numbers of `length` vectors; weights are `step` bytes apart. */
@inline
function eightSums(w: usize, step: usize, v: usize, stride: usize, length: i32, out: usize): void {
  let o0 = f32x4.splat(0), o1 = o0, o2 = o0, o3 = o0, o4 = o0, o5 = o0, o6 = o0, o7 = o0;
  for (let s = 0; s < length; s++) {
    const x = v128.load_splat<f32>(w);
    o0 = madd(o0, x, v128.load(v)), o1 = madd(o1, x, v128.load(v, 16));
    o2 = madd(o2, x, v128.load(v, 32)), o3 = madd(o3, x, v128.load(v, 48));
    o4 = madd(o4, x, v128.load(v, 64)), o5 = madd(o5, x, v128.load(v, 80));
    o6 = madd(o6, x, v128.load(v, 96)), o7 = madd(o7, x, v128.load(v, 112));
    w += step;
    v += stride;
  }
  v128.store(out, o0), v128.store(out, o1, 16), v128.store(out, o2, 32), v128.store(out, o3, 48);
  v128.store(out, o4, 64), v128.store(out, o5, 80), v128.store(out, o6, 96);
  v128.store(out, o7, 112);
}

/** The same over 16 numbers. */
@inline
function fourSums(w: usize, step: usize, v: usize, stride: usize, length: i32, out: usize): void {
  let o0 = f32x4.splat(0), o1 = o0, o2 = o0, o3 = o0;
  for (let s = 0; s < length; s++) {
    const x = v128.load_splat<f32>(w);
    o0 = madd(o0, x, v128.load(v)), o1 = madd(o1, x, v128.load(v, 16));
    o2 = madd(o2, x, v128.load(v, 32)), o3 = madd(o3, x, v128.load(v, 48));
    w += step;
    v += stride;
  }
  v128.store(out, o0), v128.store(out, o1, 16), v128.store(out, o2, 32), v128.store(out, o3, 48);
}

/** The same over 4 numbers. */
@inline
function oneSum(w: usize, step: usize, v: usize, stride: usize, length: i32, out: usize): void {
  let o = f32x4.splat(0);
  for (let s = 0; s < length; s++) {
    o = madd(o, v128.load_splat<f32>(w), v128.load(v));
    w += step;
    v += stride;
  }
  v128.store(out, o);
}
