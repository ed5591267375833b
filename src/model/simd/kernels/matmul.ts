// Every element of a product is one sum from k = 0 upwards in one accumulator, whatever tile it falls
// into: that is what makes a row's result the same bits alone and in any batch.
//
// Products are `A · B`, `[M, K] · [K, N]`, with B packed in panels of 8 columns: element (k, n) is at
// (n / 8) · 8K + 8k + n mod 8. N is counted in whole panels; the columns past the true N hold zeros.

/**
 * Packs the transpose of `w` `[N, K]` (row distance `ld`): the B of X·Wᵀ. N and K are multiples of 4.
 */
export function packTransposed(w: usize, ld: i32, packed: usize, n: i32, k: i32): void {
  const row = <usize> ld << 2;
  for (let first = 0; first < n; first += 4) {
    let to = packed + <usize> (first >> 3) * (<usize> k << 5) + (<usize> (first & 4) << 2);
    let w0 = w + <usize> first * row, w1 = w0 + row, w2 = w1 + row, w3 = w2 + row;
    for (let j = 0; j < k; j += 4) {
      const a = v128.load(w0), b = v128.load(w1), c = v128.load(w2), d = v128.load(w3);
      const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5), cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
      const AB = v128.shuffle<f32>(a, b, 2, 6, 3, 7), CD = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
      v128.store(to, v128.shuffle<f32>(ab, cd, 0, 1, 4, 5));
      v128.store(to, v128.shuffle<f32>(ab, cd, 2, 3, 6, 7), 32);
      v128.store(to, v128.shuffle<f32>(AB, CD, 0, 1, 4, 5), 64);
      v128.store(to, v128.shuffle<f32>(AB, CD, 2, 3, 6, 7), 96);
      to += 128;
      w0 += 16;
      w1 += 16;
      w2 += 16;
      w3 += 16;
    }
  }
}

/** Packs `w` `[K, N]` (row distance `ld`) as it is: the B of dY·W. N is a multiple of 4. */
export function packPlain(w: usize, ld: i32, packed: usize, n: i32, k: i32): void {
  const row = <usize> ld << 2;
  let to = packed;
  for (let first = 0; first < n; first += 8) {
    let from = w + (<usize> first << 2);
    const whole = n - first >= 8;
    for (let j = 0; j < k; j++) {
      v128.store(to, v128.load(from));
      v128.store(to, whole ? v128.load(from, 16) : f32x4.splat(0), 16);
      from += row;
      to += 32;
    }
  }
}

@inline
function madd(sum: v128, a: v128, b: v128): v128 {
  return f32x4.add(sum, f32x4.mul(a, b));
}

/** What to do with a finished element of a product. */
const STORE = 0;
const ADD = 1;
const RELU = 2;

@inline
function finish(c: usize, value: v128, mode: i32): void {
  if (mode == ADD) value = f32x4.add(value, v128.load(c));
  else if (mode == RELU) value = f32x4.max(value, f32x4.splat(0));
  v128.store(c, value);
}

/**
 * Four rows by one panel; K is a multiple of 4, and its steps are written out by fours. V8 checks
 * each load here against the end of the memory, so half of A is read by fours and spread by shuffles:
 * as many of each as keeps both the loads and the shuffles off the critical path.
 */
