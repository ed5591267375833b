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

/** A GPT that trains on batches of up to a fixed number of documents. */
export class SimdTrainingGpt implements TrainingModel {
  /** Sizes of the model. */
  readonly spec: ModelSpec;
  readonly #batchSize: number;
  readonly #layout: ParameterLayout;
  readonly #arena: Arena;
  readonly #parameters: number;
  readonly #gradient: number;
  readonly #first: number;
  readonly #second: number;
  readonly #forward: PackedMatrices;
  readonly #backward: PackedMatrices;
  readonly #tokens: number;
  readonly #positions: number;
  readonly #starts: number;
  readonly #targets: number;
  readonly #factors: number;
  readonly #probabilities: number;
  readonly #embedding: number;
  readonly #embeddingScales: number;
  readonly #layers: readonly LayerActivations[];
  readonly #output: number;
  readonly #logits: number;
  readonly #dResidual: number;
  readonly #dBranch: number;
  readonly #dQkv: number;
  readonly #dHidden: number;
  readonly #scratch: number;
  readonly #width: number;
  readonly #room: number;

  /** Trains from `weights`, at most `batchSize` documents at a time. */
  constructor(weights: Weights, batchSize: number) {
    const { spec } = weights;
    const { nEmbd, nHead, nLayer, blockSize, vocabSize } = spec;
    this.spec = spec;
    this.#batchSize = batchSize;
    const plan = new ArenaPlan();
    const layout = new ParameterLayout(spec);
    const rows = batchSize * blockSize;
    const c = padded(nEmbd);
    const f = 4 * nEmbd;
    const room = padded(blockSize);
    this.#width = c;
    this.#room = room;
    this.#layout = layout;
    this.#parameters = plan.reserve(layout.size);
    this.#gradient = plan.reserve(layout.size);
    this.#first = plan.reserve(layout.size);
    this.#second = plan.reserve(layout.size);
    this.#forward = new PackedMatrices(plan, layout, true);
    this.#backward = new PackedMatrices(plan, layout, false);
    this.#tokens = plan.reserve(rows);
    this.#positions = plan.reserve(rows);
    this.#starts = plan.reserve(rows);
    this.#targets = plan.reserve(rows);
    this.#factors = plan.reserve(rows);
    this.#probabilities = plan.reserve(rows);
    this.#embedding = plan.reserve(rows * c);
    this.#embeddingScales = plan.reserve(rows);
    this.#layers = Array.from({ length: nLayer }, () => ({
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
    }));
    this.#output = plan.reserve(rows * c);
    this.#logits = plan.reserve(rows * padded(vocabSize));
    this.#dResidual = plan.reserve(rows * c);
    this.#dBranch = plan.reserve(rows * c);
    this.#dQkv = plan.reserve(rows * 3 * c);
    this.#dHidden = plan.reserve(rows * f);
    this.#scratch = plan.reserve(room);
    // Attention reads keys four at a time, up to three rows past the last.
    plan.reserve(3 * 3 * c);
    this.#arena = new Arena(plan);
    layout.store(weights, this.#arena, this.#parameters);
    this.#pack();
  }

  /** The weights as they are now. */
  weights(): Weights {
    return this.#layout.load(this.#arena, this.#parameters);
  }

  /** The gradient of the last loss, tensor by tensor. */
  gradient(): Weights {
    return this.#layout.load(this.#arena, this.#gradient);
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
      this.#logits,
      this.#targets,
      this.#factors,
      rows,
      this.spec.vocabSize,
      padded(this.spec.vocabSize),
      this.#probabilities,
    );
    this.#runBackward(rows);
    let loss = 0;
    for (let row = 0; row < rows; row++) {
      const probability = f32[this.#probabilities / 4 + row] as number;
      loss -= (f32[this.#factors / 4 + row] as number) *
        Math.log(Math.max(probability, SMALLEST_PROBABILITY));
    }
    return loss;
  }

  /** One update by Adam against the last gradient. */
  update({ step, learningRate, beta1, beta2, epsilon }: AdamUpdate): void {
    this.#arena.kernels.adam(
      this.#parameters,
      this.#gradient,
      this.#first,
      this.#second,
      this.#layout.size,
      learningRate / (1 - beta1 ** step),
      1 / (1 - beta2 ** step),
      beta1,
      beta2,
      epsilon,
    );
    this.#pack();
  }

  #pack(): void {
    this.#forward.pack(this.#arena, this.#parameters);
    this.#backward.pack(this.#arena, this.#parameters);
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
        i32[this.#tokens / 4 + row] = document[position] as number;
        i32[this.#positions / 4 + row] = position;
        i32[this.#starts / 4 + row] = start;
        i32[this.#targets / 4 + row] = document[position + 1] as number;
        f32[this.#factors / 4 + row] = factor;
      }
    }
    return row;
  }

  #runForward(rows: number): void {
    const { kernels } = this.#arena;
    const { nEmbd, nHead } = this.spec;
    const c = this.#width;
    const { wte, wpe, layers, head } = this.#layout;
    kernels.embed(
      this.#tokens,
      this.#positions,
      this.#address(wte),
      this.#address(wpe),
      this.#embedding,
      rows,
      c,
    );
    const first = this.#layers[0]?.input ?? this.#output;
    kernels.rmsNorm(this.#embedding, first, this.#embeddingScales, rows, c, nEmbd);
    layers.forEach((matrices, i) => {
      const keep = this.#layers[i] as LayerActivations;
      const next = this.#layers[i + 1]?.input ?? this.#output;
      kernels.rmsNorm(keep.input, keep.attentionNorm, keep.attentionScales, rows, c, nEmbd);
      this.#multiply(keep.attentionNorm, matrices.qkv, keep.qkv, rows, STORE);
      kernels.attention(
        keep.qkv,
        this.#starts,
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
    this.#multiply(this.#output, head, this.#logits, rows, STORE);
  }

  #runBackward(rows: number): void {
    const { kernels } = this.#arena;
    const { nEmbd, nHead } = this.spec;
    const c = this.#width;
    const { wte, wpe, layers, head } = this.#layout;
    this.#multiplyBackward(this.#output, this.#logits, head, this.#dResidual, rows);
    for (let i = layers.length - 1; i >= 0; i--) {
      const matrices = layers[i] as typeof layers[number];
      const keep = this.#layers[i] as LayerActivations;
      this.#multiplyBackward(keep.hidden, this.#dResidual, matrices.fc2, this.#dHidden, rows);
      kernels.reluBackward(this.#dHidden, keep.hidden, rows * matrices.fc1.rows);
      this.#multiplyBackward(keep.mlpNorm, this.#dHidden, matrices.fc1, this.#dBranch, rows);
      this.#normBackward(keep.mlpNorm, keep.mlpScales, rows, true);
      this.#multiplyBackward(keep.heads, this.#dResidual, matrices.wo, this.#dBranch, rows);
      kernels.attentionBackward(
        this.#dBranch,
        keep.qkv,
        this.#starts,
        keep.attentionWeights,
        this.#dQkv,
        this.#scratch,
        rows,
        nHead,
        nEmbd / nHead,
        c,
        this.#room,
      );
      this.#multiplyBackward(keep.attentionNorm, this.#dQkv, matrices.qkv, this.#dBranch, rows);
      this.#normBackward(keep.attentionNorm, keep.attentionScales, rows, true);
    }
    const normed = this.#layers[0]?.input ?? this.#output;
    this.#copy(this.#dResidual, this.#dBranch, rows * c);
    this.#normBackward(normed, this.#embeddingScales, rows, false);
    const [dwte, dwpe] = [wte, wpe].map(({ offset, rows: height, columns }) => {
      const address = this.#gradient + 4 * offset;
      this.#arena.f32.fill(0, address / 4, address / 4 + height * columns);
      return address;
    }) as [number, number];
    kernels.embedBackward(this.#tokens, this.#positions, this.#dResidual, dwte, dwpe, rows, c);
  }

  /** `out` (+)= x·Wᵀ, `[N, in] → [N, out]`. */
  #multiply(x: number, matrix: Matrix, out: number, rows: number, mode: number): void {
    const { rows: n, columns: k } = matrix;
    this.#arena.kernels.matmul(x, k, this.#forward.of(matrix), out, n, rows, n, k, mode);
  }

  /** From dy `[N, out]`: the matrix's gradient dyᵀ·x, and dx = dy·W. */
  #multiplyBackward(x: number, dy: number, matrix: Matrix, dx: number, rows: number): void {
    const { kernels } = this.#arena;
    const { offset, rows: n, columns: k } = matrix;
    kernels.matmulTransposed(dy, n, x, k, this.#gradient + 4 * offset, k, rows, n, k);
    kernels.matmul(dy, n, this.#backward.of(matrix), dx, k, rows, k, n, STORE);
  }

  /** Through a norm from `dBranch` to `dResidual`, adding where the stream also went past it. */
  #normBackward(y: number, scales: number, rows: number, add: boolean): void {
    this.#arena.kernels.rmsNormBackward(
      this.#dBranch,
      y,
      scales,
      this.#dResidual,
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
    return this.#parameters + 4 * offset;
  }
}
