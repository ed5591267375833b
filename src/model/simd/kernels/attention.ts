import { exponential, lanes, largestLane } from "./exponential";

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
function dots(
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
      s0 = f32x4.add(s0, f32x4.mul(x, v128.load(k0 + j)));
      s1 = f32x4.add(s1, f32x4.mul(x, v128.load(k1 + j)));
      s2 = f32x4.add(s2, f32x4.mul(x, v128.load(k2 + j)));
      s3 = f32x4.add(s3, f32x4.mul(x, v128.load(k3 + j)));
    }
    v128.store(scores + (<usize> s << 2), f32x4.mul(fourLanes(s0, s1, s2, s3), factor));
  }
}

/** out = Σ weights[s]·v_s over `length` vectors, `stride` bytes apart. */
@inline
function weightedSum(
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
      sum = f32x4.add(sum, f32x4.mul(v128.load_splat<f32>(weights + s), v128.load(at)));
      at += stride;
    }
    v128.store(out + j, sum);
  }
}

/** v_s += weights[s]·x for `length` vectors, `stride` bytes apart. */
@inline
function addOuter(
  weights: usize,
  x: usize,
  v: usize,
  stride: usize,
  length: i32,
  width: i32,
): void {
  const end = <usize> width << 2;
  for (let s = 0; s < length; s++) {
    if (width & 3) {
      const weight = f32.load(weights + (<usize> s << 2));
      for (let j: usize = 0; j < end; j += 4) {
        f32.store(v + j, f32.load(v + j) + weight * f32.load(x + j));
      }
    } else {
      const weight = v128.load_splat<f32>(weights + (<usize> s << 2));
      for (let j: usize = 0; j < end; j += 16) {
        v128.store(v + j, f32x4.add(v128.load(v + j), f32x4.mul(weight, v128.load(x + j))));
      }
    }
    v += stride;
  }
}

