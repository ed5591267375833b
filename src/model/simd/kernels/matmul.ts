import { madd } from "./madd";
import { PANEL, panelWidth } from "./pack";

// Every element of a product is one sum from k = 0 upwards in one accumulator, whatever tile it falls
// into: that is what makes a row's result the same bits alone and in any batch.

/** The use of a finished element of a product. */
export const STORE = 0;
const ADD = 1;
const RELU = 2;

/** Stores eight numbers of a row, or the first four if it is not `wide`. */
@inline
export function finish(c: usize, s0: v128, s1: v128, wide: bool, mode: i32): void {
  if (mode == ADD) {
    v128.store(c, f32x4.add(s0, v128.load(c)));
    if (wide) v128.store(c, f32x4.add(s1, v128.load(c, 16)), 16);
  } else {
    if (mode == RELU) {
      s0 = f32x4.pmax(s0, f32x4.splat(0));
      s1 = f32x4.pmax(s1, f32x4.splat(0));
    }
    v128.store(c, s0);
    if (wide) v128.store(c, s1, 16);
  }
}

/** Four rows by eight columns. */
@inline
function tile4(
  a0: usize,
  lda: usize,
  b: usize,
  step: usize,
  c: usize,
  ldc: usize,
  k: i32,
  wide: bool,
  mode: i32,
): void {
  let s00 = f32x4.splat(0), s01 = s00, s10 = s00, s11 = s00;
  let s20 = s00, s21 = s00, s30 = s00, s31 = s00;
  let b0: v128, b1: v128, x: v128;
  let a1 = a0 + lda, a2 = a1 + lda, a3 = a2 + lda;
  const end = a0 + (<usize> k << 2);
  for (const last = end - 31; a0 < last; a0 += 32) {
    b0 = v128.load(b), b1 = v128.load(b, 16);
    x = v128.load_splat<f32>(a0), s00 = madd(s00, x, b0), s01 = madd(s01, x, b1);
    x = v128.load_splat<f32>(a1), s10 = madd(s10, x, b0), s11 = madd(s11, x, b1);
    x = v128.load_splat<f32>(a2), s20 = madd(s20, x, b0), s21 = madd(s21, x, b1);
    x = v128.load_splat<f32>(a3), s30 = madd(s30, x, b0), s31 = madd(s31, x, b1);
    b += step;
    b0 = v128.load(b), b1 = v128.load(b, 16);
    x = v128.load_splat<f32>(a0, 4), s00 = madd(s00, x, b0), s01 = madd(s01, x, b1);
    x = v128.load_splat<f32>(a1, 4), s10 = madd(s10, x, b0), s11 = madd(s11, x, b1);
    x = v128.load_splat<f32>(a2, 4), s20 = madd(s20, x, b0), s21 = madd(s21, x, b1);
    x = v128.load_splat<f32>(a3, 4), s30 = madd(s30, x, b0), s31 = madd(s31, x, b1);
    b += step;
    b0 = v128.load(b), b1 = v128.load(b, 16);
    x = v128.load_splat<f32>(a0, 8), s00 = madd(s00, x, b0), s01 = madd(s01, x, b1);
    x = v128.load_splat<f32>(a1, 8), s10 = madd(s10, x, b0), s11 = madd(s11, x, b1);
    x = v128.load_splat<f32>(a2, 8), s20 = madd(s20, x, b0), s21 = madd(s21, x, b1);
    x = v128.load_splat<f32>(a3, 8), s30 = madd(s30, x, b0), s31 = madd(s31, x, b1);
    b += step;
    b0 = v128.load(b), b1 = v128.load(b, 16);
    x = v128.load_splat<f32>(a0, 12), s00 = madd(s00, x, b0), s01 = madd(s01, x, b1);
    x = v128.load_splat<f32>(a1, 12), s10 = madd(s10, x, b0), s11 = madd(s11, x, b1);
    x = v128.load_splat<f32>(a2, 12), s20 = madd(s20, x, b0), s21 = madd(s21, x, b1);
    x = v128.load_splat<f32>(a3, 12), s30 = madd(s30, x, b0), s31 = madd(s31, x, b1);
    b += step;
    b0 = v128.load(b), b1 = v128.load(b, 16);
    x = v128.load_splat<f32>(a0, 16), s00 = madd(s00, x, b0), s01 = madd(s01, x, b1);
    x = v128.load_splat<f32>(a1, 16), s10 = madd(s10, x, b0), s11 = madd(s11, x, b1);
    x = v128.load_splat<f32>(a2, 16), s20 = madd(s20, x, b0), s21 = madd(s21, x, b1);
    x = v128.load_splat<f32>(a3, 16), s30 = madd(s30, x, b0), s31 = madd(s31, x, b1);
    b += step;
    b0 = v128.load(b), b1 = v128.load(b, 16);
    x = v128.load_splat<f32>(a0, 20), s00 = madd(s00, x, b0), s01 = madd(s01, x, b1);
    x = v128.load_splat<f32>(a1, 20), s10 = madd(s10, x, b0), s11 = madd(s11, x, b1);
    x = v128.load_splat<f32>(a2, 20), s20 = madd(s20, x, b0), s21 = madd(s21, x, b1);
    x = v128.load_splat<f32>(a3, 20), s30 = madd(s30, x, b0), s31 = madd(s31, x, b1);
    b += step;
    b0 = v128.load(b), b1 = v128.load(b, 16);
    x = v128.load_splat<f32>(a0, 24), s00 = madd(s00, x, b0), s01 = madd(s01, x, b1);
    x = v128.load_splat<f32>(a1, 24), s10 = madd(s10, x, b0), s11 = madd(s11, x, b1);
    x = v128.load_splat<f32>(a2, 24), s20 = madd(s20, x, b0), s21 = madd(s21, x, b1);
    x = v128.load_splat<f32>(a3, 24), s30 = madd(s30, x, b0), s31 = madd(s31, x, b1);
    b += step;
    b0 = v128.load(b), b1 = v128.load(b, 16);
    x = v128.load_splat<f32>(a0, 28), s00 = madd(s00, x, b0), s01 = madd(s01, x, b1);
    x = v128.load_splat<f32>(a1, 28), s10 = madd(s10, x, b0), s11 = madd(s11, x, b1);
    x = v128.load_splat<f32>(a2, 28), s20 = madd(s20, x, b0), s21 = madd(s21, x, b1);
    x = v128.load_splat<f32>(a3, 28), s30 = madd(s30, x, b0), s31 = madd(s31, x, b1);
    b += step;
    a1 += 32, a2 += 32, a3 += 32;
  }
  if (k & 4) {
    b0 = v128.load(b), b1 = v128.load(b, 16);
    x = v128.load_splat<f32>(a0), s00 = madd(s00, x, b0), s01 = madd(s01, x, b1);
    x = v128.load_splat<f32>(a1), s10 = madd(s10, x, b0), s11 = madd(s11, x, b1);
    x = v128.load_splat<f32>(a2), s20 = madd(s20, x, b0), s21 = madd(s21, x, b1);
    x = v128.load_splat<f32>(a3), s30 = madd(s30, x, b0), s31 = madd(s31, x, b1);
    b += step;
    b0 = v128.load(b), b1 = v128.load(b, 16);
    x = v128.load_splat<f32>(a0, 4), s00 = madd(s00, x, b0), s01 = madd(s01, x, b1);
    x = v128.load_splat<f32>(a1, 4), s10 = madd(s10, x, b0), s11 = madd(s11, x, b1);
    x = v128.load_splat<f32>(a2, 4), s20 = madd(s20, x, b0), s21 = madd(s21, x, b1);
    x = v128.load_splat<f32>(a3, 4), s30 = madd(s30, x, b0), s31 = madd(s31, x, b1);
    b += step;
    b0 = v128.load(b), b1 = v128.load(b, 16);
    x = v128.load_splat<f32>(a0, 8), s00 = madd(s00, x, b0), s01 = madd(s01, x, b1);
    x = v128.load_splat<f32>(a1, 8), s10 = madd(s10, x, b0), s11 = madd(s11, x, b1);
    x = v128.load_splat<f32>(a2, 8), s20 = madd(s20, x, b0), s21 = madd(s21, x, b1);
    x = v128.load_splat<f32>(a3, 8), s30 = madd(s30, x, b0), s31 = madd(s31, x, b1);
    b += step;
    b0 = v128.load(b), b1 = v128.load(b, 16);
    x = v128.load_splat<f32>(a0, 12), s00 = madd(s00, x, b0), s01 = madd(s01, x, b1);
    x = v128.load_splat<f32>(a1, 12), s10 = madd(s10, x, b0), s11 = madd(s11, x, b1);
    x = v128.load_splat<f32>(a2, 12), s20 = madd(s20, x, b0), s21 = madd(s21, x, b1);
    x = v128.load_splat<f32>(a3, 12), s30 = madd(s30, x, b0), s31 = madd(s31, x, b1);
    b += step;
  }
  const c1 = c + ldc, c2 = c1 + ldc, c3 = c2 + ldc;
  // The uses of wide tiles apart, so that each is decided once, not for each row.
  if (wide && mode == STORE) {
    finish(c, s00, s01, true, STORE), finish(c1, s10, s11, true, STORE);
    finish(c2, s20, s21, true, STORE), finish(c3, s30, s31, true, STORE);
  } else if (wide && mode == ADD) {
    finish(c, s00, s01, true, ADD), finish(c1, s10, s11, true, ADD);
    finish(c2, s20, s21, true, ADD), finish(c3, s30, s31, true, ADD);
  } else if (wide) {
    finish(c, s00, s01, true, RELU), finish(c1, s10, s11, true, RELU);
    finish(c2, s20, s21, true, RELU), finish(c3, s30, s31, true, RELU);
  } else {
    finish(c, s00, s01, false, mode), finish(c1, s10, s11, false, mode);
    finish(c2, s20, s21, false, mode), finish(c3, s30, s31, false, mode);
  }
}

