import { madd } from "./madd";

// Letters as in mod.ts.

/**
 * Constants of exponentials, read where they are used: V8 builds a vector's constant anew from
 * instructions each time, but reads from a known address without a check.
 */
const TABLE = memory.data<f32>([
  1.44269504088896341, // 1 / ln 2
  -0.693359375, // −ln 2, of so few bits that small multiples of it are exact …
  2.12194440e-4, // … and the rest of it
  -87, // below this the exponential counts as 0
  88, // above this, as that of this
  1,
  5.0000001201e-1, // the polynomial of (eʳ − 1 − r) / r², from its constant on
  1.6666665459e-1,
  4.1665795894e-2,
  8.3334519073e-3,
  1.3981999507e-3,
  1.9875691500e-4,
  12582912, // 1.5·2²³: what is added to it is rounded to a whole number, and is in its lowest bits
]);

@inline
function entry(i: usize): v128 {
  return v128.load32_splat(TABLE + (i << 2));
}

/**
 * eˣ of four numbers at once: 2ⁿ·eʳ with |r| ≤ ln 2 / 2, and a polynomial of degree 7 for eʳ.
 * Within 2 units in the last place for x from −87 to 88; 0 below, as for a masked score.
 */
@inline
export function exponential(x: v128): v128 {
  const tooSmall = f32x4.lt(x, entry(3));
  const clamped = f32x4.pmin(f32x4.pmax(x, entry(3)), entry(4));
  const shifted = f32x4.add(f32x4.mul(clamped, entry(0)), entry(12));
  const n = f32x4.sub(shifted, entry(12));
  const r = madd(madd(clamped, n, entry(1)), n, entry(2));
  let p = entry(11);
  p = madd(entry(10), p, r);
  p = madd(entry(9), p, r);
  p = madd(entry(8), p, r);
  p = madd(entry(7), p, r);
  p = madd(entry(6), p, r);
  p = f32x4.add(madd(r, p, f32x4.mul(r, r)), entry(5));
  // The bits of 2ⁿ: n shifted to the exponent and added to that of 1.
  const power = i32x4.add(i32x4.shl(shifted, 23), entry(5));
  return v128.andnot(f32x4.mul(p, power), tooSmall);
}

/** eˣ of `count` numbers, a multiple of 4, in place: for the test of its error. */
export function exponentials(x: usize, count: i32): void {
  for (let i = 0; i < count; i += 4) {
    const p = x + (<usize> i << 2);
    v128.store(p, exponential(v128.load(p)));
  }
}
