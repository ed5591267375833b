/**
 * A decoder-only transformer as its parts: the one description that folders are read into, that our own
 * checkpoints give, and that the reference forward pass, the graphs of ONNX and exports are made from.
 *
 * Letters: `V` tokens, `B` block size, `C` width, `L` layers, `H` heads, `G` heads of keys and values,
 * `D` width of a head, `F` width of an MLP.
 *
 * @module
 */
import type { ModelSpec, TextSpec } from "./language_model.ts";
import type { Weights } from "./weights.ts";

/** Sizes and parts of a transformer whose layers are `x += attention(norm(x)); x += mlp(norm(x))`. */
export interface TransformerSpec extends TextSpec {
  /** Width of the residual stream: `C`. */
  readonly width: number;
  /** Layers: `L`. */
  readonly layers: number;
  /** Attention heads in a layer: `H`. */
  readonly heads: number;
  /** Heads of keys and values, which divide the heads into groups: `G`. */
  readonly keyValueHeads: number;
  /** Width of a head: `D`; `H·D` need not be `C`. */
  readonly headWidth: number;
  /** Width of an MLP: `F`. */
  readonly hiddenWidth: number;
  /** Every norm: by the root of the mean square, or by mean and variance. */
  readonly norm: { readonly kind: "rms" | "layer"; readonly epsilon: number };
  /** Whether the embedding is normalised before the first layer, without a gain: as ours is. */
  readonly hasEmbeddingNorm: boolean;
  /** Whether there is a norm between the last layer and the head. */
  readonly hasFinalNorm: boolean;
  /** How a token's position is told: by a table that is added to the embedding, or by rotation. */
  readonly positions: "learned" | RotaryPositions;
  /** The nonlinearity of an MLP; `gelu_tanh` is GPT-2's approximation. */
  readonly activation: "relu" | "gelu" | "gelu_tanh" | "silu";
  /** Whether the MLP is `down(activation(gate(x)) · up(x))`, and not `down(activation(up(x)))`. */
  readonly isGated: boolean;
}

/**
 * Rotary positions (Su et al., 2021), in the order of Hugging Face: element `i` of a query or key turns
 * with element `i + D/2`, at position `t` by the angle `t · frequencies[i]`.
 */
export interface RotaryPositions {
  /** Radians per position, `[D/2]`, scaling included. */
  readonly frequencies: readonly number[];
  /** Factor of cosines and sines: 1 but for scalings that have another. */
  readonly scale: number;
}

/** A matrix or vector of a transformer. */
export interface Tensor {
  /** `[out, in]` of a matrix, whatever the order in its file; `[n]` of a vector. */
  readonly shape: readonly number[];
  /** Its numbers, row by row, read or copied anew by each call. */
  numbers(): Float32Array | Float64Array;
  /** Whether those are f64. */
  readonly isDouble?: boolean;
  /** Where just these numbers stand in a file, so that they need not be read to be mapped. */
  readonly place?: TensorPlace;
}

/** Numbers in a file, little-endian. */
export interface TensorPlace {
  /** The path of the file. */
  readonly file: string;
  /** The byte at which they begin. */
  readonly offset: number;
  /** How many bytes they take. */
  readonly bytes: number;
  /** Their form. */
  readonly type: "f32" | "f16" | "bf16";
  /** Whether they are stored as `[in, out]`. */
  readonly isTransposed: boolean;
}

/**
 * The names of tensors: `embedding` `[V, C]`, `position_embedding` `[B, C]`; in layer `i`
 * `layers.i.attention_norm`, `.query` `[H·D, C]`, `.key` and `.value` `[G·D, C]`, `.output` `[C, H·D]`,
 * `.mlp_norm`, `.gate` (where gated) and `.up` `[F, C]`, `.down` `[C, F]`; `final_norm`; `head` `[V, C]`,
 * which a model whose head is its embedding lacks. A matrix is `NAME.weight`, a norm's gain `NAME.gain`;
 * either may have a `NAME.bias`. What is absent does nothing: a norm without a gain only normalises.
 */
export interface Transformer {
  /** Its sizes and parts. */
  readonly spec: TransformerSpec;
  /** The names of the tensors that it has. */
  readonly tensorNames: readonly string[];
  /** The tensor of that name; `undefined` where it has none. */
  tensor(name: string): Tensor | undefined;
}

