/**
 * Tiny random models in Hugging Face's form, in every variation that is read: for tests of all that
 * takes a folder.
 *
 * @module
 */
import { PythonRandom } from "../../../src/random/python_random.ts";

/** A tensor to write. */
export interface StoredNumbers {
  readonly type: "F64" | "F32" | "F16" | "BF16";
  readonly shape: readonly number[];
  readonly numbers: readonly number[];
}

/** How a model is to be; whatever is left out is small and plain. */
export interface FolderVariation {
  /** By default Llama's kind. */
  readonly architecture?: keyof typeof ARCHITECTURES;
  /** By default F32. */
  readonly type?: StoredNumbers["type"];
  readonly vocabSize?: number;
  readonly width?: number;
  readonly layers?: number;
  readonly heads?: number;
  readonly keyValueHeads?: number;
  readonly headWidth?: number;
  readonly hiddenWidth?: number;
  readonly positions?: number;
  /** Whether the head is the embedding; by default as the architecture has it. */
  readonly isTied?: boolean;
  /** What goes before the names of GPT-2's tensors: by default `transformer.`. */
  readonly prefix?: "" | "transformer.";
  /** Files that the tensors are shared out among, with an index; by default one, without. */
  readonly shards?: number;
  /** Laid over `config.json`; `undefined` takes a setting away. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** `generation_config.json`, where there is to be one. */
  readonly generation?: Readonly<Record<string, unknown>>;
  /** Tensors to add, or to write in place of others; `undefined` takes one away. */
  readonly tensors?: Readonly<Record<string, StoredNumbers | undefined>>;
  /** By default 1. */
  readonly seed?: number;
}

const ARCHITECTURES = {
  llama: "LlamaForCausalLM",
  mistral: "MistralForCausalLM",
  qwen2: "Qwen2ForCausalLM",
  gpt2: "GPT2LMHeadModel",
} as const;

const LLAMA3 = {
  rope_type: "llama3",
  factor: 8,
  low_freq_factor: 1,
  high_freq_factor: 4,
  original_max_position_embeddings: 8,
};
const YARN = { rope_type: "yarn", factor: 4, original_max_position_embeddings: 4 };

/** Every variation that is read, by what is varied. */
export const variations: Readonly<Record<string, FolderVariation>> = {
  "llama": {},
  "llama, head tied": { isTied: true },
  "llama, f16": { type: "F16" },
  "llama, bf16": { type: "BF16" },
  "llama, one layer, one head": { layers: 1, heads: 1 },
  "llama, heads in groups": { width: 24, heads: 6, keyValueHeads: 2 },
  "llama, one head of keys": { width: 16, heads: 4, keyValueHeads: 1 },
  "llama, wide heads": { headWidth: 6, config: { head_dim: 6 } },
  "llama, biases of attention": { config: { attention_bias: true } },
  "llama, biases of the MLP": { config: { mlp_bias: true } },
  "llama, three shards": { shards: 3 },
  "llama, gelu, another base and epsilon": {
    config: { hidden_act: "gelu", rope_theta: 500, rms_norm_eps: 1e-3 },
  },
  "llama, rope_parameters": {
    config: { rope_theta: undefined, rope_parameters: { rope_type: "default", rope_theta: 300 } },
  },
  "llama, linear scaling": { config: { rope_scaling: { type: "linear", factor: 2.5 } } },
  "llama, dynamic scaling": { config: { rope_scaling: { type: "dynamic", factor: 4 } } },
  "llama, llama3 scaling": {
    width: 16,
    config: { rope_theta: 30, rope_scaling: LLAMA3 },
  },
  "llama, yarn scaling": {
    width: 32,
    config: { rope_theta: 30, rope_scaling: { ...YARN, beta_fast: 1, beta_slow: 0.1 } },
  },
  "mistral": { architecture: "mistral", config: { sliding_window: null } },
  "mistral, a window as long as the block": {
    architecture: "mistral",
    config: { sliding_window: 16 },
  },
  "qwen2": { architecture: "qwen2" },
  "qwen2, head tied": { architecture: "qwen2", isTied: true },
  "gpt2": { architecture: "gpt2" },
  "gpt2, names of the trunk alone": { architecture: "gpt2", prefix: "" },
  "gpt2, a head of its own": { architecture: "gpt2", isTied: false },
  "gpt2, f16": { architecture: "gpt2", type: "F16" },
  "gpt2, two shards": { architecture: "gpt2", shards: 2 },
  "gpt2, a narrow MLP of relu": {
    architecture: "gpt2",
    hiddenWidth: 5,
    config: { n_inner: 5, activation_function: "relu" },
  },
};

