import { fourLanes, lanes, spread0, spread1, spread2, spread3 } from "./lanes";
import { madd } from "./madd";

/** x·y over one row of `bytes` bytes, as four sums. */
@inline
function products(x: usize, y: usize, bytes: usize): v128 {
  let sums = f32x4.splat(0);
  for (let j: usize = 0; j < bytes; j += 16) sums = madd(sums, v128.load(x + j), v128.load(y + j));
  return sums;
}

/** The same of four rows, `bytes` bytes long and apart: a row a lane. */
@inline
function fourProducts(x: usize, y: usize, bytes: usize): v128 {
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
  const x1 = x + bytes, x2 = x1 + bytes, x3 = x2 + bytes;
  const y1 = y + bytes, y2 = y1 + bytes, y3 = y2 + bytes;
  for (let j: usize = 0; j < bytes; j += 16) {
    s0 = madd(s0, v128.load(x + j), v128.load(y + j));
    s1 = madd(s1, v128.load(x1 + j), v128.load(y1 + j));
    s2 = madd(s2, v128.load(x2 + j), v128.load(y2 + j));
    s3 = madd(s3, v128.load(x3 + j), v128.load(y3 + j));
  }
  return fourLanes(s0, s1, s2, s3);
}

/** y = x·s of one row. */
@inline
function scaled(x: usize, y: usize, s: v128, bytes: usize): void {
  for (let j: usize = 0; j < bytes; j += 16) v128.store(y + j, f32x4.mul(v128.load(x + j), s));
}

/**
 * RMSNorm of `rows` rows `[C]` at distance `ld` numbers, the padding after C being zeros: y = x·s
 * with s = (mean(x²) + ε)^−½. Keeps s of each row for the backward pass.
 */
export function rmsNorm(x: usize, y: usize, scales: usize, rows: i32, ld: i32, c: f32): void {
  const bytes = <usize> ld << 2;
  const one = f32x4.splat(1), count = f32x4.splat(c), epsilon = f32x4.splat(1e-5);
  for (; rows >= 4; rows -= 4) {
    const means = f32x4.div(fourProducts(x, x, bytes), count);
    const s = f32x4.div(one, f32x4.sqrt(f32x4.add(means, epsilon)));
    v128.store(scales, s);
    scaled(x, y, spread0(s), bytes);
    scaled(x + bytes, y + bytes, spread1(s), bytes);
    scaled(x + 2 * bytes, y + 2 * bytes, spread2(s), bytes);
    scaled(x + 3 * bytes, y + 3 * bytes, spread3(s), bytes);
    x += bytes << 2;
    y += bytes << 2;
    scales += 16;
  }
  for (; rows > 0; rows--) {
    const scale = <f32> 1 / sqrt<f32>(lanes(products(x, x, bytes)) / c + <f32> 1e-5);
    f32.store(scales, scale);
    scaled(x, y, f32x4.splat(scale), bytes);
    x += bytes;
    y += bytes;
    scales += 4;
  }
}

/** One row of {@link rmsNormBackward}. */
@inline
function through(dy: usize, y: usize, dx: usize, s: v128, mean: v128, bytes: usize, add: bool): void {
  for (let j: usize = 0; j < bytes; j += 16) {
    let d = f32x4.mul(s, f32x4.sub(v128.load(dy + j), f32x4.mul(v128.load(y + j), mean)));
    if (add) d = f32x4.add(d, v128.load(dx + j));
    v128.store(dx + j, d);
  }
}

/**
 * dx (+)= s·(dy − y·(dy·y)/C), for y = rmsNorm(x); adds to `dx` if `add` is not 0, otherwise `dx` may be
 * `dy`.
 */
export function rmsNormBackward(
  dy: usize,
  y: usize,
  scales: usize,
  dx: usize,
  rows: i32,
  ld: i32,
  c: f32,
  add: i32,
): void {
  const bytes = <usize> ld << 2, adds = add != 0, count = f32x4.splat(c);
  for (; rows >= 4; rows -= 4) {
    const means = f32x4.div(fourProducts(dy, y, bytes), count), s = v128.load(scales);
    through(dy, y, dx, spread0(s), spread0(means), bytes, adds);
    dy += bytes, y += bytes, dx += bytes;
    through(dy, y, dx, spread1(s), spread1(means), bytes, adds);
    dy += bytes, y += bytes, dx += bytes;
    through(dy, y, dx, spread2(s), spread2(means), bytes, adds);
    dy += bytes, y += bytes, dx += bytes;
    through(dy, y, dx, spread3(s), spread3(means), bytes, adds);
    dy += bytes, y += bytes, dx += bytes;
    scales += 16;
  }
  for (; rows > 0; rows--) {
    const mean = f32x4.splat(lanes(products(dy, y, bytes)) / c);
    through(dy, y, dx, v128.load32_splat(scales), mean, bytes, adds);
    dy += bytes, y += bytes, dx += bytes;
    scales += 4;
  }
}

/** x = wte[token] + wpe[position] for `rows` rows. */
export function embed(
  tokens: usize,
  positions: usize,
  wte: usize,
  wpe: usize,
  x: usize,
  rows: i32,
  ld: i32,
): void {
  const bytes = <usize> ld << 2;
  for (let i = 0; i < rows; i++) {
    const e = wte + <usize> i32.load(tokens + (<usize> i << 2)) * bytes;
    const p = wpe + <usize> i32.load(positions + (<usize> i << 2)) * bytes;
    for (let j: usize = 0; j < bytes; j += 16) {
      v128.store(x + j, f32x4.add(v128.load(e + j), v128.load(p + j)));
    }
    x += bytes;
  }
}

/** Adds each row of `dx` to the gradients of its token's and its position's embedding. */
export function embedBackward(
  tokens: usize,
  positions: usize,
  dx: usize,
  dwte: usize,
  dwpe: usize,
  rows: i32,
  ld: i32,
): void {
  const bytes = <usize> ld << 2;
  for (let i = 0; i < rows; i++) {
    const e = dwte + <usize> i32.load(tokens + (<usize> i << 2)) * bytes;
    const p = dwpe + <usize> i32.load(positions + (<usize> i << 2)) * bytes;
    for (let j: usize = 0; j < bytes; j += 16) {
      const d = v128.load(dx + j);
      v128.store(e + j, f32x4.add(v128.load(e + j), d));
      v128.store(p + j, f32x4.add(v128.load(p + j), d));
    }
    dx += bytes;
  }
}

/** dh = 0 where h is 0: the backward pass of h = max(0, ·), in place on `dh`; a multiple of 4. */
export function reluBackward(dh: usize, h: usize, count: i32): void {
  for (let i: usize = 0, end = <usize> count << 2; i < end; i += 16) {
    const alive = f32x4.gt(v128.load(h + i), f32x4.splat(0));
    v128.store(dh + i, v128.and(v128.load(dh + i), alive));
  }
}

/** to = from; the engine's own copy goes word by word in shared memory. */
export function copy(to: usize, from: usize, count: i32): void {
  memory.copy(to, from, <usize> count << 2);
}

/** to = 0. */
export function clear(to: usize, count: i32): void {
  memory.fill(to, 0, <usize> count << 2);
}

/** to += from; a multiple of 4. */
export function addTo(to: usize, from: usize, count: i32): void {
  for (let i: usize = 0, end = <usize> count << 2; i < end; i += 16) {
    v128.store(to + i, f32x4.add(v128.load(to + i), v128.load(from + i)));
  }
}
