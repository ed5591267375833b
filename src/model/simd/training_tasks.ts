/**
 * A training step as tasks that any thread can do: the forward and backward pass over each part of a
 * batch (documents packed one after another without padding, no graph, nothing allocated), the sum of
 * the parts' gradients, the update.
 *
 * Letters as in `training_plan.ts`.
 *
 * @module
 */
import type { Token } from "../language_model.ts";
import { MatmulMode } from "./kernels.ts";
import { type Matrix, padded } from "./parameter_layout.ts";
import type { LayerActivations, TrainingPlan, TrainingShardPlan } from "./training_plan.ts";
import type { WasmMemory } from "./wasm_memory.ts";

/** The phases of a training step; each task of a phase can be done by any thread. */
export const Phase = {
  /** A shard's forward and backward pass. */
  shard: 0,
  /** The sum of the shards' gradients over one range of the parameters. */
  sum: 1,
  /** Adam over one range of the parameters. */
  adam: 2,
  /** Packing a part of the matrices again, for one of the passes. */
  pack: 3,
} as const;

/**
 * The most parts into which the parameters and the matrices to pack are divided, enough for any number
 * of threads here, and the fewest parameters in a part: fewer take less time than claiming them.
 */
const MOST_PARTS = 16;
const LEAST_IN_PART = 8192;

/** The tasks of training, over a memory that several threads may share. */
export class TrainingTasks {
  /** The parts of a batch. */
  readonly shards: readonly TrainingShard[];
  readonly #memory: WasmMemory;
  readonly #plan: TrainingPlan;
  readonly #parts: number;

  /** Over `memory`, laid out by `plan`. */
  constructor(memory: WasmMemory, plan: TrainingPlan) {
    this.#memory = memory;
    this.#plan = plan;
    this.#parts = Math.min(MOST_PARTS, Math.ceil(plan.layout.size / LEAST_IN_PART));
    this.shards = plan.shards.map((at) => new TrainingShard(memory, plan, at));
  }

  /** How many tasks a phase has. */
  count(phase: number): number {
    if (phase === Phase.shard) return this.shards.length;
    return phase === Phase.pack ? 2 * this.#parts : this.#parts;
  }

  /** Does task `index` of a phase. */
  run(phase: number, index: number): void {
    if (phase === Phase.shard) this.shards[index]?.run();
    else if (phase === Phase.sum) this.#sum(index);
    else if (phase === Phase.adam) this.#adam(index);
    else this.#pack(index);
  }

  #range(index: number): { from: number; count: number } {
    const { size } = this.#plan.layout;
    const each = Math.ceil(size / this.#parts / 4) * 4;
    const from = Math.min(size, index * each);
    return { from, count: Math.min(size, from + each) - from };
  }

  #sum(index: number): void {
    const { from, count } = this.#range(index);
    const [first, ...others] = this.#plan.shards;
    if (first === undefined) return;
    for (const { gradient } of others) {
      this.#memory.kernels.addTo(first.gradient + 4 * from, gradient + 4 * from, count);
    }
  }

  #adam(index: number): void {
    const { from, count } = this.#range(index);
    const { parameters, first, second, update, shards } = this.#plan;
    const { f32, kernels } = this.#memory;
    const [rate = 0, inverse = 0, beta1 = 0, beta2 = 0, epsilon = 0] = f32.subarray(
      update / 4,
      update / 4 + 5,
    );
    kernels.adam(
      parameters + 4 * from,
      (shards[0]?.gradient ?? 0) + 4 * from,
      first + 4 * from,
      second + 4 * from,
      count,
      rate,
      inverse,
      beta1,
      beta2,
      epsilon,
    );
  }

  #pack(index: number): void {
    const { forward, backward, parameters } = this.#plan;
    const packed = index < this.#parts ? forward : backward;
    packed.pack(this.#memory, parameters, index % this.#parts, this.#parts);
  }
}

/** Probabilities below this count as this in the loss. */
const SMALLEST_PROBABILITY = 1e-10;

