/**
 * Every strategy on the onnxruntime that this process was started with; and that drawing from a real
 * model with it loses nothing.
 *
 * @module
 */
// @ts-types="../../../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { createStrategy } from "../../../../src/decode/definitions.ts";
import { strategySchema } from "../../../../src/decode/settings_schema.ts";
import { schedule } from "../../../../src/decode/scheduler.ts";
import { openModelFolder } from "../../../../src/model/hugging_face/model_folder.ts";
import { StopTokens } from "../../../../src/model/language_model.ts";
import { openOnnxModel } from "../../../../src/model/onnx/language_model.ts";
import { onnxRuntime } from "../../../../src/model/onnx/runtime.ts";
import { ReferenceTransformer } from "../../../../src/model/reference/reference_transformer.ts";
import { firstLayers, transformerOf } from "../../../../src/model/transformer.ts";
import { CounterStream } from "../../../../src/random/counter_stream.ts";
import { sharedModel } from "../../../shared_models.ts";
import { goodnessOfFit } from "../../../verify/goodness_of_fit.ts";
import { randomWeights } from "../../small_model.ts";
import { testStrategies } from "../../strategy_contract.ts";

const runtime = onnxRuntime();
assert(runtime !== undefined, "started without an onnxruntime");
const { name } = runtime;
const spec = { vocabSize: 9, blockSize: 12, nEmbd: 8, nHead: 2, nLayer: 2 };
const whole = transformerOf(randomWeights(spec, 1));
const [target, draft] = [
  await openOnnxModel(whole, { threads: 1 }),
  await openOnnxModel(firstLayers(whole, 1), { threads: 1 }),
];
Deno.test.afterAll(() => [target, draft].forEach((model) => model.close()));

// The other runtime takes several times as long for models as small as these.
testStrategies(name, { target, draft }, { texts: name === "onnxruntime-node" ? 5 : 2 });

const stories = sharedModel("stories260K");
const DRAWS = 3000;

Deno.test({
  name:
    `${name}: stories260K: first tokens by speculation with its first layers are drawn with the model's own chances (χ², ${DRAWS} draws, false alarm 1e-6, seeded)`,
  ignore: stories === undefined,
  fn: async () => {
    const { transformer } = await openModelFolder(stories as string);
    const model = await openOnnxModel(transformer, { threads: 1 });
    const draftModel = await openOnnxModel(firstLayers(transformer, 4), { threads: 1 });
    try {
      // After "Once upon a time, there was a".
      const prompt = [1, 403, 407, 261, 378, 432, 383, 286, 261];
      const reference = new ReferenceTransformer(transformer);
      const [logits = []] = reference.forward([
        { sequence: reference.open(), tokens: prompt, rows: 1 },
      ]);
      const highest = Math.max(...logits);
      const weights = Float64Array.from(logits, (logit) => Math.exp(logit - highest));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      const resources = { draftModel, ngram: () => model };
      const settings = strategySchema.parse({ strategy: "speculative", draft_k: 2 });
      const strategy = createStrategy(settings, resources);
      const counts = new Array(model.spec.vocabSize).fill(0);
      const random = CounterStream.fromSeed(11);
      const texts = schedule(Array.from({ length: DRAWS }, (_, i) =>
        strategy({
          target: model,
          prompt,
          stops: new StopTokens([1, 2], model.spec.vocabSize),
          maxNewTokens: 1,
          random: random.child(i),
        })));
      for (const { tokens, stopToken = NaN } of texts) counts[tokens[0] ?? stopToken]++;
      assertEquals(counts.reduce((sum, count) => sum + count, 0), DRAWS);
      const fit = goodnessOfFit(counts, weights.map((weight) => weight / total));
      assert(fit.degreesOfFreedom >= 5 && fit.pValue > 1e-6, JSON.stringify(fit));
    } finally {
      model.close();
      draftModel.close();
    }
  },
});
