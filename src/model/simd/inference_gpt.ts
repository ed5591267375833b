/**
 * Decoding on the SIMD kernels: one forward pass over the next tokens of many sequences, each with
 * its own KV cache. Letters as in `inference_plan.ts`; `L` layers.
 *
 * @module
 */
import {
  checkRequest,
  type Draw,
  type ForwardRequest,
  type LanguageModel,
  type Logits,
  type ModelSpec,
  NO_LOGITS,
  type Sequence,
  type Token,
} from "../language_model.ts";
import { pooledArray } from "../pooled_arrays.ts";
import { type Prompt, PromptCache, promptLength } from "../prompt_cache.ts";
import type { Weights } from "../weights.ts";
import { type Arithmetic, availableArithmetic } from "./arithmetic.ts";
import { WasmMemory } from "./wasm_memory.ts";
import { InferenceBatch, inferenceShardCount } from "./inference_batch.ts";
import { checkDraw, hasDistributions } from "./inference_draw.ts";
import type { WorkerJob } from "./worker.ts";
import { planInference } from "./inference_plan.ts";
import { padded } from "./parameter_layout.ts";

/** The most caches that are made at once when none is free, and the most bytes that they may take. */
const CACHES_AT_ONCE = 64;
const BYTES_AT_ONCE = 2 ** 26;

/**
 * A trained GPT that answers with the SIMD kernels. The sequences of a batch are divided among threads;
 * each row's arithmetic is its own, so that the logits are the same bits with any number of them.
 */
export class SimdGpt implements LanguageModel {
  /** Sizes of the model. */
  readonly spec: ModelSpec;
  readonly #memory: WasmMemory;
  readonly #shards: InferenceBatch;
  readonly #width: number;
  readonly #cacheBytes: number;
  readonly #freeCaches: number[] = [];
  readonly #prompts = new PromptCache(MOST_PROMPTS);
  readonly #free = (address: number): void => this.freeCache(address);
  #batches = 0;

  /**
   * Copies `weights`; decodes on up to `threads` threads in `arithmetic`, by default that of the
   * processor. Throws an `ArithmeticError` for one that it does not have.
   */
  constructor(weights: Weights, threads = 1, arithmetic?: Arithmetic) {
    const { spec } = weights;
    const kind = availableArithmetic(arithmetic);
    const plan = planInference(spec, inferenceShardCount(spec, threads));
    this.spec = spec;
    this.#width = padded(spec.nEmbd);
    this.#cacheBytes = spec.nLayer * spec.blockSize * 2 * this.#width * 4;
    this.#memory = new WasmMemory(plan.memory, kind);
    plan.layout.store(weights, this.#memory, plan.parameters);
    plan.packed.pack(this.#memory, plan.parameters);
    this.#shards = new InferenceBatch(this.#memory, plan, () => {
      const worker = new Worker(new URL("./worker.ts", import.meta.url), {
        type: "module",
      });
      const job: WorkerJob = {
        kind: "inference",
        shared: this.#memory.shared,
        arithmetic: kind,
        spec,
        shards: plan.shards.length,
      };
      worker.postMessage(job);
      return worker;
    });
  }

