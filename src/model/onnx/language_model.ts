/**
 * A transformer that an onnxruntime computes, as everything that decodes sees it. The runtime is in a
 * worker; {@linkcode OnnxModel.forward} waits for it.
 *
 * @module
 */
import type { LoadedModel } from "../engine.ts";
import {
  checkRequest,
  type ForwardRequest,
  type Logits,
  type Sequence,
  type TextSpec,
} from "../language_model.ts";
import { pooledArray } from "../pooled_arrays.ts";
import type { Transformer, TransformerSpec } from "../transformer.ts";
import { checkInvariance, type Invariance } from "./invariance.ts";
import { type OnnxRuntime, onnxRuntime, OnnxRuntimeError } from "./runtime.ts";
import type { SlotCopy } from "./session.ts";
import { transformerGraph } from "./transformer_graph.ts";
import { ANSWER_HEAD, type Loaded, STATE, type WorkerMessage } from "./worker.ts";

/** How a model is loaded. */
export interface OnnxOptions {
  /** Threads to compute with. */
  readonly threads: number;
  /** What it computes in: `float32`, or `float64` with every operator as it is written, for tests. */
  readonly type?: "float32" | "float64";
}

/** The least rows of a product: one row alone is computed by other instructions than several. */
const LEAST_ROWS = 2;

/**
 * Loads `transformer` into the onnxruntime of this process. To be closed. Throws an
 * {@linkcode OnnxRuntimeError} where there is none, or where it cannot load the model.
 */
export async function openOnnxModel(
  transformer: Transformer,
  { threads, type = "float32" }: OnnxOptions,
): Promise<OnnxModel> {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  try {
    const loaded = new Promise<Loaded>((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<Loaded>) => resolve(data);
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new OnnxRuntimeError(`Cannot load a model into onnxruntime: ${event.message}`));
      };
    });
    const graph = transformerGraph(transformer, type);
    const { spec } = transformer;
    const message = { kind: "load", graph, spec, type, threads, leastRows: LEAST_ROWS } as const;
    const moved = new Set(
      [graph.graph, ...graph.buffers.map(({ data }) => data)].map(({ buffer }) => buffer),
    );
    worker.postMessage(message satisfies WorkerMessage, [...moved] as ArrayBuffer[]);
    const { error } = await loaded;
    const runtime = onnxRuntime();
    if (error !== undefined || runtime === undefined) {
      throw new OnnxRuntimeError(
        error?.name === "OnnxRuntimeError"
          ? error.message
          : `Cannot load a model into ${runtime?.name}: ${error?.message}`,
      );
    }
    return new OnnxModel(worker, spec, runtime);
  } catch (error) {
    worker.terminate();
    throw error;
  }
}

/** A model in an onnxruntime, made by {@linkcode openOnnxModel}. */
export class OnnxModel implements LoadedModel {
  /** Its sizes. */
  readonly spec: TextSpec;
  /** What computes it. */
  readonly runtime: OnnxRuntime;
  /** Whether logits were the same bits however tokens were divided and put together, at load. */
  readonly invariance: Invariance;
  readonly #worker: Worker;
  readonly #slots = new Slots();
  #copies: SlotCopy[] = [];
  #answer = new SharedArrayBuffer(ANSWER_HEAD);
  #batches = 0;
  #isClosed = false;

  /** Of a worker that has loaded a model of these sizes. */
  constructor(worker: Worker, spec: TransformerSpec, runtime: OnnxRuntime) {
    this.#worker = worker;
    this.spec = spec;
    this.runtime = runtime;
    this.invariance = checkInvariance(this);
  }

