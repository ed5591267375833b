/**
 * Whether this module is the fused one: the only thing by which the two that are compiled from these
 * sources differ.
 */
// @ts-ignore: a constant of the compiler
export const FUSED: bool = ASC_FEATURE_RELAXED_SIMD;

/** sum + a·b: rounded once by a fused module where the processor can, otherwise product and sum. */
@inline
export function madd(sum: v128, a: v128, b: v128): v128 {
  return FUSED ? f32x4.relaxed_madd(a, b, sum) : f32x4.add(sum, f32x4.mul(a, b));
}

/** 1 + 2⁻¹², and minus its square but for 2⁻²⁴; in memory, so that no compiler knows them. */
const PROBE = memory.data<f32>([1.000244140625, -1.00048828125]);

/** (1 + 2⁻¹²)² − (1 + 2⁻¹¹): 2⁻²⁴ where {@link madd} rounds once, 0 where it rounds twice. */
export function probe(): f32 {
  const a = v128.load32_splat(PROBE), c = v128.load32_splat(PROBE + 4);
  return f32x4.extract_lane(madd(c, a, a), 0);
}
