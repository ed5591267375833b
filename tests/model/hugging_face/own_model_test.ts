// @ts-types="../../declarations/assert.d.ts"
import { assert, assertEquals, assertRejects } from "@std/assert";
import { writeFolderWhole } from "../../../src/files/write_folder.ts";
import type { Content } from "../../../src/files/write_whole.ts";
import { ModelFolderError, openModelFolder } from "../../../src/model/hugging_face/model_folder.ts";
import { ownConfig } from "../../../src/model/hugging_face/own_model.ts";
import { exactType, safetensors } from "../../../src/model/hugging_face/write_safetensors.ts";
import { transformerOf } from "../../../src/model/transformer.ts";
import { Weights } from "../../../src/model/weights.ts";
import { inFolder } from "../../temporary_folder.ts";
import { engineSpecs, randomWeights, smallSpec } from "../small_model.ts";

/** Writes the two files that a model consists of; `change` is laid over its config. */
async function written(
  folder: string,
  weights: Weights,
  change: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const transformer = transformerOf(weights);
  const type = exactType(transformer);
  const config = ownConfig(transformer.spec, { bos: weights.spec.vocabSize - 1, type });
  await writeFolderWhole(
    folder,
    new Map<string, Content>([
      ["config.json", JSON.stringify({ ...config, ...change })],
      ["model.safetensors", safetensors(transformer, type)],
    ]),
  );
}

for (const spec of engineSpecs) {
  const { nEmbd, nHead, nLayer } = spec;
  Deno.test(`own model ${nEmbd}/${nHead}/${nLayer}: sizes, parts and every bit come back`, () =>
    inFolder(async (folder) => {
      const weights = randomWeights(spec);
      weights.data.set([-0, Number.MIN_VALUE, Number.MAX_VALUE, 1 / 3]);
      await written(`${folder}/m`, weights);
      const { transformer, stops, bos, maxPositions } = await openModelFolder(`${folder}/m`);
      const original = transformerOf(weights);
      assertEquals(transformer.spec, original.spec);
      assertEquals(transformer.tensorNames, original.tensorNames);
      for (const name of original.tensorNames) {
        const [read, expected] = [transformer.tensor(name), original.tensor(name)];
        assertEquals(read?.shape, expected?.shape);
        const numbers = expected?.numbers() ?? [];
        assert(read?.numbers().every((number, i) => Object.is(number, numbers[i])), name);
      }
      assertEquals([stops, bos], [[spec.vocabSize - 1], spec.vocabSize - 1]);
      assertEquals(maxPositions, spec.blockSize);
    }));
}

Deno.test("own model: weights that are all f32 are stored as such, with the same bits", () =>
  inFolder(async (folder) => {
    const weights = randomWeights(smallSpec);
    weights.data.set(Float32Array.from(weights.data));
    weights.data.set([-0, Math.fround(1e-45), Math.fround(3e38)]);
    assertEquals(exactType(transformerOf(weights)), "float32");
    await written(`${folder}/m`, weights);
    const { transformer } = await openModelFolder(`${folder}/m`);
    const numbers = transformer.tensor("embedding.weight")?.numbers();
    assert(numbers instanceof Float32Array);
    const expected = weights.tensor("wte");
    assert(numbers.every((number, i) => Object.is(number, expected[i])));
  }));

for (const number of [1 / 3, 1e-46, 1e39, 2 ** 24 + 1]) {
  Deno.test(`own model: one weight of ${number}, which f32 would round: all stay f64`, () => {
    const weights = new Weights(smallSpec);
    weights.data[weights.data.length - 1] = number;
    assertEquals(exactType(transformerOf(weights)), "float64");
  });
}

Deno.test("own model: a smaller block takes the first positions", () =>
  inFolder(async (folder) => {
    const weights = randomWeights(smallSpec);
    await written(`${folder}/m`, weights);
    const { transformer, maxPositions } = await openModelFolder(`${folder}/m`, { blockSize: 4 });
    const { shape, numbers } = transformer.tensor("position_embedding.weight") ?? {};
    assertEquals([transformer.spec.blockSize, maxPositions, shape], [4, 6, [4, 4]]);
    assertEquals([...numbers?.() ?? []], [...weights.tensor("wpe").subarray(0, 16)]);
  }));

const changes: readonly [Readonly<Record<string, unknown>>, string][] = [
  [{ hidden_act: "silu" }, 'hidden_act: expected "relu", as all of our models have it'],
  [{ rms_norm_eps: 1e-6 }, "rms_norm_eps: expected 0.00001"],
  [{ norm_gain: true }, "norm_gain: expected false"],
  [{ embedding_norm: null }, "embedding_norm: expected true"],
  [{ num_key_value_heads: 1 }, "num_key_value_heads: expected 2"],
  [{ intermediate_size: 15 }, "intermediate_size: expected 16"],
  [{ tie_word_embeddings: true }, "tie_word_embeddings: expected false"],
  [{ num_attention_heads: 3 }, "expected a number that divides hidden_size, 4, found 3"],
  [{ num_hidden_layers: 0 }, "num_hidden_layers: expected a whole number"],
  [{ num_hidden_layers: 3 }, "expected tensor layers.2.query.weight"],
  [{ num_hidden_layers: 1 }, "layers.1."],
  [{ vocab_size: 6 }, "embedding.weight"],
  [{ max_position_embeddings: 7 }, "position_embedding.weight"],
  [{ model_type: "llama" }, 'model_type: expected "microbeam"'],
  [{ eos_token_id: 5 }, "eos_token_id: expected tokens from 0 to 4"],
];

for (const [change, message] of changes) {
  Deno.test(`own model: ${JSON.stringify(change)} is refused`, () =>
    inFolder(async (folder) => {
      await written(`${folder}/m`, randomWeights(smallSpec), change);
      await assertRejects(() => openModelFolder(`${folder}/m`), ModelFolderError, message);
    }));
}
