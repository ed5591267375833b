// @ts-types="../../declarations/assert.d.ts"
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { type Draft, oneHot } from "../../../src/decode/speculative/draft.ts";
import { greedy } from "../../../src/decode/sample/greedy.ts";
import {
  modelDraft,
  type ModelDraftOptions,
} from "../../../src/decode/speculative/drafts/model.ts";
import { promptLookup } from "../../../src/decode/speculative/drafts/prompt_lookup.ts";
import { schedule } from "../../../src/decode/scheduler.ts";
import type { Strategy } from "../../../src/decode/strategy.ts";
import {
  overlap,
  residual,
  speculative,
} from "../../../src/decode/speculative/rejection_sampling.ts";
import { topK } from "../../../src/decode/warp/top_k.ts";
import { temperature } from "../../../src/decode/warp/temperature.ts";
import type { Warper } from "../../../src/decode/warp/warper.ts";
import { type LanguageModel, StopTokens } from "../../../src/model/language_model.ts";
import { SimdGpt } from "../../../src/model/simd/inference_gpt.ts";
import { CounterStream } from "../../../src/random/counter_stream.ts";
import { randomWeights } from "../../model/small_model.ts";
import { assertLogProbs, decode, type DecodeOptions, EOS, known, STOPS } from "../known_model.ts";
import { MockModel, type NextProbabilities, scripted } from "../mock_model.ts";

/** A draft by a model that says `next`. */
function says(next: NextProbabilities, options: Partial<ModelDraftOptions> = {}): Draft {
  const model = new MockModel(4, 16, next);
  return modelDraft(model, { choice: "sample", warpers: [], confidence: 0, ...options });
}

/** A draft that proposes `tokens`, wherever it stands, and leaves nothing to chance. */
const insists = (...tokens: number[]): Draft => ({
  open: () => ({
    // deno-lint-ignore require-yield -- it asks no model
    *propose(_, most) {
      const some = tokens.slice(0, most);
      return { tokens: some, distributions: some.map((token) => oneHot(token, 4)) };
    },
    close() {},
  }),
});

const lossless = (draft: Draft, draftK: number, warpers: readonly Warper[] = []): Strategy =>
  speculative({ draft, draftK, warpers });

Deno.test("speculative: where all is accepted, one pass gives it and a bonus token", () => {
  // Accepts 0 (.59 < .6); after 0, .3 of the bonus is 1.
  const { tokens, logProbs, warpedLogProbs, costs, speculation } = decode(
    lossless(insists(0), 1),
    { random: scripted([.59, .3]), maxNewTokens: 2 },
  );
  assertEquals(tokens, [0, 1]);
  assertLogProbs(logProbs, [.6, .5]);
  assertLogProbs(warpedLogProbs, [.6, .5]);
  assertEquals({ ...costs }, {
    targetCalls: 1,
    targetRows: 2,
    draftCalls: 0,
    draftRows: 0,
    proposed: 1,
    tested: 1,
    accepted: 1,
    resampled: 0,
    bonus: 1,
    rounds: 1,
  });
  assertEquals({ ...speculation }, {
    proposedAt: [1],
    testedAt: [1],
    acceptedAt: [1],
    overlapAt: [.6],
  });
});

Deno.test("speculative: the first refused is replaced from p − q, and those after it are dropped", () => {
  // q = [.8, .1, .1, 0] and p = [.6, .4, 0, 0] at first, then EOS: .8 refuses 0, p − q is at 1 alone.
  const { tokens, stop, costs } = decode(lossless(says(() => [.8, .1, .1, 0]), 3), {
    next: ({ length }) => length === 1 ? [.6, .4, 0, 0] : [0, 0, 0, 1],
    random: scripted([...[0, 0, 0, .8, 0], ...[0, 0, 0, 0, 0]]),
  });
  assertEquals({ tokens, stop }, { tokens: [1], stop: "eos" });
  const { rounds, proposed, tested, accepted, resampled, bonus } = costs;
  assertEquals([rounds, proposed, tested, accepted, resampled, bonus], [2, 6, 2, 0, 2, 0]);
});

Deno.test("speculative: an EOS is verified: with .9 after 1 it stands below .9, and else is replaced", () => {
  const after = (...draws: number[]) => {
    const options = { prompt: [EOS, 1], random: scripted(draws), maxNewTokens: 2 };
    const { tokens, stop, costs } = decode(lossless(insists(EOS), 4), options);
    return { tokens, stop, accepted: costs.accepted, rows: costs.targetRows };
  };
  // Nothing follows an EOS, so that the target need not read it.
  assertEquals(after(.89), { tokens: [], stop: "eos", accepted: 1, rows: 2 });
  // Of 0 and 1, which are left, 1; then there is room for a bonus alone, 0.
  assertEquals(after(.91, .6, 0), { tokens: [1, 0], stop: "max_new_tokens", accepted: 0, rows: 3 });
});

