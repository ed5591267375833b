// @ts-types="../../declarations/assert.d.ts"
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { logSoftmax } from "../../../src/decode/distribution.ts";
import type { ModelSpec } from "../../../src/model/language_model.ts";
import { InferenceGpt } from "../../../src/model/reference/inference_gpt.ts";
import { TrainingGpt } from "../../../src/model/reference/training_gpt.ts";
import { tensorShapes, Weights } from "../../../src/model/weights.ts";
import { randomWeights, smallSpec } from "../small_model.ts";

const document = [4, 0, 1, 2, 1, 4];

for (const { name } of tensorShapes(smallSpec)) {
  Deno.test(`TrainingGpt: gradient of ${name} is that of central differences (1e-8)`, () => {
    const weights = randomWeights(smallSpec);
    const model = new TrainingGpt(weights);
    model.lossAndGradient(document);
    const gradient = new Weights(smallSpec, model.gradient.slice()).tensor(name);
    const tensor = weights.tensor(name);
    const h = 1e-5;
    tensor.forEach((original, i) => {
      tensor[i] = original + h;
      const above = model.lossAndGradient(document);
      tensor[i] = original - h;
      const below = model.lossAndGradient(document);
      tensor[i] = original;
      assertAlmostEquals(gradient[i] as number, (above - below) / (2 * h), 1e-8, `${name}[${i}]`);
    });
    assert(name === "wpe" || gradient.some((value) => Math.abs(value) > 1e-4), "all but zero");
  });
}

const specs: readonly ModelSpec[] = [
  smallSpec,
  { ...smallSpec, nHead: 1, nLayer: 1 },
  { vocabSize: 11, blockSize: 8, nEmbd: 6, nHead: 3, nLayer: 3 },
];

for (const spec of specs) {
  const { nEmbd, nHead, nLayer } = spec;
  Deno.test(`TrainingGpt: ${nEmbd}/${nHead}/${nLayer}: the loss is InferenceGpt's (1e-13)`, () => {
    const weights = randomWeights(spec);
    const model = new InferenceGpt(weights);
    const rows = document.length - 1;
    const [logits = new Float64Array()] = model.forward([
      { sequence: model.open(), tokens: document.slice(0, -1), rows },
    ]);
    let loss = 0;
    for (let t = 0; t < rows; t++) {
      const row = logits.subarray(t * spec.vocabSize, (t + 1) * spec.vocabSize);
      loss -= (logSoftmax(row)[document[t + 1] as number] as number) / rows;
    }
    assertAlmostEquals(new TrainingGpt(weights).lossAndGradient(document), loss, 1e-13);
  });
}

Deno.test("TrainingGpt: a second call gives the gradient of its own document alone", () => {
  const model = new TrainingGpt(randomWeights(smallSpec));
  model.lossAndGradient(document);
  const first = model.gradient.slice();
  model.lossAndGradient([4, 3, 4]);
  model.lossAndGradient(document);
  assertEquals(model.gradient, first);
});
