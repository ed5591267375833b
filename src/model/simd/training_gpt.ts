/**
 * Training on the SIMD kernels: explicit forward and backward passes over a batch of documents,
 * packed one after another without padding, in one arena that is laid out once.
 *
 * Letters: `N` rows (tokens of all documents), `C` width of the residual stream and `F = 4C` of the
 * MLP, padded to multiples of 4, `H` heads, `B` block size, `V` vocabulary.
 *
 * @module
 */
import type { ModelSpec, Token } from "../language_model.ts";
import type { AdamUpdate, TrainingModel } from "../training_model.ts";
import type { Weights } from "../weights.ts";
import { Arena, ArenaPlan } from "./arena.ts";
import { type Matrix, PackedMatrices, padded, ParameterLayout } from "./parameters.ts";

/** Modes of the kernel `matmul`. */
const STORE = 0;
const ADD = 1;
const RELU = 2;
/** Probabilities below this count as this in the loss. */
const SMALLEST_PROBABILITY = 1e-10;

/** What one layer keeps of its forward pass, by address. */
interface LayerActivations {
  /** The residual stream before it, `[N, C]`. */
  readonly input: number;
  readonly attentionNorm: number;
  readonly attentionScales: number;
  readonly qkv: number;
  readonly attentionWeights: number;
  readonly heads: number;
  /** The residual stream between attention and MLP, `[N, C]`. */
  readonly middle: number;
  readonly mlpNorm: number;
  readonly mlpScales: number;
  readonly hidden: number;
}

/** Where everything lies that training needs, by address. */
interface TrainingPlan {
  readonly layout: ParameterLayout;
  readonly parameters: number;
  readonly gradient: number;
  /** Adam's running means of the gradient and of its square. */
  readonly first: number;
  readonly second: number;
  readonly forward: PackedMatrices;
  readonly backward: PackedMatrices;
  /** Of each row: its token, position, first row of its document, target, weight in the loss. */
  readonly tokens: number;
  readonly positions: number;
  readonly starts: number;
  readonly targets: number;
  readonly factors: number;
  readonly probabilities: number;
  readonly embedding: number;
  readonly embeddingScales: number;
  readonly layers: readonly LayerActivations[];
  readonly output: number;
  readonly logits: number;
  /** Gradients of the residual stream, of what branches off it, and inside the branches. */
  readonly dResidual: number;
  readonly dBranch: number;
  readonly dQkv: number;
  readonly dHidden: number;
  readonly scratch: number;
}

function planTraining(spec: ModelSpec, batchSize: number): { plan: ArenaPlan; at: TrainingPlan } {
  const { nEmbd, nHead, nLayer, blockSize, vocabSize } = spec;
  const plan = new ArenaPlan();
  const layout = new ParameterLayout(spec);
  const rows = batchSize * blockSize;
  const c = padded(nEmbd);
  const f = 4 * nEmbd;
  const room = padded(blockSize);
  const layer = (): LayerActivations => ({
    input: plan.reserve(rows * c),
    attentionNorm: plan.reserve(rows * c),
    attentionScales: plan.reserve(rows),
    qkv: plan.reserve(rows * 3 * c),
    attentionWeights: plan.reserve(rows * nHead * room),
    heads: plan.reserve(rows * c),
    middle: plan.reserve(rows * c),
    mlpNorm: plan.reserve(rows * c),
    mlpScales: plan.reserve(rows),
    hidden: plan.reserve(rows * f),
  });
  const at = {
    layout,
    parameters: plan.reserve(layout.size),
    gradient: plan.reserve(layout.size),
    first: plan.reserve(layout.size),
    second: plan.reserve(layout.size),
    forward: new PackedMatrices(plan, layout, true),
    backward: new PackedMatrices(plan, layout, false),
    tokens: plan.reserve(rows),
    positions: plan.reserve(rows),
    starts: plan.reserve(rows),
    targets: plan.reserve(rows),
    factors: plan.reserve(rows),
    probabilities: plan.reserve(rows),
    embedding: plan.reserve(rows * c),
    embeddingScales: plan.reserve(rows),
    layers: Array.from({ length: nLayer }, layer),
    output: plan.reserve(rows * c),
    logits: plan.reserve(rows * padded(vocabSize)),
    dResidual: plan.reserve(rows * c),
    dBranch: plan.reserve(rows * c),
    dQkv: plan.reserve(rows * 3 * c),
    dHidden: plan.reserve(rows * f),
    scratch: plan.reserve(room),
  };
  // Attention reads keys four at a time, up to three rows past the last.
  plan.reserve(3 * 3 * c);
  return { plan, at };
}

