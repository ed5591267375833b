/**
 * Our own models in Hugging Face's form: `config.json` with a type of ours, `generation_config.json`, and
 * the names of tensors, which are those of `transformer.ts`. What is written here is read here.
 *
 * Letters: as in `transformer.ts`.
 *
 * @module
 */
import type { Token } from "../language_model.ts";
import { ownTensors, ownTransformerSpec, type TransformerSpec } from "../transformer.ts";
import { blockSizeOf, type ModelDescription, MOST, type StoredTensor } from "./description.ts";
import { isObject, type JsonObject } from "./json_object.ts";

/** The architecture of our own models, by its name in a `config.json`. */
export const OWN_ARCHITECTURE = "MicrobeamForCausalLM";
/** Its `model_type`: none of Hugging Face's library. */
export const OWN_MODEL_TYPE = "microbeam";

/** `config.json` of a model of ours, of which `bos` begins and ends every text. */
export function ownConfig(
  spec: TransformerSpec,
  { bos, type }: { readonly bos: Token; readonly type: "float32" | "float64" },
): Readonly<Record<string, string | number | boolean | readonly string[]>> {
  return {
    architectures: [OWN_ARCHITECTURE],
    model_type: OWN_MODEL_TYPE,
    vocab_size: spec.vocabSize,
    max_position_embeddings: spec.blockSize,
    hidden_size: spec.width,
    num_hidden_layers: spec.layers,
    num_attention_heads: spec.heads,
    ...partsOf(spec),
    bos_token_id: bos,
    eos_token_id: bos,
    torch_dtype: type,
  };
}

/** Whether `config`, which may be anything, says that it is of a model of ours. */
export function isOwnConfig(config: unknown): boolean {
  return isObject(config) && config["model_type"] === OWN_MODEL_TYPE;
}

/** What follows from the sizes, and the parts that all of our models have. */
function partsOf(spec: TransformerSpec): Readonly<Record<string, string | number | boolean>> {
  return {
    num_key_value_heads: spec.keyValueHeads,
    head_dim: spec.headWidth,
    intermediate_size: spec.hiddenWidth,
    norm: spec.norm.kind,
    rms_norm_eps: spec.norm.epsilon,
    norm_gain: false,
    embedding_norm: spec.hasEmbeddingNorm,
    final_norm: spec.hasFinalNorm,
    position_embedding_type: spec.positions === "learned" ? "learned" : "rotary",
    hidden_act: spec.activation,
    gated_mlp: spec.isGated,
    attention_bias: false,
    mlp_bias: false,
    tie_word_embeddings: false,
  };
}

/** A model of the architecture {@linkcode OWN_ARCHITECTURE}. */
export function ownModel(config: JsonObject, asked: number | undefined): ModelDescription {
  const { blockSize, maxPositions } = blockSizeOf(config, "max_position_embeddings", asked);
  const nEmbd = config.integer("hidden_size", 1, MOST.width);
  const nHead = config.integer("num_attention_heads", 1, MOST.heads);
  if (nEmbd % nHead !== 0) {
    throw config.error(
      "num_attention_heads",
      `expected a number that divides hidden_size, ${nEmbd}`,
    );
  }
  const vocabSize = config.integer("vocab_size", 1, MOST.tokens);
  const nLayer = config.integer("num_hidden_layers", 1, MOST.layers);
  const spec = ownTransformerSpec({ vocabSize, blockSize, nEmbd, nHead, nLayer });
  for (const [name, expected] of Object.entries(partsOf(spec))) {
    if (config.value(name) === expected) continue;
    throw config.error(name, `expected ${JSON.stringify(expected)}, as all of our models have it`);
  }
  return {
    spec,
    maxPositions,
    tensors: () => tensors(spec, maxPositions),
    isUnused: () => false,
  };
}

/** Its tensors: the names of `transformer.ts`, whose table of positions is as long as the model's. */
function* tensors(
  spec: TransformerSpec,
  maxPositions: number,
): Generator<readonly [string, StoredTensor]> {
  for (const { name, shape } of ownTensors({ ...spec, blockSize: maxPositions })) {
    const first = { first: 0, count: spec.blockSize };
    yield [name, {
      name,
      shape,
      ...name === "position_embedding.weight" ? { outputs: first } : {},
    }];
  }
}
