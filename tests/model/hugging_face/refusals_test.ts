/**
 * Folders that are refused: each by one message that names the file, what was expected and what was
 * found, before any weights are read.
 *
 * @module
 */
// @ts-types="../../declarations/assert.d.ts"
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  checkModelFolder,
  ModelFolderError,
} from "../../../src/model/hugging_face/model_folder.ts";
import { PythonRandom } from "../../../src/random/python_random.ts";
import { inFolder } from "../../temporary_folder.ts";
import {
  type FolderVariation,
  safetensors,
  type StoredNumbers,
  tensorsOf,
  writeModelFolder,
} from "./write_model_folder.ts";

/** A folder that is refused: how it is written, what is done to it then, and what the message says. */
type Refusal = readonly [
  name: string,
  variation: FolderVariation,
  spoil: (folder: string) => void | Promise<void>,
  file: string,
  message: string,
];

const nothing = (): void => {};
const mistral = (config: Record<string, unknown>): FolderVariation => ({
  architecture: "mistral",
  config,
});
const qwen2 = (config: Record<string, unknown>): FolderVariation => ({
  architecture: "qwen2",
  config: { use_sliding_window: true, ...config },
});
const scaled = (rope_scaling: Record<string, unknown>): FolderVariation => ({
  config: { rope_scaling },
});
const write = (name: string, content: string | Uint8Array) => (folder: string): void =>
  typeof content === "string"
    ? Deno.writeTextFileSync(`${folder}/${name}`, content)
    : Deno.writeFileSync(`${folder}/${name}`, content);
/** Changes the header of a whole model. */
const spoilHeader = (change: (header: Record<string, Record<string, unknown>>) => unknown) =>
  write(
    "model.safetensors",
    safetensors(tensorsOf({}), (header) => {
      const copy = structuredClone(header) as Record<string, Record<string, unknown>>;
      return change(copy) ?? copy;
    }),
  );
const EMBEDDING = "model.embed_tokens.weight";
/** Changes what a header says of the embedding, the first tensor. */
const spoilEntry = (values: Record<string, unknown>) =>
  spoilHeader((header) => ({ ...header, [EMBEDDING]: { ...header[EMBEDDING], ...values } }));
/** Changes the file of the embedding in an index. */
const spoilIndex = (shard: unknown) => (folder: string): void => {
  const path = `${folder}/model.safetensors.index.json`;
  const index = JSON.parse(Deno.readTextFileSync(path));
  index.weight_map[EMBEDDING] = shard;
  Deno.writeTextFileSync(path, JSON.stringify(index));
};
const start = (bytes: readonly number[], length = 100): Uint8Array => {
  const file = new Uint8Array(length);
  file.set(bytes);
  return file;
};
const numbers: StoredNumbers = { type: "F32", shape: [1], numbers: [1] };
const SHARD = "model-00001-of-00002.safetensors";
const INDEX = "model.safetensors.index.json";