/** Softmax of `length` scores in place; the row has room up to the next multiple of 4. */
@inline
function softmax(scores: usize, length: i32): void {
  const padded = (length + 3) & ~3;
  for (let s = length; s < padded; s++) f32.store(scores + (<usize> s << 2), MASKED);
  const end = <usize> padded << 2;
  let largest = v128.load(scores);
  for (let s: usize = 16; s < end; s += 16) largest = f32x4.max(largest, v128.load(scores + s));
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
function byFours(heads: i32, width: i32): bool {
  return (heads & 3) == 0 && (width & 3) == 0;
}

/** q·k of four heads that lie one after another, a lane each. */
@inline
function fourHeads(q: usize, k: usize, head: usize): v128 {
  let s0 = f32x4.mul(v128.load(q), v128.load(k));
  let s1 = f32x4.mul(v128.load(q + head), v128.load(k + head));
  let s2 = f32x4.mul(v128.load(q + 2 * head), v128.load(k + 2 * head));
  let s3 = f32x4.mul(v128.load(q + 3 * head), v128.load(k + 3 * head));
  for (let j: usize = 16; j < head; j += 16) {
    const a = q + j, b = k + j;
    s0 = f32x4.add(s0, f32x4.mul(v128.load(a), v128.load(b)));
    s1 = f32x4.add(s1, f32x4.mul(v128.load(a + head), v128.load(b + head)));
    s2 = f32x4.add(s2, f32x4.mul(v128.load(a + 2 * head), v128.load(b + 2 * head)));
    s3 = f32x4.add(s3, f32x4.mul(v128.load(a + 3 * head), v128.load(b + 3 * head)));
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
  for (let s = 0; s < length; s++) {
    const score = f32x4.mul(fourHeads(q, k + <usize> s * stride, head), factor);
    v128.store(weights + <usize> s * step, score);
    largest = f32x4.max(largest, score);
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
      o0 = f32x4.add(o0, f32x4.mul(spread0(w), v128.load(at)));
      o1 = f32x4.add(o1, f32x4.mul(spread1(w), v128.load(at + head)));
      o2 = f32x4.add(o2, f32x4.mul(spread2(w), v128.load(at + 2 * head)));
      o3 = f32x4.add(o3, f32x4.mul(spread3(w), v128.load(at + 3 * head)));
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
function attend(
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

/**
 * Causal attention over packed sequences. `qkv` is `[N, 3C]`: a row's query, key and value; row i
 * sees rows `starts[i] … i`. `weights` has `H·room` numbers a row, kept for the backward pass.
 */
export function attention(
  qkv: usize,
  starts: usize,
  weights: usize,
  out: usize,
  rows: i32,
  heads: i32,
  width: i32,
  ld: i32,
  room: i32,
): void {
  const c = <usize> ld << 2, row = c * 3;
  for (let i = 0; i < rows; i++) {
    const start = i32.load(starts + (<usize> i << 2));
    const first = qkv + <usize> start * row;
    attend(
      qkv + <usize> i * row,
      first + c,
      first + 2 * c,
      row,
      i - start + 1,
      heads,
      width,
      weights + <usize> (i * heads * room) * 4,
      <usize> room << 2,
      out + <usize> i * c,
    );
  }
}

/**
 * The gradient through one row's attention for four heads: adds to the gradients of the keys and
 * values it saw, sets that of its query. `scratch` is `[B, 4]`.
 */
@inline
function attendFourBackward(
  d: usize,
  q: usize,
  first: usize,
  dq: usize,
  dfirst: usize,
  c: usize,
  row: usize,
  length: i32,
  head: usize,
  weights: usize,
  step: usize,
  factor: v128,
  scratch: usize,
): void {
  let mean = f32x4.splat(0);
  for (let s = 0; s < length; s++) {
    const dw = fourHeads(d, first + <usize> s * row + 2 * c, head);
    v128.store(scratch + (<usize> s << 4), dw);
    mean = f32x4.add(mean, f32x4.mul(v128.load(weights + <usize> s * step), dw));
  }
  for (let s = 0; s < length; s++) {
    const at = scratch + (<usize> s << 4);
    const ds = f32x4.mul(
      v128.load(weights + <usize> s * step),
      f32x4.sub(v128.load(at), mean),
    );
    v128.store(at, f32x4.mul(ds, factor));
  }
  for (let h: usize = 0; h < 4; h++) {
    const offset = h * head;
    for (let j = offset, end = offset + head; j < end; j += 16) {
      const dh = v128.load(d + j), qh = v128.load(q + j);
      let sum = f32x4.splat(0);
      for (let s = 0; s < length; s++) {
        const away = <usize> s * row + j;
        const w = v128.load_splat<f32>(weights + <usize> s * step + (h << 2));
        const ds = v128.load_splat<f32>(scratch + (<usize> s << 4) + (h << 2));
        sum = f32x4.add(sum, f32x4.mul(ds, v128.load(first + away + c)));
        const dk = dfirst + away + c, dv = dk + c;
        v128.store(dk, f32x4.add(v128.load(dk), f32x4.mul(ds, qh)));
        v128.store(dv, f32x4.add(v128.load(dv), f32x4.mul(w, dh)));
      }
      v128.store(dq + j, sum);
    }
  }
}

/**
 * The gradient `dqkv` `[N, 3C]` of {@link attention} from `dout` `[N, C]`; `scratch` is `[room, 4]`.
 */
export function attentionBackward(
  dout: usize,
  qkv: usize,
  starts: usize,
  weights: usize,
  dqkv: usize,
  scratch: usize,
  rows: i32,
  heads: i32,
  width: i32,
  ld: i32,
  room: i32,
): void {
  const c = <usize> ld << 2, row = c * 3, head = <usize> width << 2;
  const factor = f32x4.splat(<f32> 1 / sqrt<f32>(<f32> width));
  memory.fill(dqkv, 0, <usize> rows * row);
  for (let i = 0; i < rows; i++) {
    const start = i32.load(starts + (<usize> i << 2));
    const length = i - start + 1;
    if (byFours(heads, width)) {
      for (let h = 0; h < heads; h += 4) {
        const offset = <usize> h * head;
        attendFourBackward(
          dout + <usize> i * c + offset,
          qkv + <usize> i * row + offset,
          qkv + <usize> start * row + offset,
          dqkv + <usize> i * row + offset,
          dqkv + <usize> start * row + offset,
          c,
          row,
          length,
          head,
          weights + <usize> (i * heads * room + h) * 4,
          <usize> heads << 2,
          factor,
          scratch,
        );
      }
      continue;
    }
    for (let h = 0; h < heads; h++) {
      const offset = <usize> h * head;
      const w = weights + <usize> ((i * heads + h) * room) * 4;
      const d = dout + <usize> i * c + offset;
      const first = qkv + <usize> start * row + offset,
        dfirst = dqkv + <usize> start * row + offset;
      const v = first + 2 * c, k = first + c;
      // scratch[s] = d·v_s, and with the weights' mean of it the gradient of each score.
      dots(d, v, row, length, width, 1, scratch);
      const end = <usize> ((length + 3) & ~3) << 2;
      for (let s = length; s < (length + 3 & ~3); s++) f32.store(scratch + (<usize> s << 2), 0);
      let products = f32x4.splat(0);
      for (let s: usize = 0; s < end; s += 16) {
        products = f32x4.add(products, f32x4.mul(v128.load(w + s), v128.load(scratch + s)));
      }
      const mean = f32x4.splat(lanes(products));
      for (let s: usize = 0; s < end; s += 16) {
        const ds = f32x4.mul(v128.load(w + s), f32x4.sub(v128.load(scratch + s), mean));
        v128.store(scratch + s, f32x4.mul(ds, factor));
      }
      addOuter(w, d, dfirst + 2 * c, row, length, width);
      addOuter(scratch, qkv + <usize> i * row + offset, dfirst + c, row, length, width);
      weightedSum(scratch, k, row, length, width, dqkv + <usize> i * row + offset);
    }
  }
}

/**
 * Attention of rows that continue cached sequences: writes each row's key and value into its cache,
 * then attends over it. `caches[i]` is the address of the row's layer cache, `[B, 2C]`: key and value
 * of each position.
 */
export function attentionCached(
  qkv: usize,
  caches: usize,
  positions: usize,
  weights: usize,
  out: usize,
  rows: i32,
  heads: i32,
  width: i32,
  ld: i32,
  layerOffset: usize,
): void {
  const c = <usize> ld << 2, row = c * 3, pair = c * 2;
  for (let i = 0; i < rows; i++) {
    const cache = <usize> i32.load(caches + (<usize> i << 2)) + layerOffset;
    const position = i32.load(positions + (<usize> i << 2));
    memory.copy(cache + <usize> position * pair, qkv + <usize> i * row + c, pair);
  }
  for (let i = 0; i < rows; i++) {
    const cache = <usize> i32.load(caches + (<usize> i << 2)) + layerOffset;
    const length = i32.load(positions + (<usize> i << 2)) + 1;
    const q = qkv + <usize> i * row;
    attend(q, cache, cache + c, pair, length, heads, width, weights, 0, out + <usize> i * c);
  }
}
