/**
 * Where everything lies that training needs. Main thread and workers plan the same sizes and find the
 * same addresses.
 *
 * Letters: `N` rows (tokens of a shard's documents), `C` width of the residual stream and `F = 4C` of
 * the MLP, padded to multiples of 4, `H` heads, `B` block size, `V` vocabulary.
 *
 * @module
 */
import type { ModelSpec } from "../language_model.ts";
import { parameterCount } from "../weights.ts";
import { ArenaPlan } from "./wasm_memory.ts";
import { PackedMatrices, padded, ParameterLayout } from "./parameter_layout.ts";

/** What one layer keeps of its forward pass, by address. */
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
  /** What the heads give, `[N, C]`. */
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
export interface ShardPlan {
  /** How many rows there are, one number. */
  readonly rows: number;
  /** Of each row: its token. */
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
  /** What each layer keeps. */
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
  /** What a product of a gradient copies of its factors, `[128, F + 8]`. */
  readonly copies: number;
  /** Gradient of every parameter; that of the first shard becomes the sum of all. */
  readonly gradient: number;
}

/** Everything, by address. */
export interface TrainingPlan {
  /** Sizes of the model. */
  readonly spec: ModelSpec;
  /** How much is reserved. */
  readonly arena: ArenaPlan;
  /** Where the parameters lie in a block. */
  readonly layout: ParameterLayout;
  /** The block of parameters. */
  readonly parameters: number;
  /** Adam's running means of the gradient, and of its square. */
  readonly first: number;
  /** See `first`. */
  readonly second: number;
  /** The five numbers of an update: see `tasks.ts`. */
  readonly update: number;
  /** The words by which threads agree: see `task_pool.ts`. */
  readonly control: number;
  /** The matrices packed for the forward pass. */
  readonly forward: PackedMatrices;
  /** The matrices packed for the backward pass. */
  readonly backward: PackedMatrices;
  /** The parts of a batch. */
  readonly shards: readonly ShardPlan[];
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
  const arena = new ArenaPlan();
  const layout = new ParameterLayout(spec);
  const count = shardCount(spec, batchSize);
  const rows = Math.ceil(batchSize / count) * spec.blockSize;
  const plan = {
    spec,
    arena,
    layout,
    parameters: arena.reserve(layout.size),
    first: arena.reserve(layout.size),
    second: arena.reserve(layout.size),
    update: arena.reserve(5),
    control: arena.reserve(16),
    forward: new PackedMatrices(arena, layout, true),
    backward: new PackedMatrices(arena, layout, false),
    shards: Array.from({ length: count }, () => planShard(arena, layout, rows)),
  };
  // Attention reads keys four at a time, up to three rows past the last.
  arena.reserve(3 * 3 * padded(spec.nEmbd));
  return plan;
}

function planShard(arena: ArenaPlan, layout: ParameterLayout, rows: number): ShardPlan {
  const { nEmbd, nHead, nLayer, blockSize, vocabSize } = layout.spec;
  const c = padded(nEmbd);
  const f = 4 * nEmbd;
  const room = padded(blockSize);
  const layer = (): LayerActivations => ({
    input: arena.reserve(rows * c),
    attentionNorm: arena.reserve(rows * c),
    attentionScales: arena.reserve(rows),
    qkv: arena.reserve(rows * 3 * c),
    attentionWeights: arena.reserve(rows * nHead * room),
    heads: arena.reserve(rows * c),
    middle: arena.reserve(rows * c),
    mlpNorm: arena.reserve(rows * c),
    mlpScales: arena.reserve(rows),
    hidden: arena.reserve(rows * f),
  });
  return {
    rows: arena.reserve(1),
    tokens: arena.reserve(rows),
    positions: arena.reserve(rows),
    starts: arena.reserve(rows),
    targets: arena.reserve(rows),
    factors: arena.reserve(rows),
    probabilities: arena.reserve(rows),
    embedding: arena.reserve(rows * c),
    embeddingScales: arena.reserve(rows),
    layers: Array.from({ length: nLayer }, layer),
    output: arena.reserve(rows * c),
    logits: arena.reserve(rows * padded(vocabSize)),
    dResidual: arena.reserve(rows * c),
    dBranch: arena.reserve(rows * c),
    dQkv: arena.reserve(rows * 3 * c),
    dHidden: arena.reserve(rows * f),
    scratch: arena.reserve(4 * room),
    copies: arena.reserve(128 * (f + 8)),
    gradient: arena.reserve(layout.size),
  };
}
