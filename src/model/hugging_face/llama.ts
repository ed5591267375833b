/**
 * Llama's kind of model: RMS norms with gains, rotary positions, grouped-query attention, a gated MLP.
 * Mistral's and Qwen2's differ in biases and in attention that sees a window alone.
 *
 * @module
 */
import type { TransformerSpec } from "../transformer.ts";
import { activationOf } from "./activation.ts";
import { blockSizeOf, type ModelDescription, MOST, type StoredTensor } from "./description.ts";
import type { JsonObject } from "./json_object.ts";
import { rotaryPositions } from "./rotary.ts";

/** Which projections have a bias. */
interface Biases {
  readonly query: boolean;
  readonly output: boolean;
  readonly mlp: boolean;
}

/** A model of the architecture `LlamaForCausalLM`. */
export function llama(config: JsonObject, blockSize: number | undefined): ModelDescription {
  const attention = config.boolean("attention_bias", false);
  const mlp = config.boolean("mlp_bias", false);
  return described(config, blockSize, { query: attention, output: attention, mlp });
}

/** A model of the architecture `MistralForCausalLM`. */
export function mistral(config: JsonObject, blockSize: number | undefined): ModelDescription {
  const description = described(config, blockSize, { query: false, output: false, mlp: false });
  refuseWindow(config, description.spec);
  return description;
}

/** A model of the architecture `Qwen2ForCausalLM`. */
export function qwen2(config: JsonObject, blockSize: number | undefined): ModelDescription {
  const description = described(config, blockSize, { query: true, output: false, mlp: false });
  const { spec } = description;
  const kinds = config.value("layer_types");
  // Where they are not named, the layers below `max_window_layers` see everything.
  const isWindowed = config.boolean("use_sliding_window", false) &&
    (Array.isArray(kinds)
      ? kinds.some((kind) => kind !== "full_attention")
      : config.integer("max_window_layers", 0, MOST.layers, 0) < spec.layers);
  if (isWindowed) refuseWindow(config, spec);
  return description;
}

/** The window of attention where a config names none: that of the classes in transformers. */
const DEFAULT_WINDOW = 4096;

/** Throws where attention would not see all of a sequence. */
function refuseWindow(config: JsonObject, { blockSize }: TransformerSpec): void {
  if (config.mentions("sliding_window") && !config.has("sliding_window")) return;
  const window = config.integer("sliding_window", 1, MOST.positions, DEFAULT_WINDOW);
  if (window >= blockSize) return;
  throw config.error(
    "sliding_window",
    `expected at least the block size, ${blockSize}, since attention over a sliding window is not ` +
      `supported (set models.block_size to at most ${window})`,
  );
}

function described(
  config: JsonObject,
  asked: number | undefined,
  biases: Biases,
): ModelDescription {
  const { blockSize, maxPositions } = blockSizeOf(config, "max_position_embeddings", asked);
  const width = config.integer("hidden_size", 1, MOST.width);
  const heads = config.integer("num_attention_heads", 1, MOST.heads);
  const keyValueHeads = config.integer("num_key_value_heads", 1, heads, heads);
  if (heads % keyValueHeads !== 0) {
    throw config.error(
      "num_key_value_heads",
      `expected a number that divides num_attention_heads, ${heads}`,
    );
  }
  if (!config.has("head_dim") && width % heads !== 0) {
    throw config.error(
      "num_attention_heads",
      `expected a number that divides hidden_size, ${width}, where there is no head_dim`,
    );
  }
  const headWidth = config.integer("head_dim", 1, MOST.width, width / heads);
  const spec: TransformerSpec = {
    vocabSize: config.integer("vocab_size", 1, MOST.tokens),
    blockSize,
    width,
    layers: config.integer("num_hidden_layers", 1, MOST.layers),
    heads,
    keyValueHeads,
    headWidth,
    hiddenWidth: config.integer("intermediate_size", 1, MOST.width),
    norm: { kind: "rms", epsilon: config.positive("rms_norm_eps", 1e-6) },
    hasEmbeddingNorm: false,
    hasFinalNorm: true,
    positions: rotaryPositions(config, headWidth),
    activation: activationOf(config, "hidden_act", "silu"),
    isGated: true,
  };
  const isTied = config.boolean("tie_word_embeddings", false);
  return {
    spec,
    maxPositions,
    tensors: () => tensors(spec, biases, isTied),
    isUnused: (name) =>
      /^model\.layers\.\d+\.self_attn\.rotary_emb\.inv_freq$/.test(name) ||
      isTied && name === "lm_head.weight",
  };
}

/** Its tensors, and where they stand. */
function* tensors(
  { vocabSize, width, layers, heads, keyValueHeads, headWidth, hiddenWidth }: TransformerSpec,
  biases: Biases,
  isTied: boolean,
): Generator<readonly [string, StoredTensor]> {
  yield ["embedding.weight", { name: "model.embed_tokens.weight", shape: [vocabSize, width] }];
  for (let i = 0; i < layers; i++) {
    const matrix = function* (
      own: string,
      theirs: string,
      shape: readonly [number, number],
      hasBias: boolean,
    ): Generator<readonly [string, StoredTensor]> {
      const name = `model.layers.${i}.${theirs}`;
      yield [`layers.${i}.${own}.weight`, { name: `${name}.weight`, shape }];
      if (hasBias) {
        yield [`layers.${i}.${own}.bias`, { name: `${name}.bias`, shape: [shape[0]] }];
      }
    };
    const queries = heads * headWidth;
    const keys = keyValueHeads * headWidth;
    yield [`layers.${i}.attention_norm.gain`, {
      name: `model.layers.${i}.input_layernorm.weight`,
      shape: [width],
    }];
    yield* matrix("query", "self_attn.q_proj", [queries, width], biases.query);
    yield* matrix("key", "self_attn.k_proj", [keys, width], biases.query);
    yield* matrix("value", "self_attn.v_proj", [keys, width], biases.query);
    yield* matrix("output", "self_attn.o_proj", [width, queries], biases.output);
    yield [`layers.${i}.mlp_norm.gain`, {
      name: `model.layers.${i}.post_attention_layernorm.weight`,
      shape: [width],
    }];
    yield* matrix("gate", "mlp.gate_proj", [hiddenWidth, width], biases.mlp);
    yield* matrix("up", "mlp.up_proj", [hiddenWidth, width], biases.mlp);
    yield* matrix("down", "mlp.down_proj", [width, hiddenWidth], biases.mlp);
  }
  yield ["final_norm.gain", { name: "model.norm.weight", shape: [width] }];
  if (!isTied) yield ["head.weight", { name: "lm_head.weight", shape: [vocabSize, width] }];
}
