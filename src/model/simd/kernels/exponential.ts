// Letters as in mod.ts.

const LOG2_E: f32 = 1.44269504088896341;
// ln 2 in two parts; the first has so few bits that small multiples of it are exact.
const LN2_HIGH: f32 = 0.693359375;
const LN2_LOW: f32 = -2.12194440e-4;

/**
 * eˣ of four numbers at once: 2ⁿ·eʳ with |r| ≤ ln 2 / 2, and a polynomial of degree 7 for eʳ.
 * Within 2 units in the last place for x from −87 to 88; 0 below, as for a masked score.
 */
@inline
export function exponential(x: v128): v128 {
  const tooSmall = f32x4.lt(x, f32x4.splat(-87));
  const clamped = f32x4.min(f32x4.max(x, f32x4.splat(-87)), f32x4.splat(88));
  const n = f32x4.nearest(f32x4.mul(clamped, f32x4.splat(LOG2_E)));
  const r = f32x4.sub(
    f32x4.sub(clamped, f32x4.mul(n, f32x4.splat(LN2_HIGH))),
    f32x4.mul(n, f32x4.splat(LN2_LOW)),
  );
  let p = f32x4.splat(1.9875691500e-4);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.3981999507e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.3334519073e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.1665795894e-2));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.6666665459e-1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(5.0000001201e-1));
  p = f32x4.add(f32x4.add(f32x4.mul(p, f32x4.mul(r, r)), r), f32x4.splat(1));
  const exponent = i32x4.shl(
    i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)),
    23,
  );
  return v128.andnot(f32x4.mul(p, exponent), tooSmall);
}

/** The sum of the four lanes, always in the same order. */
@inline
export function lanes(x: v128): f32 {
  return (f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1)) +
    (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3));
}

/** The largest of the four lanes. */
@inline
export function largestLane(x: v128): f32 {
  return max(
    max(f32x4.extract_lane(x, 0), f32x4.extract_lane(x, 1)),
    max(f32x4.extract_lane(x, 2), f32x4.extract_lane(x, 3)),
  );
}

/** eˣ of `count` numbers, a multiple of 4, in place: for the test of its error. */
export function exponentials(x: usize, count: i32): void {
  for (let i = 0; i < count; i += 4) {
    const p = x + (<usize> i << 2);
    v128.store(p, exponential(v128.load(p)));
  }
}