@inline
function tile4(
  a0: usize,
  lda: usize,
  b: usize,
  c: usize,
  ldc: usize,
  k: i32,
  wide: bool,
  mode: i32,
): void {
  let s00 = f32x4.splat(0), s01 = s00, s10 = s00, s11 = s00;
  let s20 = s00, s21 = s00, s30 = s00, s31 = s00;
  let a1 = a0 + lda, a2 = a1 + lda, a3 = a2 + lda;
  for (const end = a0 + (<usize> k << 2); a0 < end; a0 += 16) {
    const x0 = v128.load(a0), x1 = v128.load(a1);
    let b0: v128, b1: v128, x: v128;
    b0 = v128.load(b, 0);
    b1 = v128.load(b, 16);
    x = v128.shuffle<f32>(x0, x0, 0, 0, 0, 0);
    s00 = madd(s00, x, b0);
    s01 = madd(s01, x, b1);
    x = v128.shuffle<f32>(x1, x1, 0, 0, 0, 0);
    s10 = madd(s10, x, b0);
    s11 = madd(s11, x, b1);
    x = v128.load_splat<f32>(a2, 0);
    s20 = madd(s20, x, b0);
    s21 = madd(s21, x, b1);
    x = v128.load_splat<f32>(a3, 0);
    s30 = madd(s30, x, b0);
    s31 = madd(s31, x, b1);
    b0 = v128.load(b, 32);
    b1 = v128.load(b, 48);
    x = v128.shuffle<f32>(x0, x0, 1, 1, 1, 1);
    s00 = madd(s00, x, b0);
    s01 = madd(s01, x, b1);
    x = v128.shuffle<f32>(x1, x1, 1, 1, 1, 1);
    s10 = madd(s10, x, b0);
    s11 = madd(s11, x, b1);
    x = v128.load_splat<f32>(a2, 4);
    s20 = madd(s20, x, b0);
    s21 = madd(s21, x, b1);
    x = v128.load_splat<f32>(a3, 4);
    s30 = madd(s30, x, b0);
    s31 = madd(s31, x, b1);
    b0 = v128.load(b, 64);
    b1 = v128.load(b, 80);
    x = v128.shuffle<f32>(x0, x0, 2, 2, 2, 2);
    s00 = madd(s00, x, b0);
    s01 = madd(s01, x, b1);
    x = v128.shuffle<f32>(x1, x1, 2, 2, 2, 2);
    s10 = madd(s10, x, b0);
    s11 = madd(s11, x, b1);
    x = v128.load_splat<f32>(a2, 8);
    s20 = madd(s20, x, b0);
    s21 = madd(s21, x, b1);
    x = v128.load_splat<f32>(a3, 8);
    s30 = madd(s30, x, b0);
    s31 = madd(s31, x, b1);
    b0 = v128.load(b, 96);
    b1 = v128.load(b, 112);
    x = v128.shuffle<f32>(x0, x0, 3, 3, 3, 3);
    s00 = madd(s00, x, b0);
    s01 = madd(s01, x, b1);
    x = v128.shuffle<f32>(x1, x1, 3, 3, 3, 3);
    s10 = madd(s10, x, b0);
    s11 = madd(s11, x, b1);
    x = v128.load_splat<f32>(a2, 12);
    s20 = madd(s20, x, b0);
    s21 = madd(s21, x, b1);
    x = v128.load_splat<f32>(a3, 12);
    s30 = madd(s30, x, b0);
    s31 = madd(s31, x, b1);
    a1 += 16;
    a2 += 16;
    a3 += 16;
    b += 128;
  }
  const c1 = c + ldc, c2 = c1 + ldc, c3 = c2 + ldc;
  finish(c, s00, mode);
  finish(c1, s10, mode);
  finish(c2, s20, mode);
  finish(c3, s30, mode);
  if (wide) {
    finish(c + 16, s01, mode);
    finish(c1 + 16, s11, mode);
    finish(c2 + 16, s21, mode);
    finish(c3 + 16, s31, mode);
  }
}

/** One row by one panel. */
@inline
function tile1(a: usize, b: usize, c: usize, k: i32, wide: bool, mode: i32): void {
  let s0 = f32x4.splat(0), s1 = s0;
  for (const end = a + (<usize> k << 2); a < end; a += 16) {
    let x: v128;
    x = v128.load_splat<f32>(a, 0);
    s0 = madd(s0, x, v128.load(b, 0));
    s1 = madd(s1, x, v128.load(b, 16));
    x = v128.load_splat<f32>(a, 4);
    s0 = madd(s0, x, v128.load(b, 32));
    s1 = madd(s1, x, v128.load(b, 48));
    x = v128.load_splat<f32>(a, 8);
    s0 = madd(s0, x, v128.load(b, 64));
    s1 = madd(s1, x, v128.load(b, 80));
    x = v128.load_splat<f32>(a, 12);
    s0 = madd(s0, x, v128.load(b, 96));
    s1 = madd(s1, x, v128.load(b, 112));
    b += 128;
  }
  finish(c, s0, mode);
  if (wide) finish(c + 16, s1, mode);
}