const settings: readonly (readonly [FolderVariation, string])[] = [
  [
    { config: { architectures: ["GPTNeoForCausalLM"], model_type: "gpt_neo" } },
    'architectures: expected one of LlamaForCausalLM, MistralForCausalLM, Qwen2ForCausalLM, GPT2LMHeadModel, MicrobeamForCausalLM, found "GPTNeoForCausalLM" (model_type "gpt_neo")',
  ],
  [
    { config: { architectures: ["LlamaForCausalLm"] } },
    'found "LlamaForCausalLm" (model_type "llama")',
  ],
  [{ config: { architectures: ["__proto__"] } }, 'found "__proto__"'],
  [{ config: { architectures: [] } }, "GPT2LMHeadModel, MicrobeamForCausalLM, found a list of 0"],
  [{ config: { architectures: 7 } }, "GPT2LMHeadModel, MicrobeamForCausalLM, found 7"],
  [
    { config: { model_type: "mistral" } },
    'model_type: expected "llama", as its architecture has it, found "mistral"',
  ],
  [
    { config: { architectures: undefined, model_type: "gemma" } },
    'model_type: expected one of llama, mistral, qwen2, gpt2, microbeam, found "gemma"',
  ],
  [
    { config: { quantization_config: { bits: 4 } } },
    "quantization_config: expected weights that are not quantized, found a map",
  ],
  [
    { config: { auto_map: { AutoModelForCausalLM: "modeling.Model" } } },
    "auto_map: expected no code of the folder's own, which is never run, found a map",
  ],
  [
    { config: { hidden_size: undefined } },
    "hidden_size: expected a whole number from 1 to 16777216, found nothing",
  ],
  [
    { config: { vocab_size: "11" } },
    'vocab_size: expected a whole number from 1 to 16777216, found "11"',
  ],
  [{ config: { num_hidden_layers: 1.5 } }, "num_hidden_layers: expected a whole number"],
  [{ config: { num_hidden_layers: -1 } }, "found -1"],
  [{ config: { intermediate_size: 1e15 } }, "intermediate_size: expected a whole number"],
  [{ config: { max_position_embeddings: 0 } }, "max_position_embeddings: expected a whole"],
  [
    { config: { num_attention_heads: 3 } },
    "num_key_value_heads: expected a number that divides num_attention_heads, 3, found 2",
  ],
  [
    { config: { num_attention_heads: 3, num_key_value_heads: 3 } },
    "num_attention_heads: expected a number that divides hidden_size, 8, where there is no head_dim",
  ],
  [
    { config: { num_key_value_heads: 4 } },
    "num_key_value_heads: expected a whole number from 1 to 2, found 4",
  ],
  [{ config: { rms_norm_eps: 0 } }, "rms_norm_eps: expected a number above 0, found 0"],
  [{ config: { rope_theta: "1e4" } }, 'rope_theta: expected a number above 0, found "1e4"'],
  [{ config: { attention_bias: 1 } }, "attention_bias: expected true or false, found 1"],
  [
    { config: { hidden_act: "gelu_fast" } },
    'hidden_act: expected one of relu, gelu, gelu_new, gelu_pytorch_tanh, silu, swish, found "gelu_fast"',
  ],
  [{ headWidth: 3, config: { head_dim: 3 } }, "expected heads of an even width"],
  [
    { config: { rope_interleaved: true } },
    "rope_interleaved: expected false: only the order of Llama is supported, found true",
  ],
  [
    { config: { partial_rotary_factor: 0.5 } },
    "partial_rotary_factor: expected rotation of whole heads: 1, found 0.5",
  ],
  [{ config: { rope_scaling: "linear" } }, 'rope_scaling: expected a map, found "linear"'],
  [
    scaled({ type: "longrope", factor: 2 }),
    'rope_scaling.type: expected one of default, linear, dynamic, llama3, yarn, found "longrope"',
  ],
  [scaled({ type: "linear" }), "rope_scaling.factor: expected a number above 0, found nothing"],
  [
    scaled({ type: "dynamic", factor: 2, original_max_position_embeddings: 8 }),
    "rope_scaling.original_max_position_embeddings: expected max_position_embeddings, 16: frequencies that change with a text are not supported, found 8",
  ],
  [
    scaled({
      rope_type: "llama3",
      factor: 8,
      low_freq_factor: 4,
      high_freq_factor: 4,
      original_max_position_embeddings: 8,
    }),
    "rope_scaling.high_freq_factor: expected more than low_freq_factor, 4, found 4",
  ],
  [
    scaled({ type: "yarn", factor: 4, original_max_position_embeddings: 8 }),
    "rope_scaling.factor: expected 2, as 16 positions over 8, found 4",
  ],
  [scaled({ type: "yarn", factor: 2, mscale: 1 }), "rope_scaling.mscale: expected nothing"],
  [
    scaled({ type: "linear", factor: 1e-320 }),
    "expected scaling with finite frequencies",
  ],
  [
    mistral({ sliding_window: 8 }),
    "sliding_window: expected at least the block size, 16, since attention over a sliding window is not supported (set models.block_size to at most 8), found 8",
  ],
  [
    mistral({ max_position_embeddings: 8192 }),
    "expected at least the block size, 8192, since attention over a sliding window is not supported (set models.block_size to at most 4096), found nothing",
  ],
  [qwen2({ sliding_window: 4, max_window_layers: 1 }), "at most 4), found 4"],
  [qwen2({ sliding_window: 4, layer_types: ["full_attention", "sliding_attention"] }), "found 4"],
  [{ config: { eos_token_id: 11 } }, "eos_token_id: expected tokens from 0 to 10, found 11"],
  [{ config: { eos_token_id: [1, "2"] } }, "eos_token_id: expected tokens from 0 to 10, found a"],
  [{ config: { bos_token_id: -1 } }, "bos_token_id: expected tokens from 0 to 10, found -1"],
  [
    { architecture: "gpt2", config: { scale_attn_by_inverse_layer_idx: true } },
    "scale_attn_by_inverse_layer_idx: expected false: this part of GPT-2 is not supported, found true",
  ],
  [{ architecture: "gpt2", config: { scale_attn_weights: false } }, "scale_attn_weights: expected"],
  [{ architecture: "gpt2", config: { n_head: 3 } }, "n_head: expected a number that divides n_e"],
];

