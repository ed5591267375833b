/**
 * The kernels of some work are recorded and repeated, and with them products alone; the sums of products
 * in registers are computed at all.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertThrows } from "@std/assert";
import { KernelCalls } from "./kernel_calls.ts";
import { engineWork } from "./engine.ts";
import { moduleOf } from "./register_peak.ts";
import { benchCorpus, decodingWorks } from "./work.ts";

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

Deno.test("KernelCalls: each pass of decoding has its rows again, and its products are found inside", async () => {
  const [work] = decodingWorks(await benchCorpus());
  assert(work !== undefined);
  const calls = KernelCalls.record(() => engineWork(work, 1));
  assert(calls.has("pass") && calls.has("draw"));
  const products = 4 * work.spec.nLayer + 1;
  const rows: number[] = [];
  const wanted: number[] = [];
  replayed(calls, "matmul", (args, _, i) => {
    if (i % products === 0) rows.push(args[5] ?? NaN);
    if (i % products === products - 1) wanted.push(args[5] ?? NaN);
  });
  const seen: { rows: number[]; wanted: number[] } = { rows: [], wanted: [] };
  replayed(calls, "pass", ([at = NaN], memory) => {
    // Where the numbers of rows and of wanted ones are: fields of `Pass` in kernels/pass.ts.
    seen.rows.push(memory[(memory[at / 4 + 9] ?? NaN) / 4] ?? NaN);
    seen.wanted.push(memory[(memory[at / 4 + 10] ?? NaN) / 4] ?? NaN);
  });
  assertEquals(seen, { rows, wanted });
  assert(new Set(rows).size > 1, "passes differ");
  // Each token is drawn from a wanted row, or by itself from the logits of the prompt.
  let draws = 0;
  replayed(calls, "draw", () => draws++);
  const alone = draws - rows.length;
  assertEquals(wanted.reduce((sum, count) => sum + count, alone), calls.count);
});

/** Tells of each call of `kernel` in a replay its arguments, the memory as words, and its number. */
function replayed(
  calls: KernelCalls,
  kernel: string,
  tell: (args: number[], memory: Int32Array, index: number) => void,
): void {
  const { Instance } = WebAssembly;
  let index = 0;
  WebAssembly.Instance = class extends Instance {
    override readonly exports: WebAssembly.Exports;
    constructor(_module: WebAssembly.Module, { env }: WebAssembly.Imports) {
      super(strict, {});
      const memory = env?.["memory"];
      assert(memory instanceof WebAssembly.Memory);
      const words = new Int32Array(memory.buffer);
      this.exports = { [kernel]: (...args: number[]) => tell(args, words, index++) };
    }
  };
  try {
    calls.replay(strict, (name) => name === kernel)();
  } finally {
    WebAssembly.Instance = Instance;
  }
}

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
