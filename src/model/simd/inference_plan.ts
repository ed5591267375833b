/**
 * The layout in memory of everything that decoding needs but the KV caches, which come after it. Main
 * thread and workers plan the same sizes and so find the same addresses.
 *
 * Letters: `N` rows of a shard (tokens of its sequences), `C` width of the residual stream, padded to a
 * multiple of 4, `F` inside of the MLP, `B` block size, `H` heads, `V` vocabulary.
 *
 * @module
 */
import type { ModelSpec } from "../language_model.ts";
import { DRAW_NUMBERS, hasDistributions } from "./inference_draw.ts";
import { MemoryPlan } from "./wasm_memory.ts";
import { PackedMatrices, padded, ParameterLayout } from "./parameter_layout.ts";

/** Rows that go through the layers together: enough to reuse weights, few enough for the cache. */
export const MOST_ROWS = 256;

/** Sizes and addresses that a pass works on, a word each, in the order in which `kernels/pass.ts` reads it. */
export const PASS_FIELDS = [
  ...["embd", "width", "heads", "layers", "layerBytes", "vocabulary", "logitsWidth"] as const,
  ...["wte", "wpe"] as const,
  ...["rows", "wanted", "drawing", "wantedRows", "tokens", "positions", "caches"] as const,
  ...["x", "normed", "scales", "qkv", "attentionWeights", "outputs"] as const,
  ...["logits", "draws", "drawScratch"] as const,
] as const;

/** The same of each of its products, which follow. */
export const PRODUCT_FIELDS = ["from", "packed", "to", "n", "k", "mode"] as const;

/** The addresses of the rows that one thread works on at a time, and of their activations. */
export interface InferenceShardPlan {
  /** What a pass works on: see `inference_pass.ts`. */
  readonly pass: number;
  /** The number of rows, one number. */
  readonly rows: number;
  /** The number of rows whose logits are wanted, one number. */
  readonly wanted: number;
  /** Whether a token is drawn from some of them, one number. */
  readonly drawing: number;
  /** Which rows those are, ascending. */
  readonly wantedRows: number;
  /** The token of each row. */
  readonly tokens: number;
  /** Its position in the sequence. */
  readonly positions: number;
  /** The address of its sequence's cache. */
  readonly caches: number;
  /** The residual stream, `[N, C]`. */
  readonly x: number;
  /** Its norm, `[N, C]`, and the norm's factors, `[N]`. */
  readonly normed: number;
  /** See `normed`. */
  readonly scales: number;
  /** Queries, keys and values, `[N, 3C]`. */
  readonly qkv: number;
  /** Weights of the values of one row, `[H, B]`. */
  readonly attentionWeights: number;
  /** Outputs of the heads, `[N, C]`. */
  readonly heads: number;
  /** The MLP's inside, `[N, F]`. */
  readonly hidden: number;
  /** Logits of the wanted rows, `[N, V]`, `V` padded to a multiple of 4. */
  readonly logits: number;
  /** The draws from the wanted rows, `[N, 7]` in f64. */
  readonly draws: number;
  /**
   * Exponentials of one row and their running sums, `[2, V]` in f64; after them, where there is room for
   * them, the distributions of the wanted rows, `[N, V]`.
   */
  readonly drawScratch: number;
}

/** Everything, by address. */
export interface InferencePlan {
  /** Sizes of the model. */
  readonly spec: ModelSpec;
  /** The memory that is reserved. */
  readonly memory: MemoryPlan;
  /** The layout of a block of parameters. */
  readonly layout: ParameterLayout;
  /** The block of parameters. */
  readonly parameters: number;
  /** The words by which threads agree: see `task_pool.ts`. */
  readonly control: number;
  /** The matrices packed for multiplication. */
  readonly packed: PackedMatrices;
  /** One for each thread. */
  readonly shards: readonly InferenceShardPlan[];
}

/** Plans decoding with a model of these sizes on `shards` threads. */
export function planInference(spec: ModelSpec, shards: number): InferencePlan {
  const memory = new MemoryPlan();
  const layout = new ParameterLayout(spec);
  return {
    spec,
    memory,
    layout,
    parameters: memory.reserve(layout.size),
    control: memory.reserve(16),
    packed: new PackedMatrices(memory, layout, true),
    shards: Array.from({ length: shards }, () => planShard(memory, spec)),
  };
}

function planShard(memory: MemoryPlan, spec: ModelSpec): InferenceShardPlan {
  const c = padded(spec.nEmbd);
  return {
    pass: memory.reserve(PASS_FIELDS.length + PRODUCT_FIELDS.length * (4 * spec.nLayer + 1)),
    rows: memory.reserve(1),
    wanted: memory.reserve(1),
    drawing: memory.reserve(1),
    wantedRows: memory.reserve(MOST_ROWS),
    tokens: memory.reserve(MOST_ROWS),
    positions: memory.reserve(MOST_ROWS),
    caches: memory.reserve(MOST_ROWS),
    x: memory.reserve(MOST_ROWS * c),
    normed: memory.reserve(MOST_ROWS * c),
    scales: memory.reserve(MOST_ROWS),
    qkv: memory.reserve(MOST_ROWS * 3 * c),
    attentionWeights: memory.reserve(spec.nHead * padded(spec.blockSize)),
    heads: memory.reserve(MOST_ROWS * c),
    hidden: memory.reserve(MOST_ROWS * 4 * spec.nEmbd),
    logits: memory.reserve(MOST_ROWS * padded(spec.vocabSize)),
    draws: memory.reserve(MOST_ROWS * DRAW_NUMBERS * 2),
    drawScratch: memory.reserve(
      (hasDistributions(spec) ? 2 + MOST_ROWS : 2) * padded(spec.vocabSize) * 2,
    ),
  };
}
