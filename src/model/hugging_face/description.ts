import type { TransformerSpec } from "../transformer.ts";
import type { JsonObject } from "./json_object.ts";

/** A model as its `config.json` describes it. */
export interface ModelDescription {
  /** Its sizes and parts. */
  readonly spec: TransformerSpec;
  /** The longest sequence that it is made for, in tokens. */
  readonly maxPositions: number;
  /**
   * The names of its tensors in a {@linkcode Transformer}, and where they stand in a folder; `names` are
   * those that the folder has.
   */
  tensors(names: ReadonlySet<string>): Iterable<readonly [string, StoredTensor]>;
  /** Whether a tensor of the folder that {@linkcode tensors} does not name may be left aside. */
  isUnused(name: string): boolean;
}

/** Where a tensor of a transformer stands among those of a folder. */
export interface StoredTensor {
  /** The name there. */
  readonly name: string;
  /** The shape there, whole. */
  readonly shape: readonly number[];
  /** Whether it is stored as `[in, out]`. */
  readonly isTransposed?: boolean;
  /** Which of its outputs, or entries, are meant: all if left out. */
  readonly outputs?: { readonly first: number; readonly count: number };
}

/**
 * Reads the `config.json` of one kind of model, for sequences of at most `blockSize` tokens, by default
 * as many as it is made for. Throws a {@linkcode ModelFolderError} for what it cannot compute.
 */
export type Architecture = (config: JsonObject, blockSize: number | undefined) => ModelDescription;

/** The most of each size that is believed: far above every model that exists. */
export const MOST = {
  /** Tokens of a vocabulary. */
  tokens: 2 ** 24,
  /** Positions of a sequence. */
  positions: 2 ** 31 - 1,
  /** Numbers of a row: of the residual stream, of an MLP. */
  width: 2 ** 24,
  /** Layers. */
  layers: 2 ** 16,
  /** Heads of a layer. */
  heads: 2 ** 16,
} as const;

/** The block size to use, of a model whose `config` has its own under `name`. */
export function blockSizeOf(
  config: JsonObject,
  name: string,
  blockSize: number | undefined,
): { maxPositions: number; blockSize: number } {
  const maxPositions = config.integer(name, 1, MOST.positions);
  if (blockSize !== undefined && blockSize > maxPositions) {
    throw config.error(name, `expected at least the block size asked for, ${blockSize}`);
  }
  return { maxPositions, blockSize: blockSize ?? maxPositions };
}
