/**
 * The kernels of some work are recorded and repeated, and with them products alone; the sums of products
 * in registers are computed at all.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertThrows } from "@std/assert";
import { SimdGpt } from "../../src/model/simd/inference_gpt.ts";
import { randomWeights, smallSpec } from "../model/small_model.ts";
import { KernelCalls } from "./kernel_calls.ts";
import { moduleOf } from "./register_peak.ts";

/** The sum of 12 times 0 → factor · x + term, as often as steps say; every number here is exact. */
function summed(steps: number, factor: number, term: number): number {
  let x = 0;
  for (let i = 0; i < steps; i++) x = factor * x + term;
  return 12 * x;
}

type Run = (steps: number, factor: number, term: number) => number;
const strict = new WebAssembly.Module(moduleOf("strict"));

for (const arithmetic of ["fused", "strict"] as const) {
  Deno.test(`moduleOf(${arithmetic}): steps through products and sums in f32 (exact)`, () => {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(moduleOf(arithmetic)));
    const run = exports["run"] as Run;
    for (const [steps, factor, term] of [[1, 0.5, 1], [3, 0.5, 1], [4, -2, 3]] as const) {
      assertEquals(run(steps, factor, term), summed(steps, factor, term));
    }
  });
}

/** Two calls in each pass, the second one with what counts passes. */
function twoCalls(): () => number {
  const { exports } = new WebAssembly.Instance(strict, {});
  const run = exports["run"] as Run;
  let pass = 0;
  return () => {
    run(1, 0.5, 1);
    run(2, -0.25, ++pass);
    return 7;
  };
}

Deno.test("KernelCalls.record(): has the calls of one pass, after those that fill caches", () => {
  const { Instance } = WebAssembly;
  const calls = KernelCalls.record(twoCalls, 2);
  assert(WebAssembly.Instance === Instance, "the constructor is as it was");
  assertEquals([calls.count, calls.has("run"), calls.has("draw")], [7, true, false]);
  assertEquals(callsOf(calls), [[1, 0.5, 1], [2, -0.25, 3]]);
});

Deno.test("KernelCalls.replay(): makes the calls of wanted kernels alone", () => {
  const calls = KernelCalls.record(twoCalls);
  assertEquals(callsOf(calls, (kernel) => kernel === "matmul"), []);
  assertEquals(callsOf(calls).length, 2);
});

Deno.test("KernelCalls.record(): work without kernels is refused", () => {
  assertThrows(() => KernelCalls.record(() => () => 1), RangeError, "none were made");
});

Deno.test("KernelCalls.record(): the constructor is as it was after work that throws", () => {
  const { Instance } = WebAssembly;
  assertThrows(
    () => {
      KernelCalls.record(() => {
        throw new TypeError("no work");
      });
    },
    TypeError,
    "no work",
  );
  assert(WebAssembly.Instance === Instance);
});

Deno.test("KernelCalls: passes of decoding are made again over the rows that each had, or their products alone", () => {
  const { Instance } = WebAssembly;
  const calls = KernelCalls.record(() => {
    const model = new SimdGpt(randomWeights(smallSpec), 1, "strict");
    const sequences = [0, 1, 2].map(() => model.open());
    return () => {
      for (const count of [3, 1]) {
        const batch = sequences.slice(0, count);
        model.forward(batch.map((sequence) => ({ sequence, tokens: [1, 2], rows: 2 })));
      }
      return 4;
    };
  });
  const products = 4 * smallSpec.nLayer + 1;
  /** The kernels that a replay calls, with the number of rows that stood in memory. */
  const seen: [kernel: string, rows: number][] = [];
  WebAssembly.Instance = class extends Instance {
    override readonly exports: WebAssembly.Exports;
    constructor(module: WebAssembly.Module, imports: WebAssembly.Imports) {
      super(module, imports);
      const { buffer } = imports["env"]?.["memory"] as WebAssembly.Memory;
      const words = new Int32Array(buffer);
      const noting = (kernel: string) => (at: number): void => {
        seen.push([kernel, words[(words[at / 4 + 9] as number) / 4] as number]);
      };
      this.exports = { pass: noting("pass"), passMultiply: noting("product") };
    }
  };
  try {
    const module = new WebAssembly.Module(
      Deno.readFileSync(new URL("../../src/model/simd/kernels_strict.wasm", import.meta.url)),
    );
    calls.replay(module)();
    assertEquals(seen, [["pass", 6], ["pass", 2]]);
    seen.length = 0;
    calls.replay(module, (kernel) => kernel === "passMultiply")();
    assertEquals(seen, [6, 2].flatMap((rows) => Array(products).fill(["product", rows])));
  } finally {
    WebAssembly.Instance = Instance;
  }
  assert(!calls.isDrawing);
});

/** What a replay calls its kernels with: a record of the replay. */
function callsOf(calls: KernelCalls, wanted?: (kernel: string) => boolean): number[][] {
  const { Instance } = WebAssembly;
  const seen: number[][] = [];
  WebAssembly.Instance = class extends Instance {
    override readonly exports = { run: (...args: number[]) => seen.push(args) };
  };
  try {
    assertEquals(calls.replay(strict, wanted)(), calls.count);
  } finally {
    WebAssembly.Instance = Instance;
  }
  return seen;
}
