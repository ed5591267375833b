// @ts-types="../../declarations/assert.d.ts"
import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { InferenceGpt } from "../../../src/model/reference/inference_gpt.ts";
import { SimdGpt } from "../../../src/model/simd/inference_gpt.ts";
import { inferenceShardCount } from "../../../src/model/simd/inference_batch.ts";
import type { Token } from "../../../src/model/language_model.ts";
import { testLanguageModel } from "../language_model_contract.ts";
import { engineSpecs, randomWeights, smallSpec } from "../small_model.ts";
import { processorArithmetics, testInEach } from "./arithmetics.ts";

for (const arithmetic of processorArithmetics) {
  testLanguageModel(`SimdGpt, ${arithmetic},`, (weights) => new SimdGpt(weights, 1, arithmetic));
}

for (const spec of engineSpecs) {
  const { nEmbd, nHead, nLayer } = spec;
  const sizes = `${nEmbd}/${nHead}/${nLayer}`;
  testInEach((kind) => `SimdGpt, ${kind}, ${sizes}: logits are the reference's (2e-5)`, (kind) => {
    const weights = randomWeights(spec, 3, 0.2);
    const tokens = Array.from({ length: spec.blockSize }, (_, i) => (5 * i + 1) % spec.vocabSize);
    const [ours, reference] = [new SimdGpt(weights, 1, kind), new InferenceGpt(weights)].map((
      model,
    ) => model.forward([{ sequence: model.open(), tokens, rows: tokens.length }])[0]);
    reference?.forEach((logit, i) => assertAlmostEquals(ours?.[i] as number, logit, 2e-5));
  });
}

Deno.test("inferenceShardCount: threads that a model could not keep busy are not started", () => {
  const spec = { vocabSize: 27, blockSize: 16, nEmbd: 16, nHead: 4, nLayer: 1 };
  const cases = [[16, 8, 1], [64, 1, 1], [64, 8, 6], [128, 8, 8]] as const;
  for (const [nEmbd, threads, expected] of cases) {
    assertEquals(
      inferenceShardCount({ ...spec, nEmbd }, threads),
      expected,
      `${nEmbd} wide, ${threads}`,
    );
  }
});

testInEach(
  (kind) =>
    `SimdGpt, ${kind}: logits are the same bits with 1, 2 and 5 threads, while caches are added and forked`,
  (kind) => {
    // So wide that threads are started after a few batches.
    const spec = { vocabSize: 27, blockSize: 32, nEmbd: 256, nHead: 4, nLayer: 2 };
    /** Steps of many samples, of which every third is forked half-way; all logits in order. */
    const decode = (threads: number): Float64Array[] => {
      const model = new SimdGpt(randomWeights(spec), threads, kind);
      try {
        let sequences = Array.from({ length: 150 }, () => model.open());
        return [1, 4, 1, 1, ...Array(9).fill(1)].flatMap((count, step) => {
          if (step === 3) {
            sequences = sequences.flatMap((one, i) => i % 3 === 0 ? [one, one.fork()] : [one]);
          }
          return model.forward(sequences.map((sequence, i) => ({
            sequence,
            tokens: Array.from({ length: count + i % 2 }, (_, j) => (i + j * step) % 27),
            rows: 1,
          })));
        });
      } finally {
        model.close();
      }
    };
    const alone = decode(1);
    assertEquals(alone.length, 3 * 150 + 10 * 200);
    for (const threads of [2, 5]) assertEquals(decode(threads), alone, `${threads} threads`);
  },
);

testInEach(
  (kind) =>
    `SimdGpt, ${kind}: more tokens of one text than rows go through together are the same bits`,
  (kind) => {
    const spec = { vocabSize: 7, blockSize: 600, nEmbd: 8, nHead: 2, nLayer: 2 };
    const text = Array.from({ length: 600 }, (_, i) => (i * i) % 7);
    const model = new SimdGpt(randomWeights(spec), 2, kind);
    try {
      const others = Array.from({ length: 9 }, () => ({
        sequence: model.open(),
        tokens: text.slice(0, 100),
        rows: 1,
      }));
      const all = { sequence: model.open(), tokens: text, rows: 600 };
      const together = model.forward([...others, all])[9] as Float64Array;
      const sequence = model.open();
      const one = text.flatMap((
        token,
      ) => [...model.forward([{ sequence, tokens: [token], rows: 1 }])[0] ?? []]);
      assertEquals([...together], one);
    } finally {
      model.close();
    }
  },
);