/** Two rows by a panel of sixteen columns. */
@inline
function tile2(
  a0: usize,
  lda: usize,
  b: usize,
  c: usize,
  ldc: usize,
  k: i32,
  wide: bool,
  mode: i32,
): void {
  let s00 = f32x4.splat(0), s01 = s00, s02 = s00, s03 = s00;
  let s10 = s00, s11 = s00, s12 = s00, s13 = s00;
  let x: v128, y: v128, z: v128;
  let a1 = a0 + lda;
  for (const end = a0 + (<usize> k << 2); a0 < end; a0 += 16) {
    x = v128.load_splat<f32>(a0), y = v128.load_splat<f32>(a1);
    z = v128.load(b), s00 = madd(s00, x, z), s10 = madd(s10, y, z);
    z = v128.load(b, 16), s01 = madd(s01, x, z), s11 = madd(s11, y, z);
    z = v128.load(b, 32), s02 = madd(s02, x, z), s12 = madd(s12, y, z);
    z = v128.load(b, 48), s03 = madd(s03, x, z), s13 = madd(s13, y, z);
    x = v128.load_splat<f32>(a0, 4), y = v128.load_splat<f32>(a1, 4);
    z = v128.load(b, 64), s00 = madd(s00, x, z), s10 = madd(s10, y, z);
    z = v128.load(b, 80), s01 = madd(s01, x, z), s11 = madd(s11, y, z);
    z = v128.load(b, 96), s02 = madd(s02, x, z), s12 = madd(s12, y, z);
    z = v128.load(b, 112), s03 = madd(s03, x, z), s13 = madd(s13, y, z);
    x = v128.load_splat<f32>(a0, 8), y = v128.load_splat<f32>(a1, 8);
    z = v128.load(b, 128), s00 = madd(s00, x, z), s10 = madd(s10, y, z);
    z = v128.load(b, 144), s01 = madd(s01, x, z), s11 = madd(s11, y, z);
    z = v128.load(b, 160), s02 = madd(s02, x, z), s12 = madd(s12, y, z);
    z = v128.load(b, 176), s03 = madd(s03, x, z), s13 = madd(s13, y, z);
    x = v128.load_splat<f32>(a0, 12), y = v128.load_splat<f32>(a1, 12);
    z = v128.load(b, 192), s00 = madd(s00, x, z), s10 = madd(s10, y, z);
    z = v128.load(b, 208), s01 = madd(s01, x, z), s11 = madd(s11, y, z);
    z = v128.load(b, 224), s02 = madd(s02, x, z), s12 = madd(s12, y, z);
    z = v128.load(b, 240), s03 = madd(s03, x, z), s13 = madd(s13, y, z);
    a1 += 16;
    b += 256;
  }
  finish(c, s00, s01, true, mode);
  finish(c + 32, s02, s03, wide, mode);
  finish(c + ldc, s10, s11, true, mode);
  finish(c + ldc + 32, s12, s13, wide, mode);
}