  /** A new, empty sequence. */
  open(): Sequence {
    return new SlotSequence(this, this.#slots.take());
  }

  /** See {@linkcode LanguageModel.forward}. */
  forward(batch: readonly ForwardRequest[]): Logits[] {
    this.#check(batch);
    if (batch.length === 0) return [];
    const { vocabSize } = this.spec;
    const count = batch.reduce((sum, { rows }) => sum + rows, 0);
    const size = ANSWER_HEAD + 8 * count * vocabSize;
    const answer = new SharedArrayBuffer(size);
    this.#post({
      kind: "forward",
      copies: this.#copies,
      requests: batch.map(({ sequence, tokens, rows }) => {
        const { slot, length } = sequence as SlotSequence;
        return { slot, length, tokens, rows };
      }),
      answer,
    });
    const head = new Int32Array(answer, 0, 2);
    Atomics.wait(head, 0, STATE.waiting);
    if (Atomics.load(head, 0) !== STATE.done) {
      const message = new Uint8Array(answer, 8, head[1]).slice();
      throw new Error(`Cannot compute logits: ${new TextDecoder().decode(message)}`);
    }
    this.#copies = [];
    let first = ANSWER_HEAD;
    return batch.map(({ sequence, tokens, rows }) => {
      (sequence as SlotSequence).length += tokens.length;
      const logits = pooledArray(rows * vocabSize);
      logits.set(new Float64Array(answer, first, logits.length));
      first += 8 * logits.length;
      return logits;
    });
  }

  /** Ends the thread; the model cannot be used any more. */
  close(): void {
    if (!this.#isClosed) this.#post({ kind: "close" });
    this.#isClosed = true;
  }

  /** A slot that begins as a copy of the first `length` positions of another. */
  copySlot(from: number, length: number): number {
    const to = this.#slots.take();
    if (length > 0) this.#copies.push({ from, to, length });
    return to;
  }

  /** Makes a slot free. */
  freeSlot(slot: number): void {
    this.#slots.free(slot);
  }

  #post(message: WorkerMessage): void {
    if (this.#isClosed) throw new TypeError("Cannot use a model: it is closed");
    this.#worker.postMessage(message);
  }

  /** Checks everything before anything is read, so that a refused batch changes nothing. */
  #check(batch: readonly ForwardRequest[]): void {
    const number = ++this.#batches;
    for (const { sequence, tokens, rows } of batch) {
      if (!(sequence instanceof SlotSequence && sequence.model === this)) {
        throw new TypeError("Cannot read a sequence: it belongs to another model");
      }
      sequence.requireOpen();
      checkRequest(this.spec, sequence.length, tokens, rows);
      if (sequence.batch === number) {
        throw new TypeError("Cannot read a sequence: it is in the batch twice");
      }
      sequence.batch = number;
    }
  }
}

/** Numbers of slots; the lowest free one is taken, so that those in use are neighbours. */
class Slots {
  readonly #isUsed: boolean[] = [];
  #lowest = 0;

  take(): number {
    while (this.#isUsed[this.#lowest] === true) this.#lowest++;
    this.#isUsed[this.#lowest] = true;
    return this.#lowest++;
  }

  free(slot: number): void {
    this.#isUsed[slot] = false;
    this.#lowest = Math.min(this.#lowest, slot);
  }
}

/** A sequence and the slot of its cache. */
class SlotSequence implements Sequence {
  readonly model: OnnxModel;
  readonly slot: number;
  length = 0;
  /** The number of the last batch that it was in. */
  batch = 0;
  #isClosed = false;

  constructor(model: OnnxModel, slot: number) {
    this.model = model;
    this.slot = slot;
  }

  truncate(length: number): void {
    this.requireOpen();
    if (!(length >= 0 && length <= this.length)) {
      throw new RangeError(`Cannot truncate to ${length}: the sequence has ${this.length} tokens`);
    }
    this.length = length;
  }

  fork(): SlotSequence {
    this.requireOpen();
    const copy = new SlotSequence(this.model, this.model.copySlot(this.slot, this.length));
    copy.length = this.length;
    return copy;
  }

  close(): void {
    if (!this.#isClosed) this.model.freeSlot(this.slot);
    this.#isClosed = true;
  }

  requireOpen(): void {
    if (this.#isClosed) throw new TypeError("Cannot use a sequence: it is closed");
  }
}