/** The ε of the RMS norms of our own models: see `reference/training_gpt.ts`. */
const OWN_EPSILON = 1e-5;

/** The parts of our own models, and their sizes. */
export function ownTransformerSpec(
  { vocabSize, blockSize, nEmbd, nHead, nLayer }: ModelSpec,
): TransformerSpec {
  return {
    vocabSize,
    blockSize,
    width: nEmbd,
    layers: nLayer,
    heads: nHead,
    keyValueHeads: nHead,
    headWidth: nEmbd / nHead,
    hiddenWidth: 4 * nEmbd,
    norm: { kind: "rms", epsilon: OWN_EPSILON },
    hasEmbeddingNorm: true,
    hasFinalNorm: false,
    positions: "learned",
    activation: "relu",
    isGated: false,
  };
}

/** Names and shapes of the tensors of our own models, each with the name among {@linkcode Weights}. */
export function ownTensors(
  { vocabSize, blockSize, width, layers, hiddenWidth }: TransformerSpec,
): { readonly name: string; readonly own: string; readonly shape: readonly number[] }[] {
  const matrix = (name: string, own: string, ...shape: readonly number[]) => ({
    name: `${name}.weight`,
    own,
    shape,
  });
  return [
    matrix("embedding", "wte", vocabSize, width),
    matrix("position_embedding", "wpe", blockSize, width),
    ...Array.from({ length: layers }, (_, i) => [
      matrix(`layers.${i}.query`, `l${i}.wq`, width, width),
      matrix(`layers.${i}.key`, `l${i}.wk`, width, width),
      matrix(`layers.${i}.value`, `l${i}.wv`, width, width),
      matrix(`layers.${i}.output`, `l${i}.wo`, width, width),
      matrix(`layers.${i}.up`, `l${i}.fc1`, hiddenWidth, width),
      matrix(`layers.${i}.down`, `l${i}.fc2`, width, hiddenWidth),
    ]).flat(),
    matrix("head", "lm_head", vocabSize, width),
  ];
}

/** One of our own models as a transformer. */
export function transformerOf(weights: Weights): Transformer {
  const spec = ownTransformerSpec(weights.spec);
  const tensors = new Map(
    ownTensors(spec).map(({ name, own, shape }): [string, Tensor] => [
      name,
      { shape, numbers: () => weights.tensor(own).slice() },
    ]),
  );
  return {
    spec,
    tensorNames: [...tensors.keys()],
    tensor: (name) => tensors.get(name),
  };
}

/** Multiplications with weights for a token that a model reads: its matrices, but no table look-up. */
export function operationsPerToken(
  { vocabSize, width, layers, heads, keyValueHeads, headWidth, hiddenWidth, isGated }:
    TransformerSpec,
): number {
  const attention = 2 * (heads + keyValueHeads) * headWidth * width;
  const mlp = (isGated ? 3 : 2) * hiddenWidth * width;
  return layers * (attention + mlp) + vocabSize * width;
}

/** How many numbers the tensors of `model` have: its parameters. */
export function numbersIn(model: Transformer): number {
  return model.tensorNames.reduce((sum, name) => {
    const shape = model.tensor(name)?.shape ?? [0];
    return sum + shape.reduce((product, length) => product * length, 1);
  }, 0);
}

/** The bytes of those numbers while they are read. */
export function bytesIn(model: Transformer): number {
  return model.tensorNames.reduce((sum, name) => {
    const { shape, isDouble } = model.tensor(name) ?? { shape: [0] };
    return sum + shape.reduce((product, length) => product * length, isDouble === true ? 8 : 4);
  }, 0);
}

/** The first `layers` layers of `model` and its head: an early exit. Throws a `RangeError` for others. */
export function firstLayers(
  { spec, tensorNames, tensor }: Transformer,
  layers: number,
): Transformer {
  if (!(Number.isInteger(layers) && layers >= 1 && layers <= spec.layers)) {
    throw new RangeError(`Cannot take ${layers} layers: the model has ${spec.layers}`);
  }
  const kept = tensorNames.filter((name) => {
    const layer = /^layers\.(\d+)\./.exec(name)?.[1];
    return layer === undefined || Number(layer) < layers;
  });
  const names = new Set(kept);
  return {
    spec: { ...spec, layers },
    tensorNames: kept,
    tensor: (name) => names.has(name) ? tensor(name) : undefined,
  };
}
