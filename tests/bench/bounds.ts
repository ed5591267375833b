/**
 * What bounds a row, measured in the same rounds: so that a bound is of this machine, and of the state
 * that its processor is in, as the row is.
 *
 * @module
 */
import { softmax } from "../../src/decode/distribution.ts";
import { type Arithmetic, arithmetics } from "../../src/model/simd/arithmetic.ts";
import { choose } from "../../src/random/choose.ts";
import { CounterStream } from "../../src/random/counter_stream.ts";
import { type Duration, repeat, secondsEach } from "../../src/stages/interleaved_rounds.ts";
import { engineWork } from "./engine.ts";
import { KernelCalls } from "./kernel_calls.ts";
import type { Bound } from "./rows.ts";
import type { Work } from "./work.ts";

/** The modules of the engine's kernels, by their arithmetic. */
const MODULES: Readonly<Record<Arithmetic, string>> = {
  fused: "kernels.wasm",
  strict: "kernels_strict.wasm",
};
/** Kernels with this beginning are matrix products. */
const PRODUCTS = "matmul";
/** The kernel that draws tokens, where there is one. */
const DRAW = "draw";

/** How a row's number follows from a duration. */
type ValueOf = (duration: Duration) => number;

/**
 * What bounds training and decoding on one core: the kernels that it calls, and for decoding the drawing
 * of tokens, without any code around them, which is the nearest bound; and their matrix products alone, fused and
 * strict.
 */
export function workBounds(work: Work, value: ValueOf): Bound[] {
  // A prompt is read once, by the first pass.
  const calls = KernelCalls.record(() => engineWork(work, 1), work.kind === "training" ? 0 : 1);
  const modules = arithmetics.flatMap((arithmetic) => {
    const module = moduleOf(arithmetic);
    return module === undefined ? [] : [{ arithmetic, module }];
  });
  const [main] = modules;
  if (main === undefined) return [];
  const products = modules.map(({ arithmetic, module }): Bound => {
    const pass = calls.replay(module, (kernel) => kernel.startsWith(PRODUCTS));
    return {
      kind: "arithmetic",
      what: `products alone, ${arithmetic}`,
      measure: (seconds) => value(repeat(pass, seconds)),
    };
  });
  const pass = calls.replay(main.module);
  const draws = work.kind === "training" ? undefined : drawing(work.spec.vocabSize, calls);
  const kernels: Bound = {
    kind: "JavaScript",
    what: draws === undefined ? "kernels alone" : "kernels, draw and random alone",
    measure(seconds) {
      const each = secondsEach(repeat(pass, seconds));
      const beside = draws === undefined ? 0 : secondsEach(repeat(draws, seconds / 4));
      return value({ count: 1, seconds: each + beside });
    },
  };
  return [kernels, ...products];
}

function moduleOf(arithmetic: Arithmetic): WebAssembly.Module | undefined {
  const file = new URL(`../../src/model/simd/${MODULES[arithmetic]}`, import.meta.url);
  try {
    return new WebAssembly.Module(Deno.readFileSync(file));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Draws a token by each of many rows, and says how many: the random number alone where a kernel draws. */
function drawing(vocabSize: number, calls: KernelCalls): () => number {
  const random = CounterStream.fromSeed(1);
  const rows = Array.from(
    { length: 256 },
    () => Float64Array.from({ length: vocabSize }, () => random.next()),
  );
  const byKernel = calls.has(DRAW);
  let sum = 0;
  return () => {
    for (const row of rows) {
      const uniform = random.next();
      sum += byKernel ? uniform : choose(softmax(row), uniform);
    }
    return Number.isFinite(sum) ? rows.length : 0;
  };
}

/** That a row of logits is read and written at all. */
export function rowBound(length: number, value: ValueOf): Bound {
  const [from, to] = [new Float64Array(length).fill(1), new Float64Array(length)];
  return {
    kind: "memory",
    what: "a copy of the row",
    measure: (seconds) =>
      value(repeat(() => {
        to.set(from);
        return 1;
      }, seconds)),
  };
}
