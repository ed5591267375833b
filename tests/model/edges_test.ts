// @ts-types="../declarations/assert.d.ts"
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import type { LanguageModel, Sequence, Token } from "../../src/model/language_model.ts";
import { InferenceGpt } from "../../src/model/reference/inference_gpt.ts";
import { TrainingGpt } from "../../src/model/reference/training_gpt.ts";
import { Value } from "../../src/model/reference/value.ts";
import { SimdGpt } from "../../src/model/simd/inference_gpt.ts";
import { untrained } from "../../src/model/engine.ts";
import { Weights } from "../../src/model/weights.ts";
import { randomWeights, smallSpec } from "./small_model.ts";

function read(model: LanguageModel, sequence: Sequence, tokens: readonly Token[]): Float64Array {
  const [logits] = model.forward([{ sequence, tokens, rows: tokens.length }]);
  return logits as Float64Array;
}
const closed = (model: LanguageModel): Sequence => {
  const sequence = model.open();
  sequence.close();
  return sequence;
};
for (
  const [name, make] of [
    ["InferenceGpt", (w: Weights) => new InferenceGpt(w)],
    ["SimdGpt", (w: Weights) => new SimdGpt(w)],
  ] as const
) {
  const refused: readonly [string, (model: LanguageModel) => unknown, string][] = [
    ["forking a closed sequence", (model) => closed(model).fork(), "it is closed"],
    ["truncating a closed sequence", (model) => closed(model).truncate(0), "it is closed"],
    [
      "truncating to less than nothing",
      (model) => model.open().truncate(-1),
      "Cannot truncate to -1",
    ],
    [
      "fewer rows than none",
      (model) => model.forward([{ sequence: model.open(), tokens: [4], rows: -1 }]),
      "Cannot give -1 rows",
    ],
    ["past the block in two calls", (model) => {
      const sequence = model.open();
      read(model, sequence, [0, 0, 0, 0]);
      read(model, sequence, [0, 0, 0]);
    }, "3 tokens at position 4: the block is 6"],
  ];
  for (const [what, action, message] of refused) {
    Deno.test(`${name}: ${what} is refused`, () => {
      assertThrows(() => action(make(randomWeights(smallSpec))), Error, message);
    });
  }
  const text = [1, 2, 3, 4, 0, 1];
  Deno.test(`${name}: a fork goes on from what its origin had read, whoever reads first`, () => {
    const model = make(randomWeights(smallSpec));
    const origin = model.open();
    read(model, origin, text.slice(0, 3));
    const fork = origin.fork();
    assertEquals(fork.length, 3);
    read(model, fork, [0]);
    read(model, origin, text.slice(3, 4));
    const expected = read(model, model.open(), [...text.slice(0, 3), 0, 2]).slice(
      -smallSpec.vocabSize,
    );
    assertEquals(read(model, fork, [2]), expected);
  });
  Deno.test(`${name}: scores in the thousands do not overflow`, () => {
    const weights = randomWeights(smallSpec);
    for (const name of ["l0.wq", "l0.wk"]) {
      weights.tensor(name).forEach((w, i, all) => all[i] = 100 * w);
    }
    const model = make(weights);
    assert(read(model, model.open(), text).every(Number.isFinite));
  });
}

Deno.test("TrainingGpt: logits in the thousands do not overflow, and the loss has a floor under it", () => {
  const weights = randomWeights(smallSpec);
  weights.tensor("lm_head").forEach((w, i, all) => all[i] = 1e4 * w);
  const model = new TrainingGpt(weights);
  const losses = [0, 1, 2, 3, 4].map((token) => model.lossAndGradient([4, token]));
  assertEquals(Math.max(...losses), -Math.log(1e-10));
  assert(model.gradient.every(Number.isFinite));
});

Deno.test("Value: a second backward adds the same gradient once more", () => {
  const x = new Value(3);
  const y = x.multiply(2);
  y.backward();
  y.backward();
  assertEquals(x.gradient, 4);
});

