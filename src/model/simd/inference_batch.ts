/**
 * The rows of a batch, divided among threads, and the forward pass over the rows of each. Letters as
 * in `inference_plan.ts`.
 *
 * @module
 */
import type { ModelSpec, Token } from "../language_model.ts";
import { parameterCount } from "../weights.ts";
import { type InferencePlan, type InferenceShardPlan, MOST_ROWS } from "./inference_plan.ts";
import { MatmulMode } from "./kernels.ts";
import { type Matrix, padded } from "./parameter_layout.ts";
import { TaskPool } from "./task_pool.ts";
import type { WasmMemory } from "./wasm_memory.ts";

/** Multiplications that make it worth waking a thread: some 100 µs of them. */
const WORTH_WAKING = 2_000_000;
/** Multiplications after which it is worth starting threads: some 50 ms of them. */
const WORTH_STARTING = 1e9;

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
  /** The shard that is being filled; those before it are. */
  #current = 0;

  /** Over `memory`, laid out by `plan`, with a thread, from `start`, for each of its shards. */
  constructor(memory: WasmMemory, plan: InferencePlan, start: () => Worker) {
    const { spec, shards, control } = plan;
    this.#multiplications = parameterCount(spec);
    this.#vocabSize = spec.vocabSize;
    this.#shards = shards.map((at) => new InferenceShard(memory, plan, at));
    const words = memory.i32.subarray(control / 4, control / 4 + 16);
    this.#pool = new TaskPool(words, (_phase, index) => this.#shards[index]?.run());
    this.#start = start;
  }

  /** Begins a batch of so many rows, or fewer. */
  begin(rows: number): void {
    const multiplications = rows * this.#multiplications;
    this.#done += multiplications;
    // A short run is over before a thread has begun.
    if (this.#workers.length === 0 && this.#done > WORTH_STARTING) {
      this.#workers = Array.from({ length: this.#shards.length - 1 }, this.#start);
    }
    const threads = Math.min(this.#workers.length + 1, Math.floor(multiplications / WORTH_WAKING));
    const shards = Math.max(1, threads);
    // In fours, as the kernels take them.
    this.#share = Math.min(MOST_ROWS, 4 * Math.ceil(rows / shards / 4));
    this.#go(0);
  }

  /**
   * Reads `tokens` from position `start` on into the cache at `address`, but for the first `known` of
   * them, which are in it; the logits after the last `rows` of them, which are not known, are in
   * `answer` when the batch has ended.
   */
  read(
    tokens: readonly Token[],
    known: number,
    start: number,
    address: number,
    rows: number,
    answer: Float64Array,
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
      if (at >= 0) shard.want(answer, at * this.#vocabSize);
    }
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

  /** Runs the shards that hold rows, on as many threads as are there, and answers. */
  #run(): void {
    const count = this.#current + 1;
    for (let i = 0; i < count; i++) (this.#shards[i] as InferenceShard).publish();
    if (count > 1) this.#pool.phase(0, count);
    else if (this.#shard().rows > 0) this.#shard().run();
    for (let i = 0; i < count; i++) (this.#shards[i] as InferenceShard).answer();
    this.#go(0);
  }
}

/** Rows in progress and where the logits of some of them go. */
export class InferenceShard {
  readonly #memory: WasmMemory;
  readonly #plan: InferencePlan;
  readonly #at: InferenceShardPlan;
  readonly #width: number;
  /** The array that the logits of each wanted row go to, and the offset in it. */
  readonly #answers: Float64Array[] = [];
  readonly #offsets = new Int32Array(MOST_ROWS);
  #rows = 0;
  #wanted = 0;

  /** The shard that lies at `at`. */
  constructor(memory: WasmMemory, plan: InferencePlan, at: InferenceShardPlan) {
    this.#memory = memory;
    this.#plan = plan;
    this.#at = at;
    this.#width = padded(plan.spec.nEmbd);
  }

  /** Rows written since the last {@linkcode begin}. */
  get rows(): number {
    return this.#rows;
  }

  /** Forgets all rows. */
  begin(): void {
    this.#rows = 0;
    this.#wanted = 0;
  }

  /** Writes a row: `token` at `position` of the sequence whose cache is at `cache`. */
  write(token: Token, position: number, cache: number): void {
    const { i32 } = this.#memory;
    const row = this.#rows++;
    i32[this.#at.tokens / 4 + row] = token;
    i32[this.#at.positions / 4 + row] = position;
    i32[this.#at.caches / 4 + row] = cache;
  }

  /** Asks for the logits of the row written last: they go to `answer` from `offset` on. */
  want(answer: Float64Array, offset: number): void {
    const { i32 } = this.#memory;
    i32[this.#at.wantedRows / 4 + this.#wanted] = this.#rows - 1;
    this.#answers[this.#wanted] = answer;
    this.#offsets[this.#wanted++] = offset;
  }

  /** Leaves what {@linkcode run} needs in the memory that threads share. */
  publish(): void {
    const { i32 } = this.#memory;
    i32[this.#at.rows / 4] = this.#rows;
    i32[this.#at.wanted / 4] = this.#wanted;
  }

  /** Runs the rows that were published through all layers, the wanted ones through the head. */
  run(): void {
    const { kernels, i32 } = this.#memory;
    const { nEmbd, nHead, blockSize } = this.#plan.spec;
    const { x, normed, scales, qkv: projected, attentionWeights, heads, hidden } = this.#at;
    const { wte, wpe, layers } = this.#plan.layout;
    const rows = i32[this.#at.rows / 4] as number;
    const c = this.#width;
    const table = ({ offset }: Matrix): number => this.#plan.parameters + 4 * offset;
    kernels.embed(this.#at.tokens, this.#at.positions, table(wte), table(wpe), x, rows, c);
    kernels.rmsNorm(x, x, scales, rows, c, nEmbd);
    for (let layer = 0; layer < layers.length; layer++) {
      const { qkv, wo, fc1, fc2 } = layers[layer] as typeof layers[number];
      kernels.rmsNorm(x, normed, scales, rows, c, nEmbd);
      this.#multiply(normed, qkv, projected, rows, MatmulMode.store);
      kernels.attentionCached(
        projected,
        this.#at.caches,
        this.#at.positions,
        attentionWeights,
        heads,
        rows,
        nHead,
        nEmbd / nHead,
        c,
        layer * blockSize * 2 * c * 4,
      );
      this.#multiply(heads, wo, x, rows, MatmulMode.add);
      kernels.rmsNorm(x, normed, scales, rows, c, nEmbd);
      this.#multiply(normed, fc1, hidden, rows, MatmulMode.relu);
      this.#multiply(hidden, fc2, x, rows, MatmulMode.add);
    }
    this.#runHead();
  }

  /** Copies the logits to where they are wanted. */
  answer(): void {
    const { f32 } = this.#memory;
    const { vocabSize } = this.#plan.spec;
    const distance = padded(vocabSize);
    for (let i = 0; i < this.#wanted; i++) {
      const from = this.#at.logits / 4 + i * distance;
      const at = this.#offsets[i] as number;
      const to = this.#answers[i] as Float64Array;
      for (let v = 0; v < vocabSize; v++) to[at + v] = f32[from + v] as number;
    }
  }

  #runHead(): void {
    const { f32, i32 } = this.#memory;
    const c = this.#width;
    const x = this.#at.x / 4;
    const wanted = i32[this.#at.wanted / 4] as number;
    for (let i = 0; i < wanted; i++) {
      // To the front, and never onto a row that is still to be moved.
      const row = i32[this.#at.wantedRows / 4 + i] as number;
      if (row !== i) f32.copyWithin(x + i * c, x + row * c, x + (row + 1) * c);
    }
    const { head } = this.#plan.layout;
    this.#multiply(this.#at.x, head, this.#at.logits, wanted, MatmulMode.store);
  }

  /** `out` (+)= x·Wᵀ, `[N, in] → [N, out]`. */
  #multiply(x: number, matrix: Matrix, out: number, rows: number, mode: number): void {
    const { rows: n, columns: k } = matrix;
    this.#memory.kernels.matmul(x, k, this.#plan.packed.of(matrix), out, n, rows, n, k, mode);
  }
}
