// @ts-types="../../declarations/assert.d.ts"
import { assert, assertThrows } from "@std/assert";
import { InferenceGpt } from "../../../src/model/reference/inference_gpt.ts";
import { ReferenceTransformer } from "../../../src/model/reference/reference_transformer.ts";
import { firstLayers, transformerOf } from "../../../src/model/transformer.ts";
import { testLanguageModel } from "../language_model_contract.ts";
import { testStrategies } from "../strategy_contract.ts";
import { engineSpecs, randomWeights, smallSpec } from "../small_model.ts";

testLanguageModel(
  "ReferenceTransformer",
  (weights) => new ReferenceTransformer(transformerOf(weights)),
);

const small = transformerOf(
  randomWeights({ vocabSize: 9, blockSize: 12, nEmbd: 8, nHead: 2, nLayer: 2 }),
);
testStrategies("ReferenceTransformer", {
  target: new ReferenceTransformer(small),
  draft: new ReferenceTransformer(firstLayers(small, 1)),
});

Deno.test("ReferenceTransformer: our own models' logits are the reference engine's (1e-13 of the largest)", () => {
  for (const spec of engineSpecs) {
    const weights = randomWeights(spec);
    const tokens = Array.from({ length: spec.blockSize }, (_, i) => (3 * i + 1) % spec.vocabSize);
    const [own, other] = [
      new ReferenceTransformer(transformerOf(weights)),
      new InferenceGpt(weights),
    ].map((model) =>
      model.forward([{ sequence: model.open(), tokens, rows: tokens.length }])
        .flatMap((logits) => [...logits])
    );
    const largest = Math.max(...(other ?? []).map(Math.abs));
    const off = Math.max(...(other ?? []).map((logit, i) => Math.abs(logit - (own?.[i] ?? NaN))));
    assert(off <= 1e-13 * largest, `${JSON.stringify(spec)}: ${off} of ${largest}`);
  }
});

Deno.test("ReferenceTransformer: a model that lacks a tensor is refused by its name", () => {
  const whole = transformerOf(randomWeights(smallSpec));
  const cut = { ...firstLayers(whole, 1), spec: whole.spec };
  assertThrows(() => new ReferenceTransformer(cut), RangeError, '"layers.1.query.weight"');
});