const refusals: readonly Refusal[] = [
  ...settings.map(([variation, message]): Refusal => [
    `config.json: ${message.slice(0, 60)}`,
    variation,
    nothing,
    "config.json",
    message,
  ]),
  ["no config.json", {}, (folder) => Deno.remove(`${folder}/config.json`), "", "found none"],
  ["config.json that is a list", {}, write("config.json", "[]"), "config.json", "expected a map"],
  [
    "config.json with NaN",
    {},
    write("config.json", '{"hidden_size": NaN}'),
    "config.json",
    "expected JSON: ",
  ],
  [
    "config.json with an infinite size",
    {},
    (folder) => {
      const path = `${folder}/config.json`;
      const text = Deno.readTextFileSync(path);
      Deno.writeTextFileSync(path, text.replace('"hidden_size": 8', '"hidden_size": 1e999'));
    },
    "config.json",
    "hidden_size: expected a whole number from 1 to 16777216, found Infinity",
  ],
  [
    "config.json that is no UTF-8",
    {},
    write("config.json", Uint8Array.of(0x7b, 0xff)),
    "config.json",
    "expected JSON: ",
  ],
  [
    "config.json of 5 MB",
    {},
    write("config.json", " ".repeat(5e6)),
    "config.json",
    "expected at most 4.2 MB, found 5 MB",
  ],
  [
    "generation_config.json with a stop that is no token",
    { generation: { eos_token_id: 99 } },
    nothing,
    "generation_config.json",
    "eos_token_id: expected tokens from 0 to 10, found 99",
  ],
  [
    "config.json that is a link in a circle",
    {},
    (folder) => {
      Deno.removeSync(`${folder}/config.json`);
      Deno.symlinkSync("config.json", `${folder}/config.json`);
    },
    "config.json",
    "",
  ],
  [
    "no weights",
    {},
    (folder) => Deno.remove(`${folder}/model.safetensors`),
    "",
    "expected model.safetensors or model.safetensors.index.json",
  ],
  [
    "a pickle in place of weights",
    {},
    (folder) => Deno.rename(`${folder}/model.safetensors`, `${folder}/pytorch_model.bin`),
    "",
    'found "pytorch_model.bin": a pickle, which can run any code when it is loaded; save the model as safetensors',
  ],
  [
    "GGUF in place of weights",
    {},
    (folder) => Deno.rename(`${folder}/model.safetensors`, `${folder}/model.gguf`),
    "",
    "found GGUF, which is not supported",
  ],
  [
    "a pickle that is called safetensors",
    {},
    write("model.safetensors", start([0x50, 0x4b, 3, 4])),
    "model.safetensors",
    "expected safetensors, found a pickle, which can run any code",
  ],
  [
    "an old pickle that is called safetensors",
    {},
    write("model.safetensors", start([0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46])),
    "model.safetensors",
    "found a pickle",
  ],
  [
    "a pointer of Git LFS",
    {},
    write("model.safetensors", "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n"),
    "model.safetensors",
    "it is a pointer of Git LFS in place of the file",
  ],
  [
    "weights that are a folder",
    {},
    (folder) => {
      Deno.removeSync(`${folder}/model.safetensors`);
      Deno.mkdirSync(`${folder}/model.safetensors`);
    },
    "model.safetensors",
    "expected a file, found a folder",
  ],
  [
    "weights of no bytes",
    {},
    write("model.safetensors", ""),
    "model.safetensors",
    "found a file of 0 bytes",
  ],
  [
    "a header of 2^63 bytes",
    {},
    write("model.safetensors", start([0, 0, 0, 0, 0, 0, 0, 0x7f])),
    "model.safetensors",
    "with a header of at most 100000000 bytes, found 9151314442816847872",
  ],
  [
    "a header longer than its file",
    {},
    write("model.safetensors", start([200])),
    "model.safetensors",
    "expected a header of 200 bytes, found 92 behind its length",
  ],
  [
    "a header of nothing",
    {},
    write("model.safetensors", start([0], 8)),
    "model.safetensors",
    "expected JSON",
  ],
  [
    "weights cut off",
    {},
    (folder) => {
      const path = `${folder}/model.safetensors`;
      Deno.truncateSync(path, Deno.statSync(path).size - 4);
    },
    "model.safetensors",
    "as its header says, found",
  ],
  [
    "weights with more behind them",
    {},
    (folder) => Deno.writeFile(`${folder}/model.safetensors`, new Uint8Array(4), { append: true }),
    "model.safetensors",
    "as its header says, found",
  ],
  [
    "tensors that overlap",
    {},
    spoilHeader((header) => {
      header["model.layers.0.input_layernorm.weight"] = {
        dtype: "F32",
        shape: [8],
        data_offsets: [320, 352],
      };
    }),
    "model.safetensors",
    'expected tensor "model.layers.0.input_layernorm.weight" to begin at byte 352 of the numbers, where the one before it ends, found 320',
  ],
  [
    "a gap between tensors",
    {},
    spoilHeader((header) => {
      delete header["model.layers.0.input_layernorm.weight"];
    }),
    "model.safetensors",
    "to begin at byte 352 of the numbers, where the one before it ends, found 384",
  ],
  [
    "a tensor that is no map",
    {},
    spoilHeader((header) => ({ ...header, [EMBEDDING]: 7 })),
    "model.safetensors",
    `tensor "${EMBEDDING}": expected a map with dtype, shape and data_offsets, found 7`,
  ],
  ...[
    [{ dtype: "Q4" }, "dtype: expected one of F64, F32, F16, BF16, "],
    [{ dtype: "constructor" }, 'BOOL, found "constructor"'],
    [
      { dtype: "I32" },
      `tensor ${EMBEDDING}: expected numbers of the type F32, F16 or BF16, found I32`,
    ],
    [
      { shape: [8, 11] },
      `tensor ${EMBEDDING}: expected the shape [11, 8], as config.json has it, found [8, 11]`,
    ],
    [{ shape: [88] }, "expected the shape [11, 8], as config.json has it, found [88]"],
    [{ shape: [-11, -8] }, "shape: expected a list of at most 8 whole numbers, found [-11,-8]"],
    [{ shape: [2 ** 40, 2 ** 40] }, "shape: expected fewer numbers, found [1099511627776,"],
    [{ shape: [1.5] }, "shape: expected a list of at most 8 whole numbers, found [1.5]"],
    [{ shape: "8" }, 'shape: expected a list of at most 8 whole numbers, found "8"'],
    [{ data_offsets: [0] }, "data_offsets: expected two whole numbers, found [0]"],
    [{ data_offsets: [-4, 348] }, "data_offsets: expected two whole numbers, found [-4,348]"],
    [{ data_offsets: [352, 0] }, "data_offsets: expected 352 bytes for F32 [11,8], found [352,0]"],
    [{ data_offsets: [0, 351] }, "data_offsets: expected 352 bytes for F32 [11,8], found [0,351]"],
    [{ data_offsets: [0, 353] }, "data_offsets: expected 352 bytes for F32 [11,8], found [0,353]"],
    [{ data_offsets: [0, null] }, "data_offsets: expected two whole numbers, found [0,nothing]"],
  ].map(([values, message]): Refusal => [
    `the embedding with ${JSON.stringify(values)}`,
    {},
    spoilEntry(values as Record<string, unknown>),
    "model.safetensors",
    message as string,
  ]),
  [
    "a tensor that is missing",
    { tensors: { "model.layers.1.mlp.up_proj.weight": undefined } },
    nothing,
    "",
    "expected tensor model.layers.1.mlp.up_proj.weight, [12, 8], found none of that name among 20",
  ],
  [
    "a bias that is missing",
    { architecture: "qwen2", tensors: { "model.layers.0.self_attn.k_proj.bias": undefined } },
    nothing,
    "",
    "expected tensor model.layers.0.self_attn.k_proj.bias, [8], found none",
  ],
  [
    "a head that is missing",
    { config: { tie_word_embeddings: false }, isTied: true },
    nothing,
    "",
    "expected tensor lm_head.weight, [11, 8], found none",
  ],
  [
    "more layers than there are",
    { config: { num_hidden_layers: 65_536 } },
    nothing,
    "",
    "expected tensor model.layers.2.input_layernorm.weight, [8], found none",
  ],
  [
    "fewer layers than there are",
    { config: { num_hidden_layers: 1 } },
    nothing,
    "model.safetensors",
    'expected only tensors that config.json has a place for, found "model.layers.1.input_layernorm.weight"',
  ],
  [
    "a tensor of another kind of model",
    { tensors: { "model.layers.0.self_attn.q_norm.weight": numbers } },
    nothing,
    "model.safetensors",
    'expected only tensors that config.json has a place for, found "model.layers.0.self_attn.q_norm.weight"',
  ],
  [
    "a tensor with a name that a terminal would obey",
    { tensors: { "\x1b[2J": numbers } },
    nothing,
    "model.safetensors",
    'found "\\u001b[2J"',
  ],
  [
    "a tensor with the name of every object's prototype",
    {},
    write(
      "model.safetensors",
      safetensors(
        tensorsOf({ tensors: { x: numbers } }),
        (header) => JSON.parse(JSON.stringify(header).replace('"x":', '"__proto__":')),
      ),
    ),
    "model.safetensors",
    'found "__proto__"',
  ],
  ...["../outside.safetensors", "/etc/passwd", "a/b.safetensors", "a\\b.safetensors", "..", "", 7]
    .map((shard): Refusal => [
      `an index that names ${JSON.stringify(shard)}`,
      { shards: 2 },
      spoilIndex(shard),
      INDEX,
      `weight_map: tensor "${EMBEDDING}": expected the name of a .safetensors file in the folder, found ${
        JSON.stringify(shard)
      }`,
    ]),
  [
    "an index without a map",
    { shards: 2 },
    write(INDEX, '{"weight_map": ["a"]}'),
    INDEX,
    "weight_map: expected a map, found a list of 1",
  ],
  [
    "an index that names a shard that is not there",
    { shards: 2 },
    spoilIndex("model-3.safetensors"),
    "model-3.safetensors",
    "there is no such file, which model.safetensors.index.json names",
  ],
  [
    "an index that names a tensor's file wrongly",
    { shards: 2 },
    spoilIndex("model-00002-of-00002.safetensors"),
    SHARD,
    `expected only tensors that model.safetensors.index.json says it has, found "${EMBEDDING}"`,
  ],
  [
    "an index with a tensor that its shard lacks",
    { shards: 2 },
    (folder) => {
      const path = `${folder}/${INDEX}`;
      const index = JSON.parse(Deno.readTextFileSync(path));
      index.weight_map.extra = SHARD;
      Deno.writeTextFileSync(path, JSON.stringify(index));
    },
    SHARD,
    'expected tensor "extra", as model.safetensors.index.json says, found none',
  ],
  [
    "a shard cut off",
    { shards: 2 },
    (folder) => {
      const path = `${folder}/${SHARD}`;
      Deno.truncateSync(path, Deno.statSync(path).size - 4);
    },
    SHARD,
    "it is cut off, or was not fetched to its end",
  ],
];

