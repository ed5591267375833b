/**
 * A transformer that an onnxruntime computes, as everything that decodes sees it. The runtime is in a
 * thread of its own; {@linkcode OnnxModel.forward} waits for it.
 *
 * @module
 */
import { formatCount } from "../../text/format.ts";
import type { LoadedModel } from "../engine.ts";
import {
  checkRequest,
  type ForwardRequest,
  type Logits,
  type Sequence,
  type TextSpec,
  type Token,
} from "../language_model.ts";
import { pooledArray } from "../pooled_arrays.ts";
import { type Prompt, PromptCache, promptLength } from "../prompt_cache.ts";
import { numbersIn, type Transformer, type TransformerSpec } from "../transformer.ts";
import { cacheBytes } from "./caches.ts";
import { checkInvariance, type Invariance } from "./invariance.ts";
import { runtimeLimit } from "./open_session.ts";
import {
  type OnnxRuntime,
  OnnxRuntimeError,
  requiredRuntime,
  type RuntimeName,
} from "./runtime.ts";
import { RuntimeThread } from "./runtime_thread.ts";
import type { SlotCopy, SlotRequest } from "./session.ts";
import { transformerGraph } from "./transformer_graph.ts";

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
  const runtime = requiredRuntime();
  checkSize(transformer, runtime.name);
  const thread = RuntimeThread.withOneMore(threads);
  let model: number | undefined;
  try {
    const { spec } = transformer;
    const graph = transformerGraph(transformer, {
      type,
      sharesTable: runtime.name === "onnxruntime-web",
    });
    model = await thread.load({ graph, spec, type, leastRows: LEAST_ROWS });
    return new OnnxModel({ thread, model }, spec, runtime);
  } catch (error) {
    thread.release(model);
    throw error;
  }
}

/** The most prompts whose caches are kept, and the most bytes that they may take. */
const MOST_PROMPTS = 64;
const PROMPT_BYTES = 2 ** 28;

/** Throws an {@linkcode OnnxRuntimeError} for a model that cannot fit in a runtime, whatever the machine. */
function checkSize(transformer: Transformer, name: RuntimeName): void {
  const parameters = numbersIn(transformer);
  const limit = runtimeLimit(name, parameters);
  if (limit === undefined) return;
  throw new OnnxRuntimeError(
    `Cannot load ${formatCount(parameters, "parameter")} into ${name}: ${limit}`,
  );
}

/** A model in the thread of an onnxruntime. */
export interface PlacedModel {
  /** The thread. */
  readonly thread: RuntimeThread;
  /** The model's number there. */
  readonly model: number;
}

/** A model in an onnxruntime, made by {@linkcode openOnnxModel}. */
export class OnnxModel implements LoadedModel {
  /** Its sizes. */
  readonly spec: TextSpec;
  /** What computes it. */
  readonly runtime: OnnxRuntime;
  /** Whether logits were the same bits however tokens were divided and put together, at load. */
  readonly invariance: Invariance;
  readonly #place: PlacedModel;
  readonly #slots = new Slots();
  #prompts: PromptCache | undefined;
  #copies: SlotCopy[] = [];
  #batches = 0;
  #isClosed = false;

  /** Of a model that is loaded, of these sizes. */
  constructor(place: PlacedModel, spec: TransformerSpec, runtime: OnnxRuntime) {
    this.#place = place;
    this.spec = spec;
    this.runtime = runtime;
    this.invariance = checkInvariance(this);
    // From now on: what is checked must be read.
    const most = Math.floor(PROMPT_BYTES / cacheBytes(spec, spec.blockSize));
    this.#prompts = new PromptCache(Math.max(1, Math.min(MOST_PROMPTS, most)));
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
    const requests: SlotRequest[] = [];
    /** What to do with the logits of each, in order. */
    const taken: ((logits: Logits) => void)[] = [];
    const ask = (request: SlotRequest, take: (logits: Logits) => void): void => {
      requests.push(request);
      taken.push(take);
    };
    const answers: Logits[] = [];
    /** Copies of the prompts that are read in the slots of others. */
    const kept: SlotCopy[] = [];
    const begun: { index: number; slot: number; rows: number; prompt: Prompt }[] = [];
    this.#prompts?.begin((slot) => this.#slots.free(slot));
    batch.forEach(({ sequence, tokens, rows }, index) => {
      const { slot, length } = sequence as SlotSequence;
      const prompts = length === 0 ? this.#prompts : undefined;
      const shared = prompts === undefined ? 0 : this.#sharedLength(tokens, rows);
      if (prompts === undefined || shared === 0) {
        return ask({ slot, length, tokens, rows }, (logits) => answers[index] = logits);
      }
      let isNew = false;
      const { prompt, isRead } = prompts.take(tokens, shared, () => {
        isNew = true;
        const logits = new Float64Array(vocabSize);
        return { length: shared, address: this.#slots.take(), logits };
      });
      if (rows > 1 && isRead) {
        this.#copies.push({ from: prompt.address, to: slot, length: shared });
        const rest = { slot, length: shared, tokens: tokens.slice(shared), rows: rows - 1 };
        return ask(rest, (logits) => {
          const answer = answers[index] = pooledArray(rows * vocabSize);
          answer.set(prompt.logits);
          answer.set(logits, vocabSize);
        });
      }
      if (rows > 1) {
        // A new prompt is read with what comes after it: a pass of its own would take as long.
        if (isNew) kept.push({ from: slot, to: prompt.address, length: shared });
        return ask({ slot, length, tokens, rows }, (logits) => {
          answers[index] = logits;
          if (isNew) prompt.logits.set(logits.subarray(0, vocabSize));
        });
      }
      if (isNew) {
        const request = { slot: prompt.address, length: 0, tokens, rows: 1 };
        ask(request, (logits) => prompt.logits.set(logits));
      }
      begun.push({ index, slot, rows, prompt });
    });
    this.#read(requests).forEach((logits, i) => taken[i]?.(logits));
    this.#copies.push(...kept);
    for (const { index, slot, rows, prompt } of begun) {
      this.#copies.push({ from: prompt.address, to: slot, length: prompt.length });
      const answer = pooledArray(rows * this.spec.vocabSize);
      answer.set(prompt.logits.subarray(0, answer.length));
      answers[index] = answer;
    }
    this.#prompts?.end((slot) => this.#slots.free(slot));
    for (const { sequence, tokens } of batch) (sequence as SlotSequence).length += tokens.length;
    return answers;
  }

  /** How many of the tokens that a new sequence reads are a prompt that is read once for all. */
  #sharedLength(tokens: readonly Token[], rows: number): number {
    // Read in parts and among others: to the same logits, or not at all.
    const { splits, batches } = this.invariance;
    return rows <= 1 || (splits && batches) ? promptLength(tokens, rows) : 0;
  }

  /** The logits of each request, after the copies that come before it. */
  #read(requests: readonly SlotRequest[]): Logits[] {
    if (requests.length === 0) return [];
    const { thread, model } = this.#place;
    const logits = thread.forward(model, this.#copies, requests, this.spec.vocabSize);
    this.#copies = [];
    return logits;
  }

  /** Releases the model, which cannot be used any more. */
  close(): void {
    if (!this.#isClosed) this.#place.thread.release(this.#place.model);
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

  /** Checks everything before anything is read, so that a refused batch changes nothing. */
  #check(batch: readonly ForwardRequest[]): void {
    if (this.#isClosed) throw new TypeError("Cannot use a model: it is closed");
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
