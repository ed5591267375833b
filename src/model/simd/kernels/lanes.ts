// Across the four lanes of vectors.

/** The sum of the four lanes, always in the same order. */
@inline
export function lanes(x: v128): f32 {
  return (f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1)) +
    (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3));
}

/** The sums of the lanes of four vectors, as four lanes; each added as {@link lanes} adds. */
@inline
export function fourLanes(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 2, 6), v128.shuffle<f32>(a, b, 1, 5, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 2, 6), v128.shuffle<f32>(c, d, 1, 5, 3, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}

/** The largest of the four lanes, in all of them; not by numbers, whose `max` branches. */
@inline
export function largestLane(x: v128): v128 {
  const pairs = f32x4.pmax(v128.shuffle<f32>(x, x, 2, 3, 0, 1), x);
  return f32x4.pmax(v128.shuffle<f32>(pairs, pairs, 1, 0, 3, 2), pairs);
}

/** Lane 0 of x in all lanes. */
@inline
export function spread0(x: v128): v128 {
  return v128.shuffle<f32>(x, x, 0, 0, 0, 0);
}

/** Lane 1 of x in all lanes. */
@inline
export function spread1(x: v128): v128 {
  return v128.shuffle<f32>(x, x, 1, 1, 1, 1);
}

/** Lane 2 of x in all lanes. */
@inline
export function spread2(x: v128): v128 {
  return v128.shuffle<f32>(x, x, 2, 2, 2, 2);
}

/** Lane 3 of x in all lanes. */
@inline
export function spread3(x: v128): v128 {
  return v128.shuffle<f32>(x, x, 3, 3, 3, 3);
}
