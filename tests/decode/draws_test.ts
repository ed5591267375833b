// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { greedy } from "../../src/decode/sample/greedy.ts";
import { sample } from "../../src/decode/sample/sample.ts";
import { schedule } from "../../src/decode/scheduler.ts";
import type { DecodeResult, Strategy } from "../../src/decode/strategy.ts";
import { temperature } from "../../src/decode/warp/temperature.ts";
import { topK } from "../../src/decode/warp/top_k.ts";
import { warpedDistribution } from "../../src/decode/warp/warper.ts";
import {
  DivergedError,
  type Draw,
  type ForwardRequest,
  type LanguageModel,
  type Logits,
  type ModelSpec,
  StopTokens,
  type Token,
} from "../../src/model/language_model.ts";
import { SimdGpt } from "../../src/model/simd/inference_gpt.ts";
import type { Weights } from "../../src/model/weights.ts";
import { choose } from "../../src/random/choose.ts";
import { CounterStream } from "../../src/random/counter_stream.ts";
import { engineSpecs, randomWeights } from "../model/small_model.ts";

/** Where the engine may draw, and where it may not, since somebody looks on. */
const WAYS = [undefined, () => {}] as const;

interface Run {
  readonly strategy: Strategy;
  readonly stops: readonly Token[];
  readonly concurrency: number;
}

/** Texts from several prompts, by draws of the engine or by those of the strategy. */
function decode(
  model: LanguageModel,
  { strategy, stops, concurrency }: Run,
  observe: (typeof WAYS)[number],
): DecodeResult[] {
  const { vocabSize, blockSize } = model.spec;
  const decodings = Array.from({ length: 40 }, (_, i) =>
    strategy({
      target: model,
      prompt: Array.from({ length: 1 + i % Math.min(3, blockSize) }, (_, j) => (i * j) % vocabSize),
      stops: new StopTokens(stops, vocabSize),
      maxNewTokens: 12,
      random: CounterStream.fromSeed(1).child(i),
      observe,
    }));
  return schedule(decodings, { concurrency });
}

/** Asks the engine for what was asked for, and counts the tokens that it drew. */
function counting(model: LanguageModel): { readonly model: LanguageModel; drawn(): number } {
  let drawn = 0;
  const forward = model.forward.bind(model);
  model.forward = (batch: readonly ForwardRequest[]): Logits[] => {
    const logits = forward(batch);
    for (const row of logits) if (row.length === 0) drawn++;
    return logits;
  };
  return { model, drawn: () => drawn };
}

const temperatures = [1e-3, 0.3, 0.8, 1, 1.7, 40, 1e300];
const strategies: readonly (readonly [name: string, strategy: Strategy])[] = [
  ["greedy", greedy],
  ["no warper", sample([])],
  ...temperatures.map((one) => [`temperature ${one}`, sample([temperature(one)])] as const),
];
const specs: readonly ModelSpec[] = [
  ...engineSpecs,
  { vocabSize: 16_384, blockSize: 4, nEmbd: 2, nHead: 1, nLayer: 1 },
];

for (const [name, strategy] of strategies) {
  Deno.test(`draws of the engine, ${name}: the same tokens and numbers as the strategy's (bits)`, () => {
    for (const spec of specs) {
      for (const deviation of spec.vocabSize > 100 ? [0.5] : [0, 0.1, 2]) {
        const target = new SimdGpt(randomWeights(spec, 1, deviation));
        for (const concurrency of [1, 7, 40]) {
          const run = { strategy, stops: [spec.vocabSize - 1], concurrency };
          const [drawn, chosen] = WAYS.map((way) => decode(target, run, way));
          assertEquals(
            drawn,
            chosen,
            `${JSON.stringify(spec)}, ${deviation}, ${concurrency} at once`,
          );
        }
      }
    }
  });
}

