/**
 * Decoding on the SIMD kernels: one forward pass over the next tokens of many sequences, each with
 * its own KV cache. Letters as in `inference_plan.ts`; `L` layers.
 *
 * @module
 */
import { checkRequest } from "../forward_check.ts";
import type {
  ForwardRequest,
  LanguageModel,
  Logits,
  ModelSpec,
  Sequence,
} from "../language_model.ts";
import { numbers } from "../numbers.ts";
import { parameterCount, type Weights } from "../weights.ts";
import { Arena } from "./arena.ts";
import { Lane } from "./inference_lane.ts";
import { MOST_ROWS, planInference } from "./inference_plan.ts";
import type { WorkerOrder } from "./inference_worker.ts";
import { padded } from "./parameters.ts";
import { TaskPool } from "./task_pool.ts";

/** The most caches that are made at once when none is free, and the most bytes that they may take. */
const CACHES_AT_ONCE = 64;
const BYTES_AT_ONCE = 2 ** 26;
/** Multiplications that a thread must have to do before it is worth waking: some 20 µs of them. */
const WORTH_A_THREAD = 400_000;

/**
 * A trained GPT that answers with the SIMD kernels. The sequences of a batch are divided among threads;
 * each row's arithmetic is its own, so that the logits are the same bits with any number of them.
 */
export class SimdGpt implements LanguageModel {
  /** Sizes of the model. */
  readonly spec: ModelSpec;
  readonly #arena: Arena;
  readonly #lanes: readonly Lane[];
  readonly #pool: TaskPool;
  readonly #workers: readonly Worker[];
  readonly #multiplications: number;
  readonly #width: number;
  readonly #cacheBytes: number;
  readonly #freeCaches: number[] = [];
  #batches = 0;

  /** Copies `weights`; decodes on up to `threads` threads. */
  constructor(weights: Weights, threads = 1) {
    const { spec } = weights;
    const plan = planInference(spec, threads);
    this.spec = spec;
    this.#multiplications = parameterCount(spec);
    this.#width = padded(spec.nEmbd);
    this.#cacheBytes = spec.nLayer * spec.blockSize * 2 * this.#width * 4;
    this.#arena = new Arena(plan.arena);
    plan.layout.store(weights, this.#arena, plan.parameters);
    plan.packed.pack(this.#arena, plan.parameters);
    this.#lanes = plan.lanes.map((at) => new Lane(this.#arena, plan, at));
    const control = this.#arena.i32.subarray(plan.control / 4, plan.control / 4 + 16);
    this.#pool = new TaskPool(control, (_phase, index) => this.#lanes[index]?.run());
    this.#workers = Array.from({ length: threads - 1 }, () => {
      const worker = new Worker(new URL("./inference_worker.ts", import.meta.url), {
        type: "module",
      });
      const order: WorkerOrder = { memory: this.#arena.memory, spec, lanes: threads };
      worker.postMessage(order);
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
    const share = this.#rowsOfALane(this.#check(batch));
    const answers: Float64Array[] = [];
    let used = 0;
    let lane = this.#lanes[0] as Lane;
    lane.begin();
    const next = (): void => {
      used++;
      if (used === this.#lanes.length) finish();
      else (lane = this.#lanes[used] as Lane).begin();
    };
    const finish = (): void => {
      this.#run(used);
      used = 0;
      (lane = this.#lanes[0] as Lane).begin();
    };
    for (let r = 0; r < batch.length; r++) {
      const { sequence, tokens, rows } = batch[r] as ForwardRequest;
      const cached = sequence as CachedSequence;
      const answer = numbers(rows * vocabSize);
      answers.push(answer);
      if (lane.rows >= share) next();
      for (let i = 0; i < tokens.length; i++) {
        // What a sequence reads next must find its keys and values: it waits for those in progress.
        if (lane.rows === MOST_ROWS) {
          used++;
          finish();
        }
        lane.write(tokens[i] as number, cached.length + i, cached.address);
        const at = i - (tokens.length - rows);
        if (at >= 0) lane.want(answer, at * vocabSize);
      }
      cached.length += tokens.length;
    }
    if (lane.rows > 0) used++;
    this.#run(used);
    return answers;
  }

  /** Gives back the threads; the model cannot be used any more. */
  close(): void {
    this.#pool.stop();
    for (const worker of this.#workers) worker.terminate();
  }

  /** Runs the first `count` lanes, on as many threads as are there, and answers. */
  #run(count: number): void {
    for (let i = 0; i < count; i++) (this.#lanes[i] as Lane).publish();
    if (count > 1) this.#pool.phase(0, count);
    else if (count === 1) (this.#lanes[0] as Lane).run();
    for (let i = 0; i < count; i++) (this.#lanes[i] as Lane).answer();
  }

  /** Rows after which the next sequence goes to another lane, when there are `rows` in all. */
  #rowsOfALane(rows: number): number {
    const threads = Math.floor(rows * this.#multiplications / WORTH_A_THREAD);
    const lanes = Math.max(1, Math.min(this.#lanes.length, threads));
    // In fours, as the kernels take them.
    return Math.min(MOST_ROWS, 4 * Math.ceil(rows / lanes / 4));
  }

  /** Checks everything before anything is read, so that a refused batch changes nothing; its rows. */
  #check(batch: readonly ForwardRequest[]): number {
    const number = ++this.#batches;
    let all = 0;
    for (let r = 0; r < batch.length; r++) {
      const { sequence, tokens, rows } = batch[r] as ForwardRequest;
      const cached = this.#own(sequence);
      checkRequest(this.spec, cached.length, tokens, rows);
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
      const first = this.#arena.extend(count * this.#cacheBytes + beyond);
      for (let i = count - 1; i >= 0; i--) {
        this.#freeCaches.push(first + i * this.#cacheBytes);
      }
    }
    return this.#freeCaches.pop() as number;
  }

  /** A copy of the first `length` positions of the cache at `address`. */
  copyCache(address: number, length: number): number {
    const copy = this.#takeCache();
    const position = 2 * this.#width;
    for (let layer = 0; layer < this.spec.nLayer; layer++) {
      const offset = layer * this.spec.blockSize * position;
      const from = address / 4 + offset;
      this.#arena.f32.copyWithin(copy / 4 + offset, from, from + length * position);
    }
    return copy;
  }

  /** Takes a cache back. */
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
