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
import { MatmulMode } from "./kernels.ts";
import { type Matrix, padded } from "./parameter_layout.ts";
import type { TaskPool } from "./task_pool.ts";
import type { WasmMemory } from "./wasm_memory.ts";

/** The columns of products are divided at multiples of this, a whole number of packed panels. */
const COLUMNS = 32;

/** One product of a pass, by addresses: `to` (+)= `from`·Wᵀ. */
interface Product {
  readonly from: number;
  readonly packed: number;
  readonly to: number;
  /** Columns of `to`. */
  readonly n: number;
  /** Columns of `from`. */
  readonly k: number;
  readonly mode: number;
}

/** Rows in progress and where the logits of some of them go. */
export class InferenceShard {
  readonly #memory: WasmMemory;
  readonly #plan: InferencePlan;
  readonly #at: InferenceShardPlan;
  readonly #width: number;
  readonly #products: readonly Product[];
  /** Parts of the columns: one for each thread. */
  readonly #parts: number;
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
    this.#products = productsOf(plan, at);
    this.#parts = plan.shards.length;
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
    this.#embed();
    for (let step = 0; step < this.#products.length; step++) {
      this.#prepare(step);
      this.#multiply(step, 0, 1);
    }
    this.#drawAll();
  }

  /**
   * The same with the columns of each product divided among the threads of `pool`, for each of which the
   * phase of a product is `firstPhase` more than its number.
   */
  runByColumns(pool: TaskPool, firstPhase: number): void {
    this.#embed();
    for (let step = 0; step < this.#products.length; step++) {
      this.#prepare(step);
      pool.phase(firstPhase + step, this.#parts);
    }
    this.#drawAll();
  }

  /** Computes one of the parts of the columns of a product. */
  multiplyPart(step: number, part: number): void {
    this.#multiply(step, part, this.#parts);
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

  #embed(): void {
    const { kernels } = this.#memory;
    const { tokens, positions, x, scales } = this.#at;
    const { layout: { wte, wpe }, parameters, spec: { nEmbd } } = this.#plan;
    const rows = this.#published;
    const [token, position] = [parameters + 4 * wte.offset, parameters + 4 * wpe.offset];
    kernels.embed(tokens, positions, token, position, x, rows, this.#width);
    kernels.rmsNorm(x, x, scales, rows, this.#width, nEmbd);
  }

  /** Computes what product number `step` needs and no product makes. */
  #prepare(step: number): void {
    const { kernels } = this.#memory;
    const { nEmbd, nHead, nLayer, blockSize } = this.#plan.spec;
    const { x, normed, scales, qkv, caches, positions, attentionWeights, heads } = this.#at;
    const layer = step >> 2;
    const c = this.#width;
    const rows = this.#published;
    if (layer === nLayer) return this.#gather();
    const kind = step & 3;
    if (kind === 0 || kind === 2) kernels.rmsNorm(x, normed, scales, rows, c, nEmbd);
    if (kind !== 1) return;
    kernels.attentionCached(
      qkv,
      caches,
      positions,
      attentionWeights,
      heads,
      rows,
      nHead,
      nEmbd / nHead,
      c,
      layer * blockSize * 2 * c * 4,
    );
  }

  /** Moves the rows whose logits are wanted to the front. */
  #gather(): void {
    const { i32 } = this.#memory;
    const { x } = this.#at;
    const c = this.#width;
    const wanted = i32[this.#at.wanted / 4] as number;
    for (let i = 0; i < wanted; i++) {
      // Never onto a row that is still to be moved.
      const row = i32[this.#at.wantedRows / 4 + i] as number;
      if (row !== i) this.#memory.copy(x + 4 * row * c, x + 4 * i * c, c);
    }
  }

  /** Computes one of `parts` parts of the columns of product number `step`. */
  #multiply(step: number, part: number, parts: number): void {
    const { from, packed, to, n, k, mode } = this.#products[step] as Product;
    const isHead = step === this.#products.length - 1;
    const rows = isHead ? this.#memory.i32[this.#at.wanted / 4] as number : this.#published;
    const blocks = Math.ceil(n / COLUMNS);
    const first = COLUMNS * Math.floor(part * blocks / parts);
    const last = Math.min(n, COLUMNS * Math.floor((part + 1) * blocks / parts));
    if (last <= first) return;
    const b = packed + 4 * first * k;
    this.#memory.kernels.matmul(from, k, b, to + 4 * first, n, rows, last - first, k, mode);
  }

  #drawAll(): void {
    const { i32 } = this.#memory;
    if (i32[this.#at.drawing / 4] !== 0) this.#draw(i32[this.#at.wanted / 4] as number);
  }

  /** The number of rows that were published. */
  get #published(): number {
    return this.#memory.i32[this.#at.rows / 4] as number;
  }
}

/** The products of a pass in order: four of each layer, and the head. */
function productsOf({ layout, packed }: InferencePlan, at: InferenceShardPlan): Product[] {
  const { x, normed, qkv, heads, hidden, logits } = at;
  const product = (matrix: Matrix, from: number, to: number, mode: number): Product => {
    return { from, packed: packed.of(matrix), to, n: matrix.rows, k: matrix.columns, mode };
  };
  return [
    ...layout.layers.flatMap((layer) => [
      product(layer.qkv, normed, qkv, MatmulMode.store),
      product(layer.wo, heads, x, MatmulMode.add),
      product(layer.fc1, normed, hidden, MatmulMode.relu),
      product(layer.fc2, hidden, x, MatmulMode.add),
    ]),
    product(layout.head, x, logits, MatmulMode.store),
  ];
}
