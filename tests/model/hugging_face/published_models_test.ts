/**
 * The sizes in the `config.json` of models that people have, whose numbers of parameters are published.
 *
 * @module
 */
// @ts-types="../../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import { describedBy } from "../../../src/model/hugging_face/architectures.ts";
import { JsonObject } from "../../../src/model/hugging_face/json_object.ts";

const llama = { architectures: ["LlamaForCausalLM"], model_type: "llama", hidden_act: "silu" };
const gpt2 = (n_embd: number, n_layer: number, n_head: number) => ({
  architectures: ["GPT2LMHeadModel"],
  model_type: "gpt2",
  activation_function: "gelu_new",
  vocab_size: 50257,
  n_ctx: 1024,
  n_positions: 1024,
  n_embd,
  n_layer,
  n_head,
});

/** A config, and the parameters of the model. */
const models: Readonly<Record<string, readonly [Readonly<Record<string, unknown>>, number]>> = {
  "SmolLM2-135M": [{
    ...llama,
    hidden_size: 576,
    intermediate_size: 1536,
    num_hidden_layers: 30,
    num_attention_heads: 9,
    num_key_value_heads: 3,
    vocab_size: 49152,
    max_position_embeddings: 8192,
    rope_theta: 100000,
    rope_interleaved: false,
    rope_scaling: null,
    tie_word_embeddings: true,
    pretraining_tp: 1,
  }, 134_515_008],
  "SmolLM2-360M": [{
    ...llama,
    hidden_size: 960,
    intermediate_size: 2560,
    num_hidden_layers: 32,
    num_attention_heads: 15,
    num_key_value_heads: 5,
    vocab_size: 49152,
    max_position_embeddings: 8192,
    tie_word_embeddings: true,
  }, 361_821_120],
  "TinyLlama-1.1B": [{
    ...llama,
    hidden_size: 2048,
    intermediate_size: 5632,
    num_hidden_layers: 22,
    num_attention_heads: 32,
    num_key_value_heads: 4,
    vocab_size: 32000,
    max_position_embeddings: 2048,
    tie_word_embeddings: false,
  }, 1_100_048_384],
  "Llama-3.2-1B": [{
    ...llama,
    hidden_size: 2048,
    intermediate_size: 8192,
    num_hidden_layers: 16,
    num_attention_heads: 32,
    num_key_value_heads: 8,
    head_dim: 64,
    vocab_size: 128256,
    max_position_embeddings: 131072,
    rope_theta: 500000,
    rope_scaling: {
      factor: 32,
      high_freq_factor: 4,
      low_freq_factor: 1,
      original_max_position_embeddings: 8192,
      rope_type: "llama3",
    },
    tie_word_embeddings: true,
    mlp_bias: false,
  }, 1_235_814_400],
  "Qwen2.5-0.5B": [{
    architectures: ["Qwen2ForCausalLM"],
    model_type: "qwen2",
    hidden_act: "silu",
    hidden_size: 896,
    intermediate_size: 4864,
    num_hidden_layers: 24,
    num_attention_heads: 14,
    num_key_value_heads: 2,
    vocab_size: 151936,
    max_position_embeddings: 32768,
    max_window_layers: 24,
    sliding_window: 32768,
    use_sliding_window: false,
    use_mrope: false,
    rope_theta: 1000000,
    tie_word_embeddings: true,
  }, 494_032_768],
  "Mistral-7B-v0.3": [{
    architectures: ["MistralForCausalLM"],
    model_type: "mistral",
    hidden_act: "silu",
    hidden_size: 4096,
    intermediate_size: 14336,
    num_hidden_layers: 32,
    num_attention_heads: 32,
    num_key_value_heads: 8,
    vocab_size: 32768,
    max_position_embeddings: 32768,
    sliding_window: null,
    rope_theta: 1000000,
    tie_word_embeddings: false,
  }, 7_248_023_552],
  "GPT-2": [gpt2(768, 12, 12), 124_439_808],
  "GPT-2 medium": [gpt2(1024, 24, 16), 354_823_168],
  "GPT-2, distilled": [gpt2(768, 6, 12), 81_912_576],
};

for (const [name, [config, parameters]] of Object.entries(models)) {
  Deno.test(`describedBy: ${name} has as many parameters as are published (exact)`, () => {
    const description = describedBy(new JsonObject("config.json", config), undefined);
    let sum = 0;
    for (const [, { shape, isTransposed, outputs }] of description.tensors(new Set())) {
      const [first = 0, ...rest] = isTransposed && shape.length === 2 ? shape.toReversed() : shape;
      sum += rest.reduce((product, length) => product * length, outputs?.count ?? first);
    }
    assertEquals(sum, parameters);
  });
}
