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

/**
 * One row's attention: its query against the first `length` keys and values, which lie `stride`
 * bytes apart. Leaves the weights of head h at `weights + h·room` bytes.
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
 * sees rows `starts[i] … i`. `weights` is `[N, H, room]` numbers, kept for the backward pass.
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

/** The gradient `dqkv` `[N, 3C]` of {@link attention} from `dout` `[N, C]`; `scratch` is `[room]`. */
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