Deno.test("speculative: an EOS in place of a refused token, or as the bonus, ends the text", () => {
  const next: NextProbabilities = () => [.5, 0, 0, .5];
  const replaced = decode(lossless(insists(0), 1), { next, random: scripted([.6, 0]) });
  assertEquals([replaced.stop, replaced.costs.resampled], ["eos", 1]);
  const added = decode(lossless(insists(0), 1), { next, random: scripted([.4, .6]) });
  assertEquals([added.stop, added.costs.bonus], ["eos", 1]);
});

// Target and draft are sure of 0.
const rooms: readonly [string, DecodeOptions, { proposed: number; rounds: number }][] = [
  ["for one token: none", { maxNewTokens: 1 }, { proposed: 0, rounds: 1 }],
  ["for three: two", { maxNewTokens: 3 }, { proposed: 2, rounds: 1 }],
  ["for five: four", { maxNewTokens: 5 }, { proposed: 4, rounds: 1 }],
  ["for six: four, then none", { maxNewTokens: 6 }, { proposed: 4, rounds: 2 }],
  ["in the block: the same", { blockSize: 4 }, { proposed: 2, rounds: 1 }],
  ["in a full block: no round", { blockSize: 2, prompt: [EOS, 0] }, { proposed: 0, rounds: 0 }],
  ["for nothing: no round", { maxNewTokens: 0 }, { proposed: 0, rounds: 0 }],
];
for (const [name, options, expected] of rooms) {
  Deno.test(`speculative: proposes a token less than there is room for, ${name}`, () => {
    const sure: NextProbabilities = () => [1, 0, 0, 0];
    const { tokens, stop, costs } = decode(lossless(says(sure), 4), {
      next: sure,
      random: { next: () => 0 },
      ...options,
    });
    const { proposed, rounds } = costs;
    assertEquals({ proposed, rounds }, expected);
    assert(stop === (options.blockSize === undefined ? "max_new_tokens" : "block_size"));
    assertEquals(tokens.length, proposed + rounds);
  });
}

Deno.test("speculative: warpers of target and draft see the text as of each position", () => {
  const seen: Record<string, string[]> = { target: [], draft: [] };
  const spy = (name: "target" | "draft"): Warper => ({
    name: "spy",
    value: 0,
    apply: (_, history) => void seen[name]?.push(history.join("")),
  });
  const draft = says(() => [0, 1, 0, 0], { warpers: [spy("draft")] });
  // Proposes 1 1; the second is refused and 0 drawn; then proposes one more.
  decode(lossless(draft, 2, [spy("target")]), {
    next: () => [.5, .5, 0, 0],
    random: scripted([0, 0, .1, .9, .1, 0, .1, .2]),
    maxNewTokens: 4,
  });
  assertEquals(seen, { draft: ["3", "31", "310"], target: ["3", "31", "310", "3101"] });
});

Deno.test("modelDraft: stops after a token below the confidence, which it still proposes", () => {
  const next: NextProbabilities = ({ length }) => length === 2 ? [.3, .7, 0, 0] : [.9, .1, 0, 0];
  const proposed = (choice: "sample" | "argmax", confidence: number): number =>
    decode(lossless(says(next, { choice, confidence }), 4), {
      next: () => [0, 0, 0, 1],
      random: { next: () => 0 },
    }).costs.proposed;
  assertEquals(proposed("sample", 0), 4);
  assertEquals(proposed("sample", .3), 4);
  assertEquals(proposed("sample", .4), 2);
  // The argmax after the first token has .7.
  assertEquals(proposed("argmax", .7), 4);
  assertEquals(proposed("argmax", .8), 2);
});

Deno.test("modelDraft: an argmax is drawn from a one-hot distribution: it stands with p, not p/q", () => {
  const draft = says(() => [.6, .4, 0, 0], { choice: "argmax" });
  const first = (...draws: number[]) => {
    const { tokens, costs } = decode(lossless(draft, 1), {
      random: scripted(draws),
      maxNewTokens: 2,
    });
    return [tokens[0], costs.accepted];
  };
  // The target gives 0 .6, as the draft does: were it sampled, it would always stand.
  assertEquals(first(.59, 0), [0, 1]);
  assertEquals(first(.61, 0, 0), [1, 0]);
});

const lookups: readonly [string, number[], number, number[]][] = [
  ["the last token is new", [3, 0, 1], 4, []],
  ["what followed it", [3, 0, 1, 2, 0], 2, [1, 2]],
  ["no more than asked for", [3, 0, 1, 2, 0], 1, [1]],
  ["no more than there is", [3, 0, 1, 0], 4, [1, 0]],
  ["the longest match, not the latest", [3, 0, 1, 2, 1, 0, 0, 1], 1, [2]],
  ["of equal matches the latest", [3, 0, 1, 0, 2, 0], 1, [2]],
  ["a run of one token", [3, 1, 1, 1], 4, [1]],
];
for (const [name, text, most, expected] of lookups) {
  Deno.test(`promptLookup: ${name}`, () => {
    const target = new MockModel(4, 16, known);
    const request = { target, prompt: text, stops: STOPS, maxNewTokens: 9, random: scripted([]) };
    const step = promptLookup.open(request).propose(text, most, {} as never).next();
    assert(step.done === true);
    assertEquals(step.value.tokens, expected);
    assertEquals(
      step.value.distributions.map((q) => [...q]),
      expected.map((token) => [...oneHot(token, 4)]),
    );
  });
}

