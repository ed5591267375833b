/** How a·b + c is rounded: once (fused), or as a product and then as a sum (strict). */
export const arithmetics = ["fused", "strict"] as const;

/** How a·b + c is rounded. */
export type Arithmetic = typeof arithmetics[number];

/** The arithmetic of this processor. */
export function processorArithmetic(): Arithmetic {
  return "strict";
}

/**
 * Why a processor that has `processor` cannot compute in `arithmetic`, and what can; `undefined` if it
 * can. Any can compute strictly.
 */
export function arithmeticProblem(
  arithmetic: Arithmetic,
  processor: Arithmetic,
): string | undefined {
  if (arithmetic === "strict" || processor === "fused") return undefined;
  return "a processor with fused arithmetic, which this one does not have; use another machine, or " +
    "write it again with --set engine.simd=strict, which any can compute";
}