for (const [name, variation, spoil, file, message] of refusals) {
  Deno.test(`checkModelFolder: refused: ${name}`, () =>
    inFolder(async (folder) => {
      await writeModelFolder(folder, variation);
      await spoil(folder);
      const error = await assertRejects(() => checkModelFolder(folder), ModelFolderError);
      const path = file === "" ? folder : `${folder}/${file}`;
      assert(error.message.startsWith(`cannot use ${path}: `), error.message);
      assert(error.message.includes(message), `${error.message}\n${message}`);
      assertEquals(error.message.split("\n").length, 1);
    }));
}

Deno.test("checkModelFolder: refused: no folder, and a file", () =>
  inFolder(async (folder) => {
    await assertRejects(
      () => checkModelFolder(`${folder}/a`),
      ModelFolderError,
      `cannot use ${folder}/a: there is no such folder`,
    );
    await Deno.writeTextFile(`${folder}/a`, "");
    await assertRejects(
      () => checkModelFolder(`${folder}/a`),
      ModelFolderError,
      "expected a folder",
    );
    await Deno.symlink("nowhere", `${folder}/b`);
    await assertRejects(() => checkModelFolder(`${folder}/b`), ModelFolderError, "leads nowhere");
  }));

Deno.test("checkModelFolder: windows of attention that change nothing are read", () =>
  inFolder(async (folder) => {
    for (
      const variation of [
        mistral({ sliding_window: 16 }),
        mistral({ sliding_window: null, max_position_embeddings: 8192 }),
        qwen2({ sliding_window: 4, max_window_layers: 2 }),
        qwen2({ sliding_window: 4, use_sliding_window: false }),
        qwen2({ sliding_window: 4, layer_types: ["full_attention", "full_attention"] }),
      ]
    ) {
      await writeModelFolder(folder, variation);
      await checkModelFolder(folder);
    }
    await writeModelFolder(folder, mistral({ sliding_window: 8 }));
    await checkModelFolder(folder, { blockSize: 8 });
  }));

