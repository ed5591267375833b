/**
 * In place of an onnxruntime: it computes nothing, and fails where the first token of a pass, or the
 * number of layers of a model, asks for it.
 *
 * @module
 */

/** Tokens that a pass fails by. */
export const PASS = {
  rejects: 3,
  throwsBeside: 4,
  rejectsWithoutMessage: 5,
  rejectsAtLength: 7,
  isNoticedLate: 8,
} as const;
/** Numbers of layers that loading, or closing, fails by. */
export const SESSION = { rejects: 2, throwsBeside: 3, releaseRejects: 4 } as const;

/** Numbers of a type, in a shape. */
export class Tensor {
  /** The numbers. */
  readonly data: BigInt64Array | Float32Array;

  constructor(_type: string, data: BigInt64Array | Float32Array) {
    this.data = data;
  }
}

const never = new Promise<never>(() => {});
const zeros = new Float32Array(2 ** 16);

/** As a callback of a runtime would, of which no promise knows. */
function throwBeside(): Promise<never> {
  setTimeout(() => {
    throw new Error("thrown beside");
  });
  return never;
}

/** Has the notice of the next answer come late: when the other thread waits for the answer after it. */
function noticeLate(): void {
  const { notify } = Atomics;
  Atomics.notify = (head, index, count) => {
    Atomics.notify = notify;
    notify(head as Int32Array<SharedArrayBuffer>, index, count);
    while (Atomics.load(head as Int32Array, index) !== 0);
    while (notify(head as Int32Array<SharedArrayBuffer>, index, count) === 0);
    return 0;
  };
}

let isLoading = false;
/** The threads that the runtime has: WebAssembly reads the setting once. */
let threads: number | undefined;

/** The layers of a graph, which has an input for the past keys of each. */
function layersOf(graph: Uint8Array): number {
  return new Set(new TextDecoder().decode(graph).match(/past_keys\.\d+/g)).size;
}

/** Makes sessions. */
export const InferenceSession = {
  /** Loads nothing, one after another. */
  async create(graph: Uint8Array, { intraOpNumThreads }: { intraOpNumThreads: number }) {
    if (isLoading) throw new Error("two at once");
    threads ??= env.wasm.numThreads;
    if (threads !== intraOpNumThreads) throw new Error(`computes with ${threads} threads`);
    const layers = layersOf(graph);
    isLoading = true;
    await new Promise((resolve) => setTimeout(resolve));
    isLoading = false;
    if (layers === SESSION.rejects) throw new Error("cannot load");
    if (layers === SESSION.throwsBeside) return await throwBeside();
    return {
      run({ tokens }: Record<string, Tensor>, outputs: readonly string[]) {
        const first = Number(tokens?.data[0]);
        if (first === PASS.rejects) return Promise.reject(new Error("cannot compute"));
        if (first === PASS.throwsBeside) return throwBeside();
        if (first === PASS.rejectsWithoutMessage) return Promise.reject(new RangeError());
        if (first === PASS.rejectsAtLength) return Promise.reject(new Error("…".repeat(2000)));
        if (first === PASS.isNoticedLate) noticeLate();
        return Promise.resolve(
          Object.fromEntries(outputs.map((name) => [name, new Tensor("float32", zeros)])),
        );
      },
      release() {
        const fails = layers === SESSION.releaseRejects;
        return fails ? Promise.reject(new Error("cannot release")) : Promise.resolve();
      },
    };
  },
};

/** Settings. */
export const env: { wasm: { numThreads?: number } } = { wasm: {} };