/** One row by four panels, so that enough sums are under way to hide an addition's latency. */
@inline
function tile1x4(a: usize, b0: usize, panel: usize, c: usize, k: i32, mode: i32): void {
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
  let b1 = b0 + panel, b2 = b1 + panel, b3 = b2 + panel;
  for (const end = a + (<usize> k << 2); a < end; a += 16) {
    let x: v128;
    x = v128.load_splat<f32>(a, 0);
    s0 = madd(s0, x, v128.load(b0, 0));
    s1 = madd(s1, x, v128.load(b0, 16));
    s2 = madd(s2, x, v128.load(b1, 0));
    s3 = madd(s3, x, v128.load(b1, 16));
    s4 = madd(s4, x, v128.load(b2, 0));
    s5 = madd(s5, x, v128.load(b2, 16));
    s6 = madd(s6, x, v128.load(b3, 0));
    s7 = madd(s7, x, v128.load(b3, 16));
    x = v128.load_splat<f32>(a, 4);
    s0 = madd(s0, x, v128.load(b0, 32));
    s1 = madd(s1, x, v128.load(b0, 48));
    s2 = madd(s2, x, v128.load(b1, 32));
    s3 = madd(s3, x, v128.load(b1, 48));
    s4 = madd(s4, x, v128.load(b2, 32));
    s5 = madd(s5, x, v128.load(b2, 48));
    s6 = madd(s6, x, v128.load(b3, 32));
    s7 = madd(s7, x, v128.load(b3, 48));
    x = v128.load_splat<f32>(a, 8);
    s0 = madd(s0, x, v128.load(b0, 64));
    s1 = madd(s1, x, v128.load(b0, 80));
    s2 = madd(s2, x, v128.load(b1, 64));
    s3 = madd(s3, x, v128.load(b1, 80));
    s4 = madd(s4, x, v128.load(b2, 64));
    s5 = madd(s5, x, v128.load(b2, 80));
    s6 = madd(s6, x, v128.load(b3, 64));
    s7 = madd(s7, x, v128.load(b3, 80));
    x = v128.load_splat<f32>(a, 12);
    s0 = madd(s0, x, v128.load(b0, 96));
    s1 = madd(s1, x, v128.load(b0, 112));
    s2 = madd(s2, x, v128.load(b1, 96));
    s3 = madd(s3, x, v128.load(b1, 112));
    s4 = madd(s4, x, v128.load(b2, 96));
    s5 = madd(s5, x, v128.load(b2, 112));
    s6 = madd(s6, x, v128.load(b3, 96));
    s7 = madd(s7, x, v128.load(b3, 112));
    b0 += 128;
    b1 += 128;
    b2 += 128;
    b3 += 128;
  }
  finish(c, s0, mode);
  finish(c + 16, s1, mode);
  finish(c + 32, s2, mode);
  finish(c + 48, s3, mode);
  finish(c + 64, s4, mode);
  finish(c + 80, s5, mode);
  finish(c + 96, s6, mode);
  finish(c + 112, s7, mode);
}

/**
 * C = A·B with B packed; `mode` 0 stores, 1 adds to what is there, 2 stores max(0, ·). N is a
 * multiple of 4; `lda` and `ldc` are row distances in numbers.
 */
export function matmul(
  a: usize,
  lda: i32,
  b: usize,
  c: usize,
  ldc: i32,
  m: i32,
  n: i32,
  k: i32,
  mode: i32,
): void {
  if (mode == ADD) product(a, <usize> lda << 2, b, c, <usize> ldc << 2, m, n, k, ADD);
  else if (mode == RELU) product(a, <usize> lda << 2, b, c, <usize> ldc << 2, m, n, k, RELU);
  else product(a, <usize> lda << 2, b, c, <usize> ldc << 2, m, n, k, STORE);
}

@inline
function product(
  a: usize,
  lda: usize,
  b: usize,
  c: usize,
  ldc: usize,
  m: i32,
  n: i32,
  k: i32,
  mode: i32,
): void {
  const panel = <usize> k << 5;
  const fours = m & ~3;
  if (fours > 0) {
    // Panels outside: one is used by all rows while it is in the nearest cache.
    let bp = b;
    for (let j = 0; j < n; j += 8) {
      const wide = n - j >= 8;
      let ap = a, cp = c + (<usize> j << 2);
      for (let i = 0; i < fours; i += 4) {
        tile4(ap, lda, bp, cp, ldc, k, wide, mode);
        ap += lda << 2;
        cp += ldc << 2;
      }
      bp += panel;
    }
  }
  for (let i = fours; i < m; i++) {
    const ap = a + <usize> i * lda, cp = c + <usize> i * ldc;
    let bp = b, j = 0;
    for (; j + 32 <= n; j += 32) {
      tile1x4(ap, bp, panel, cp + (<usize> j << 2), k, mode);
      bp += panel << 2;
    }
    for (; j < n; j += 8) {
      tile1(ap, bp, cp + (<usize> j << 2), k, n - j >= 8, mode);
      bp += panel;
    }
  }
}

