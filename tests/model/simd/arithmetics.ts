import {
  type Arithmetic,
  arithmetics,
  processorArithmetic,
} from "../../../src/model/simd/arithmetic.ts";

/**
 * A test of the engine simd in each kind of arithmetic. In one that `processor` does not have it is
 * ignored, and its name says why.
 */
export function testInEach(
  name: (arithmetic: Arithmetic) => string,
  test: (arithmetic: Arithmetic) => void | Promise<void>,
  processor: Arithmetic = processorArithmetic(),
): void {
  for (const arithmetic of arithmetics) {
    const ignore = arithmetic === "fused" && processor === "strict";
    const reason = ignore ? ", which this processor does not compute" : "";
    Deno.test({
      name: `${name(arithmetic)}${reason}`,
      ignore,
      fn: () => test(arithmetic),
    });
  }
}

/**
 * A test that holds what is committed against what a run gives here. It is of fused arithmetic: on a
 * `processor` with strict arithmetic the test is ignored, and its name says why.
 */
export function testOfCommitted(
  name: string,
  test: (context: Deno.TestContext) => void | Promise<void>,
  processor: Arithmetic = processorArithmetic(),
): void {
  const ignore = processor === "strict";
  const reason = ignore
    ? ", skipped: what is committed is of fused arithmetic, and this processor has strict"
    : "";
  Deno.test({ name: `${name}${reason}`, ignore, fn: test });
}

/** The kinds of arithmetic that this processor has. */
export const processorArithmetics: readonly Arithmetic[] = processorArithmetic() === "fused"
  ? arithmetics
  : ["strict"];