/** One row by a panel of sixteen columns. */
@inline
function tile1(a0: usize, b: usize, c: usize, k: i32, wide: bool, mode: i32): void {
  let s00 = f32x4.splat(0), s01 = s00, s02 = s00, s03 = s00;
  let x: v128;
  for (const end = a0 + (<usize> k << 2); a0 < end; a0 += 16) {
    x = v128.load_splat<f32>(a0);
    s00 = madd(s00, x, v128.load(b)), s01 = madd(s01, x, v128.load(b, 16));
    s02 = madd(s02, x, v128.load(b, 32)), s03 = madd(s03, x, v128.load(b, 48));
    x = v128.load_splat<f32>(a0, 4);
    s00 = madd(s00, x, v128.load(b, 64)), s01 = madd(s01, x, v128.load(b, 80));
    s02 = madd(s02, x, v128.load(b, 96)), s03 = madd(s03, x, v128.load(b, 112));
    x = v128.load_splat<f32>(a0, 8);
    s00 = madd(s00, x, v128.load(b, 128)), s01 = madd(s01, x, v128.load(b, 144));
    s02 = madd(s02, x, v128.load(b, 160)), s03 = madd(s03, x, v128.load(b, 176));
    x = v128.load_splat<f32>(a0, 12);
    s00 = madd(s00, x, v128.load(b, 192)), s01 = madd(s01, x, v128.load(b, 208));
    s02 = madd(s02, x, v128.load(b, 224)), s03 = madd(s03, x, v128.load(b, 240));
    b += 256;
  }
  finish(c, s00, s01, true, mode);
  finish(c + 32, s02, s03, wide, mode);
}