testInEach(
  (kind) =>
    `SimdGpt, ${kind}: logits of few rows are the same bits with 1, 2 and 5 threads, which divide the columns`,
  (kind) => {
    // So wide that one row is worth it; columns that no number of threads divides evenly.
    const spec = { vocabSize: 27, blockSize: 32, nEmbd: 420, nHead: 4, nLayer: 1 };
    const weights = randomWeights(spec);
    const decode = (threads: number): Float64Array[] => {
      const model = new SimdGpt(weights, threads, kind);
      try {
        // So many rows that the threads are started.
        const many = Array.from({ length: 250 }, () => model.open());
        for (const token of [1, 2]) {
          model.forward(many.map((sequence) => ({ sequence, tokens: [token], rows: 1 })));
        }
        return [1, 2, 3, 7, 20].flatMap((count) => {
          const some = many.slice(0, count);
          return [3, 4].flatMap((token) =>
            model.forward(some.map((sequence, i) => ({ sequence, tokens: [token, i], rows: 2 })))
          );
        });
      } finally {
        model.close();
      }
    };
    const alone = decode(1);
    assertEquals(alone.length, 66);
    for (const threads of [2, 5]) assertEquals(decode(threads), alone, `${threads} threads`);
  },
);

Deno.test("SimdGpt: a sequence that is in a batch twice is refused, and nothing is read", () => {
  const model = new SimdGpt(randomWeights(smallSpec));
  const sequence = model.open();
  const request = { sequence, tokens: [0], rows: 1 };
  assertThrows(() => model.forward([request, request]), TypeError, "in the batch twice");
  assertEquals(sequence.length, 0);
  model.forward([request]);
  assertEquals(sequence.length, 1);
});

Deno.test("SimdGpt: a prompt is read once for all that begin with it, whatever they read after it, to the same bits (200 prompts)", () => {
  const spec = { vocabSize: 27, blockSize: 8, nEmbd: 16, nHead: 4, nLayer: 2 };
  const weights = randomWeights(spec);
  const [model, other] = [new SimdGpt(weights), new SimdGpt(weights)];
  const prompts = Array.from({ length: 200 }, (_, i) => [0, i % 27, Math.floor(i / 27)]);
  const rest = [5, 9, 7];
  const logitsOf = (text: readonly Token[]): number[] => {
    // Of every token, which keeps no prompt.
    const sequence = other.open();
    const [all] = other.forward([{ sequence, tokens: text, rows: text.length }]);
    sequence.close();
    return [...all?.subarray(2 * spec.vocabSize) ?? []];
  };
  for (let round = 0; round < 3; round++) {
    // Twice in a batch, with as many tokens after it or more, and again when many others have been read.
    const sequences = [...prompts, ...prompts].map((prompt, i) => ({
      sequence: model.open(),
      tokens: [...prompt, ...rest.slice(0, (i + round) % 3)],
    }));
    const first = model.forward(
      sequences.map((one) => ({ ...one, rows: one.tokens.length - 2 })),
    );
    const next = model.forward(
      sequences.map(({ sequence, tokens }) => ({
        sequence,
        tokens: rest.slice(tokens.length - 3),
        rows: 1,
      })),
    );
    sequences.forEach(({ tokens, sequence }, i) => {
      assertEquals([...first[i] ?? []], logitsOf(tokens));
      const all = logitsOf([...tokens.slice(0, 3), ...rest]);
      assertEquals([...next[i] ?? []], all.slice(-spec.vocabSize));
      sequence.close();
    });
  }
});

Deno.test("SimdGpt: what one does with the logits after a prompt, another never sees", () => {
  const model = new SimdGpt(randomWeights(smallSpec));
  const read = (): Float64Array =>
    model.forward([{ sequence: model.open(), tokens: [0, 1], rows: 1 }])[0] as Float64Array;
  const expected = [...read()];
  read().fill(0);
  assertEquals([...read()], expected);
});
