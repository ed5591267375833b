/**
 * GPT-2's kind of model: layer norms with gains and biases, a table of positions, every head with keys of
 * its own, a plain MLP. Its matrices are stored `[in, out]`; queries, keys and values are one of them.
 *
 * @module
 */
import type { TransformerSpec } from "../transformer.ts";
import { activationOf } from "./activation.ts";
import { blockSizeOf, type ModelDescription, MOST, type StoredTensor } from "./description.ts";
import type { JsonObject } from "./json_object.ts";

/** A model of the architecture `GPT2LMHeadModel`. */
export function gpt2(config: JsonObject, asked: number | undefined): ModelDescription {
  const { blockSize, maxPositions } = blockSizeOf(config, "n_positions", asked);
  const width = config.integer("n_embd", 1, MOST.width);
  const heads = config.integer("n_head", 1, MOST.heads);
  if (width % heads !== 0) {
    throw config.error("n_head", `expected a number that divides n_embd, ${width}`);
  }
  const unsupported = "expected false: this part of GPT-2 is not supported";
  config.refuse("scale_attn_weights", true, "expected true: this part of GPT-2 is not supported");
  config.refuse("scale_attn_by_inverse_layer_idx", false, unsupported);
  config.refuse("add_cross_attention", false, unsupported);
  const spec: TransformerSpec = {
    vocabSize: config.integer("vocab_size", 1, MOST.tokens),
    blockSize,
    width,
    layers: config.integer("n_layer", 1, MOST.layers),
    heads,
    keyValueHeads: heads,
    headWidth: width / heads,
    hiddenWidth: config.integer("n_inner", 1, MOST.width, 4 * width),
    norm: { kind: "layer", epsilon: config.positive("layer_norm_epsilon", 1e-5) },
    hasEmbeddingNorm: false,
    hasFinalNorm: true,
    positions: "learned",
    activation: activationOf(config, "activation_function", "gelu_new"),
    isGated: false,
  };
  const isTied = config.boolean("tie_word_embeddings", true);
  return {
    spec,
    maxPositions,
    tensors: (names) => tensors(spec, maxPositions, isTied, prefixIn(names)),
    // The mask of attention, which old versions saved.
    isUnused: (name) =>
      /^(transformer\.)?h\.\d+\.attn\.(masked_)?bias$/.test(name) ||
      isTied && name === "lm_head.weight",
  };
}

/** The folder of a whole model has names below `transformer.`, that of its trunk has not. */
function prefixIn(names: ReadonlySet<string>): string {
  return names.has("wte.weight") ? "" : "transformer.";
}

/** Its tensors, and where they stand. */
function* tensors(
  { vocabSize, blockSize, width, layers, hiddenWidth }: TransformerSpec,
  maxPositions: number,
  isTied: boolean,
  prefix: string,
): Generator<readonly [string, StoredTensor]> {
  const norm = function* (own: string, theirs: string): Generator<readonly [string, StoredTensor]> {
    yield [`${own}.gain`, { name: `${prefix}${theirs}.weight`, shape: [width] }];
    yield [`${own}.bias`, { name: `${prefix}${theirs}.bias`, shape: [width] }];
  };
  const matrix = function* (
    own: string,
    theirs: string,
    [inputs, outputs]: readonly [number, number],
    part: { readonly first: number; readonly count: number } = { first: 0, count: outputs },
  ): Generator<readonly [string, StoredTensor]> {
    const name = `${prefix}${theirs}`;
    const stored = { isTransposed: true, outputs: part };
    yield [`${own}.weight`, { name: `${name}.weight`, shape: [inputs, outputs], ...stored }];
    yield [`${own}.bias`, { name: `${name}.bias`, shape: [outputs], outputs: part }];
  };
  yield ["embedding.weight", { name: `${prefix}wte.weight`, shape: [vocabSize, width] }];
  yield ["position_embedding.weight", {
    name: `${prefix}wpe.weight`,
    shape: [maxPositions, width],
    outputs: { first: 0, count: blockSize },
  }];
  for (let i = 0; i < layers; i++) {
    yield* norm(`layers.${i}.attention_norm`, `h.${i}.ln_1`);
    for (const [place, own] of ["query", "key", "value"].entries()) {
      const part = { first: place * width, count: width };
      yield* matrix(`layers.${i}.${own}`, `h.${i}.attn.c_attn`, [width, 3 * width], part);
    }
    yield* matrix(`layers.${i}.output`, `h.${i}.attn.c_proj`, [width, width]);
    yield* norm(`layers.${i}.mlp_norm`, `h.${i}.ln_2`);
    yield* matrix(`layers.${i}.up`, `h.${i}.mlp.c_fc`, [width, hiddenWidth]);
    yield* matrix(`layers.${i}.down`, `h.${i}.mlp.c_proj`, [hiddenWidth, width]);
  }
  yield* norm("final_norm", "ln_f");
  if (!isTied) yield ["head.weight", { name: "lm_head.weight", shape: [vocabSize, width] }];
}