/** One part of a batch. */
export class TrainingShard {
  readonly #memory: WasmMemory;
  readonly #plan: TrainingPlan;
  readonly #at: TrainingShardPlan;
  readonly #width: number;
  readonly #room: number;

  /** The part that lies at `at`. */
  constructor(memory: WasmMemory, plan: TrainingPlan, at: TrainingShardPlan) {
    this.#memory = memory;
    this.#plan = plan;
    this.#at = at;
    this.#width = padded(plan.spec.nEmbd);
    this.#room = padded(plan.spec.blockSize);
  }

  /** Writes what the rows of `documents` read and predict, in a batch of `batchSize` documents. */
  load(documents: readonly (readonly Token[])[], batchSize: number): void {
    const { i32, f32 } = this.#memory;
    const { tokens, positions: places, starts, targets, factors } = this.#at;
    let row = 0;
    for (const document of documents) {
      const start = row;
      const positions = document.length - 1;
      const factor = 1 / (positions * batchSize);
      for (let position = 0; position < positions; position++, row++) {
        i32[tokens / 4 + row] = document[position] as number;
        i32[places / 4 + row] = position;
        i32[starts / 4 + row] = start;
        i32[targets / 4 + row] = document[position + 1] as number;
        f32[factors / 4 + row] = factor;
      }
    }
    i32[this.#at.rows / 4] = row;
  }

  /** Forward pass, loss and gradient. */
  run(): void {
    const rows = this.#memory.i32[this.#at.rows / 4] as number;
    const { vocabSize } = this.#plan.spec;
    this.#runForward(rows);
    this.#memory.kernels.crossEntropy(
      this.#at.logits,
      this.#at.targets,
      this.#at.factors,
      rows,
      vocabSize,
      padded(vocabSize),
      this.#at.probabilities,
    );
    this.#runBackward(rows);
  }

