// Quicker exponentials for large rows, in f64 two and in f32 four at a time.

import { exponential } from "../../model/simd/kernels/exponential_f64";

/** 2^(j / 256) for j below 256. */
const POWERS = memory.data(2048);

for (let j: usize = 0; j < 256; j++) {
  const x = f64x2.splat(-0.6931471805599453 * <f64> (256 - j) / 256);
  f64.store(POWERS + (j << 3), 2 * f64x2.extract_lane(exponential(x), 0));
}

/** The constants of {@linkcode quickExponential}. */
const QUICK = memory.data<f64>([
  369.3299304675746, // 256 / ln 2
  6755399441055744,
  6.93147180369123816490e-01 / 256,
  1.90821492927058770002e-10 / 256,
  -708,
  0.5,
  1.0 / 6.0,
  1.0 / 24.0,
]);

/** The constants in use: as locals of a loop they stay in registers. */
@inline
export function quickConstant(i: usize): v128 {
  return v128.load64_splat(QUICK + (i << 3));
}

/**
 * As {@linkcode exponential} in about half the time, within 2 units in the last place; 0 below −708, too.
 * The others are the constants 0 to 7.
 */
@inline
export function quickExponential(
  x: v128,
  perPart: v128,
  rounder: v128,
  part: v128,
  rest: v128,
  smallest: v128,
  half: v128,
  sixth: v128,
  twentyFourth: v128,
): v128 {
  // Most are of normal size, or, after a truncation, none is.
  if (i64x2.bitmask(f64x2.ge(x, smallest)) == 3) {
    return quickPowers(x, perPart, rounder, part, rest, half, sixth, twentyFourth);
  }
  const tooSmall = f64x2.lt(x, smallest);
  if (i64x2.bitmask(tooSmall) == 3) return f64x2.splat(0);
  const clamped = f64x2.pmax(x, smallest);
  return v128.andnot(
    quickPowers(clamped, perPart, rounder, part, rest, half, sixth, twentyFourth),
    tooSmall,
  );
}

/**
 * Not below −708: 2^(n / 256) from a table, and the series of eʳ with |r| ≤ ln 2 / 512 to the power 4,
 * whose next term is below 2⁻⁵⁴.
 */
@inline
function quickPowers(
  x: v128,
  perPart: v128,
  rounder: v128,
  part: v128,
  rest: v128,
  half: v128,
  sixth: v128,
  twentyFourth: v128,
): v128 {
  const rounded = f64x2.add(f64x2.mul(x, perPart), rounder);
  const n = f64x2.sub(rounded, rounder);
  const r = f64x2.sub(f64x2.sub(x, f64x2.mul(n, part)), f64x2.mul(n, rest));
  const r2 = f64x2.mul(r, r);
  const high = f64x2.add(sixth, f64x2.mul(r, twentyFourth));
  const p = f64x2.add(r, f64x2.mul(r2, f64x2.add(half, f64x2.mul(r, high))));
  const first = <usize> i64x2.extract_lane(rounded, 0), second = <usize> i64x2.extract_lane(rounded, 1);
  const power = v128.load64_lane(
    POWERS + ((second & 255) << 3),
    v128.load64_zero(POWERS + ((first & 255) << 3)),
    1,
  );
  // The whole part of n / 256, shifted to the exponent.
  const exponent = i64x2.shl(i64x2.shr_u(rounded, 8), 52);
  return i64x2.add(f64x2.add(power, f64x2.mul(power, p)), exponent);
}

/**
 * A polynomial that is 2ᶠ within 7.5e-8 of itself for |f| ≤ 1/2 (by Remez's algorithm), 1 / ln 2, and
 * 1.5 · 2²³, which leaves the nearest integer in the last bits of a sum.
 */
const ROUGH = memory.data<f32>([
  1.0000000716546849,
  0.6931469670647613,
  0.24022119723840105,
  0.05550713273496898,
  0.009675541334449414,
  0.0013276471992851953,
  1.4426950408889634,
  12582912.0,
]);

@inline
function rough(i: usize): v128 {
  return v128.load32_splat(ROUGH + (i << 2));
}

/** The part by which a rough exponential and a sum of four are wrong at most, and what |x| adds to it: ample. */
export const ROUGH_ERROR: f64 = 5e-7;
export const ROUGH_ERROR_EACH: f64 = 3e-7;

/** eˣ of four numbers of f32 from −86 to 86. */
@inline
export function roughExponentials(x: v128): v128 {
  const t = f32x4.mul(x, rough(6)), rounded = f32x4.add(t, rough(7));
  const f = f32x4.sub(t, f32x4.sub(rounded, rough(7))), f2 = f32x4.mul(f, f);
  const low = f32x4.add(rough(0), f32x4.mul(f, rough(1)));
  const middle = f32x4.add(rough(2), f32x4.mul(f, rough(3)));
  const high = f32x4.add(rough(4), f32x4.mul(f, rough(5)));
  const power = f32x4.add(low, f32x4.mul(f2, f32x4.add(middle, f32x4.mul(f2, high))));
  // The whole part, shifted to the exponent.
  return i32x4.add(power, i32x4.shl(rounded, 23));
}