/** Writes a model into `folder`, which must be there. */
export async function writeModelFolder(
  folder: string,
  variation: FolderVariation = {},
): Promise<void> {
  const { shards = 1, config, generation } = variation;
  const json = (name: string, value: unknown): Promise<void> =>
    Deno.writeTextFile(`${folder}/${name}`, JSON.stringify(value, null, 2));
  await json("config.json", { ...configOf(variation), ...config });
  if (generation !== undefined) await json("generation_config.json", generation);
  const tensors = tensorsOf(variation);
  if (shards === 1) {
    await Deno.writeFile(`${folder}/model.safetensors`, safetensors(tensors));
    return;
  }
  const number = (shard: number): string => String(shard).padStart(5, "0");
  const nameOf = (shard: number): string =>
    `model-${number(shard + 1)}-of-${number(shards)}.safetensors`;
  const weightMap: Record<string, string> = {};
  for (let shard = 0; shard < shards; shard++) {
    const own = [...tensors].filter((_, i) => i % shards === shard);
    for (const [name] of own) weightMap[name] = nameOf(shard);
    await Deno.writeFile(`${folder}/${nameOf(shard)}`, safetensors(new Map(own)));
  }
  await json("model.safetensors.index.json", {
    metadata: { total_size: 0 },
    weight_map: weightMap,
  });
}

/** `variation` with all its sizes. */
function sizesOf(variation: FolderVariation) {
  const { architecture = "llama", width = 8, heads = 2 } = variation;
  const isGpt2 = architecture === "gpt2";
  return {
    architecture,
    isGpt2,
    vocabSize: variation.vocabSize ?? 11,
    width,
    layers: variation.layers ?? 2,
    heads,
    keyValueHeads: variation.keyValueHeads ?? heads,
    headWidth: variation.headWidth ?? width / heads,
    hiddenWidth: variation.hiddenWidth ?? (isGpt2 ? 4 * width : 12),
    positions: variation.positions ?? 16,
    isTied: variation.isTied ?? isGpt2,
  };
}

function configOf(variation: FolderVariation): Record<string, unknown> {
  const sizes = sizesOf(variation);
  const common = {
    architectures: [ARCHITECTURES[sizes.architecture]],
    model_type: sizes.architecture,
    vocab_size: sizes.vocabSize,
    tie_word_embeddings: sizes.isTied,
    bos_token_id: 0,
    eos_token_id: sizes.vocabSize - 1,
  };
  if (sizes.isGpt2) {
    return {
      ...common,
      n_embd: sizes.width,
      n_layer: sizes.layers,
      n_head: sizes.heads,
      n_positions: sizes.positions,
      n_inner: null,
      activation_function: "gelu_new",
      layer_norm_epsilon: 1e-5,
    };
  }
  return {
    ...common,
    hidden_size: sizes.width,
    intermediate_size: sizes.hiddenWidth,
    num_hidden_layers: sizes.layers,
    num_attention_heads: sizes.heads,
    num_key_value_heads: sizes.keyValueHeads,
    max_position_embeddings: sizes.positions,
    hidden_act: "silu",
    rms_norm_eps: 1e-5,
    rope_theta: 10_000,
    rope_scaling: null,
  };
}

/** The random tensors of a model, large enough that every part matters. */
export function tensorsOf(variation: FolderVariation): Map<string, StoredNumbers> {
  const sizes = sizesOf(variation);
  const { type = "F32", seed = 1 } = variation;
  const random = new PythonRandom(seed);
  const tensors = new Map<string, StoredNumbers>();
  const add = (name: string, shape: readonly number[], mean = 0, deviation = 0.5): void => {
    const count = shape.reduce((product, length) => product * length, 1);
    const numbers = Array.from({ length: count }, () => random.gauss(mean, deviation));
    tensors.set(name, { type, shape, numbers });
  };
  (sizes.isGpt2 ? addGpt2 : addLlama)(sizes, variation, add);
  for (const [name, tensor] of Object.entries(variation.tensors ?? {})) {
    if (tensor === undefined) tensors.delete(name);
    else tensors.set(name, tensor);
  }
  return tensors;
}

type Add = (name: string, shape: readonly number[], mean?: number, deviation?: number) => void;