  /** The part's share of the batch's loss. */
  loss(): number {
    const { i32, f32 } = this.#memory;
    const { probabilities, factors } = this.#at;
    const rows = i32[this.#at.rows / 4] as number;
    let loss = 0;
    for (let row = 0; row < rows; row++) {
      const probability = f32[probabilities / 4 + row] as number;
      loss -= (f32[factors / 4 + row] as number) *
        Math.log(Math.max(probability, SMALLEST_PROBABILITY));
    }
    return loss;
  }

  #runForward(rows: number): void {
    const { kernels } = this.#memory;
    const { nEmbd, nHead } = this.#plan.spec;
    const c = this.#width;
    const { wte, wpe, layers, head } = this.#plan.layout;
    kernels.embed(
      this.#at.tokens,
      this.#at.positions,
      this.#address(wte),
      this.#address(wpe),
      this.#at.embedding,
      rows,
      c,
    );
    const first = this.#at.layers[0]?.input ?? this.#at.output;
    kernels.rmsNorm(this.#at.embedding, first, this.#at.embeddingScales, rows, c, nEmbd);
    layers.forEach((matrices, i) => {
      const keep = this.#at.layers[i] as LayerActivations;
      const next = this.#at.layers[i + 1]?.input ?? this.#at.output;
      kernels.rmsNorm(keep.input, keep.attentionNorm, keep.attentionScales, rows, c, nEmbd);
      this.#multiply(keep.attentionNorm, matrices.qkv, keep.qkv, rows, MatmulMode.store);
      kernels.attention(
        keep.qkv,
        this.#at.starts,
        keep.attentionWeights,
        keep.heads,
        rows,
        nHead,
        nEmbd / nHead,
        c,
        this.#room,
      );
      kernels.copy(keep.middle, keep.input, rows * c);
      this.#multiply(keep.heads, matrices.wo, keep.middle, rows, MatmulMode.add);
      kernels.rmsNorm(keep.middle, keep.mlpNorm, keep.mlpScales, rows, c, nEmbd);
      this.#multiply(keep.mlpNorm, matrices.fc1, keep.hidden, rows, MatmulMode.relu);
      kernels.copy(next, keep.middle, rows * c);
      this.#multiply(keep.hidden, matrices.fc2, next, rows, MatmulMode.add);
    });
    this.#multiply(this.#at.output, head, this.#at.logits, rows, MatmulMode.store);
  }

  #runBackward(rows: number): void {
    const { kernels } = this.#memory;
    const { nEmbd, nHead } = this.#plan.spec;
    const c = this.#width;
    const { wte, wpe, layers, head } = this.#plan.layout;
    this.#multiplyBackward(this.#at.output, this.#at.logits, head, this.#at.dResidual, rows);
    for (let i = layers.length - 1; i >= 0; i--) {
      const matrices = layers[i] as typeof layers[number];
      const keep = this.#at.layers[i] as LayerActivations;
      this.#multiplyBackward(keep.hidden, this.#at.dResidual, matrices.fc2, this.#at.dHidden, rows);
      kernels.reluBackward(this.#at.dHidden, keep.hidden, rows * matrices.fc1.rows);
      this.#multiplyBackward(keep.mlpNorm, this.#at.dHidden, matrices.fc1, this.#at.dBranch, rows);
      this.#normBackward(keep.mlpNorm, keep.mlpScales, rows, true);
      this.#multiplyBackward(keep.heads, this.#at.dResidual, matrices.wo, this.#at.dBranch, rows);
      kernels.attentionBackward(
        this.#at.dBranch,
        keep.qkv,
        this.#at.starts,
        keep.attentionWeights,
        this.#at.dQkv,
        this.#at.scratch,
        rows,
        nHead,
        nEmbd / nHead,
        c,
        this.#room,
      );
      this.#multiplyBackward(
        keep.attentionNorm,
        this.#at.dQkv,
        matrices.qkv,
        this.#at.dBranch,
        rows,
      );
      this.#normBackward(keep.attentionNorm, keep.attentionScales, rows, true);
    }
    const normed = this.#at.layers[0]?.input ?? this.#at.output;
    kernels.copy(this.#at.dBranch, this.#at.dResidual, rows * c);
    this.#normBackward(normed, this.#at.embeddingScales, rows, false);
    const cleared = ({ offset, rows: height, columns }: Matrix): number => {
      const address = this.#at.gradient + 4 * offset;
      kernels.clear(address, height * columns);
      return address;
    };
    kernels.embedBackward(
      this.#at.tokens,
      this.#at.positions,
      this.#at.dResidual,
      cleared(wte),
      cleared(wpe),
      rows,
      c,
    );
  }

  /** `out` (+)= x·Wᵀ, `[N, in] → [N, out]`. */
  #multiply(x: number, matrix: Matrix, out: number, rows: number, mode: number): void {
    const { rows: n, columns: k } = matrix;
    this.#memory.kernels.matmul(x, k, this.#plan.forward.of(matrix), out, n, rows, n, k, mode);
  }

  /** From dy `[N, out]`: the matrix's gradient dyᵀ·x, and dx = dy·W. */
  #multiplyBackward(x: number, dy: number, matrix: Matrix, dx: number, rows: number): void {
    const { kernels } = this.#memory;
    const { offset, rows: n, columns: k } = matrix;
    const gradient = this.#at.gradient + 4 * offset;
    kernels.matmulTransposed(dy, n, x, k, gradient, k, rows, n, k, this.#at.copies);
    kernels.matmul(dy, n, this.#plan.backward.of(matrix), dx, k, rows, k, n, MatmulMode.store);
  }

  /** Through a norm from `dBranch` to `dResidual`, adding where the stream also went past it. */
  #normBackward(y: number, scales: number, rows: number, add: boolean): void {
    this.#memory.kernels.rmsNormBackward(
      this.#at.dBranch,
      y,
      scales,
      this.#at.dResidual,
      rows,
      this.#width,
      this.#plan.spec.nEmbd,
      add ? 1 : 0,
    );
  }

  #address({ offset }: Matrix): number {
    return this.#plan.parameters + 4 * offset;
  }
}
