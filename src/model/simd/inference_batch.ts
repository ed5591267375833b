/**
 * The rows of a batch, divided among threads: by whole sequences, or, where there are few rows, by the
 * columns of each product. Letters as in `inference_plan.ts`.
 *
 * @module
 */
import type { Draw, ModelSpec, Token } from "../language_model.ts";
import { parameterCount } from "../weights.ts";
import { type InferencePlan, MOST_ROWS } from "./inference_plan.ts";
import { writePass } from "./inference_pass.ts";
import { InferenceShard } from "./inference_shard.ts";
import { type RunTask, TaskPool } from "./task_pool.ts";
import type { WasmMemory } from "./wasm_memory.ts";

/** Multiplications that make it worth waking a thread: some 100 µs of them. */
const WORTH_WAKING = 2_000_000;
/** Multiplications after which it is worth starting threads: some 50 ms of them. */
const WORTH_STARTING = 1e9;

/** Up to so many rows for each thread, threads divide the columns of products; above that, the rows. */
const FEW_ROWS = 4;

/** Passes that run on one thread after a thread was late: the first time, and at most. */
const LEAST_PAUSE = 8;
const MOST_PAUSE = 512;

/** The phases of a pool: the rows of each thread, and from the second on the columns of one product. */
const BY_ROWS = 0;
const FIRST_PRODUCT = 1;

/** The task of threads that compute `shards` in the phases of a pool. */
export function inferenceTask(shards: readonly InferenceShard[]): RunTask {
  return (phase, index) => {
    if (phase === BY_ROWS) shards[index]?.run();
    else shards[0]?.multiplyPart(phase - FIRST_PRODUCT, index);
  };
}

/** The number of `threads` that a model of these sizes can keep busy. */
export function inferenceShardCount(spec: ModelSpec, threads: number): number {
  const worth = Math.floor(MOST_ROWS * parameterCount(spec) / WORTH_WAKING);
  return Math.max(1, Math.min(threads, worth));
}

/**
 * The rows of a batch, divided among threads: each takes whole sequences, and each row's arithmetic is
 * its own, so that what comes out is the same bits with any number of them.
 */
export class InferenceBatch {
  readonly #shards: readonly InferenceShard[];
  readonly #pool: TaskPool;
  readonly #start: () => Worker;
  #workers: readonly Worker[] = [];
  readonly #multiplications: number;
  /** Multiplications that have been done. */
  #done = 0;
  readonly #vocabSize: number;
  /** Rows after which the next sequence goes to the next shard. */
  #share = MOST_ROWS;
  /** Passes to run without other threads, and how many after the next one in which a thread is late. */
  #alone = 0;
  #pause = LEAST_PAUSE;
  /** The shard that is being filled; those before it are. */
  #current = 0;

  /** Over `memory`, laid out by `plan`, with a thread, from `start`, for each of its shards. */
  constructor(memory: WasmMemory, plan: InferencePlan, start: () => Worker) {
    const { spec, shards, control } = plan;
    this.#multiplications = parameterCount(spec);
    this.#vocabSize = spec.vocabSize;
    for (const at of shards) writePass(memory, plan, at);
    this.#shards = shards.map((at) => new InferenceShard(memory, plan, at));
    const words = memory.i32.subarray(control / 4, control / 4 + 16);
    this.#pool = new TaskPool(words, inferenceTask(this.#shards));
    this.#start = start;
  }

  /** Begins a batch of so many rows, or fewer. */
  begin(rows: number): void {
    this.#go(0);
    if (this.#shards.length === 1) return;
    const multiplications = rows * this.#multiplications;
    this.#done += multiplications;
    // A short run is over before a thread has begun.
    const missing = this.#shards.length - 1 - this.#workers.length;
    if (missing > 0 && this.#done > WORTH_STARTING) {
      this.#workers = Array.from({ length: missing }, this.#start);
    }
    const all = this.#workers.length + 1;
    const isByColumns = rows <= FEW_ROWS * all && this.#isWorthDividing(rows);
    const threads = isByColumns ? 1 : Math.floor(multiplications / WORTH_WAKING);
    const shards = Math.max(1, Math.min(all, threads));
    // In fours, as the kernels take them.
    this.#share = Math.min(MOST_ROWS, 4 * Math.ceil(rows / shards / 4));
  }

  /**
   * Reads `tokens` from position `start` on into the cache at `address`, but for the first `known` of
   * them, which are in it; the logits after the last `rows` of them, which are not known, are in
   * `answer` when the batch has ended, or `draw`, if there is one, is answered.
   */
  read(
    tokens: readonly Token[],
    known: number,
    start: number,
    address: number,
    rows: number,
    answer: Float64Array,
    draw?: Draw,
  ): void {
    if (this.#shard().rows >= this.#share) {
      if (this.#current + 1 < this.#shards.length) this.#go(this.#current + 1);
      else this.#run();
    }
    for (let i = known; i < tokens.length; i++) {
      // Later tokens need the keys and values of earlier ones, which are computed first.
      if (this.#shard().rows === MOST_ROWS) this.#run();
      const shard = this.#shard();
      shard.write(tokens[i] as number, start + i, address);
      const at = i - (tokens.length - rows);
      if (at >= 0) shard.want(answer, at * this.#vocabSize, draw);
    }
  }

  /** Answers `draw` from logits `[V]` that were read in some batch; not within one. */
  draw(logits: Float64Array, draw: Draw): void {
    this.#shard().drawFrom(logits, draw);
  }

  /** Reads what has not been read yet. */
  end(): void {
    this.#run();
  }

  /** Ends the threads. */
  close(): void {
    this.#pool.stop();
    for (const worker of this.#workers) worker.terminate();
  }

  #shard(): InferenceShard {
    return this.#shards[this.#current] as InferenceShard;
  }

  #go(shard: number): void {
    this.#current = shard;
    this.#shard().begin();
  }

  /** Whether it pays that threads divide the columns for so many rows. */
  #isWorthDividing(rows: number): boolean {
    return this.#workers.length > 0 && rows * this.#multiplications >= WORTH_WAKING;
  }

  /**
   * Runs the rows of `shard`, and threads divide the columns. After a thread was late, passes run on this
   * one for a while: where other processes have the processors, every product would wait for it.
   */
  #runByColumns(shard: InferenceShard): void {
    if (this.#alone > 0) {
      this.#alone--;
      shard.run();
    } else if (shard.runByColumns(this.#pool, FIRST_PRODUCT)) {
      this.#pause = LEAST_PAUSE;
    } else {
      this.#alone = this.#pause;
      this.#pause = Math.min(MOST_PAUSE, 2 * this.#pause);
    }
  }

  /** Runs the shards that hold rows, on as many threads as are there, and answers. */
  #run(): void {
    const count = this.#current + 1;
    for (let i = 0; i < count; i++) (this.#shards[i] as InferenceShard).publish();
    const shard = this.#shard();
    if (count > 1) this.#pool.phase(BY_ROWS, count);
    else if (this.#isWorthDividing(shard.rows)) this.#runByColumns(shard);
    else if (shard.rows > 0) shard.run();
    for (let i = 0; i < count; i++) (this.#shards[i] as InferenceShard).answer();
    this.#go(0);
  }
}
