/**
 * The rows of a batch, divided among threads, and the forward pass over the rows of each. Letters as
 * in `inference_plan.ts`.
 *
 * @module
 */
import type { Draw, ModelSpec, Token } from "../language_model.ts";
import { parameterCount } from "../weights.ts";
import { ask, DRAW_NUMBERS, tell } from "./inference_draw.ts";
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
    const missing = this.#shards.length - 1 - this.#workers.length;
    if (missing > 0 && this.#done > WORTH_STARTING) {
      this.#workers = Array.from({ length: missing }, this.#start);
    }
    const threads = Math.min(this.#workers.length + 1, Math.floor(multiplications / WORTH_WAKING));
    const shards = Math.max(1, threads);
    // In fours, as the kernels take them.
    this.#share = Math.min(MOST_ROWS, 4 * Math.ceil(rows / shards / 4));
    this.#go(0);
  }

  /**
   * Reads `tokens` from position `start` on into the cache at `address`; the logits after the last
   * `rows` of them are in `answer` when the batch has ended, or `draw`, if there is one, is answered.
   */
  read(
    tokens: readonly Token[],
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
    for (let i = 0; i < tokens.length; i++) {
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
  /** The draw from each wanted row, where it is not the logits that are wanted. */
  readonly #draws: (Draw | undefined)[] = [];
  #rows = 0;
  #wanted = 0;
  #drawing = 0;

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
    this.#drawing = 0;
  }

  /** Writes a row: `token` at `position` of the sequence whose cache is at `cache`. */
  write(token: Token, position: number, cache: number): void {
    const { i32 } = this.#memory;
    const row = this.#rows++;
    i32[this.#at.tokens / 4 + row] = token;
    i32[this.#at.positions / 4 + row] = position;
    i32[this.#at.caches / 4 + row] = cache;
  }

  /**
   * Asks for the logits of the row written last: they go to `answer` from `offset` on; or for a `draw`
   * from them.
   */
  want(answer: Float64Array, offset: number, draw: Draw | undefined): void {
    const { i32 } = this.#memory;
    const place = this.#wanted++;
    i32[this.#at.wantedRows / 4 + place] = this.#rows - 1;
    this.#answers[place] = answer;
    this.#offsets[place] = offset;
    this.#draws[place] = draw;
    ask(this.#memory, this.#drawAt(place), draw);
    if (draw !== undefined) this.#drawing = 1;
  }

  /** Answers `draw` from logits `[V]` while no rows are in progress. */
  drawFrom(logits: Float64Array, draw: Draw): void {
    const { f32 } = this.#memory;
    const to = this.#at.logits / 4;
    for (let v = 0; v < logits.length; v++) f32[to + v] = logits[v] as number;
    ask(this.#memory, this.#drawAt(0), draw);
    this.#draw(1);
    tell(this.#memory, this.#drawAt(0), draw);
  }

  #drawAt(place: number): number {
    return this.#at.draws + place * (8 * DRAW_NUMBERS);
  }

  #draw(rows: number): void {
    const { vocabSize } = this.#plan.spec;
    const { logits, draws, exponentials } = this.#at;
    this.#memory.kernels.draw(logits, padded(vocabSize), vocabSize, rows, draws, exponentials);
  }

  /** Leaves what {@linkcode run} needs in the memory that threads share. */
  publish(): void {
    const { i32 } = this.#memory;
    i32[this.#at.rows / 4] = this.#rows;
    i32[this.#at.wanted / 4] = this.#wanted;
    i32[this.#at.drawing / 4] = this.#drawing;
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

  /** Copies the logits to where they are wanted, and answers draws. */
  answer(): void {
    const { f32 } = this.#memory;
    const { vocabSize } = this.#plan.spec;
    const distance = padded(vocabSize);
    for (let i = 0; i < this.#wanted; i++) {
      const draw = this.#draws[i];
      if (draw !== undefined) {
        tell(this.#memory, this.#drawAt(i), draw);
        continue;
      }
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
    if (i32[this.#at.drawing / 4] !== 0) this.#draw(wanted);
  }

  /** `out` (+)= x·Wᵀ, `[N, in] → [N, out]`. */
  #multiply(x: number, matrix: Matrix, out: number, rows: number, mode: number): void {
    const { rows: n, columns: k } = matrix;
    this.#memory.kernels.matmul(x, k, this.#plan.packed.of(matrix), out, n, rows, n, k, mode);
  }
}
