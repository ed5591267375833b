// @ts-types="../../declarations/assert.d.ts"
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import type { ModelSpec, Token } from "../../../src/model/language_model.ts";
import { SimdTrainingGpt } from "../../../src/model/simd/training_gpt.ts";
import { TrainingTasks } from "../../../src/model/simd/training_tasks.ts";
import { shardCount } from "../../../src/model/simd/training_plan.ts";
import { untrained } from "../../../src/model/engine.ts";
import { parameterCount, tensorShapes, Weights } from "../../../src/model/weights.ts";
import { ReferenceTrainingModel } from "../../../src/model/reference/training_model.ts";
import { train } from "../../../src/train/trainer.ts";
import { engineSpecs, randomWeights } from "../small_model.ts";
import { testInEach } from "./arithmetics.ts";

/** Documents of every length that the block allows, the longest among them. */
function documents({ vocabSize, blockSize }: ModelSpec, count: number): Token[][] {
  return Array.from({ length: count }, (_, i) => {
    const length = i === 0 ? blockSize + 1 : 2 + (3 * i) % blockSize;
    return Array.from({ length }, (_, t) => (i + 3 * t + t * t) % vocabSize);
  });
}

function largest(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

function assertTensorsClose(actual: Weights, expected: Weights, bound: number): void {
  for (const { name } of tensorShapes(expected.spec)) {
    const tensor = expected.tensor(name);
    const allowed = bound * Math.max(largest(tensor), 1e-3);
    tensor.forEach((value, i) =>
      assertAlmostEquals(actual.tensor(name)[i] as number, value, allowed, `${name}[${i}]`)
    );
  }
}

for (const spec of engineSpecs) {
  for (const batchSize of [1, 3, 8]) {
    const { nEmbd, nHead, nLayer } = spec;
    const name = `${nEmbd}/${nHead}/${nLayer}, batch ${batchSize}`;
    testInEach(
      (kind) =>
        `SimdTrainingGpt, ${kind}, ${name}: loss (1e-6) and every gradient (1e-5 of its largest) are the reference's`,
      (kind) => {
        const weights = randomWeights(spec, 5, 0.3);
        const batch = documents(spec, batchSize);
        const simd = new SimdTrainingGpt(untrained(weights), batchSize, 1, kind);
        const reference = new ReferenceTrainingModel(untrained(weights));
        const loss = reference.lossAndGradient(batch);
        assertAlmostEquals(simd.lossAndGradient(batch), loss, 1e-6 * Math.max(1, loss));
        assertTensorsClose(simd.gradient(), reference.gradient(), 1e-5);
      },
    );
  }
}

testInEach(
  (kind) =>
    `SimdTrainingGpt, ${kind}: a training of 200 steps is the reference's (losses and weights 1e-3)`,
  (kind) => {
    const spec = { vocabSize: 12, blockSize: 8, nEmbd: 8, nHead: 2, nLayer: 2 };
    const weights = randomWeights(spec, 7, 0.1);
    const settings = {
      steps: 200,
      batchSize: 2,
      learningRate: 0.01,
      beta1: 0.85,
      beta2: 0.99,
      epsilon: 1e-8,
    };
    const corpus = documents(spec, 50);
    const models = [
      new SimdTrainingGpt(untrained(weights), 2, 1, kind),
      new ReferenceTrainingModel(untrained(weights)),
    ] as const;
    const [ours, reference] = models.map((model) => [...train(model, corpus, settings)]);
    reference?.forEach(({ loss }, i) => assertAlmostEquals(ours?.[i]?.loss ?? NaN, loss, 1e-3));
    assert((reference?.at(-1)?.loss ?? NaN) < (reference?.at(0)?.loss ?? NaN) - 0.5, "it learns");
    assertTensorsClose(models[0].weights(), models[1].weights(), 1e-3);
  },
);

Deno.test("SimdTrainingGpt: a probability below 1e-10 counts and pulls as the reference's does", () => {
  const spec = { vocabSize: 4, blockSize: 4, nEmbd: 4, nHead: 1, nLayer: 1 };
  const weights = randomWeights(spec, 2, 0.1);
  // After the norm the residual stream is about 1 a component: these logits are some 30 apart.
  weights.tensor("lm_head").fill(0);
  weights.tensor("wte").fill(0.5);
  weights.tensor("lm_head").fill(8, 0, 4);
  const batch = [[0, 1]];
  const simd = new SimdTrainingGpt(untrained(weights), 1);
  const reference = new ReferenceTrainingModel(untrained(weights));
  const loss = reference.lossAndGradient(batch);
  assertAlmostEquals(loss, -Math.log(1e-10), 1e-9);
  assertAlmostEquals(simd.lossAndGradient(batch), loss, 1e-5);
  assertTensorsClose(simd.gradient(), reference.gradient(), 1e-4);
});

Deno.test("SimdTrainingGpt: weights go in and come out as f32, padding or none", () => {
  for (const spec of engineSpecs) {
    const weights = randomWeights(spec);
    const rounded = new Weights(spec, Float64Array.from(weights.data, Math.fround));
    assertEquals(new SimdTrainingGpt(untrained(weights), 1).weights().data, rounded.data);
  }
});

testInEach(
  (kind) => `SimdTrainingGpt, ${kind}: a batch's results are the same bits after any other`,
  (kind) => {
    const spec = engineSpecs[1] as ModelSpec;
    const model = new SimdTrainingGpt(untrained(randomWeights(spec)), 8, 1, kind);
    const batch = documents(spec, 3);
    const loss = model.lossAndGradient(batch);
    const gradient = model.gradient().data;
    model.lossAndGradient(documents(spec, 8));
    assertEquals(model.lossAndGradient(batch), loss);
    assertEquals(model.gradient().data, gradient);
  },
);

/** Large enough to be divided into parts, with a batch that does not divide evenly. */
const wide = { vocabSize: 27, blockSize: 16, nEmbd: 64, nHead: 4, nLayer: 1 };

Deno.test("shardCount: is fixed by the sizes: 1 for the original's model, up to 4 for large ones", () => {
  const spec = { vocabSize: 27, blockSize: 16, nEmbd: 16, nHead: 4, nLayer: 1 };
  assertEquals(shardCount(spec, 16), 1);
  assertEquals(shardCount(wide, 15), 2);
  assertEquals(shardCount({ ...spec, nEmbd: 128, nLayer: 4 }, 64), 4);
  assertEquals(shardCount({ ...spec, nEmbd: 1024 }, 3), 3);
});

/**
 * Computes the gradient of `batch`, which changes no weight, until another thread has done a task of
 * it: from then on the workers are there.
 */
function untilShared(model: SimdTrainingGpt, batch: readonly (readonly Token[])[]): void {
  const { run } = TrainingTasks.prototype;
  let [own, all, passes] = [0, 0, 0];
  TrainingTasks.prototype.run = function (phase, index) {
    own++;
    if (index === 0) all += this.count(phase);
    run.call(this, phase, index);
  };
  try {
    // A pass whose first task was done elsewhere adds to neither, or to `own` alone.
    do {
      assert(++passes < 100_000, "no other thread took part");
      [own, all] = [0, 0];
      model.lossAndGradient(batch);
    } while (own === all);
  } finally {
    TrainingTasks.prototype.run = run;
  }
}

testInEach(
  (kind) =>
    `SimdTrainingGpt, ${kind}: weights and losses are the same bits with 1, 2 and 8 threads`,
  (kind) => {
    const weights = randomWeights(wide, 11, 0.1);
    const corpus = documents(wide, 40);
    const settings = {
      steps: 25,
      batchSize: 15,
      learningRate: 0.01,
      beta1: 0.85,
      beta2: 0.99,
      epsilon: 1e-8,
    };
    const run = (threads: number): unknown => {
      const model = new SimdTrainingGpt(untrained(weights), 15, threads, kind);
      if (threads > 1) untilShared(model, corpus.slice(0, 15));
      const losses = Array.from(train(model, corpus, settings), ({ loss }) => loss);
      model.close();
      return { losses, weights: model.weights().data };
    };
    const expected = run(1);
    assertEquals(run(2), expected);
    assertEquals(run(8), expected);
  },
);

Deno.test("SimdTrainingGpt: 600 layers, with thousands of matrices to pack, train on two threads as on one", () => {
  const spec = { vocabSize: 5, blockSize: 4, nEmbd: 4, nHead: 1, nLayer: 600 };
  const weights = randomWeights(spec, 13, 0.05);
  const run = (threads: number): Float64Array => {
    const model = new SimdTrainingGpt(untrained(weights), 16, threads);
    if (threads > 1) untilShared(model, documents(spec, 16));
    const adam = { learningRate: 0.01, beta1: 0.85, beta2: 0.99, epsilon: 1e-8 };
    [...train(model, documents(spec, 16), { ...adam, steps: 3, batchSize: 16 })];
    model.close();
    return model.weights().data;
  };
  assertEquals(shardCount(spec, 16), 2);
  assertEquals(run(2), run(1));
});

testInEach(
  (kind) =>
    `SimdTrainingGpt, ${kind}: a batch in parts gives the reference's loss (1e-6) and gradients (1e-5)`,
  (kind) => {
    const weights = randomWeights(wide, 12, 0.1);
    // With one document the second part is empty.
    for (const count of [5, 1]) {
      const batch = documents(wide, count);
      const simd = new SimdTrainingGpt(untrained(weights), 15, 1, kind);
      const reference = new ReferenceTrainingModel(untrained(weights));
      simd.lossAndGradient(documents(wide, 15));
      const loss = reference.lossAndGradient(batch);
      assertAlmostEquals(simd.lossAndGradient(batch), loss, 1e-6 * Math.max(1, loss));
      assertTensorsClose(simd.gradient(), reference.gradient(), 1e-5);
    }
  },
);

Deno.test("SimdTrainingGpt: a model past 4 GiB is refused by its size before anything is allocated", () => {
  const spec = { vocabSize: 27, blockSize: 16, nEmbd: 1024, nHead: 8, nLayer: 20 };
  const weights = { spec, data: { length: parameterCount(spec) } } as unknown as Weights;
  const start = { weights, firstMoment: weights, secondMoment: weights };
  assertThrows(() => new SimdTrainingGpt(start, 1), RangeError, "GiB, WebAssembly has 4 GiB");
});

Deno.test("SimdTrainingGpt: more documents than the batch holds are refused", () => {
  const spec = engineSpecs[0] as ModelSpec;
  const model = new SimdTrainingGpt(untrained(randomWeights(spec)), 2);
  assertThrows(() => model.lossAndGradient(documents(spec, 3)), RangeError, "at most 2");
  assertThrows(() => model.lossAndGradient([]), RangeError, "at most 2");
  assertThrows(() => model.lossAndGradient([[1]]), RangeError, "2 to 7 tokens");
});
