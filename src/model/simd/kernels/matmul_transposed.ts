import { madd } from "./madd";
import { finish, STORE } from "./matmul";

/** Rows of a block of {@link matmulTransposed}. */
const BLOCK = 128;
/**
 * Columns from which on it pays to copy what many tiles read: rows whose distance is a power of two
 * would fight over a few lines of the cache.
 */
const COPY_FROM = 128;

/** Copies 4 columns. */
@inline
function copyFour(from: usize, distance: usize, to: usize, rows: i32): void {
  for (let i = 0; i < rows; i++) {
    v128.store(to, v128.load(from));
    from += distance;
    to += 16;
  }
}

/** Copies 8 columns, or 4 if they are not `wide`. */
@inline
function copyEight(from: usize, distance: usize, to: usize, rows: i32, wide: bool): void {
  for (let i = 0; i < rows; i++) {
    v128.store(to, v128.load(from));
    if (wide) v128.store(to, v128.load(from, 16), 16);
    from += distance;
    to += 32;
  }
}

/**
 * Four rows of C by eight columns, over `r` rows of A and B. Half of A is read by fours and spread by
 * shuffles: as many as keep both these and the loads, which V8 checks one by one, off the critical path.
 */
@inline
function tileTransposed(
  a: usize,
  lda: usize,
  b: usize,
  ldb: usize,
  c: usize,
  ldc: usize,
  r: i32,
  wide: bool,
  first: bool,
): void {
  const c1 = c + ldc, c2 = c1 + ldc, c3 = c2 + ldc;
  let s00 = f32x4.splat(0), s01 = s00, s10 = s00, s11 = s00;
  let s20 = s00, s21 = s00, s30 = s00, s31 = s00;
  if (!first) {
    s00 = v128.load(c);
    s10 = v128.load(c1);
    s20 = v128.load(c2);
    s30 = v128.load(c3);
    if (wide) {
      s01 = v128.load(c, 16);
      s11 = v128.load(c1, 16);
      s21 = v128.load(c2, 16);
      s31 = v128.load(c3, 16);
    }
  }
  let b0: v128, b1: v128, x: v128, y: v128;
  let i = 4;
  for (; i <= r; i += 4) {
    b0 = v128.load(b), b1 = v128.load(b, 16), y = v128.load(a);
    x = v128.shuffle<f32>(y, y, 0, 0, 0, 0), s00 = madd(s00, x, b0), s01 = madd(s01, x, b1);
    x = v128.shuffle<f32>(y, y, 1, 1, 1, 1), s10 = madd(s10, x, b0), s11 = madd(s11, x, b1);
    x = v128.load_splat<f32>(a, 8), s20 = madd(s20, x, b0), s21 = madd(s21, x, b1);
    x = v128.load_splat<f32>(a, 12), s30 = madd(s30, x, b0), s31 = madd(s31, x, b1);
    a += lda, b += ldb;
    b0 = v128.load(b), b1 = v128.load(b, 16), y = v128.load(a);
    x = v128.shuffle<f32>(y, y, 0, 0, 0, 0), s00 = madd(s00, x, b0), s01 = madd(s01, x, b1);
    x = v128.shuffle<f32>(y, y, 1, 1, 1, 1), s10 = madd(s10, x, b0), s11 = madd(s11, x, b1);
    x = v128.load_splat<f32>(a, 8), s20 = madd(s20, x, b0), s21 = madd(s21, x, b1);
    x = v128.load_splat<f32>(a, 12), s30 = madd(s30, x, b0), s31 = madd(s31, x, b1);
    a += lda, b += ldb;
    b0 = v128.load(b), b1 = v128.load(b, 16), y = v128.load(a);
    x = v128.shuffle<f32>(y, y, 0, 0, 0, 0), s00 = madd(s00, x, b0), s01 = madd(s01, x, b1);
    x = v128.shuffle<f32>(y, y, 1, 1, 1, 1), s10 = madd(s10, x, b0), s11 = madd(s11, x, b1);
    x = v128.load_splat<f32>(a, 8), s20 = madd(s20, x, b0), s21 = madd(s21, x, b1);
    x = v128.load_splat<f32>(a, 12), s30 = madd(s30, x, b0), s31 = madd(s31, x, b1);
    a += lda, b += ldb;
    b0 = v128.load(b), b1 = v128.load(b, 16), y = v128.load(a);
    x = v128.shuffle<f32>(y, y, 0, 0, 0, 0), s00 = madd(s00, x, b0), s01 = madd(s01, x, b1);
    x = v128.shuffle<f32>(y, y, 1, 1, 1, 1), s10 = madd(s10, x, b0), s11 = madd(s11, x, b1);
    x = v128.load_splat<f32>(a, 8), s20 = madd(s20, x, b0), s21 = madd(s21, x, b1);
    x = v128.load_splat<f32>(a, 12), s30 = madd(s30, x, b0), s31 = madd(s31, x, b1);
    a += lda, b += ldb;
  }
  for (i -= 4; i < r; i++) {
    b0 = v128.load(b), b1 = v128.load(b, 16), y = v128.load(a);
    x = v128.shuffle<f32>(y, y, 0, 0, 0, 0), s00 = madd(s00, x, b0), s01 = madd(s01, x, b1);
    x = v128.shuffle<f32>(y, y, 1, 1, 1, 1), s10 = madd(s10, x, b0), s11 = madd(s11, x, b1);
    x = v128.load_splat<f32>(a, 8), s20 = madd(s20, x, b0), s21 = madd(s21, x, b1);
    x = v128.load_splat<f32>(a, 12), s30 = madd(s30, x, b0), s31 = madd(s31, x, b1);
    a += lda, b += ldb;
  }
  finish(c, s00, s01, wide, STORE);
  finish(c1, s10, s11, wide, STORE);
  finish(c2, s20, s21, wide, STORE);
  finish(c3, s30, s31, wide, STORE);
}

