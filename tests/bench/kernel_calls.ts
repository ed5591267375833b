/**
 * The kernels of some work without everything around them: its calls are recorded once, with their
 * arguments, and made again over the same memory. That is how fast the work could be if the code that
 * makes the calls took no time, whatever that code is.
 *
 * @module
 */
import { PASS, PASS_PRODUCT, PassInputs } from "./recorded_pass.ts";

/** What a kernel is called with, and returns. */
type Kernel = (...args: number[]) => number;

/** One call of a kernel. */
interface Call {
  readonly kernel: string;
  readonly args: readonly number[];
  /** What it reads of rows, where it is a whole pass of decoding. */
  readonly inputs?: PassInputs;
}

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
        this.exports = recording(new Instance(module, imports).exports, calls, memoryOf(imports));
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
    return this.#calls.some(({ kernel }) => kernel === name);
  }

  /** Whether a pass draws tokens. */
  get isDrawing(): boolean {
    return this.#calls.some(({ inputs }) => inputs?.isDrawing === true);
  }

  /** Makes the calls of the kernels that are `wanted` again, by the kernels of `module`; returns {@linkcode count}. */
  replay(module: WebAssembly.Module, wanted = (_kernel: string): boolean => true): () => number {
    const { exports } = new WebAssembly.Instance(module, this.#imports);
    const calls = this.#calls.flatMap((call) => wanted(call.kernel) ? [call] : productsOf(call))
      .filter(({ kernel }) => wanted(kernel));
    const names = [...new Set(calls.map(({ kernel }) => kernel))];
    const kernels = names.map((name) => exports[name]);
    const missing = names.find((name) => exports[name] === undefined);
    if (missing !== undefined) {
      throw new RangeError(`Cannot repeat the call of kernel "${missing}": there is none`);
    }
    const memory = memoryOf(this.#imports);
    const all = memory === undefined ? undefined : new Int32Array(memory.buffer);
    const parts: (() => void)[] = [];
    for (let begin = 0; begin < calls.length; begin += TOGETHER) {
      const together = calls.slice(begin, begin + TOGETHER);
      const inputs = together.map(({ inputs }) => inputs?.words ?? []);
      const lines = together.map(({ kernel, args }, i) => {
        const sets = inputs[i]?.map(({ place }, j) =>
          `all.set(inputs[${i}][${j}].words, ${place});`
        );
        return `${sets?.join("") ?? ""}${kernel}(${args.join(", ")});`;
      });
      const body = `return () => {${lines.join("\n")}};`;
      parts.push(new Function("all", "inputs", ...names, body)(all, inputs, ...kernels));
    }
    return () => {
      for (const part of parts) part();
      return this.count;
    };
  }
}

/** The products of a pass, one call for each; none of another kernel's call. */
function productsOf({ args: [at = 0], inputs }: Call): Call[] {
  if (inputs === undefined) return [];
  return Array.from({ length: inputs.products }, (_, step): Call => {
    const call = { kernel: PASS_PRODUCT, args: [at, step, 0, 1] };
    return step === 0 ? { ...call, inputs } : call;
  });
}

/** The memory that kernels are given, if they are given one. */
function memoryOf(imports: WebAssembly.Imports | undefined): WebAssembly.Memory | undefined {
  const memory = imports?.["env"]?.["memory"];
  return memory instanceof WebAssembly.Memory ? memory : undefined;
}

/** `exports` whose functions note down in `calls` what they are called with. */
function recording(
  exports: WebAssembly.Exports,
  calls: Call[],
  memory: WebAssembly.Memory | undefined,
): WebAssembly.Exports {
  return Object.fromEntries(
    Object.entries(exports).map(([kernel, value]) => {
      if (typeof value !== "function") return [kernel, value];
      const original = value as Kernel;
      const recorder: Kernel = (...args) => {
        const [at = 0] = args;
        const isPass = kernel === PASS && memory !== undefined;
        calls.push({ kernel, args, ...isPass ? { inputs: new PassInputs(memory, at) } : {} });
        return original(...args);
      };
      return [kernel, recorder];
    }),
  );
}
