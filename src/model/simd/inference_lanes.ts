import type { ModelSpec, Token } from "../language_model.ts";
import { parameterCount } from "../weights.ts";
import type { Arena } from "./wasm_memory.ts";
import { Lane } from "./inference_lane.ts";
import { type InferencePlan, MOST_ROWS } from "./inference_plan.ts";
import type { WorkerOrder } from "./inference_worker.ts";
import { TaskPool } from "./task_pool.ts";

/** Multiplications that a thread must have to do before it is worth waking: some 100 µs of them. */
const WORTH_WAKING = 2_000_000;
/** Multiplications that must have been done before threads are worth starting: some 50 ms of them. */
const WORTH_STARTING = 1e9;

/** How many of `threads` a model of these sizes can ever keep busy. */
export function laneCount(spec: ModelSpec, threads: number): number {
  const worth = Math.floor(MOST_ROWS * parameterCount(spec) / WORTH_WAKING);
  return Math.max(1, Math.min(threads, worth));
}

/**
 * The rows of a batch, divided among threads: each takes whole sequences, and each row's arithmetic is
 * its own, so that what comes out is the same bits with any number of them.
 */
export class Lanes {
  readonly #lanes: readonly Lane[];
  readonly #pool: TaskPool;
  readonly #start: () => Worker;
  #workers: readonly Worker[] = [];
  readonly #multiplications: number;
  /** Multiplications that have been done. */
  #done = 0;
  readonly #vocabSize: number;
  /** Rows after which the next sequence goes to the next lane. */
  #share = MOST_ROWS;
  /** The lane that is being filled; those before it are. */
  #current = 0;

  /** Over `arena`, laid out by `plan`, with a thread for each of its lanes. */
  constructor(arena: Arena, plan: InferencePlan) {
    const { spec, lanes, control } = plan;
    this.#multiplications = parameterCount(spec);
    this.#vocabSize = spec.vocabSize;
    this.#lanes = lanes.map((at) => new Lane(arena, plan, at));
    const words = arena.i32.subarray(control / 4, control / 4 + 16);
    this.#pool = new TaskPool(words, (_phase, index) => this.#lanes[index]?.run());
    this.#start = () => {
      const worker = new Worker(new URL("./inference_worker.ts", import.meta.url), {
        type: "module",
      });
      const order: WorkerOrder = { memory: arena.memory, spec, lanes: lanes.length };
      worker.postMessage(order);
      return worker;
    };
  }

  /** Begins a batch of so many rows, or fewer. */
  begin(rows: number): void {
    const multiplications = rows * this.#multiplications;
    this.#done += multiplications;
    // A short run is over before a thread has begun.
    if (this.#workers.length === 0 && this.#done > WORTH_STARTING) {
      this.#workers = Array.from({ length: this.#lanes.length - 1 }, this.#start);
    }
    const threads = Math.min(this.#workers.length + 1, Math.floor(multiplications / WORTH_WAKING));
    const lanes = Math.max(1, threads);
    // In fours, as the kernels take them.
    this.#share = Math.min(MOST_ROWS, 4 * Math.ceil(rows / lanes / 4));
    this.#go(0);
  }

  /**
   * Reads `tokens` from position `start` on into the cache at `address`; the logits after the last
   * `rows` of them are in `answer` when the batch has ended.
   */
  read(
    tokens: readonly Token[],
    start: number,
    address: number,
    rows: number,
    answer: Float64Array,
  ): void {
    if (this.#lane().rows >= this.#share) {
      if (this.#current + 1 < this.#lanes.length) this.#go(this.#current + 1);
      else this.#run();
    }
    for (let i = 0; i < tokens.length; i++) {
      // What comes later must find the keys and values of what was before it: it waits for them.
      if (this.#lane().rows === MOST_ROWS) this.#run();
      const lane = this.#lane();
      lane.write(tokens[i] as number, start + i, address);
      const at = i - (tokens.length - rows);
      if (at >= 0) lane.want(answer, at * this.#vocabSize);
    }
  }

  /** Reads what has not been read yet. */
  end(): void {
    this.#run();
  }

  /** Gives back the threads. */
  close(): void {
    this.#pool.stop();
    for (const worker of this.#workers) worker.terminate();
  }

  #lane(): Lane {
    return this.#lanes[this.#current] as Lane;
  }

  #go(lane: number): void {
    this.#current = lane;
    this.#lane().begin();
  }

  /** Runs the lanes that hold rows, on as many threads as are there, and answers. */
  #run(): void {
    const count = this.#current + 1;
    for (let i = 0; i < count; i++) (this.#lanes[i] as Lane).publish();
    if (count > 1) this.#pool.phase(0, count);
    else if (this.#lane().rows > 0) this.#lane().run();
    for (let i = 0; i < count; i++) (this.#lanes[i] as Lane).answer();
    this.#go(0);
  }
}