Deno.test("checkModelFolder: files with a few bytes changed are read, or refused by one message (400 changes, seeded)", () =>
  inFolder(async (folder) => {
    const random = new PythonRandom(3);
    const below = (end: number): number => Math.floor(random.random() * end);
    await writeModelFolder(folder, { shards: 2, generation: { eos_token_id: [1, 2] } });
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    const originals = new Map(names.map((name) => [name, Deno.readFileSync(`${folder}/${name}`)]));
    let refused = 0;
    for (let i = 0; i < 400; i++) {
      const name = names[i % names.length] ?? "";
      const original = originals.get(name) ?? new Uint8Array();
      const bytes = original.slice(0, random.random() < 0.2 ? below(original.length) : undefined);
      for (let change = below(4); change >= 0; change--) {
        // Digits, quotes and brackets, among them, change what JSON means.
        const byte = random.random() < 0.5
          ? below(256)
          : '0123456789"[]{},:-e.'.charCodeAt(below(20));
        bytes[below(Math.min(bytes.length, 2000))] = byte;
      }
      Deno.writeFileSync(`${folder}/${name}`, bytes);
      try {
        const { transformer } = await checkModelFolder(folder);
        for (const tensor of transformer.tensorNames) transformer.tensor(tensor)?.numbers();
      } catch (error) {
        assert(error instanceof ModelFolderError, `${name}, change ${i}: ${error}`);
        assertEquals(error.message.split("\n").length, 1);
        refused++;
      }
      Deno.writeFileSync(`${folder}/${name}`, original);
    }
    assert(refused > 200 && refused < 400, `${refused} refused`);
  }));
