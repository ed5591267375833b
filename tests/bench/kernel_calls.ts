/**
 * The kernels of some work without everything around them: its calls are recorded once, with their
 * arguments, and made again over the same memory. That is how fast the work could be if the code that
 * makes the calls took no time, whatever that code is.
 *
 * @module
 */

import { type Call, PASS, passCall, restore } from "./pass_calls.ts";

/** What a kernel is called with, and returns. */
type Kernel = (...args: number[]) => number;

/** So many calls are compiled as one function: V8 optimizes no long ones. */
const TOGETHER = 64;

/** The calls of the kernels that a pass over some work makes, in their order. */
export class KernelCalls {
  readonly #calls: readonly Call[];
  readonly #imports: WebAssembly.Imports;

  private constructor(
    /** How much a pass does. */
    readonly count: number,
    calls: readonly Call[],
    imports: WebAssembly.Imports,
  ) {
    this.#calls = calls;
    this.#imports = imports;
  }

  /**
   * Those of a pass over the work that `prepare` makes ready, after as many that fill caches. On this
   * thread alone, by the instance of the kernels that is called most.
   */
  static record(prepare: () => () => number, passesBefore = 0): KernelCalls {
    const { Instance } = WebAssembly;
    const instances: { imports: WebAssembly.Imports; calls: Call[] }[] = [];
    WebAssembly.Instance = class extends Instance {
      override readonly exports: WebAssembly.Exports;
      constructor(module: WebAssembly.Module, imports: WebAssembly.Imports) {
        super(module, imports);
        const calls: Call[] = [];
        this.exports = recording(new Instance(module, imports).exports, calls, imports);
        instances.push({ imports, calls });
      }
    };
    try {
      const pass = prepare();
      for (let i = 0; i < passesBefore; i++) pass();
      for (const { calls } of instances) calls.length = 0;
      const count = pass();
      const [most] = instances.toSorted((a, b) => b.calls.length - a.calls.length);
      if (most === undefined) throw new RangeError("Cannot record kernels: none were made");
      return new KernelCalls(count, [...most.calls], most.imports);
    } finally {
      WebAssembly.Instance = Instance;
    }
  }

  /** Whether any kernel that is called has this name. */
  has(name: string): boolean {
    return this.#calls.some(({ kernel, inside = [] }) =>
      kernel === name || inside.some(({ kernel }) => kernel === name)
    );
  }

  /**
   * Makes the calls of the kernels that are `wanted` again, by the kernels of `module`; returns
   * {@linkcode count}. Of a call that is not wanted those inside of it may be.
   */
  replay(module: WebAssembly.Module, wanted = (_kernel: string): boolean => true): () => number {
    const { exports } = new WebAssembly.Instance(module, this.#imports);
    const calls = this.#calls.flatMap((call) =>
      wanted(call.kernel) ? [call] : call.inside?.filter(({ kernel }) => wanted(kernel)) ?? []
    );
    const memory = wordsOf(this.#imports);
    const again = (index: number): void => {
      const words = calls[index]?.words;
      if (words !== undefined && memory !== undefined) restore(words, memory);
    };
    const names = [...new Set(calls.map(({ kernel }) => kernel))];
    const kernels = names.map((name) => exports[name]);
    const missing = names.find((name) => exports[name] === undefined);
    if (missing !== undefined) {
      throw new RangeError(`Cannot repeat the call of kernel "${missing}": there is none`);
    }
    const parts: (() => void)[] = [];
    for (let begin = 0; begin < calls.length; begin += TOGETHER) {
      const lines = calls.slice(begin, begin + TOGETHER)
        .map(({ kernel, args, words }, i) =>
          `${words === undefined ? "" : `again(${begin + i});`}${kernel}(${args.join(", ")});`
        );
      const make = new Function("again", ...names, `return () => {${lines.join("\n")}};`);
      parts.push(make(again, ...kernels));
    }
    return () => {
      for (const part of parts) part();
      return this.count;
    };
  }
}

/** The memory that kernels are given, as words. */
function wordsOf({ env }: WebAssembly.Imports): Int32Array | undefined {
  const memory = env?.["memory"];
  return memory instanceof WebAssembly.Memory ? new Int32Array(memory.buffer) : undefined;
}

/** `exports` whose functions note down in `calls` what they are called with, over the memory of `imports`. */
function recording(
  exports: WebAssembly.Exports,
  calls: Call[],
  imports: WebAssembly.Imports,
): WebAssembly.Exports {
  return Object.fromEntries(
    Object.entries(exports).map(([kernel, value]) => {
      if (typeof value !== "function") return [kernel, value];
      const original = value as Kernel;
      const recorder: Kernel = (...args) => {
        const [at = 0] = args;
        const memory = kernel === PASS ? wordsOf(imports) : undefined;
        calls.push(memory === undefined ? { kernel, args } : passCall(at, memory));
        return original(...args);
      };
      return [kernel, recorder];
    }),
  );
}
