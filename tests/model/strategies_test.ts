/**
 * Every strategy on both of our own engines; an onnxruntime has the same tests in
 * `onnx/in_runtime/strategies.ts`.
 *
 * @module
 */
import { InferenceGpt } from "../../src/model/reference/inference_gpt.ts";
import { SimdGpt } from "../../src/model/simd/inference_gpt.ts";
import { processorArithmetics } from "./simd/arithmetics.ts";
import { randomWeights } from "./small_model.ts";
import { testStrategies } from "./strategy_contract.ts";

const spec = { vocabSize: 9, blockSize: 12, nEmbd: 8, nHead: 2, nLayer: 2 };
const [target, draft] = [randomWeights(spec, 1), randomWeights({ ...spec, nLayer: 1 }, 2)];

for (const kind of processorArithmetics) {
  testStrategies(`SimdGpt, ${kind}`, {
    target: new SimdGpt(target, 1, kind),
    draft: new SimdGpt(draft, 1, kind),
  });
}
testStrategies("InferenceGpt", {
  target: new InferenceGpt(target),
  draft: new InferenceGpt(draft),
});
