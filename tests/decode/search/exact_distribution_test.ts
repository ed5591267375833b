// @ts-types="../../declarations/assert.d.ts"
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { exactDistribution } from "../../../src/decode/search/exact.ts";
import { topK } from "../../../src/decode/warp/top_k.ts";
import { temperature } from "../../../src/decode/warp/temperature.ts";
import type { DecodeResult } from "../../../src/decode/strategy.ts";
import type { Warper } from "../../../src/decode/warp/warper.ts";
import { everyText, lawless } from "../every_text.ts";
import { STOPS } from "../known_model.ts";
import { MockModel } from "../mock_model.ts";
import { StopTokens } from "../../../src/model/language_model.ts";

const chains: readonly (readonly Warper[])[] = [[], [temperature(.7)], [topK(2), temperature(2)]];
const cases = fc.record({
  seed: fc.nat(),
  vocabSize: fc.integer({ min: 1, max: 4 }),
  maxNewTokens: fc.integer({ min: 0, max: 5 }),
  blockSize: fc.integer({ min: 1, max: 6 }),
  warpers: fc.constantFrom(...chains),
  stops: fc.integer({ min: 1, max: 2 }),
});

Deno.test("exactDistribution: every text with its probability, as by trying all (1e-12, 100 models)", () => {
  fc.assert(
    fc.property(cases, ({ seed, vocabSize, maxNewTokens, blockSize, warpers, stops }) => {
      const eos = vocabSize - 1;
      const next = lawless(vocabSize, seed);
      const model = new MockModel(vocabSize, blockSize, next);
      const tokens = [eos, Math.max(0, vocabSize - stops)];
      const options = { prompt: [eos], stops: new StopTokens(tokens, vocabSize), maxNewTokens };
      const expected = everyText(next, { target: model, ...options }, warpers);
      const { texts, rest } = exactDistribution(model, [eos], warpers, options);
      assertEquals(texts.length, expected.length);
      assertAlmostEquals(rest, 0, 1e-12);
      texts.forEach(({ probability }, i) =>
        assertAlmostEquals(probability, Math.exp(expected[i]?.logProb ?? NaN), 1e-12)
      );
      const named = (
        { tokens, stop, stopToken }: Pick<DecodeResult, "tokens" | "stop" | "stopToken">,
      ) => `${tokens} ${stop} ${stopToken ?? ""}`;
      assertEquals(texts.map(named).sort(), expected.map(named).sort());
      assert(model.sequences.every(({ closed }) => closed));
    }),
    { seed: 1, numRuns: 100 },
  );
});

// The most probable texts of this model have .225, .177, .080, .058, … of the mass.
const limits: readonly [string, { count?: number; mass?: number }, number][] = [
  ["a number of texts", { count: 7 }, 7],
  ["a mass", { mass: .5 }, 4],
  ["whichever comes first", { count: 2, mass: .5 }, 2],
];
for (const [name, limit, expected] of limits) {
  Deno.test(`exactDistribution: up to ${name}, and the probability of the rest (1e-12)`, () => {
    const next = lawless(4, 8);
    const model = new MockModel(4, 16, next);
    const options = { prompt: [3], stops: STOPS, maxNewTokens: 5 };
    const all = everyText(next, { target: model, ...options });
    const { texts, rest } = exactDistribution(model, [3], [], { ...options, ...limit });
    assertEquals(texts.map(({ tokens }) => tokens), all.slice(0, expected).map((t) => t.tokens));
    const others = all.slice(expected).reduce((sum, { logProb }) => sum + Math.exp(logProb), 0);
    assertAlmostEquals(rest, others, 1e-12);
  });
}

Deno.test("exactDistribution: of a most probable text reads few prefixes, of half a million", () => {
  const next = lawless(4, 8);
  const model = new MockModel(4, 16, next);
  exactDistribution(model, [3], [], { stops: STOPS, maxNewTokens: 12, count: 1 });
  assert(model.sequences.length < 20, `${model.sequences.length} prefixes`);
});
