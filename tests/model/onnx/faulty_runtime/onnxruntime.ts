/**
 * In place of an onnxruntime: it computes nothing, and fails where the first token of a pass, or the
 * number of threads of a session, asks for it.
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
/** Numbers of threads that loading, or closing, fails by. */
export const SESSION = { rejects: 11, throwsBeside: 12, releaseRejects: 13 } as const;

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

/** Makes sessions. */
export const InferenceSession = {
  /** Loads nothing, one after another. */
  async create(_graph: Uint8Array, { intraOpNumThreads }: { intraOpNumThreads: number }) {
    if (isLoading) throw new Error("two at once");
    isLoading = true;
    await new Promise((resolve) => setTimeout(resolve));
    isLoading = false;
    if (intraOpNumThreads === SESSION.rejects) throw new Error("cannot load");
    if (intraOpNumThreads === SESSION.throwsBeside) return await throwBeside();
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
        const fails = intraOpNumThreads === SESSION.releaseRejects;
        return fails ? Promise.reject(new Error("cannot release")) : Promise.resolve();
      },
    };
  },
};

/** Settings. */
export const env = { wasm: {} };
