// @ts-types="../../declarations/assert.d.ts"
import { assertAlmostEquals, assertEquals, assertNotEquals } from "@std/assert";
import { untrained } from "../../../src/model/engine.ts";
import { Adam, ReferenceTrainingModel } from "../../../src/model/reference/training_model.ts";
import { randomWeights, smallSpec } from "../small_model.ts";

Deno.test("Adam: the first step is the learning rate against the gradient's sign (1e-5)", () => {
  const parameters = Float64Array.of(1, 1, 1);
  const gradient = Float64Array.of(5, -0.001, 0);
  const update = { step: 1, learningRate: 0.1, beta1: 0.85, beta2: 0.99, epsilon: 1e-8 };
  new Adam(new Float64Array(3), new Float64Array(3)).update(parameters, gradient, update);
  [0.9, 1.1, 1].forEach((expected, i) =>
    assertAlmostEquals(parameters[i] as number, expected, 1e-5)
  );
});

Deno.test("Adam: two steps are those of algorithm 1, worked by hand (1e-15)", () => {
  const [beta1, beta2, epsilon, learningRate] = [0.9, 0.999, 1e-8, 0.5];
  const gradients = [2, -1];
  let m = 0;
  let v = 0;
  let expected = 3;
  const parameters = Float64Array.of(3);
  const adam = new Adam(new Float64Array(1), new Float64Array(1));
  gradients.forEach((g, i) => {
    m = beta1 * m + (1 - beta1) * g;
    v = beta2 * v + (1 - beta2) * g * g;
    const mHat = m / (1 - beta1 ** (i + 1));
    const vHat = v / (1 - beta2 ** (i + 1));
    expected -= learningRate * mHat / (Math.sqrt(vHat) + epsilon);
    const update = { step: i + 1, learningRate, beta1, beta2, epsilon };
    adam.update(parameters, Float64Array.of(g), update);
  });
  assertAlmostEquals(parameters[0] as number, expected, 1e-15);
});

Deno.test("ReferenceTrainingModel: a batch's loss and gradient are the means of its documents' (1e-15)", () => {
  const documents = [[4, 0, 1, 4], [4, 2, 4], [4, 3, 3, 3, 3, 4]];
  const model = new ReferenceTrainingModel(untrained(randomWeights(smallSpec)));
  const losses = documents.map((document) => model.lossAndGradient([document]));
  const gradients = documents.map((document) => {
    model.lossAndGradient([document]);
    return model.gradient().data;
  });
  const mean = losses.reduce((sum, loss) => sum + loss / 3, 0);
  assertAlmostEquals(model.lossAndGradient(documents), mean, 1e-15);
  model.gradient().data.forEach((value, i) => {
    const expected = gradients.reduce((sum, gradient) => sum + (gradient[i] as number) / 3, 0);
    assertAlmostEquals(value, expected, 1e-15);
  });
});

Deno.test("ReferenceTrainingModel: the weights it was given stay as they are", () => {
  const weights = randomWeights(smallSpec);
  const before = weights.data.slice();
  const model = new ReferenceTrainingModel(untrained(weights));
  model.lossAndGradient([[4, 0, 4]]);
  model.update({ step: 1, learningRate: 0.1, beta1: 0.9, beta2: 0.99, epsilon: 1e-8 });
  assertEquals(weights.data, before);
  assertNotEquals(model.weights().data, before);
});