/** Bytes of memory that training a model of these sizes on such batches takes. */
export function trainingBytes(spec: ModelSpec, batchSize: number): number {
  return planTraining(spec, batchSize).plan.bytes;
}

/** A GPT that trains on batches of up to a fixed number of documents. */
export class SimdTrainingGpt implements TrainingModel {
  /** Sizes of the model. */
  readonly spec: ModelSpec;
  readonly #batchSize: number;
  readonly #arena: Arena;
  readonly #at: TrainingPlan;
  readonly #width: number;
  readonly #room: number;

  /**
   * Trains from `weights`, at most `batchSize` documents at a time. Throws a `RangeError` with its
   * size for a model that WebAssembly cannot hold.
   */
  constructor(weights: Weights, batchSize: number) {
    const { spec } = weights;
    const { plan, at } = planTraining(spec, batchSize);
    this.spec = spec;
    this.#batchSize = batchSize;
    this.#width = padded(spec.nEmbd);
    this.#room = padded(spec.blockSize);
    this.#arena = new Arena(plan);
    this.#at = at;
    at.layout.store(weights, this.#arena, at.parameters);
    this.#pack();
  }

  /** The weights as they are now. */
  weights(): Weights {
    return this.#at.layout.load(this.#arena, this.#at.parameters);
  }

  /** The gradient of the last loss, tensor by tensor. */
  gradient(): Weights {
    return this.#at.layout.load(this.#arena, this.#at.gradient);
  }

  /**
   * Mean over `documents` of each one's mean cross-entropy over its positions, in nats, and its
   * gradient. A document is at least two tokens, at most `blockSize + 1`.
   */
  lossAndGradient(documents: readonly (readonly Token[])[]): number {
    const rows = this.#load(documents);
    this.#runForward(rows);
    const { kernels, f32 } = this.#arena;
    kernels.crossEntropy(
      this.#at.logits,
      this.#at.targets,
      this.#at.factors,
      rows,
      this.spec.vocabSize,
      padded(this.spec.vocabSize),
      this.#at.probabilities,
    );
    this.#runBackward(rows);
    let loss = 0;
    for (let row = 0; row < rows; row++) {
      const probability = f32[this.#at.probabilities / 4 + row] as number;
      loss -= (f32[this.#at.factors / 4 + row] as number) *
        Math.log(Math.max(probability, SMALLEST_PROBABILITY));
    }
    return loss;
  }

  /** One update by Adam against the last gradient. */
  update({ step, learningRate, beta1, beta2, epsilon }: AdamUpdate): void {
    this.#arena.kernels.adam(
      this.#at.parameters,
      this.#at.gradient,
      this.#at.first,
      this.#at.second,
      this.#at.layout.size,
      learningRate / (1 - beta1 ** step),
      1 / (1 - beta2 ** step),
      beta1,
      beta2,
      epsilon,
    );
    this.#pack();
  }

  #pack(): void {
    this.#at.forward.pack(this.#arena, this.#at.parameters);
    this.#at.backward.pack(this.#arena, this.#at.parameters);
  }

  /** Writes the rows' tokens, positions, targets and weights in the loss; how many rows. */
  #load(documents: readonly (readonly Token[])[]): number {
    const { i32, f32 } = this.#arena;
    const { blockSize } = this.spec;
    if (documents.length < 1 || documents.length > this.#batchSize) {
      throw new RangeError(
        `Cannot train on ${documents.length} documents: expected 1 or more, at most ${this.#batchSize}`,
      );
    }
    let row = 0;
    for (const document of documents) {
      if (document.length < 2 || document.length > blockSize + 1) {
        throw new RangeError(
          `Cannot train on a document of ${document.length} tokens: expected 2 to ${
            blockSize + 1
          } tokens`,
        );
      }
      const start = row;
      const positions = document.length - 1;
      const factor = 1 / (positions * documents.length);
      for (let position = 0; position < positions; position++, row++) {
        i32[this.#at.tokens / 4 + row] = document[position] as number;
        i32[this.#at.positions / 4 + row] = position;
        i32[this.#at.starts / 4 + row] = start;
        i32[this.#at.targets / 4 + row] = document[position + 1] as number;
        f32[this.#at.factors / 4 + row] = factor;
      }
    }
    return row;
  }

  #runForward(rows: number): void {
    const { kernels } = this.#arena;
    const { nEmbd, nHead } = this.spec;
    const c = this.#width;
    const { wte, wpe, layers, head } = this.#at.layout;
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
      this.#multiply(keep.attentionNorm, matrices.qkv, keep.qkv, rows, STORE);
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
      this.#copy(keep.input, keep.middle, rows * c);
      this.#multiply(keep.heads, matrices.wo, keep.middle, rows, ADD);
      kernels.rmsNorm(keep.middle, keep.mlpNorm, keep.mlpScales, rows, c, nEmbd);
      this.#multiply(keep.mlpNorm, matrices.fc1, keep.hidden, rows, RELU);
      this.#copy(keep.middle, next, rows * c);
      this.#multiply(keep.hidden, matrices.fc2, next, rows, ADD);
    });
    this.#multiply(this.#at.output, head, this.#at.logits, rows, STORE);
  }

  #runBackward(rows: number): void {
    const { kernels } = this.#arena;
    const { nEmbd, nHead } = this.spec;
    const c = this.#width;
    const { wte, wpe, layers, head } = this.#at.layout;
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
    this.#copy(this.#at.dResidual, this.#at.dBranch, rows * c);
    this.#normBackward(normed, this.#at.embeddingScales, rows, false);
    const [dwte, dwpe] = [wte, wpe].map(({ offset, rows: height, columns }) => {
      const address = this.#at.gradient + 4 * offset;
      this.#arena.f32.fill(0, address / 4, address / 4 + height * columns);
      return address;
    }) as [number, number];
    kernels.embedBackward(
      this.#at.tokens,
      this.#at.positions,
      this.#at.dResidual,
      dwte,
      dwpe,
      rows,
      c,
    );
  }

  /** `out` (+)= x·Wᵀ, `[N, in] → [N, out]`. */
  #multiply(x: number, matrix: Matrix, out: number, rows: number, mode: number): void {
    const { rows: n, columns: k } = matrix;
    this.#arena.kernels.matmul(x, k, this.#at.forward.of(matrix), out, n, rows, n, k, mode);
  }

  /** From dy `[N, out]`: the matrix's gradient dyᵀ·x, and dx = dy·W. */
  #multiplyBackward(x: number, dy: number, matrix: Matrix, dx: number, rows: number): void {
    const { kernels } = this.#arena;
    const { offset, rows: n, columns: k } = matrix;
    kernels.matmulTransposed(dy, n, x, k, this.#at.gradient + 4 * offset, k, rows, n, k);
    kernels.matmul(dy, n, this.#at.backward.of(matrix), dx, k, rows, k, n, STORE);
  }

  /** Through a norm from `dBranch` to `dResidual`, adding where the stream also went past it. */
  #normBackward(y: number, scales: number, rows: number, add: boolean): void {
    this.#arena.kernels.rmsNormBackward(
      this.#at.dBranch,
      y,
      scales,
      this.#at.dResidual,
      rows,
      this.#width,
      this.spec.nEmbd,
      add ? 1 : 0,
    );
  }

  #copy(from: number, to: number, count: number): void {
    this.#arena.f32.copyWithin(to / 4, from / 4, from / 4 + count);
  }

  #address({ offset }: Matrix): number {
    return this.#at.parameters + 4 * offset;
  }
}
