// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import { ReferenceTrainingModel } from "../../src/train/reference_model.ts";
import { train } from "../../src/train/trainer.ts";
import { randomWeights, smallSpec } from "../model/small_model.ts";
Deno.test("train: a step is yielded after its update, so that whoever stops has trained what he saw", () => {
  const settings = {
    steps: 5,
    batchSize: 1,
    learningRate: 0.1,
    beta1: 0.9,
    beta2: 0.99,
    epsilon: 1e-8,
  };
  const model = new ReferenceTrainingModel(randomWeights(smallSpec));
  const before = model.weights().data;
  train(model, [[4, 0, 4]], settings).next();
  assertEquals(model.weights().data.some((weight, i) => weight !== before[i]), true);
});