function addLlama(sizes: ReturnType<typeof sizesOf>, variation: FolderVariation, add: Add): void {
  const { vocabSize, width, layers, heads, keyValueHeads, headWidth, hiddenWidth } = sizes;
  const isSet = (name: string): boolean => variation.config?.[name] === true;
  const matrix = (name: string, shape: readonly [number, number], hasBias: boolean): void => {
    add(`${name}.weight`, shape);
    if (hasBias) add(`${name}.bias`, [shape[0]]);
  };
  add("model.embed_tokens.weight", [vocabSize, width]);
  for (let i = 0; i < layers; i++) {
    const layer = `model.layers.${i}`;
    const hasBias = sizes.architecture === "qwen2" || isSet("attention_bias");
    add(`${layer}.input_layernorm.weight`, [width], 1, 0.2);
    matrix(`${layer}.self_attn.q_proj`, [heads * headWidth, width], hasBias);
    matrix(`${layer}.self_attn.k_proj`, [keyValueHeads * headWidth, width], hasBias);
    matrix(`${layer}.self_attn.v_proj`, [keyValueHeads * headWidth, width], hasBias);
    matrix(`${layer}.self_attn.o_proj`, [width, heads * headWidth], isSet("attention_bias"));
    add(`${layer}.post_attention_layernorm.weight`, [width], 1, 0.2);
    matrix(`${layer}.mlp.gate_proj`, [hiddenWidth, width], isSet("mlp_bias"));
    matrix(`${layer}.mlp.up_proj`, [hiddenWidth, width], isSet("mlp_bias"));
    matrix(`${layer}.mlp.down_proj`, [width, hiddenWidth], isSet("mlp_bias"));
  }
  add("model.norm.weight", [width], 1, 0.2);
  if (!sizes.isTied) add("lm_head.weight", [vocabSize, width]);
}

function addGpt2(sizes: ReturnType<typeof sizesOf>, variation: FolderVariation, add: Add): void {
  const { vocabSize, width, layers, hiddenWidth, positions } = sizes;
  const { prefix = "transformer." } = variation;
  const matrix = (name: string, shape: readonly [number, number]): void => {
    add(`${prefix}${name}.weight`, shape);
    add(`${prefix}${name}.bias`, [shape[1]]);
  };
  const norm = (name: string): void => {
    add(`${prefix}${name}.weight`, [width], 1, 0.2);
    add(`${prefix}${name}.bias`, [width], 0, 0.2);
  };
  add(`${prefix}wte.weight`, [vocabSize, width]);
  add(`${prefix}wpe.weight`, [positions, width]);
  for (let i = 0; i < layers; i++) {
    norm(`h.${i}.ln_1`);
    matrix(`h.${i}.attn.c_attn`, [width, 3 * width]);
    matrix(`h.${i}.attn.c_proj`, [width, width]);
    norm(`h.${i}.ln_2`);
    matrix(`h.${i}.mlp.c_fc`, [width, hiddenWidth]);
    matrix(`h.${i}.mlp.c_proj`, [hiddenWidth, width]);
    // The mask that old versions saved.
    if (i === 0) add(`${prefix}h.${i}.attn.bias`, [1, 1, positions, positions]);
  }
  norm("ln_f");
  if (!sizes.isTied) add("lm_head.weight", [vocabSize, width]);
}

/** The bytes of a file in the form `safetensors`; `change` may spoil its header. */
export function safetensors(
  tensors: ReadonlyMap<string, StoredNumbers>,
  change: (header: Record<string, unknown>) => unknown = (header) => header,
): Uint8Array<ArrayBuffer> {
  const header: Record<string, unknown> = { __metadata__: { format: "pt" } };
  const parts: Uint8Array[] = [];
  let end = 0;
  for (const [name, { type, shape, numbers }] of tensors) {
    const bytes = bytesOf(type, numbers);
    header[name] = { dtype: type, shape, data_offsets: [end, end + bytes.length] };
    parts.push(bytes);
    end += bytes.length;
  }
  const text = new TextEncoder().encode(JSON.stringify(change(header)));
  const length = 8 * Math.ceil(text.length / 8);
  const file = new Uint8Array(8 + length + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(length), true);
  file.fill(0x20, 8, 8 + length);
  file.set(text, 8);
  let at = 8 + length;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}

function bytesOf(type: StoredNumbers["type"], numbers: readonly number[]): Uint8Array {
  switch (type) {
    case "F64":
      return new Uint8Array(Float64Array.from(numbers).buffer);
    case "F32":
      return new Uint8Array(Float32Array.from(numbers).buffer);
    case "F16":
      return new Uint8Array(Float16Array.from(numbers).buffer);
    case "BF16": {
      const words = new Uint32Array(Float32Array.from(numbers).buffer);
      return new Uint8Array(Uint16Array.from(words, (word) => word >>> 16).buffer);
    }
  }
}
