/**
 * The forward pass over the rows of one thread: of as many sequences as it was given, or, where all
 * threads share the rows of one shard, of a part of the columns of each product. Letters as in
 * `inference_plan.ts`.
 *
 * @module
 */
import type { Draw, Token } from "../language_model.ts";
import { ask, DRAW_NUMBERS, tell } from "./inference_draw.ts";
import { type InferencePlan, type InferenceShardPlan, MOST_ROWS } from "./inference_plan.ts";
import { padded } from "./parameter_layout.ts";
import type { TaskPool } from "./task_pool.ts";
import type { WasmMemory } from "./wasm_memory.ts";

/** Rows in progress and where the logits of some of them go. */
export class InferenceShard {
  readonly #memory: WasmMemory;
  readonly #plan: InferencePlan;
  readonly #at: InferenceShardPlan;
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
    tell(this.#memory, this.#drawAt(0), this.#distributionAt(0), draw);
  }

  #drawAt(place: number): number {
    return this.#at.draws + place * (8 * DRAW_NUMBERS);
  }

  #distributionAt(place: number): number {
    return this.#at.drawScratch + (2 + place) * (8 * padded(this.#plan.spec.vocabSize));
  }

  #draw(rows: number): void {
    const { vocabSize } = this.#plan.spec;
    const { logits, draws, drawScratch } = this.#at;
    this.#memory.kernels.draw(logits, padded(vocabSize), vocabSize, rows, draws, drawScratch);
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
    this.#memory.kernels.pass(this.#at.pass);
  }

  /**
   * The same with the columns of each product divided among the threads of `pool`, for each of which the
   * phase of a product is `firstPhase` more than its number. Returns whether none of them was late.
   */
  runByColumns(pool: TaskPool, firstPhase: number): boolean {
    const { kernels } = this.#memory;
    const { pass } = this.#at;
    const products = 4 * this.#plan.spec.nLayer + 1;
    let isInTime = true;
    kernels.passBegin(pass);
    for (let step = 0; step < products; step++) {
      kernels.passPrepare(pass, step);
      if (!pool.phase(firstPhase + step, this.#plan.shards.length)) isInTime = false;
    }
    kernels.passEnd(pass);
    return isInTime;
  }

  /** Computes one of the parts of the columns of a product. */
  multiplyPart(step: number, part: number): void {
    this.#memory.kernels.passMultiply(this.#at.pass, step, part, this.#plan.shards.length);
  }

  /** Copies the logits to where they are wanted, and answers draws. */
  answer(): void {
    const { f32 } = this.#memory;
    const { vocabSize } = this.#plan.spec;
    const distance = padded(vocabSize);
    for (let i = 0; i < this.#wanted; i++) {
      const draw = this.#draws[i];
      if (draw !== undefined) {
        tell(this.#memory, this.#drawAt(i), this.#distributionAt(i), draw);
        continue;
      }
      const from = this.#at.logits / 4 + i * distance;
      const at = this.#offsets[i] as number;
      const to = this.#answers[i] as Float64Array;
      for (let v = 0; v < vocabSize; v++) to[at + v] = f32[from + v] as number;
    }
  }
}
