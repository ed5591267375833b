import type { ModelSpec } from "../../src/model/language_model.ts";
import { initialWeights, type Weights } from "../../src/model/weights.ts";
import { PythonRandom } from "../../src/random/python_random.ts";

/** Sizes at which a test can look at every number. */
export const smallSpec: ModelSpec = {
  vocabSize: 5,
  blockSize: 6,
  nEmbd: 4,
  nHead: 2,
  nLayer: 2,
};

/** Random weights, large enough that every part of the model matters. */
export function randomWeights(spec: ModelSpec, seed = 1, deviation = 0.5): Weights {
  return initialWeights(spec, new PythonRandom(seed), deviation);
}

/** Sizes over which the engines are compared: with and without remainders, heads, layers. */
export const engineSpecs: readonly ModelSpec[] = [
  smallSpec,
  { vocabSize: 27, blockSize: 16, nEmbd: 16, nHead: 4, nLayer: 1 },
  { vocabSize: 27, blockSize: 9, nEmbd: 6, nHead: 3, nLayer: 2 },
  { vocabSize: 10, blockSize: 13, nEmbd: 24, nHead: 2, nLayer: 3 },
  { vocabSize: 2, blockSize: 2, nEmbd: 2, nHead: 1, nLayer: 1 },
  { vocabSize: 31, blockSize: 16, nEmbd: 20, nHead: 1, nLayer: 1 },
];