Deno.test("residual, overlap: the excess of p over q, and their common part", () => {
  const [p, q] = [Float64Array.of(.5, .3, .2), Float64Array.of(.2, .3, .5)];
  assertEquals([...residual(p, q)], [.3, 0, 0]);
  assertAlmostEquals(overlap(p, q), .7, 1e-15);
  assertEquals(residual(p, p), p);
});

Deno.test("speculative, modelDraft: invalid settings are refused", () => {
  assertThrows(() => lossless(insists(0), 0), RangeError, "at least 1");
  assertThrows(() => lossless(insists(0), 1.5), RangeError, "an integer");
  assertThrows(() => says(known, { confidence: 1.1 }), RangeError, "from 0 to 1");
  const five = modelDraft(new MockModel(5, 16, () => [1, 0, 0, 0, 0]), {
    choice: "sample",
    warpers: [],
    confidence: 0,
  });
  assertThrows(() => decode(lossless(five, 1)), TypeError, "expected the target's 4");
});

const spec = { vocabSize: 9, blockSize: 12, nEmbd: 8, nHead: 2, nLayer: 1 };
const target = new SimdGpt(randomWeights(spec, 1));
const smaller = new SimdGpt(randomWeights({ ...spec, nEmbd: 4 }, 2));
const prompts = Array.from({ length: 8 }, (_, token) => [8, token]);

/** The decodings of all prompts, with `eos` 8. */
function decodeAll(strategy: Strategy, model: LanguageModel = target) {
  return schedule(prompts.map((prompt, i) =>
    strategy({
      target: model,
      prompt,
      stops: new StopTokens([8], 9),
      maxNewTokens: 10,
      random: CounterStream.fromSeed(5).child(i),
    })
  ));
}

const drafts: readonly [string, (warpers: readonly Warper[]) => Draft][] = [
  ["sampled", (warpers) => modelDraft(smaller, { choice: "sample", warpers, confidence: 0 })],
  ["argmax", (warpers) => modelDraft(smaller, { choice: "argmax", warpers, confidence: 0 })],
  ["adaptive", (warpers) => modelDraft(smaller, { choice: "sample", warpers, confidence: .3 })],
  ["prompt lookup", () => promptLookup],
];
for (const [name, draft] of drafts) {
  Deno.test(`speculative: with top_k 1 it is greedy, draft ${name}, draft_k 1 to 10 (exact)`, () => {
    const expected = decodeAll(greedy).map(({ tokens, stop, logProbs }) => ({
      tokens,
      stop,
      logProbs,
    }));
    for (let draftK = 1; draftK <= 10; draftK++) {
      const results = decodeAll(lossless(draft([]), draftK, [topK(1)]));
      assertEquals(
        results.map(({ tokens, stop, logProbs }) => ({ tokens, stop, logProbs })),
        expected,
      );
    }
  });

  Deno.test(`speculative: one target pass a round, and every token is of one kind, draft ${name}`, () => {
    for (const { logProbs, costs, speculation, stop } of decodeAll(lossless(draft([]), 3))) {
      assertEquals(costs.targetCalls, costs.rounds);
      assertEquals(logProbs.length, costs.accepted + costs.resampled + costs.bonus);
      const endedByAccepted = costs.rounds - costs.resampled - costs.bonus;
      assert(endedByAccepted === 0 || endedByAccepted === 1 && stop === "eos");
      const total = (counts: readonly number[] = []) => counts.reduce((a, b) => a + b, 0);
      assertEquals(total(speculation?.testedAt), costs.tested);
      assertEquals(total(speculation?.acceptedAt), costs.accepted);
    }
  });
}

Deno.test("speculative: a draft that is the target is always accepted, draft_k 1 to 6", () => {
  for (const warpers of [[], [temperature(.7), topK(3)]]) {
    for (let draftK = 1; draftK <= 6; draftK++) {
      const draft = modelDraft(target, { choice: "sample", warpers, confidence: 0 });
      for (const { costs, speculation } of decodeAll(lossless(draft, draftK, warpers))) {
        assertEquals([costs.accepted, costs.resampled], [costs.tested, 0]);
        speculation?.overlapAt.forEach((sum, i) =>
          assertAlmostEquals(sum, speculation.testedAt[i] as number, 1e-12)
        );
      }
    }
  }
});
