/**
 * Where everything lies that decoding needs, but for the KV caches, which come after it. Main thread
 * and workers plan the same sizes and find the same addresses.
 *
 * Letters: `N` rows of a lane (tokens of its sequences), `C` width of the residual stream, padded to a
 * multiple of 4, `F` inside of the MLP, `B` block size, `H` heads, `V` vocabulary.
 *
 * @module
 */
import type { ModelSpec } from "../language_model.ts";
import { ArenaPlan } from "./wasm_memory.ts";
import { PackedMatrices, padded, ParameterLayout } from "./parameter_layout.ts";

/** Rows that go through the layers together: enough to reuse weights, few enough for the cache. */
export const MOST_ROWS = 256;

/** What one thread works on at a time, by address: rows, and what the layers make of them. */
export interface LanePlan {
  /** How many rows there are, one number. */
  readonly rows: number;
  /** How many of their logits are wanted, one number. */
  readonly wanted: number;
  /** Which rows those are, ascending. */
  readonly wantedRows: number;
  /** Of each row: its token. */
  readonly tokens: number;
  /** Its position. */
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
  /** What the heads give, `[N, C]`. */
  readonly heads: number;
  /** The MLP's inside, `[N, F]`. */
  readonly hidden: number;
  /** Logits of the wanted rows, `[N, V]`, `V` padded to a multiple of 4. */
  readonly logits: number;
}

/** Everything, by address. */
export interface InferencePlan {
  /** Sizes of the model. */
  readonly spec: ModelSpec;
  /** How much is reserved. */
  readonly arena: ArenaPlan;
  /** Where the parameters lie in a block. */
  readonly layout: ParameterLayout;
  /** The block of parameters. */
  readonly parameters: number;
  /** The words by which threads agree: see `task_pool.ts`. */
  readonly control: number;
  /** The matrices packed for multiplication. */
  readonly packed: PackedMatrices;
  /** One for each thread. */
  readonly lanes: readonly LanePlan[];
}

/** Plans decoding with a model of these sizes on `lanes` threads. */
export function planInference(spec: ModelSpec, lanes: number): InferencePlan {
  const arena = new ArenaPlan();
  const layout = new ParameterLayout(spec);
  return {
    spec,
    arena,
    layout,
    parameters: arena.reserve(layout.size),
    control: arena.reserve(16),
    packed: new PackedMatrices(arena, layout, true),
    lanes: Array.from({ length: lanes }, () => planLane(arena, spec)),
  };
}

function planLane(arena: ArenaPlan, spec: ModelSpec): LanePlan {
  const c = padded(spec.nEmbd);
  return {
    rows: arena.reserve(1),
    wanted: arena.reserve(1),
    wantedRows: arena.reserve(MOST_ROWS),
    tokens: arena.reserve(MOST_ROWS),
    positions: arena.reserve(MOST_ROWS),
    caches: arena.reserve(MOST_ROWS),
    x: arena.reserve(MOST_ROWS * c),
    normed: arena.reserve(MOST_ROWS * c),
    scales: arena.reserve(MOST_ROWS),
    qkv: arena.reserve(MOST_ROWS * 3 * c),
    attentionWeights: arena.reserve(spec.nHead * padded(spec.blockSize)),
    heads: arena.reserve(MOST_ROWS * c),
    hidden: arena.reserve(MOST_ROWS * 4 * spec.nEmbd),
    logits: arena.reserve(MOST_ROWS * padded(spec.vocabSize)),
  };
}