/**
 * C = Aᵀ·B, `[R, M]ᵀ · [R, N] → [M, N]`: the gradient dYᵀ·X of a weight matrix. M and N are
 * multiples of 4; `ld` are row distances in numbers.
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
): void {
  const rowA = <usize> lda << 2, rowB = <usize> ldb << 2, rowC = <usize> ldc << 2;
  // In blocks of rows that stay in the nearest cache while every tile passes over them.
  // Once even without rows: a sum of nothing is 0.
  for (let done = 0; done == 0 || done < r; done += BLOCK) {
    const rows = min(BLOCK, r - done);
    for (let j = 0; j < n; j += 8) {
      const bp = b + (<usize> j << 2), cp = c + (<usize> j << 2);
      if (n - j >= 8) {
        for (let i = 0; i < m; i += 4) {
          const ap = a + (<usize> i << 2), at = cp + <usize> i * rowC;
          tileTransposed(ap, rowA, bp, rowB, at, rowC, rows, done > 0);
        }
      } else {
        for (let i = 0; i < m; i += 4) {
          const ap = a + (<usize> i << 2), at = cp + <usize> i * rowC;
          tileTransposedNarrow(ap, rowA, bp, rowB, at, rowC, rows, done > 0);
        }
      }
    }
    a += <usize> BLOCK * rowA;
    b += <usize> BLOCK * rowB;
  }
}

/** Rows of a block of {@link matmulTransposed}. */
const BLOCK = 64;

@inline
function tileTransposed(
  a: usize,
  lda: usize,
  b: usize,
  ldb: usize,
  c: usize,
  ldc: usize,
  r: i32,
  go_on: bool,
): void {
  const c1 = c + ldc, c2 = c1 + ldc, c3 = c2 + ldc;
  let s00 = f32x4.splat(0), s01 = s00, s10 = s00, s11 = s00;
  let s20 = s00, s21 = s00, s30 = s00, s31 = s00;
  if (go_on) {
    s00 = v128.load(c);
    s01 = v128.load(c, 16);
    s10 = v128.load(c1);
    s11 = v128.load(c1, 16);
    s20 = v128.load(c2);
    s21 = v128.load(c2, 16);
    s30 = v128.load(c3);
    s31 = v128.load(c3, 16);
  }
  for (let i = 0; i < r; i++) {
    const b0 = v128.load(b), b1 = v128.load(b, 16), y = v128.load(a);
    let x = v128.shuffle<f32>(y, y, 0, 0, 0, 0);
    s00 = madd(s00, x, b0);
    s01 = madd(s01, x, b1);
    x = v128.shuffle<f32>(y, y, 1, 1, 1, 1);
    s10 = madd(s10, x, b0);
    s11 = madd(s11, x, b1);
    x = v128.shuffle<f32>(y, y, 2, 2, 2, 2);
    s20 = madd(s20, x, b0);
    s21 = madd(s21, x, b1);
    x = v128.shuffle<f32>(y, y, 3, 3, 3, 3);
    s30 = madd(s30, x, b0);
    s31 = madd(s31, x, b1);
    a += lda;
    b += ldb;
  }
  v128.store(c, s00);
  v128.store(c, s01, 16);
  v128.store(c1, s10);
  v128.store(c1, s11, 16);
  v128.store(c2, s20);
  v128.store(c2, s21, 16);
  v128.store(c3, s30);
  v128.store(c3, s31, 16);
}

@inline
function tileTransposedNarrow(
  a: usize,
  lda: usize,
  b: usize,
  ldb: usize,
  c: usize,
  ldc: usize,
  r: i32,
  go_on: bool,
): void {
  const c1 = c + ldc, c2 = c1 + ldc, c3 = c2 + ldc;
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
  if (go_on) {
    s0 = v128.load(c);
    s1 = v128.load(c1);
    s2 = v128.load(c2);
    s3 = v128.load(c3);
  }
  for (let i = 0; i < r; i++) {
    const b0 = v128.load(b);
    s0 = madd(s0, v128.load_splat<f32>(a), b0);
    s1 = madd(s1, v128.load_splat<f32>(a, 4), b0);
    s2 = madd(s2, v128.load_splat<f32>(a, 8), b0);
    s3 = madd(s3, v128.load_splat<f32>(a, 12), b0);
    a += lda;
    b += ldb;
  }
  v128.store(c, s0);
  v128.store(c1, s1);
  v128.store(c2, s2);
  v128.store(c3, s3);
}
