// @ts-types="../declarations/assert.d.ts"
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import type { Token } from "../../src/model/language_model.ts";
import {
  type AdamUpdate,
  type TrainingModel,
  type TrainingState,
  untrained,
} from "../../src/model/engine.ts";
import { Weights } from "../../src/model/weights.ts";
import { ReferenceTrainingModel } from "../../src/model/reference/training_model.ts";
import { divergence, linearDecay, train } from "../../src/train/trainer.ts";
import { randomWeights, smallSpec } from "../model/small_model.ts";

const settings = {
  steps: 5,
  batchSize: 1,
  learningRate: 0.1,
  beta1: 0.9,
  beta2: 0.99,
  epsilon: 1e-8,
};

/** A model that only writes down what it is asked. */
class Recorder implements TrainingModel {
  readonly batches: (readonly (readonly Token[])[])[] = [];
  readonly updates: AdamUpdate[] = [];

  lossAndGradient(documents: readonly (readonly Token[])[]): number {
    return this.batches.push(documents);
  }
  update(update: AdamUpdate): void {
    this.updates.push(update);
  }
  weights(): Weights {
    return new Weights(smallSpec);
  }
  state(): TrainingState {
    return untrained(this.weights());
  }
  gradient(): Weights {
    return new Weights(smallSpec);
  }
  close(): void {}
}

const [a, b, c] = [[4, 0], [4, 1], [4, 2]] as const;
const rounds: readonly [number, (readonly (readonly Token[])[])[]][] = [
  [1, [[a], [b], [c], [a], [b]]],
  [2, [[a, b], [c, a], [b, c], [a, b], [c, a]]],
  [4, [[a, b, c, a], [b, c, a, b], [c, a, b, c], [a, b, c, a], [b, c, a, b]]],
];

for (const [batchSize, batches] of rounds) {
  Deno.test(`train: goes round and round through the documents, ${batchSize} at a time`, () => {
    const model = new Recorder();
    const steps = [...train(model, [a, b, c], { ...settings, batchSize })];
    assertEquals(model.batches, batches);
    assertEquals(steps.map(({ step }) => step), [0, 1, 2, 3, 4]);
    assertEquals(steps.map(({ loss }) => loss), [1, 2, 3, 4, 5]);
  });
}

Deno.test("train: updates count from 1, their rate falling linearly towards 0", () => {
  const model = new Recorder();
  [...train(model, [a], settings)];
  assertEquals(model.updates.map(({ step }) => step), [1, 2, 3, 4, 5]);
  const rates = model.updates.map(({ learningRate }) => learningRate.toFixed(3));
  assertEquals(rates, ["0.100", "0.080", "0.060", "0.040", "0.020"]);
});

Deno.test("train: overfits a single document", () => {
  const model = new ReferenceTrainingModel(untrained(randomWeights(smallSpec)));
  const steps = [...train(model, [[4, 0, 1, 2, 4]], { ...settings, steps: 100 })];
  const [first, last] = [steps.at(0), steps.at(-1)];
  assert(first !== undefined && last !== undefined);
  assert(first.loss > 1 && last.loss < 0.05, `from ${first.loss} to ${last.loss}`);
});

Deno.test("train: without documents there is nothing to learn", () => {
  assertThrows(() => [...train(new Recorder(), [], settings)], RangeError, "no documents");
});

Deno.test("train: a step is yielded after its update, so that whoever stops has trained what he saw", () => {
  const model = new ReferenceTrainingModel(untrained(randomWeights(smallSpec)));
  const before = model.weights().data;
  train(model, [[4, 0, 4]], settings).next();
  assertEquals(model.weights().data.some((weight, i) => weight !== before[i]), true);
});

const rates: readonly [number, number][] = [[0, 0.01], [350, 0.005], [699, 0.01 / 700]];
for (const [step, expected] of rates) {
  Deno.test(`linearDecay: is ${expected} at step ${step} of 700 (1e-17)`, () => {
    assertAlmostEquals(linearDecay(0.01, step, 700), expected, 1e-17);
  });
}

const courses: readonly [what: string, losses: readonly number[], said: string | undefined][] = [
  ["learns", [3.4, 3, 2.5, 2.2], undefined],
  ["learns little", Array(100).fill(3.5), undefined],
  ["rose and fell again", [3.4, ...Array(50).fill(20), ...Array(10).fill(3)], undefined],
  ["has one bad step at its end", [...Array(50).fill(3), 23], undefined],
  ["begins badly and gets better", [30, 25, ...Array(10).fill(20)], undefined],
  [
    "rose and stayed",
    [3.4, 5, ...Array(50).fill(23.03)],
    "the loss rose from 3.40 to 23.03 nats per token, where guessing has 3.30",
  ],
  [
    "was better than guessing at first",
    [0.1, ...Array(50).fill(7)],
    "the loss rose from 0.10 to 7.00 nats per token, where guessing has 3.30",
  ],
];

for (const [what, losses, said] of courses) {
  Deno.test(`divergence: a training that ${what} ${said === undefined ? "has not" : "has"} diverged`, () => {
    assertEquals(divergence(losses, 27), said);
  });
}
