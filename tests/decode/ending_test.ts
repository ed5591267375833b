// @ts-types="../declarations/assert.d.ts"
import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { Strategy } from "../../src/decode/strategy.ts";
import { logProbabilityOf, mergeStops, probabilityOf } from "../../src/decode/ending.ts";
import { beam } from "../../src/decode/search/beam.ts";
import { exact } from "../../src/decode/search/exact.ts";
import { stochasticBeam } from "../../src/decode/search/stochastic_beam.ts";
import { mirostat } from "../../src/decode/sample/mirostat.ts";
import { sample } from "../../src/decode/sample/sample.ts";
import { schedule } from "../../src/decode/scheduler.ts";
import { modelDraft } from "../../src/decode/speculative/drafts/model.ts";
import { speculative } from "../../src/decode/speculative/rejection_sampling.ts";
import { StopTokens } from "../../src/model/language_model.ts";
import { CounterStream } from "../../src/random/counter_stream.ts";
import { MockModel } from "./mock_model.ts";

const TWO = new StopTokens([2, 3], 4);

/** Texts are 0, 1, 00, 01, … of two tokens at most; each ends by 2 or by 3, or is cut. */
const next = () => [.35, .15, .2, .3];
const request = () => ({
  ...{ target: new MockModel(4, 9, next), prompt: [3], stops: TWO, maxNewTokens: 2 },
});

const strategies: readonly (readonly [string, Strategy, number])[] = [
  ["sample", sample([]), 300],
  ["mirostat, without a limit that matters", mirostat({ tau: 1e3, eta: 1e-9 }), 300],
  [
    "speculative",
    speculative({
      draft: modelDraft(new MockModel(4, 9, () => [.1, .4, .4, .1]), {
        choice: "sample",
        warpers: [],
        confidence: 0,
      }),
      draftK: 2,
      warpers: [],
    }),
    300,
  ],
  ["exact", exact({ nBest: 9 }), 1],
  ["beam", beam(20, { nBest: 9 }), 1],
  ["stochastic_beam", stochasticBeam(9, []), 1],
];
for (const [name, strategy, decodings] of strategies) {
  Deno.test(`${name}: a text is one, whichever stop token ends it, and all texts have probability 1 (1e-12)`, () => {
    const results = schedule(
      Array.from(
        { length: decodings },
        (_, i) => strategy({ ...request(), random: CounterStream.fromSeed(1).child(i) }),
      ),
    );
    const texts = results.flatMap((result) => [result, ...result.others ?? []]);
    const chances = new Map<string, number>();
    for (const { tokens, stop, logProbs } of texts) {
      const chance = Math.exp(logProbs.reduce((sum, one) => sum + one, 0));
      const known = chances.get(`${tokens} ${stop}`) ?? chance;
      assertAlmostEquals(known, chance, 1e-12);
      chances.set(`${tokens} ${stop}`, chance);
    }
    if (decodings === 1) assertEquals(texts.length, 7);
    // The empty one, 0 and 1, and 00, 01, 10 and 11, which are cut.
    assertEquals(chances.size, 7);
    assertAlmostEquals([...chances.values()].reduce((sum, one) => sum + one), 1, 1e-12);
    for (const { warpedLogProbs, stop } of decodings > 1 ? texts : []) {
      if (stop === "eos") assertAlmostEquals(warpedLogProbs.at(-1) ?? NaN, Math.log(.5), 1e-12);
    }
  });
}

const logits = Float64Array.from([.35, .15, .2, .3], Math.log);

Deno.test("ending: of one stop token the probability is its own, to the bit", () => {
  const one = new StopTokens([3], 4);
  const probabilities = Float64Array.of(.35, .15, .2, .3);
  assertEquals(probabilityOf(probabilities, 3, one), .3);
  assertEquals(probabilityOf(probabilities, 2, one), .2);
  assertEquals(
    logProbabilityOf(logits, 3, one),
    logProbabilityOf(logits, 3, new StopTokens([], 4)),
  );
  const own = logits.slice();
  mergeStops(own, one);
  assertEquals(own, logits);
});

Deno.test("mergeStops: the most probable one has all of it; of impossible ones none has any", () => {
  const merged = logits.slice();
  mergeStops(merged, TWO);
  assertEquals([merged[0], merged[1], merged[2]], [logits[0], logits[1], -Infinity]);
  assertAlmostEquals(merged[3] ?? NaN, Math.log(.5), 1e-15);
  const none = Float64Array.of(0, 1, -Infinity, -Infinity);
  mergeStops(none, TWO);
  assertEquals(none, Float64Array.of(0, 1, -Infinity, -Infinity));
});
