import { lanes } from "./exponential";
import { madd } from "./madd";

/**
 * RMSNorm of `rows` rows `[C]` at distance `ld` numbers, the padding after C being zeros: y = x·s
 * with s = (mean(x²) + ε)^−½. Keeps s of each row for the backward pass.
 */
export function rmsNorm(x: usize, y: usize, scales: usize, rows: i32, ld: i32, c: f32): void {
  const bytes = <usize> ld << 2;
  for (let i = 0; i < rows; i++) {
    let squares = f32x4.splat(0);
    for (let j: usize = 0; j < bytes; j += 16) {
      const v = v128.load(x + j);
      squares = madd(squares, v, v);
    }
    const scale = <f32> 1 / sqrt<f32>(lanes(squares) / c + <f32> 1e-5);
    f32.store(scales + (<usize> i << 2), scale);
    const s = f32x4.splat(scale);
    for (let j: usize = 0; j < bytes; j += 16) {
      v128.store(y + j, f32x4.mul(v128.load(x + j), s));
    }
    x += bytes;
    y += bytes;
  }
}

/** dx (+)= s·(dy − y·(dy·y)/C), for y = rmsNorm(x); adds to `dx` if `add` is not 0. */
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
  const bytes = <usize> ld << 2;
  for (let i = 0; i < rows; i++) {
    let products = f32x4.splat(0);
    for (let j: usize = 0; j < bytes; j += 16) {
      products = madd(products, v128.load(dy + j), v128.load(y + j));
    }
    const mean = f32x4.splat(lanes(products) / c);
    const s = f32x4.splat(f32.load(scales + (<usize> i << 2)));
    for (let j: usize = 0; j < bytes; j += 16) {
      let d = f32x4.mul(s, f32x4.sub(v128.load(dy + j), f32x4.mul(v128.load(y + j), mean)));
      if (add) d = f32x4.add(d, v128.load(dx + j));
      v128.store(dx + j, d);
    }
    dy += bytes;
    y += bytes;
    dx += bytes;
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