/** One row by two panels of sixteen columns, of which the second begins at `b1`. */
@inline
function tile1Pair(a0: usize, b: usize, b1: usize, c: usize, k: i32, wide: bool, mode: i32): void {
  let s00 = f32x4.splat(0), s01 = s00, s02 = s00, s03 = s00;
  let s10 = s00, s11 = s00, s12 = s00, s13 = s00;
  let x: v128;
  for (const end = a0 + (<usize> k << 2); a0 < end; a0 += 16) {
    x = v128.load_splat<f32>(a0);
    s00 = madd(s00, x, v128.load(b)), s01 = madd(s01, x, v128.load(b, 16));
    s02 = madd(s02, x, v128.load(b, 32)), s03 = madd(s03, x, v128.load(b, 48));
    s10 = madd(s10, x, v128.load(b1)), s11 = madd(s11, x, v128.load(b1, 16));
    s12 = madd(s12, x, v128.load(b1, 32)), s13 = madd(s13, x, v128.load(b1, 48));
    x = v128.load_splat<f32>(a0, 4);
    s00 = madd(s00, x, v128.load(b, 64)), s01 = madd(s01, x, v128.load(b, 80));
    s02 = madd(s02, x, v128.load(b, 96)), s03 = madd(s03, x, v128.load(b, 112));
    s10 = madd(s10, x, v128.load(b1, 64)), s11 = madd(s11, x, v128.load(b1, 80));
    s12 = madd(s12, x, v128.load(b1, 96)), s13 = madd(s13, x, v128.load(b1, 112));
    x = v128.load_splat<f32>(a0, 8);
    s00 = madd(s00, x, v128.load(b, 128)), s01 = madd(s01, x, v128.load(b, 144));
    s02 = madd(s02, x, v128.load(b, 160)), s03 = madd(s03, x, v128.load(b, 176));
    s10 = madd(s10, x, v128.load(b1, 128)), s11 = madd(s11, x, v128.load(b1, 144));
    s12 = madd(s12, x, v128.load(b1, 160)), s13 = madd(s13, x, v128.load(b1, 176));
    x = v128.load_splat<f32>(a0, 12);
    s00 = madd(s00, x, v128.load(b, 192)), s01 = madd(s01, x, v128.load(b, 208));
    s02 = madd(s02, x, v128.load(b, 224)), s03 = madd(s03, x, v128.load(b, 240));
    s10 = madd(s10, x, v128.load(b1, 192)), s11 = madd(s11, x, v128.load(b1, 208));
    s12 = madd(s12, x, v128.load(b1, 224)), s13 = madd(s13, x, v128.load(b1, 240));
    b += 256;
    b1 += 256;
  }
  finish(c, s00, s01, true, mode);
  finish(c + 32, s02, s03, true, mode);
  finish(c + 64, s10, s11, true, mode);
  finish(c + 96, s12, s13, wide, mode);
}