Deno.test("draws: the engine makes them for a division of logits and for the most probable token alone", () => {
  const [spec] = engineSpecs as [ModelSpec];
  const drawnBy = (strategy: Strategy, stops: readonly Token[], observe?: () => void): boolean => {
    const { model, drawn } = counting(new SimdGpt(randomWeights(spec)));
    decode(model, { strategy, stops, concurrency: 7 }, observe);
    return drawn() > 0;
  };
  const division = temperature(2);
  const cases: readonly (readonly [boolean, boolean])[] = [
    [drawnBy(greedy, [4]), true],
    [drawnBy(sample([]), []), true],
    [drawnBy(sample([division]), [4]), true],
    [drawnBy(sample([division, division]), [4]), false],
    [drawnBy(sample([topK(2)]), [4]), false],
    [drawnBy(greedy, [3, 4]), false],
    [drawnBy(sample([]), [4], () => {}), false],
  ];
  assertEquals(cases.map(([drawn]) => drawn), cases.map(([, expected]) => expected));
});

Deno.test("draws: a large vocabulary is the strategy's, whose sums are others", () => {
  const spec = { vocabSize: 16_385, blockSize: 3, nEmbd: 2, nHead: 1, nLayer: 1 };
  const { model, drawn } = counting(new SimdGpt(randomWeights(spec)));
  decode(model, { strategy: sample([]), stops: [0], concurrency: 40 }, undefined);
  assertEquals(drawn(), 0);
});

/** The message with which decoding ends, and that there is one. */
function failure(weights: Weights, strategy: Strategy, observe: (typeof WAYS)[number]): string {
  const run = { strategy, stops: [0], concurrency: 7 };
  return assertThrows(() => decode(new SimdGpt(weights), run, observe), DivergedError).message;
}

Deno.test("draws: where there is no distribution, the error is the strategy's", () => {
  const [spec] = engineSpecs as [ModelSpec];
  /** Weights whose head is `value`, with the signs that it had. */
  const withHead = (value: number): Weights => {
    const weights = randomWeights(spec);
    weights.tensor("lm_head").forEach((one, i, head) => head[i] = Math.sign(one) * value);
    return weights;
  };
  const messages = new Set<string | undefined>();
  const cases: readonly (readonly [weights: Weights, strategy: Strategy])[] = [
    [withHead(NaN), greedy],
    [withHead(NaN), sample([])],
    [withHead(3e38), sample([])],
    [withHead(3e38), sample([temperature(0.8)])],
    [randomWeights(spec), sample([temperature(1e-320)])],
  ];
  for (const [weights, strategy] of cases) {
    const [drawn, chosen] = WAYS.map((way) => failure(weights, strategy, way));
    assertEquals(drawn, chosen);
    messages.add(drawn);
  }
  assertEquals(messages.size, 3);
});

Deno.test("draws: batches that draw and batches that ask for logits may be one", () => {
  const [, spec] = engineSpecs as [ModelSpec, ModelSpec];
  const target = new SimdGpt(randomWeights(spec));
  const asked = (): ForwardRequest[] =>
    Array.from({ length: 9 }, (_, i) => ({ sequence: target.open(), tokens: [i, 1, i], rows: 1 }));
  const logits = target.forward(asked());
  const mixed = asked().map((request, i) =>
    i % 2 === 0 ? request : {
      ...request,
      draw: { temperature: 0, uniform: 0, token: -1, logProb: 0, warpedLogProb: NaN },
    }
  );
  const answers = target.forward(mixed);
  for (const [i, row] of logits.entries()) {
    const { draw } = mixed[i] as ForwardRequest;
    if (draw === undefined) assertEquals(answers[i], row);
    else {
      assertEquals(answers[i]?.length, 0);
      assertEquals(draw.token, row.indexOf(Math.max(...row)));
      assertEquals(draw.warpedLogProb, 0);
    }
  }
});

Deno.test("draws: a number that is just the running sum draws the next token, one below it this one", () => {
  const spec = { vocabSize: 4, blockSize: 2, nEmbd: 2, nHead: 1, nLayer: 1 };
  // All tokens are equally probable.
  const target = new SimdGpt(randomWeights(spec, 1, 0));
  const uniforms = [0, 0.25 - 2 ** -54, 0.25, 0.5, 0.75, 1 - 2 ** -53];
  const batch = uniforms.map((uniform) => ({
    sequence: target.open(),
    tokens: [0],
    rows: 1,
    draw: { temperature: 1, uniform, token: -1, logProb: 0, warpedLogProb: 0 },
  }));
  target.forward(batch);
  assertEquals(batch.map(({ draw }) => draw.token), [0, 0, 1, 2, 3, 3]);
});

