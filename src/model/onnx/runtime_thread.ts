/**
 * The thread of an onnxruntime, as seen from the thread that decodes, which waits for its answers.
 *
 * @module
 */
import type { Logits } from "../language_model.ts";
import { pooledArray } from "../pooled_arrays.ts";
import {
  ANSWER_HEAD,
  type Loaded,
  type LoadMessage,
  type RuntimeMessage,
  STATE,
} from "./protocol.ts";
import { onnxRuntime, OnnxRuntimeError } from "./runtime.ts";
import type { SlotCopy, SlotRequest } from "./session.ts";

/**
 * The threads that the models of this one are in, by how many threads they compute with: WebAssembly
 * takes that number once, when its runtime starts. Each ends with its last model.
 */
const shared = new Map<number, RuntimeThread>();

/** A thread with an onnxruntime and models in it. */
export class RuntimeThread {
  readonly #worker: Worker;
  readonly #threads: number;
  readonly #loading = new Map<number, PromiseWithResolvers<Loaded>>();
  #answer = new SharedArrayBuffer(ANSWER_HEAD);
  #models = 0;
  #next = 0;

  private constructor(threads: number) {
    this.#threads = threads;
    this.#worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    this.#worker.onmessage = ({ data }: MessageEvent<Loaded>) => {
      this.#loading.get(data.model)?.resolve(data);
      this.#loading.delete(data.model);
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      const error = new OnnxRuntimeError(`Cannot start an onnxruntime: ${event.message}`);
      for (const { reject } of this.#loading.values()) reject(error);
      this.#loading.clear();
      this.#retire();
    };
  }

  /** The thread of models that compute with that many threads, which has one model more from now on. */
  static withOneMore(threads: number): RuntimeThread {
    const thread = shared.get(threads) ?? new RuntimeThread(threads);
    shared.set(threads, thread);
    thread.#models++;
    return thread;
  }

  /**
   * Loads a model, whose buffers are given away; its number. Throws an {@linkcode OnnxRuntimeError}.
   */
  async load(message: Omit<LoadMessage, "kind" | "model" | "threads">): Promise<number> {
    const model = this.#next++;
    const loaded = Promise.withResolvers<Loaded>();
    this.#loading.set(model, loaded);
    const { graph, buffers } = message.graph;
    const given = new Set([graph, ...buffers.map(({ data }) => data)].map(({ buffer }) => buffer));
    const threads = this.#threads;
    this.#post({ kind: "load", model, threads, ...message }, [...given]);
    const { error } = await loaded.promise;
    if (error === undefined) return model;
    throw new OnnxRuntimeError(
      error.isOfRuntime
        ? error.message
        : `Cannot load a model into ${onnxRuntime()?.name}: ${error.message}`,
    );
  }

  /**
   * Has a model read tokens; the logits of each request, `[rows, V]`. Throws an
   * {@linkcode OnnxRuntimeError}.
   */
  forward(
    model: number,
    copies: readonly SlotCopy[],
    requests: readonly SlotRequest[],
    vocabSize: number,
  ): Logits[] {
    const count = requests.reduce((sum, { rows }) => sum + rows, 0);
    const size = ANSWER_HEAD + 8 * count * vocabSize;
    if (this.#answer.byteLength < size || this.#answer.byteLength > 16 * size + 2 ** 20) {
      this.#answer = new SharedArrayBuffer(size);
    }
    const answer = this.#answer;
    const head = new Int32Array(answer, 0, 2);
    Atomics.store(head, 0, STATE.waiting);
    this.#post({ kind: "forward", model, copies, requests, answer });
    // The notice of the answer before may come as late as now: only the state says that there is one.
    while (Atomics.load(head, 0) === STATE.waiting) Atomics.wait(head, 0, STATE.waiting);
    if (Atomics.load(head, 0) !== STATE.done) {
      const message = new Uint8Array(answer, 8, Atomics.load(head, 1)).slice();
      throw new OnnxRuntimeError(`Cannot compute logits: ${new TextDecoder().decode(message)}`);
    }
    let first = ANSWER_HEAD;
    return requests.map(({ rows }) => {
      const logits = pooledArray(rows * vocabSize);
      logits.set(new Float64Array(answer, first, logits.length));
      first += 8 * logits.length;
      return logits;
    });
  }

  /** Releases a model, if it was loaded; with the last one the thread ends. */
  release(model: number | undefined): void {
    this.#models--;
    const isLast = this.#models === 0;
    if (isLast) this.#retire();
    this.#post({ kind: "close", model: model ?? -1, isLast });
  }

  /** Takes no more models: the next one begins with another thread. */
  #retire(): void {
    if (shared.get(this.#threads) === this) shared.delete(this.#threads);
  }

  #post(message: RuntimeMessage, given: readonly ArrayBufferLike[] = []): void {
    this.#worker.postMessage(message, given as ArrayBuffer[]);
  }
}
