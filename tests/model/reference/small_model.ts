import type { ModelSpec } from "../../../src/model/language_model.ts";
import { initialWeights, type Weights } from "../../../src/model/weights.ts";
import { PythonRandom } from "../../../src/random/python_random.ts";

/** Sizes at which a test can look at every number. */
export const smallSpec: ModelSpec = {
  vocabSize: 5,
  blockSize: 6,
  nEmbd: 4,
  nHead: 2,
  nLayer: 2,
};

/** Random weights, large enough that every part of the model matters. */
export function randomWeights(spec: ModelSpec, seed = 1): Weights {
  return initialWeights(spec, new PythonRandom(seed), 0.5);
}
