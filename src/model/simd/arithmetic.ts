import { instantiateKernels } from "./kernels.ts";

/** The kinds of arithmetic: see {@linkcode Arithmetic}. */
export const arithmetics = ["fused", "strict"] as const;

/** How a·b + c is rounded: once (fused), or as a product and then as a sum (strict). */
export type Arithmetic = typeof arithmetics[number];

/** Work that needs fused arithmetic, on a processor that has none. */
export class ArithmeticError extends Error {
  /** The name of the class. */
  override readonly name = "ArithmeticError";
}

let own: Arithmetic | undefined;

/**
 * The arithmetic of this processor: x86 processors from before 2013 are strict. The fused kernels are
 * asked once: on a strict processor they compute as the strict ones do.
 */
export function processorArithmetic(): Arithmetic {
  if (own === undefined) {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    own = instantiateKernels(memory, "fused").probe() === 0 ? "strict" : "fused";
  }
  return own;
}

/**
 * `arithmetic`, or that of the processor if left out. Throws an {@linkcode ArithmeticError} for the
 * fused one where the processor, by default this one, has none.
 */
export function availableArithmetic(
  arithmetic?: Arithmetic,
  processor: Arithmetic = processorArithmetic(),
): Arithmetic {
  if (arithmetic !== "fused" || processor === "fused") return arithmetic ?? processor;
  throw new ArithmeticError("cannot compute with fused arithmetic: this processor has none");
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
