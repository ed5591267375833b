// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { sample } from "../../src/decode/sample/sample.ts";
import { modelDraft } from "../../src/decode/speculative/drafts/model.ts";
import { speculative } from "../../src/decode/speculative/rejection_sampling.ts";
import { type LanguageModel, NO_LOGITS, type Token } from "../../src/model/language_model.ts";
import { CounterStream } from "../../src/random/counter_stream.ts";
import { BATCH, recordTexts } from "../../src/stages/recorded_texts.ts";
import { RepeatedPasses } from "../../src/stages/repeated_passes.ts";
import { EOS, STOPS } from "../decode/known_model.ts";
import { MockModel } from "../decode/mock_model.ts";
import { FakeClock } from "./fake_clock.ts";

/** A text is 0 0 EOS. */
const certain = (prefix: readonly Token[]): number[] =>
  prefix.length < 4 ? [1, 0, 0, 0] : [0, 0, 0, 1];

/** Texts of a target and a draft that both know how every text goes. */
function record(seconds = 1) {
  const [target, draft] = [new MockModel(4, 8, certain), new MockModel(4, 8, certain)];
  const clock = new FakeClock();
  const texts = recordTexts(
    (replaced) => {
      // Making the strategy reads no clock: decoding does, by its first pass.
      const proposer = replaced(draft);
      return speculative({
        draft: modelDraft(proposer, { choice: "sample", warpers: [], confidence: 0 }),
        draftK: 1,
        warpers: [],
      });
    },
    [{ target, prompt: [EOS], stops: STOPS, maxNewTokens: 8 }],
    CounterStream.fromSeed(1),
    {
      seconds,
      clock: () => {
        clock.take(0.1);
        return clock.now();
      },
    },
  );
  const nameOf = (model: LanguageModel): string => model === target ? "target" : "draft";
  return { target, draft, texts, nameOf };
}

Deno.test("recordTexts: every pass, with the tokens before it, those that it read, and its rows", () => {
  const { texts, nameOf } = record(0);
  assertEquals(texts.choices, 4);
  assertEquals(
    texts.passes.map(({ model, before, tokens, rows }) => [nameOf(model), before, tokens, rows]),
    [
      ["draft", [], [EOS], 1],
      ["target", [], [EOS, 0], 2],
      // Both accepted a token and chose one more: the draft has not read either.
      ["draft", [EOS], [0, 0], 1],
      ["target", [EOS, 0], [0, 0], 2],
      // The last token is EOS, which nobody reads.
    ],
  );
});

Deno.test("recordTexts: for the time given", () => {
  // The clock of these tests goes on by 0.1 s whenever it is read: at the beginning and after each text.
  assertEquals(record(0.55).texts.choices, 6 * 4);
});

Deno.test("recordTexts: distributions that an engine leaves count as memory, as logits do", () => {
  const target = new MockModel(4, 8, certain);
  const forward = target.forward.bind(target);
  target.forward = (batch) =>
    batch.some(({ draw }) => draw?.distribution !== undefined) ? [NO_LOGITS] : forward(batch);
  const distribution = new Float64Array(2 ** 18);
  const texts = recordTexts(
    () =>
      function* (request) {
        const draw = { temperature: 1, uniform: 0, token: 0, logProb: 0, warpedLogProb: 0 };
        const sequence = request.target.open();
        yield [{ sequence, tokens: [EOS], rows: 1, draw: { ...draw, distribution } }];
        sequence.close();
        return yield* sample([])(request);
      },
    [{ target, prompt: [EOS], stops: STOPS, maxNewTokens: 8 }],
    CounterStream.fromSeed(1),
    { seconds: 1, clock: new FakeClock().now },
  );
  // 4 MiB are two of them.
  assertEquals(texts.passes.filter(({ draw }) => draw?.distribution !== undefined).length, 2);
});

Deno.test("recordTexts: choosing alone asks no model, and chooses as many tokens", () => {
  const { target, draft, texts } = record(0);
  const passes = () => target.batches.length + draft.batches.length;
  const before = passes();
  assertEquals(texts.choose(), 4);
  assertEquals(texts.choose(), 4);
  assertEquals(passes(), before);
  assertEquals(texts.decode(), 4);
  assertEquals(passes(), 2 * before);
});

Deno.test("recordTexts: texts are decoded again by tens, each with its own chance, long ones in every ten", () => {
  const target = new MockModel(4, 12, () => [0.3, 0.3, 0.2, 0.2]);
  const clock = new FakeClock();
  const texts = recordTexts(
    () => sample([]),
    [[EOS], [EOS, 0]].map((prompt) => ({ target, prompt, stops: STOPS, maxNewTokens: 10 })),
    CounterStream.fromSeed(3),
    { seconds: 1, clock: clock.now },
  );
  const batches = 200 / BATCH;
  const decoded = Array.from({ length: 2 * batches }, texts.decode);
  assertEquals(decoded.slice(batches), decoded.slice(0, batches));
  assertEquals(decoded.slice(batches).reduce((sum, count) => sum + count), texts.choices);
  assertEquals(Array.from({ length: 2 * batches }, texts.choose), decoded);
  // Texts of 1 to 11 choices: in tens as they come, the counts would differ by 30 and more.
  assert(Math.max(...decoded) - Math.min(...decoded) <= 10, decoded.join());
});

Deno.test("RepeatedPasses: each is done on the text that stood before it, and all is closed", () => {
  const { target, draft, texts } = record(0);
  const read: [length: number, tokens: number][] = [];
  for (const model of [target, draft]) {
    const forward = model.forward.bind(model);
    model.forward = (batch) => {
      for (const { sequence, tokens } of batch) read.push([sequence.length, tokens.length]);
      return forward(batch);
    };
  }
  const passes = new RepeatedPasses(texts.passes);
  read.length = 0;
  const once = [[0, 1], [0, 2], [1, 2], [2, 2]];
  assertEquals(passes.once(), 4);
  assertEquals(passes.once(), 4);
  assertEquals(read as number[][], [...once, ...once]);
  passes.close();
  assert([...target.sequences, ...draft.sequences].every(({ closed }) => closed));
});

Deno.test("RepeatedPasses: with several streams a batch of so many sequences, the passes in a circle", () => {
  const { target, texts } = record(0);
  const batches: [length: number, tokens: number][][] = [];
  const forward = target.forward.bind(target);
  target.forward = (batch) => {
    batches.push(batch.map(({ sequence, tokens }) => [sequence.length, tokens.length]));
    return forward(batch);
  };
  const own = texts.passes.filter(({ model, before }) => model === target && before.length > 0);
  assertEquals(own.length, 1);
  const passes = new RepeatedPasses([...own, ...own, ...own], 2);
  batches.length = 0;
  assertEquals(passes.once(), 2);
  assertEquals(batches, [[[2, 2], [2, 2]], [[2, 2], [2, 2]]]);
  passes.close();
});

Deno.test("recordTexts: texts are decoded together, at least as many as there are streams", () => {
  const { target, texts } = record(0);
  target.batches.length = 0;
  // One text was recorded.
  assertEquals(texts.decodeTogether(3)(), 3 * 4);
  assertEquals(target.batches, [3, 3]);
});
