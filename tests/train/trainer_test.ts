// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Token } from "../../src/model/language_model.ts";
import { TrainingGpt } from "../../src/model/reference/training_gpt.ts";
import { Weights } from "../../src/model/weights.ts";
import { train } from "../../src/train/trainer.ts";
import { randomWeights, smallSpec } from "../model/reference/small_model.ts";

const settings = { steps: 5, learningRate: 0.1, beta1: 0.9, beta2: 0.99, epsilon: 1e-8 };

Deno.test("train: goes round and round through the documents, the rate falling to 0", () => {
  const seen: (readonly Token[])[] = [];
  const model = {
    weights: new Weights({ ...smallSpec, nLayer: 1 }),
    gradient: new Float64Array(new Weights({ ...smallSpec, nLayer: 1 }).data.length),
    lossAndGradient: (document: readonly Token[]) => seen.push(document),
  };
  const steps = [...train(model, [[4, 0], [4, 1]], settings)];
  assertEquals(seen, [[4, 0], [4, 1], [4, 0], [4, 1], [4, 0]]);
  assertEquals(steps.map(({ step }) => step), [0, 1, 2, 3, 4]);
  assertEquals(steps.map(({ learningRate }) => learningRate.toFixed(3)), [
    "0.100",
    "0.080",
    "0.060",
    "0.040",
    "0.020",
  ]);
});

Deno.test("train: learns a single document by heart", () => {
  const model = new TrainingGpt(randomWeights(smallSpec));
  const steps = [...train(model, [[4, 0, 1, 2, 4]], { ...settings, steps: 100 })];
  const [first, last] = [steps.at(0), steps.at(-1)];
  assert(first !== undefined && last !== undefined);
  assert(first.loss > 1 && last.loss < 0.05, `from ${first.loss} to ${last.loss}`);
});

Deno.test("train: without documents there is nothing to learn", () => {
  const model = new TrainingGpt(randomWeights(smallSpec));
  assertThrows(() => [...train(model, [], settings)], RangeError, "no documents");
});