for (const value of [1, 0.7, 1.9, 1e-3]) {
  Deno.test(`draws, temperature ${value}: the distribution that is wanted is the strategies', with its token (bits)`, () => {
    const large = { vocabSize: 1025, blockSize: 4, nEmbd: 2, nHead: 1, nLayer: 1 };
    for (const spec of [...engineSpecs, { ...large, vocabSize: 1024 }, large]) {
      const target = new SimdGpt(randomWeights(spec, 1, 0.5));
      const random = CounterStream.fromSeed(2);
      // The second ones begin with a prompt that was read, the last ones go on in one pass with others.
      for (const [isWanted, isBegun] of [[false, false], [true, false], [false, true]]) {
        if (isBegun && spec.blockSize < 2) continue;
        const before = isBegun ? [0] : [];
        const batch = Array.from({ length: 300 }, (_, i) => ({
          sequence: target.open(),
          tokens: [i % 7 % spec.vocabSize],
          rows: 1,
          draw: {
            ...{
              temperature: value,
              uniform: random.next(),
              token: -1,
              logProb: NaN,
              warpedLogProb: NaN,
            },
            distribution: isWanted || i % 3 > 0 ? new Float64Array(spec.vocabSize) : undefined,
          },
        }));
        if (isBegun) {
          target.forward(batch.map(({ sequence }) => ({ sequence, tokens: before, rows: 0 })));
        }
        const answers = target.forward(batch);
        const rows = target.forward(batch.map(({ tokens }) => ({
          ...{ sequence: target.open(), tokens: [...before, ...tokens], rows: 1 },
        })));
        for (const [i, { draw: { distribution, token, uniform } }] of batch.entries()) {
          // There is no room for the distributions of larger vocabularies.
          const isDrawn = distribution === undefined || spec.vocabSize <= 1024;
          assertEquals(answers[i]?.length, isDrawn ? 0 : spec.vocabSize);
          if (!isDrawn) continue;
          const warpers = value === 1 ? [] : [temperature(value)];
          const p = warpedDistribution(rows[i] as Logits, warpers, [], 0);
          if (distribution !== undefined) assertEquals(distribution, p);
          assertEquals(token, choose(p, uniform));
        }
      }
    }
  });
}

Deno.test("draws: what no token can be drawn by is refused before anything is read", () => {
  const [spec] = engineSpecs as [ModelSpec];
  const target = new SimdGpt(randomWeights(spec));
  const sequence = target.open();
  const good = { temperature: 1, uniform: 0, token: -1, logProb: 0, warpedLogProb: 0 };
  const cases: readonly (readonly [Partial<Draw>, rows: number, message: string])[] = [
    [{}, 0, "Cannot draw from 0 rows of logits: expected 1"],
    [{}, 2, "Cannot draw from 2 rows of logits: expected 1"],
    [{ temperature: -1 }, 1, "Cannot draw at temperature -1 by the number 0"],
    [{ temperature: NaN }, 1, "Cannot draw at temperature NaN by the number 0"],
    [{ uniform: 1 }, 1, "Cannot draw at temperature 1 by the number 1"],
    [
      { distribution: new Float64Array(3) },
      1,
      `in 3 numbers: expected a temperature above 0, and ${spec.vocabSize} numbers`,
    ],
    [
      { temperature: 0, distribution: new Float64Array(spec.vocabSize) },
      1,
      "Cannot leave the distribution of a draw at temperature 0",
    ],
  ];
  for (const [bad, rows, message] of cases) {
    const request = { sequence, tokens: [0, 1], rows, draw: { ...good, ...bad } };
    assertThrows(() => target.forward([request]), RangeError, message);
    assertEquals(sequence.length, 0);
  }
});
