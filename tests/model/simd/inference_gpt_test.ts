// @ts-types="../../declarations/assert.d.ts"
import { assertAlmostEquals } from "@std/assert";
import { InferenceGpt } from "../../../src/model/reference/inference_gpt.ts";
import { SimdGpt } from "../../../src/model/simd/inference_gpt.ts";
import { testLanguageModel } from "../language_model_contract.ts";
import { engineSpecs, randomWeights } from "../small_model.ts";

testLanguageModel("SimdGpt", (weights) => new SimdGpt(weights));

for (const spec of engineSpecs) {
  const { nEmbd, nHead, nLayer } = spec;
  Deno.test(`SimdGpt ${nEmbd}/${nHead}/${nLayer}: logits are the reference's (2e-5)`, () => {
    const weights = randomWeights(spec, 3, 0.2);
    const tokens = Array.from({ length: spec.blockSize }, (_, i) => (5 * i + 1) % spec.vocabSize);
    const [ours, reference] = [new SimdGpt(weights), new InferenceGpt(weights)].map((model) =>
      model.forward([{ sequence: model.open(), tokens, rows: tokens.length }])[0]
    );
    reference?.forEach((logit, i) => assertAlmostEquals(ours?.[i] as number, logit, 2e-5));
  });
}
