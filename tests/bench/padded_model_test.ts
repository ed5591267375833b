// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
// @ts-types="../declarations/path.d.ts"
import { join } from "@std/path";
import { openModelFolder } from "../../src/model/hugging_face/model_folder.ts";
import type { LanguageModel } from "../../src/model/language_model.ts";
import { ReferenceTransformer } from "../../src/model/reference/reference_transformer.ts";
import { firstLayers } from "../../src/model/transformer.ts";
import { CounterStream } from "../../src/random/counter_stream.ts";
import { inFolder } from "../temporary_folder.ts";
import { writePaddedFolder } from "./padded_folder.ts";
import type { LlamaConfig } from "./padded_model.ts";

const small: LlamaConfig = {
  hidden_size: 8,
  intermediate_size: 12,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 2,
  vocab_size: 11,
  rms_norm_eps: 1e-5,
  rope_theta: 10_000,
};

/** Writes a small model of noise. */
function writeSmall(folder: string): void {
  const random = CounterStream.fromSeed(7);
  const { hidden_size: C, intermediate_size: F, vocab_size: V } = small;
  const [Q, K] = [
    small.num_attention_heads * small.head_dim,
    small.num_key_value_heads * small.head_dim,
  ];
  const shapes: [string, number[]][] = [
    ["model.embed_tokens.weight", [V, C]],
    ...[0, 1].flatMap((layer): [string, number[]][] => {
      const prefix = `model.layers.${layer}.`;
      return [
        [`${prefix}input_layernorm.weight`, [C]],
        [`${prefix}self_attn.q_proj.weight`, [Q, C]],
        [`${prefix}self_attn.k_proj.weight`, [K, C]],
        [`${prefix}self_attn.v_proj.weight`, [K, C]],
        [`${prefix}self_attn.o_proj.weight`, [C, Q]],
        [`${prefix}post_attention_layernorm.weight`, [C]],
        [`${prefix}mlp.gate_proj.weight`, [F, C]],
        [`${prefix}mlp.up_proj.weight`, [F, C]],
        [`${prefix}mlp.down_proj.weight`, [C, F]],
      ];
    }),
    ["model.norm.weight", [C]],
  ];
  const header: Record<string, unknown> = {};
  let end = 0;
  const parts = shapes.map(([name, shape]) => {
    const data = Float32Array.from(
      { length: shape.reduce((all, size) => all * size, 1) },
      () => 2 * random.next() - 1,
    );
    header[name] = { dtype: "F32", shape, data_offsets: [end, end += data.byteLength] };
    return new Uint8Array(data.buffer);
  });
  const text = JSON.stringify(header);
  const head = new TextEncoder().encode(text.padEnd(Math.ceil(text.length / 8) * 8));
  const bytes = new Uint8Array(8 + head.length + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(head.length), true);
  bytes.set(head, 8);
  let at = 8 + head.length;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  Deno.writeFileSync(join(folder, "model.safetensors"), bytes);
  const config = {
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    ...small,
    hidden_act: "silu",
    max_position_embeddings: 32,
    tie_word_embeddings: true,
    bos_token_id: 1,
    eos_token_id: 2,
  };
  Deno.writeTextFileSync(join(folder, "config.json"), JSON.stringify(config));
}

const TEXT = [1, 5, 3, 9, 0, 7, 7, 4, 10, 2, 6, 8];

function logitsOf(model: LanguageModel): Float64Array {
  const sequence = model.open();
  const [logits] = model.forward([{ sequence, tokens: TEXT, rows: TEXT.length }]);
  sequence.close();
  return logits ?? new Float64Array();
}

function largestDifference(one: Float64Array, other: Float64Array): number {
  assertEquals(one.length, other.length);
  return one.reduce((most, value, i) => Math.max(most, Math.abs(value - (other[i] ?? NaN))), 0);
}

Deno.test("writePaddedFolder: the large model computes what the small one does, and its first layers what the small one's do (f64 forward, 1e-5)", () =>
  inFolder(async (folder) => {
    const [little, padded] = [`${folder}/small`, `${folder}/padded`];
    Deno.mkdirSync(little);
    writeSmall(little);
    // The layers of the small one are the first and the last.
    const sizes = { width: 20, headWidth: 6, heads: 8, hiddenWidth: 17, layers: 4, places: [0, 3] };
    const parameters = await writePaddedFolder(little, sizes, padded);
    const [own, large] = await Promise.all([little, padded].map((path) => openModelFolder(path)));
    assert(own !== undefined && large !== undefined);
    const { transformer } = large;
    assertEquals(
      parameters,
      transformer.tensorNames.filter((name) => name !== "head.weight").reduce(
        (sum, name) =>
          sum + (transformer.tensor(name)?.shape ?? []).reduce((all, size) => all * size, 1),
        0,
      ),
    );
    const whole = logitsOf(new ReferenceTransformer(own.transformer));
    // Weights and scales are rounded to f32: 6e-8 of numbers of about 10.
    assert(largestDifference(whole, logitsOf(new ReferenceTransformer(transformer))) < 1e-5);
    const exit = logitsOf(new ReferenceTransformer(firstLayers(own.transformer, 1)));
    const largeExit = logitsOf(new ReferenceTransformer(firstLayers(transformer, 1)));
    assert(largestDifference(exit, largeExit) < 1e-5);
    // The layer that is left out counts: both are not the same model.
    assert(largestDifference(whole, exit) > 0.1);
  }));