/** One row by three panels of sixteen columns: of large matrices more is then read at a time. */
@inline
function tile1Three(
  a0: usize,
  b: usize,
  b1: usize,
  b2: usize,
  c: usize,
  k: i32,
  wide: bool,
  mode: i32,
): void {
  let s00 = f32x4.splat(0), s01 = s00, s02 = s00, s03 = s00;
  let s10 = s00, s11 = s00, s12 = s00, s13 = s00;
  let s20 = s00, s21 = s00, s22 = s00, s23 = s00;
  let x: v128;
  for (const end = a0 + (<usize> k << 2); a0 < end; a0 += 16) {
    x = v128.load_splat<f32>(a0);
    s00 = madd(s00, x, v128.load(b)), s01 = madd(s01, x, v128.load(b, 16));
    s02 = madd(s02, x, v128.load(b, 32)), s03 = madd(s03, x, v128.load(b, 48));
    s10 = madd(s10, x, v128.load(b1)), s11 = madd(s11, x, v128.load(b1, 16));
    s12 = madd(s12, x, v128.load(b1, 32)), s13 = madd(s13, x, v128.load(b1, 48));
    s20 = madd(s20, x, v128.load(b2)), s21 = madd(s21, x, v128.load(b2, 16));
    s22 = madd(s22, x, v128.load(b2, 32)), s23 = madd(s23, x, v128.load(b2, 48));
    x = v128.load_splat<f32>(a0, 4);
    s00 = madd(s00, x, v128.load(b, 64)), s01 = madd(s01, x, v128.load(b, 80));
    s02 = madd(s02, x, v128.load(b, 96)), s03 = madd(s03, x, v128.load(b, 112));
    s10 = madd(s10, x, v128.load(b1, 64)), s11 = madd(s11, x, v128.load(b1, 80));
    s12 = madd(s12, x, v128.load(b1, 96)), s13 = madd(s13, x, v128.load(b1, 112));
    s20 = madd(s20, x, v128.load(b2, 64)), s21 = madd(s21, x, v128.load(b2, 80));
    s22 = madd(s22, x, v128.load(b2, 96)), s23 = madd(s23, x, v128.load(b2, 112));
    x = v128.load_splat<f32>(a0, 8);
    s00 = madd(s00, x, v128.load(b, 128)), s01 = madd(s01, x, v128.load(b, 144));
    s02 = madd(s02, x, v128.load(b, 160)), s03 = madd(s03, x, v128.load(b, 176));
    s10 = madd(s10, x, v128.load(b1, 128)), s11 = madd(s11, x, v128.load(b1, 144));
    s12 = madd(s12, x, v128.load(b1, 160)), s13 = madd(s13, x, v128.load(b1, 176));
    s20 = madd(s20, x, v128.load(b2, 128)), s21 = madd(s21, x, v128.load(b2, 144));
    s22 = madd(s22, x, v128.load(b2, 160)), s23 = madd(s23, x, v128.load(b2, 176));
    x = v128.load_splat<f32>(a0, 12);
    s00 = madd(s00, x, v128.load(b, 192)), s01 = madd(s01, x, v128.load(b, 208));
    s02 = madd(s02, x, v128.load(b, 224)), s03 = madd(s03, x, v128.load(b, 240));
    s10 = madd(s10, x, v128.load(b1, 192)), s11 = madd(s11, x, v128.load(b1, 208));
    s12 = madd(s12, x, v128.load(b1, 224)), s13 = madd(s13, x, v128.load(b1, 240));
    s20 = madd(s20, x, v128.load(b2, 192)), s21 = madd(s21, x, v128.load(b2, 208));
    s22 = madd(s22, x, v128.load(b2, 224)), s23 = madd(s23, x, v128.load(b2, 240));
    b += 256;
    b1 += 256;
    b2 += 256;
  }
  finish(c, s00, s01, true, mode);
  finish(c + 32, s02, s03, true, mode);
  finish(c + 64, s10, s11, true, mode);
  finish(c + 96, s12, s13, true, mode);
  finish(c + 128, s20, s21, true, mode);
  finish(c + 160, s22, s23, wide, mode);
}

