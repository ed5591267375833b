import { attend, dots, weightedSum } from "./attend";
import { byFours, fourHeads, fourNarrowHeads } from "./attend_four";
import { lanes, spread0, spread1, spread2, spread3 } from "./lanes";
import { madd } from "./madd";

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
        v128.store(v + j, madd(v128.load(v + j), weight, v128.load(x + j)));
      }
    }
    v += stride;
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

/** to += w·x */
@inline
function addProduct(to: usize, w: v128, x: v128): void {
  v128.store(to, madd(v128.load(to), w, x));
}

/** {@link attendFourBackward} for heads of four numbers. */
@inline
function attendNarrowBackward(
  d: usize,
  q: usize,
  first: usize,
  dq: usize,
  dfirst: usize,
  c: usize,
  row: usize,
  length: i32,
  weights: usize,
  step: usize,
  factor: v128,
  scratch: usize,
): void {
  const d0 = v128.load(d), d1 = v128.load(d, 16), d2 = v128.load(d, 32), d3 = v128.load(d, 48);
  let mean = f32x4.splat(0);
  let v = first + 2 * c, w = weights, to = scratch;
  for (let s = 0; s < length; s++) {
    const dw = fourNarrowHeads(d0, d1, d2, d3, v);
    v128.store(to, dw);
    mean = madd(mean, v128.load(w), dw);
    v += row, w += step, to += 16;
  }
  const q0 = v128.load(q), q1 = v128.load(q, 16), q2 = v128.load(q, 32), q3 = v128.load(q, 48);
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0, x: v128;
  let k = first + c, dk = dfirst + c, dv = dk + c;
  w = weights, to = scratch;
  for (let s = 0; s < length; s++) {
    const weight = v128.load(w);
    const ds = f32x4.mul(f32x4.mul(weight, f32x4.sub(v128.load(to), mean)), factor);
    x = spread0(ds), s0 = madd(s0, x, v128.load(k)), addProduct(dk, x, q0);
    x = spread1(ds), s1 = madd(s1, x, v128.load(k, 16)), addProduct(dk + 16, x, q1);
    x = spread2(ds), s2 = madd(s2, x, v128.load(k, 32)), addProduct(dk + 32, x, q2);
    x = spread3(ds), s3 = madd(s3, x, v128.load(k, 48)), addProduct(dk + 48, x, q3);
    addProduct(dv, spread0(weight), d0), addProduct(dv + 16, spread1(weight), d1);
    addProduct(dv + 32, spread2(weight), d2), addProduct(dv + 48, spread3(weight), d3);
    k += row, dk += row, dv += row, w += step, to += 16;
  }
  v128.store(dq, s0), v128.store(dq, s1, 16), v128.store(dq, s2, 32), v128.store(dq, s3, 48);
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
    mean = madd(mean, v128.load(weights + <usize> s * step), dw);
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
        sum = madd(sum, ds, v128.load(first + away + c));
        const dk = dfirst + away + c, dv = dk + c;
        v128.store(dk, madd(v128.load(dk), ds, qh));
        v128.store(dv, madd(v128.load(dv), w, dh));
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
        const offset = <usize> h * head, step = <usize> heads << 2;
        const d = dout + <usize> i * c + offset, q = qkv + <usize> i * row + offset;
        const first = qkv + <usize> start * row + offset, dq = dqkv + <usize> i * row + offset;
        const dfirst = dqkv + <usize> start * row + offset;
        const w = weights + <usize> (i * heads * room + h) * 4;
        if (head == 16) {
          attendNarrowBackward(d, q, first, dq, dfirst, c, row, length, w, step, factor, scratch);
        } else {
          attendFourBackward(d, q, first, dq, dfirst, c, row, length, head, w, step, factor, scratch);
        }
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
        products = madd(products, v128.load(w + s), v128.load(scratch + s));
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
    const to = cache + <usize> position * pair, from = qkv + <usize> i * row + c;
    // Not `memory.copy`, which leaves WebAssembly.
    for (let j: usize = 0; j < pair; j += 16) v128.store(to + j, v128.load(from + j));
  }
  for (let i = 0; i < rows; i++) {
    const cache = <usize> i32.load(caches + (<usize> i << 2)) + layerOffset;
    const length = i32.load(positions + (<usize> i << 2)) + 1;
    const q = qkv + <usize> i * row;
    attend(q, cache, cache + c, pair, length, heads, width, weights, 0, out + <usize> i * c);
  }
}