  /** A new, empty sequence. */
  open(): Sequence {
    return new CachedSequence(this, this.#takeCache());
  }

  /** See {@linkcode LanguageModel.forward}. */
  forward(batch: readonly ForwardRequest[]): Logits[] {
    const { vocabSize } = this.spec;
    const rows = this.#check(batch);
    // Of its length from the beginning: an array that grows has room for sixteen more.
    const answers = new Array<Float64Array>(batch.length);
    /** Sequences that begin with prompts which are copied when the batch has been read. */
    const waiting: Begun[] = [];
    this.#prompts.begin(this.#free);
    this.#shards.begin(rows);
    for (let r = 0; r < batch.length; r++) {
      const { sequence, tokens, rows, draw: asked } = batch[r] as ForwardRequest;
      const { length, address } = sequence as CachedSequence;
      const draw = this.#possible(asked);
      const answer = draw === undefined ? pooledArray(rows * vocabSize) : NO_LOGITS;
      answers[r] = answer;
      const shared = length === 0 ? promptLength(tokens, rows) : 0;
      if (shared === 0) {
        this.#shards.read(tokens, 0, length, address, rows, answer, draw);
        continue;
      }
      const { prompt, isRead } = this.#prompts.take(tokens, shared, () => {
        const address = this.#takeCache();
        const logits = new Float64Array(vocabSize);
        this.#shards.read(tokens.slice(0, shared), 0, 0, address, 1, logits);
        return { length: shared, address, logits };
      });
      const begun = { prompt, address, tokens, rows, answer, draw };
      if (isRead && rows > 1) {
        this.#begin(begun);
        this.#goOn(begun);
      } else waiting.push(begun);
    }
    this.#shards.end();
    if (waiting.length > 0) this.#beginAll(waiting);
    this.#prompts.end(this.#free);
    for (let r = 0; r < batch.length; r++) {
      const { sequence, tokens, draw: asked } = batch[r] as ForwardRequest;
      const cached = sequence as CachedSequence;
      const draw = this.#possible(asked);
      if (draw !== undefined && draw.token < 0) answers[r] = this.#readAgain(cached, tokens);
      cached.length += tokens.length;
    }
    return answers;
  }

  /** A draw that this engine makes: any without a distribution, and with one where there is room for it. */
  #possible(draw: Draw | undefined): Draw | undefined {
    return draw?.distribution === undefined || hasDistributions(this.spec) ? draw : undefined;
  }

  /** Begins sequences with their prompts, and reads what comes after these. */
  #beginAll(waiting: readonly Begun[]): void {
    let rows = 0;
    for (const begun of waiting) {
      this.#begin(begun);
      rows += begun.tokens.length - begun.prompt.length;
    }
    if (rows === 0) return;
    this.#shards.begin(rows);
    for (const begun of waiting) if (begun.rows > 1) this.#goOn(begun);
    this.#shards.end();
  }

  /** Copies the cache of a sequence's prompt, and gives the logits after it or draws from them. */
  #begin({ prompt, address, answer, draw }: Begun): void {
    this.#copy(prompt.address, address, prompt.length);
    if (draw !== undefined) this.#shards.draw(prompt.logits, draw);
    else if (answer.length > 0) answer.set(prompt.logits);
  }

  /** Reads what comes after a sequence's prompt. */
  #goOn({ prompt, address, tokens, rows, answer }: Begun): void {
    this.#shards.read(tokens, prompt.length, 0, address, rows, answer);
  }

  /** The logits after tokens that were just read, where none could be drawn from them. */
  #readAgain({ length, address }: CachedSequence, tokens: readonly Token[]): Logits {
    const logits = new Float64Array(this.spec.vocabSize);
    this.#shards.begin(tokens.length);
    this.#shards.read(tokens, 0, length, address, 1, logits);
    this.#shards.end();
    return logits;
  }

  /** Ends the threads; the model cannot be used any more. */
  close(): void {
    this.#shards.close();
  }

  /** Checks everything before anything is read, so that a refused batch changes nothing; its rows. */
  #check(batch: readonly ForwardRequest[]): number {
    const number = ++this.#batches;
    let all = 0;
    for (let r = 0; r < batch.length; r++) {
      const { sequence, tokens, rows, draw } = batch[r] as ForwardRequest;
      const cached = this.#own(sequence);
      checkRequest(this.spec, cached.length, tokens, rows);
      if (draw !== undefined) checkDraw(draw, rows, this.spec.vocabSize);
      if (cached.batch === number) {
        throw new TypeError("Cannot read a sequence: it is in the batch twice");
      }
      cached.batch = number;
      all += tokens.length;
    }
    return all;
  }

  /** A free cache's address. */
  #takeCache(): number {
    if (this.#freeCaches.length === 0) {
      // Attention reads keys four at a time, up to three rows past the last cache.
      const beyond = 3 * 2 * this.#width * 4;
      const fitting = Math.floor(BYTES_AT_ONCE / this.#cacheBytes);
      const count = Math.max(1, Math.min(CACHES_AT_ONCE, fitting));
      const first = this.#memory.extend(count * this.#cacheBytes + beyond);
      for (let i = count - 1; i >= 0; i--) {
        this.#freeCaches.push(first + i * this.#cacheBytes);
      }
    }
    return this.#freeCaches.pop() as number;
  }

  /** A copy of the first `length` positions of the cache at `address`. */
  copyCache(address: number, length: number): number {
    const copy = this.#takeCache();
    this.#copy(address, copy, length);
    return copy;
  }

  #copy(from: number, to: number, length: number): void {
    const position = 2 * this.#width;
    for (let layer = 0; layer < this.spec.nLayer; layer++) {
      const offset = 4 * layer * this.spec.blockSize * position;
      this.#memory.copy(from + offset, to + offset, length * position);
    }
  }

  /** Returns a cache to the free ones. */
  freeCache(address: number): void {
    this.#freeCaches.push(address);
  }

  #own(sequence: Sequence): CachedSequence {
    if (sequence instanceof CachedSequence && sequence.model === this) {
      sequence.requireOpen();
      return sequence;
    }
    throw new TypeError("Cannot read a sequence: it belongs to another model");
  }
}

/** The most prompts in the cache. */
const MOST_PROMPTS = 64;

/** A sequence that begins with a prompt, the tokens that it reads, and where the answer goes. */
interface Begun {
  readonly prompt: Prompt;
  readonly address: number;
  readonly tokens: readonly Token[];
  readonly rows: number;
  readonly answer: Float64Array;
  readonly draw: Draw | undefined;
}

/** A sequence and the address of its cache: keys and values, `[L, B, 2C]`. */
class CachedSequence implements Sequence {
  readonly model: SimdGpt;
  readonly address: number;
  length = 0;
  /** The number of the last batch that it was in. */
  batch = 0;
  #closed = false;

  constructor(model: SimdGpt, address: number) {
    this.model = model;
    this.address = address;
  }

  truncate(length: number): void {
    this.requireOpen();
    if (!(length >= 0 && length <= this.length)) {
      throw new RangeError(`Cannot truncate to ${length}: the sequence has ${this.length} tokens`);
    }
    this.length = length;
  }

  fork(): CachedSequence {
    this.requireOpen();
    const copy = new CachedSequence(this.model, this.model.copyCache(this.address, this.length));
    copy.length = this.length;
    return copy;
  }

  close(): void {
    if (!this.#closed) this.model.freeCache(this.address);
    this.#closed = true;
  }

  requireOpen(): void {
    if (this.#closed) throw new TypeError("Cannot use a sequence: it is closed");
  }
}
