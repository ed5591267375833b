/**
 * Pairs of models measured by a clock on which only passes take time.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { EOS, STOPS } from "../decode/known_model.ts";
import { MockModel, type NextProbabilities } from "../decode/mock_model.ts";
import { FakeClock } from "../stages/fake_clock.ts";
import { measurePair, type PairCell } from "./model_pair.ts";
import { bestTexts, pairsText } from "./pair_process.ts";

const BLOCK = 64;
/** A text never ends; the draft is right with probability 3/4. */
const truth: NextProbabilities = () => [0.75, 0.25, 0, 0];
const guess: NextProbabilities = () => [1, 0, 0, 0];

/** A look at the clock takes as long, so that choosing tokens is not done for ever; seconds. */
const LOOK = 1e-5;

/** Measures a pair whose passes take so many milliseconds, by the tokens that they read. */
function measure(
  draft: NextProbabilities,
  pass: Record<"target" | "draft", (n: number) => number>,
) {
  const clock = new FakeClock();
  const models = { target: new MockModel(4, BLOCK, truth), draft: new MockModel(4, BLOCK, draft) };
  for (const name of ["target", "draft"] as const) {
    const model = models[name];
    const forward = model.forward.bind(model);
    model.forward = (batch) => {
      clock.take(1e-3 * pass[name](batch.reduce((sum, { tokens }) => sum + tokens.length, 0)));
      return forward(batch);
    };
  }
  const beginnings = [[EOS], [EOS, 0, 1]].map((prompt) => ({
    ...{ target: models.target, prompt, stops: STOPS, maxNewTokens: 24 },
  }));
  return measurePair(
    { ...models, beginnings },
    { draftKs: [1, 3], streams: [1, 2], seconds: 10 },
    () => {
      clock.take(LOOK);
      return clock.now();
    },
  );
}

const result = measure(guess, { target: (n) => 100 + n, draft: (n) => 9 + n });

Deno.test("measurePair: passes of both models, acceptance, and whether greedy texts are the same", () => {
  assertEquals(result.passes.map(({ tokens }) => tokens), [1, 2, 3, 4, 5, 8]);
  for (const { tokens, target, draft } of result.passes) {
    assertAlmostEquals(target.value, 1e-3 * (100 + tokens), 2 * LOOK);
    assertAlmostEquals(draft.value, 1e-3 * (9 + tokens), 2 * LOOK);
  }
  // Greedily the draft is always right; of what it proposes, p covers 3/4.
  assertAlmostEquals(result.acceptance.greedy, 1, 1e-12);
  assertAlmostEquals(result.acceptance.sampled, 0.75, 1e-6);
  assertEquals(result.isIdentical, true);
});

Deno.test("measurePair: c and v in passes of the target over a token of each stream, and speeds that parts explain (5 %, 10 % in batches)", () => {
  assertEquals(
    result.cells.map(({ decoding, streams, draftK }) => [decoding, streams, draftK]),
    [
      ...[["greedy", 1, 1], ["greedy", 1, 3]],
      ...[["sampled", 1, 1], ["sampled", 1, 3], ["sampled", 2, 1], ["sampled", 2, 3]],
    ],
  );
  for (const { streams, draftK, draftStep, verification, speedUps } of result.cells) {
    const single = 100 + streams;
    assertAlmostEquals(verification, (100 + streams * (draftK + 1)) / single, 1e-3);
    // A draft that was right all the time reads two tokens in its first pass, and then one.
    if (draftK > 1) assertAlmostEquals(draftStep, (9 + streams) / single, 1e-3);
    // Of two streams other texts are decoded than those whose passes are added up.
    const tolerance = streams === 1 ? 0.05 : 0.1;
    assertAlmostEquals(speedUps.predicted.value / speedUps.measured.value, 1, tolerance);
  }
  const greedy = result.cells.find(({ draftK }) => draftK === 3);
  // 4 tokens for a pass of the target over 4, one of the draft over 2 and two over 1; the end is shorter.
  assertAlmostEquals(greedy?.speedUps.measured.value ?? NaN, 4 * 101 / (104 + 11 + 20), 0.25);
});

Deno.test("measurePair: a draft that is wrong all the time leaves the text as it is, and loses", () => {
  const { acceptance, isIdentical, cells } = measure(() => [0, 0, 1, 0], {
    target: (n) => 100 + n,
    draft: (n) => 9 + n,
  });
  assertEquals([acceptance.greedy, isIdentical], [0, true]);
  assert(cells.every(({ speedUps }) => speedUps.measured.value < 1));
});

const around = (value: number) => ({ value, low: value - 0.1, high: value + 0.1 });

function cell(streams: number, draftK: number, predicted: number, measured: number): PairCell {
  return {
    ...{ decoding: "sampled", streams, draftK, draftStep: 0.1, verification: 1.2 },
    speedUps: {
      ofPasses: around(predicted),
      predicted: around(predicted),
      measured: around(measured),
    },
  };
}

Deno.test("bestTexts: the best draft_k at each number of streams, and where speculation stops paying", () => {
  const cells = [cell(1, 2, 1.3, 1.5), cell(1, 4, 1.4, 1.4), cell(4, 2, 0.9, 0.8)];
  assertEquals(bestTexts(cells).map((line) => line.trim()), [
    "Best draft_k, sampled, one stream: 2 measured (1.50 ×), 4 predicted (1.40 ×).",
    "Best draft_k, sampled, 4 streams: 2 measured (0.80 ×), 2 predicted (0.90 ×).",
    "Speculation stops paying, sampled, at 4 streams.",
  ]);
  assertEquals(
    bestTexts(cells.slice(0, 2)).at(-1)?.trim(),
    "Speculation pays, sampled, at 1 streams.",
  );
});

Deno.test("pairsText: everything that was measured, or why nothing was", () => {
  const whole = { runtime: "made up 1", parameters: 86e6, loadSeconds: 1.5, ...result };
  const untouched = { greedy: 0.5, sampled: 0.6 };
  const text = pairsText([{ title: "a by b", threads: 2, result: whole, untouched }]);
  for (
    const part of [
      "a by b. 86.0 million parameters, made up 1, 2 threads, both loaded in 1.5 s.",
      "Accepted: 1.00 of greedy proposals, 0.75 of drawn ones (the mean α); of stories260K itself, untouched, 0.50 of greedy",
      "Greedy texts are the same as token by token",
      "| sampled  |       2 |       3 | 0.11 | 1.06 |",
    ]
  ) assertStringIncludes(text.replaceAll(/ +/g, " "), part.replaceAll(/ +/g, " "));
  assertEquals(
    pairsText([{ title: "a by b", threads: 2, absent: "it is not there" }]),
    "a by b: not measured (it is not there).\n",
  );
});