/**
 * C = Aᵀ·B, `[R, M]ᵀ · [R, N] → [M, N]`: the gradient dYᵀ·X of a weight matrix. M and N are
 * multiples of 4; `ld` are row distances in numbers. `scratch` is `[128, N + 8]`. Up to 4 numbers past
 * B are read and not used.
 */
export function matmulTransposed(
  a: usize,
  lda: i32,
  b: usize,
  ldb: i32,
  c: usize,
  ldc: i32,
  r: i32,
  m: i32,
  n: i32,
  scratch: usize,
): void {
  const rowA = <usize> lda << 2, rowB = <usize> ldb << 2, rowC = <usize> ldc << 2;
  const copied = n >= COPY_FROM;
  const copyOfA = scratch + ((<usize> BLOCK * (n + 4)) << 2);
  // In blocks of rows that stay in the nearest caches while every tile passes over them.
  // Once even without rows: a sum of nothing is 0.
  for (let done = 0; done == 0 || done < r; done += BLOCK) {
    const rows = min(BLOCK, r - done);
    const first = done == 0;
    if (copied) {
      let to = scratch;
      for (let j = 0; j < n; j += 8) {
        copyEight(b + (<usize> j << 2), rowB, to, rows, n - j >= 8);
        to += <usize> rows << 5;
      }
    }
    for (let i = 0; i < m; i += 4) {
      let at = a + (<usize> i << 2), distance = rowA;
      if (copied) {
        copyFour(at, rowA, copyOfA, rows);
        at = copyOfA;
        distance = 16;
      }
      const to = c + <usize> i * rowC;
      for (let j = 0; j < n; j += 8) {
        const from = copied ? scratch + (<usize> (rows * j) << 2) : b + (<usize> j << 2);
        const step = copied ? 32 : rowB, wide = n - j >= 8;
        tileTransposed(at, distance, from, step, to + (<usize> j << 2), rowC, rows, wide, first);
      }
    }
    a += <usize> BLOCK * rowA;
    b += <usize> BLOCK * rowB;
  }
}