for (
  const [name, make] of [
    ["InferenceGpt", (w: Weights) => new InferenceGpt(w)],
    ["SimdGpt", (w: Weights) => new SimdGpt(w)],
  ] as const
) {
  Deno.test(`${name}: a sequence closed twice gives its cache back once`, () => {
    const model = make(randomWeights(smallSpec));
    const first = model.open();
    first.close();
    first.close();
    const [one, other] = [model.open(), model.open()];
    read(model, one, [1, 2]);
    read(model, other, [3, 4]);
    assertEquals(
      read(model, one, [0]),
      read(model, model.open(), [1, 2, 0]).slice(-smallSpec.vocabSize),
    );
  });
  Deno.test(`${name}: a fork of the hundredth sequence goes on from what that had read`, () => {
    const spec = { vocabSize: 9, blockSize: 32, nEmbd: 32, nHead: 2, nLayer: 2 };
    const model = make(randomWeights(spec, 1, 0.2));
    const sequences = Array.from({ length: 100 }, () => model.open());
    const last = sequences[99] as Sequence;
    read(model, last, [1, 2, 3]);
    const fork = last.fork();
    assertEquals(read(model, fork, [4]), read(model, model.open(), [1, 2, 3, 4]).slice(-9));
  });
}
Deno.test("SimdGpt: caches that were given back are used again", () => {
  const spec = { vocabSize: 4, blockSize: 1024, nEmbd: 64, nHead: 1, nLayer: 1 };
  const model = new SimdGpt(new Weights(spec));
  // Half a MiB each: 9,000 at once would not fit into 4 GiB.
  for (let i = 0; i < 9_000; i++) model.open().close();
});

import { SimdTrainingGpt } from "../../src/model/simd/training_gpt.ts";
import { ReferenceTrainingModel } from "../../src/model/reference/training_model.ts";
Deno.test("SimdTrainingGpt: a batch that is not full is the mean of what it holds (1e-6)", () => {
  const weights = randomWeights(smallSpec);
  const batch = [[4, 0, 1, 4], [4, 2, 4]];
  const expected = new ReferenceTrainingModel(untrained(weights)).lossAndGradient(batch);
  assertAlmostEquals(
    new SimdTrainingGpt(untrained(weights), 8).lossAndGradient(batch),
    expected,
    1e-6,
  );
});
Deno.test("SimdTrainingGpt: a document past the block is refused", () => {
  const model = new SimdTrainingGpt(untrained(randomWeights(smallSpec)), 2);
  assertThrows(() => model.lossAndGradient([Array(8).fill(1)]), RangeError, "2 to 7 tokens");
});
Deno.test("SimdGpt: more caches than 4 GiB hold are refused by their size", () => {
  const spec = { vocabSize: 4, blockSize: 32_768, nEmbd: 64, nHead: 1, nLayer: 4 };
  const model = new SimdGpt(new Weights(spec));
  // 64 MiB each.
  const open = (): void => Array.from({ length: 64 }).forEach(() => model.open());
  assertThrows(open, RangeError, "GiB, WebAssembly has 4 GiB");
});

Deno.test("SimdGpt: the last of many sequences can fill the block, wherever the memory ends (58 sizes)", () => {
  for (let vocabSize = 2; vocabSize < 60; vocabSize++) {
    const spec = { vocabSize, blockSize: 5, nEmbd: 12, nHead: 1, nLayer: 1 };
    const model = new SimdGpt(randomWeights(spec, 1, 0.3));
    const sequences = Array.from({ length: 64 }, () => model.open());
    const tokens = Array.from({ length: 5 }, (_, i) => i % vocabSize);
    const [last, first] = [sequences[63], sequences[0]].map((sequence) =>
      read(model, sequence as Sequence, tokens)
    );
    assertEquals(last, first);
  }
});