/** One row by a panel of eight columns. */
@inline
function tile1Half(a0: usize, b: usize, c: usize, k: i32, wide: bool, mode: i32): void {
  let s00 = f32x4.splat(0), s01 = s00;
  let x: v128;
  for (const end = a0 + (<usize> k << 2); a0 < end; a0 += 16) {
    x = v128.load_splat<f32>(a0);
    s00 = madd(s00, x, v128.load(b)), s01 = madd(s01, x, v128.load(b, 16));
    x = v128.load_splat<f32>(a0, 4);
    s00 = madd(s00, x, v128.load(b, 32)), s01 = madd(s01, x, v128.load(b, 48));
    x = v128.load_splat<f32>(a0, 8);
    s00 = madd(s00, x, v128.load(b, 64)), s01 = madd(s01, x, v128.load(b, 80));
    x = v128.load_splat<f32>(a0, 12);
    s00 = madd(s00, x, v128.load(b, 96)), s01 = madd(s01, x, v128.load(b, 112));
    b += 128;
  }
  finish(c, s00, s01, wide, mode);
}

/** One row of {@link matmul}: three panels of sixteen at once, or two where one would be left. */
function multiplyRow(a: usize, b: usize, c: usize, n: i32, k: i32, mode: i32): void {
  const panel = <usize> k * (PANEL << 2);
  let left = n;
  while (left > 8) {
    const panels = (left + 7) / PANEL;
    let taken = 3;
    if (panels > 4 || panels == 3) {
      tile1Three(a, b, b + panel, b + 2 * panel, c, k, left >= 3 * PANEL, mode);
    } else if (panels > 1) {
      taken = 2;
      tile1Pair(a, b, b + panel, c, k, left >= 2 * PANEL, mode);
    } else {
      taken = 1;
      tile1(a, b, c, k, left >= PANEL, mode);
    }
    b += panel * <usize> taken;
    c += <usize> (taken * PANEL) << 2;
    left -= taken * PANEL;
  }
  if (left > 0) tile1Half(a, b, c, k, left >= 8, mode);
}

/**
 * C = A·B with B packed; `mode` 0 stores, 1 adds to what is there, 2 stores max(0, ·). `lda` and `ldc`
 * are row distances in numbers.
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
  if (m == 1) return multiplyRow(a, b, c, n, k, mode);
  const rowA = <usize> lda << 2, rowC = <usize> ldc << 2;
  const fours = m & ~3;
  // Whether the last row still has the panel before this one to do.
  let isBehind = false;
  // Panels outside: one is used by all rows while it is in the nearest caches.
  for (let left = n; left > 0; left -= PANEL) {
    const width = panelWidth(left), step = <usize> width << 2;
    let ap = a, cp = c;
    for (let half = 0; half < width; half += 8) {
      const offset = <usize> half << 2, wide = left - half >= 8;
      ap = a;
      cp = c;
      for (let i = 0; i < fours; i += 4) {
        tile4(ap, rowA, b + offset, step, cp + offset, rowC, k, wide, mode);
        ap += rowA << 2;
        cp += rowC << 2;
      }
    }
    // The one to three rows that are left, with the whole panel.
    const few = m - fours;
    if (width == PANEL) {
      const wide = left >= PANEL;
      if (few & 2) {
        tile2(ap, rowA, b, cp, rowC, k, wide, mode);
        ap += rowA << 1;
        cp += rowC << 1;
      }
      // The last row with two panels where the next one is as wide.
      if (few & 1) {
        if (isBehind) tile1Pair(ap, b - step * <usize> k, b, cp - (PANEL << 2), k, wide, mode);
        else if (left <= PANEL + 8) tile1(ap, b, cp, k, wide, mode);
        isBehind = !isBehind && left > PANEL + 8;
      }
    } else {
      for (let i = 0; i < few; i++) {
        tile1Half(ap, b, cp, k, left >= 8, mode);
        ap += rowA;
        cp += rowC;
      }
    }
    b += step * <usize> k;
    c += <usize> PANEL << 2;
  }
}
