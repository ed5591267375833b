/**
 * The layout in memory of everything that training needs. Main thread and workers plan the same sizes
 * and so find the same addresses.
 *
 * Letters: `N` rows (tokens of a shard's documents), `C` width of the residual stream and `F = 4C` of
 * the MLP, padded to multiples of 4, `H` heads, `B` block size, `V` vocabulary.
 *
 * @module
 */
import type { ModelSpec } from "../language_model.ts";
import { parameterCount } from "../weights.ts";
import { MemoryPlan } from "./wasm_memory.ts";
import { PackedMatrices, padded, ParameterLayout } from "./parameter_layout.ts";

/** The addresses of one layer's activations, which the backward pass needs. */
export interface LayerActivations {
  /** The residual stream before it, `[N, C]`. */
  readonly input: number;
  /** Its norm, `[N, C]`, and the norm's factors, `[N]`. */
  readonly attentionNorm: number;
  /** See `attentionNorm`. */
  readonly attentionScales: number;
  /** Queries, keys and values, `[N, 3C]`. */
  readonly qkv: number;
  /** Weights of the values, `[N, H, B]`. */
  readonly attentionWeights: number;
  /** Outputs of the heads, `[N, C]`. */
  readonly heads: number;
  /** The residual stream between attention and MLP, `[N, C]`. */
  readonly middle: number;
  /** Its norm, `[N, C]`, and the norm's factors, `[N]`. */
  readonly mlpNorm: number;
  /** See `mlpNorm`. */
  readonly mlpScales: number;
  /** The MLP's inside, `[N, F]`. */
  readonly hidden: number;
}

/** A part of the batch with all that its own forward and backward pass write, by address. */
export interface TrainingShardPlan {
  /** The number of rows, one number. */
  readonly rows: number;
  /** The token of each row. */
  readonly tokens: number;
  /** Its position. */
  readonly positions: number;
  /** The first row of its document. */
  readonly starts: number;
  /** The token to predict. */
  readonly targets: number;
  /** Its weight in the loss. */
  readonly factors: number;
  /** The probability of its target. */
  readonly probabilities: number;
  /** Token plus position embedding, `[N, C]`, and the factors of its norm, `[N]`. */
  readonly embedding: number;
  /** See `embedding`. */
  readonly embeddingScales: number;
  /** The activations of each layer. */
  readonly layers: readonly LayerActivations[];
  /** The residual stream after the last layer, `[N, C]`. */
  readonly output: number;
  /** Logits, then their gradient, `[N, V]`. */
  readonly logits: number;
  /** Gradient of the residual stream, `[N, C]`. */
  readonly dResidual: number;
  /** Gradient of what branches off it, `[N, C]`. */
  readonly dBranch: number;
  /** Gradient of queries, keys and values, `[N, 3C]`. */
  readonly dQkv: number;
  /** Gradient of the MLP's inside, `[N, F]`. */
  readonly dHidden: number;
  /** Gradients of one row of scores, of four heads, `[B, 4]`. */
  readonly scratch: number;
  /** Copies of parts of a gradient's factors while they are multiplied, `[128, F + 8]`. */
  readonly copies: number;
  /** Gradient of every parameter; that of the first shard becomes the sum of all. */
  readonly gradient: number;
}

/** Everything, by address. */
export interface TrainingPlan {
  /** Sizes of the model. */
  readonly spec: ModelSpec;
  /** The memory that is reserved. */
  readonly memory: MemoryPlan;
  /** The layout of a block of parameters. */
  readonly layout: ParameterLayout;
  /** The block of parameters. */
  readonly parameters: number;
  /** Adam's running means of the gradient, and of its square. */
  readonly first: number;
  /** See `first`. */
  readonly second: number;
  /** The five numbers of an update: see `training_tasks.ts`. */
  readonly update: number;
  /** The words by which threads agree: see `task_pool.ts`. */
  readonly control: number;
  /** The matrices packed for the forward pass. */
  readonly forward: PackedMatrices;
  /** The matrices packed for the backward pass. */
  readonly backward: PackedMatrices;
  /** The parts of a batch. */
  readonly shards: readonly TrainingShardPlan[];
}

/**
 * How many parts a batch is divided into: fixed by the sizes, never by the number of threads, so that
 * sums are added in the same order everywhere. A part is worth a thread only if it takes longer than
 * waking one: some ten million operations.
 */
export function shardCount(spec: ModelSpec, batchSize: number): number {
  const operations = 6 * parameterCount(spec) * batchSize * spec.blockSize / 2;
  const worth = operations < 2e7 ? 1 : operations < 5e8 ? 2 : 4;
  return Math.min(worth, batchSize);
}

/** Plans training in batches of up to `batchSize` documents. */
export function planTraining(spec: ModelSpec, batchSize: number): TrainingPlan {
  const memory = new MemoryPlan();
  const layout = new ParameterLayout(spec);
  const count = shardCount(spec, batchSize);
  const rows = Math.ceil(batchSize / count) * spec.blockSize;
  const plan = {
    spec,
    memory,
    layout,
    parameters: memory.reserve(layout.size),
    first: memory.reserve(layout.size),
    second: memory.reserve(layout.size),
    update: memory.reserve(5),
    control: memory.reserve(16),
    forward: new PackedMatrices(memory, layout, true),
    backward: new PackedMatrices(memory, layout, false),
    shards: Array.from({ length: count }, () => planShard(memory, layout, rows)),
  };
  // Attention reads keys four at a time, up to three rows past the last.
  memory.reserve(3 * 3 * padded(spec.nEmbd));
  return plan;
}

function planShard(memory: MemoryPlan, layout: ParameterLayout, rows: number): TrainingShardPlan {
  const { nEmbd, nHead, nLayer, blockSize, vocabSize } = layout.spec;
  const c = padded(nEmbd);
  const f = 4 * nEmbd;
  const room = padded(blockSize);
  const layer = (): LayerActivations => ({
    input: memory.reserve(rows * c),
    attentionNorm: memory.reserve(rows * c),
    attentionScales: memory.reserve(rows),
    qkv: memory.reserve(rows * 3 * c),
    attentionWeights: memory.reserve(rows * nHead * room),
    heads: memory.reserve(rows * c),
    middle: memory.reserve(rows * c),
    mlpNorm: memory.reserve(rows * c),
    mlpScales: memory.reserve(rows),
    hidden: memory.reserve(rows * f),
  });
  return {
    rows: memory.reserve(1),
    tokens: memory.reserve(rows),
    positions: memory.reserve(rows),
    starts: memory.reserve(rows),
    targets: memory.reserve(rows),
    factors: memory.reserve(rows),
    probabilities: memory.reserve(rows),
    embedding: memory.reserve(rows * c),
    embeddingScales: memory.reserve(rows),
    layers: Array.from({ length: nLayer }, layer),
    output: memory.reserve(rows * c),
    logits: memory.reserve(rows * padded(vocabSize)),
    dResidual: memory.reserve(rows * c),
    dBranch: memory.reserve(rows * c),
    dQkv: memory.reserve(rows * 3 * c),
    dHidden: memory.reserve(rows * f),
    scratch: memory.reserve(4 * room),
    copies: memory.reserve(128 * (f + 8)),
    gradient: memory.reserve(layout.size),
  };
}
