/**
 * Every strategy in the list keeps the rules of all strategies and agrees with its own table of cases.
 * Texts end with either of two stop tokens, of which none is BOS.
 *
 * @module
 */
// @ts-types="../../declarations/assert.d.ts"
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import {
  createStrategy,
  strategies,
  strategyOf,
  type StrategySettings,
} from "../../../src/decode/definitions.ts";
import { strategySchema } from "../../../src/decode/settings_schema.ts";
import { schedule } from "../../../src/decode/scheduler.ts";
import type { Costs, DecodeResult } from "../../../src/decode/strategy.ts";
import { StopTokens } from "../../../src/model/language_model.ts";
import { CounterStream } from "../../../src/random/counter_stream.ts";
import { strategyCases } from "../cases/strategies.ts";
import { lawless } from "../every_text.ts";
import { decode, draftsOf, EOS } from "../known_model.ts";
import { MockModel, type NextProbabilities } from "../mock_model.ts";

const SIZE = 6;
const BOS = 5;
const STOPS = new StopTokens([2, 4], SIZE);
const BLOCK_SIZE = 9;

/** A decoding of a model without a rule, and what it asked of the model. */
interface Decoded {
  readonly texts: readonly DecodeResult[];
  readonly model: MockModel;
  readonly drafts: readonly MockModel[];
  readonly next: NextProbabilities;
  readonly prompt: readonly number[];
}

/** Decodes from model `seed` with random stream `stream`. */
function decoded(
  settings: StrategySettings,
  { seed, stream = seed, maxNewTokens = 6, prompt = [BOS, 0] }: {
    seed: number;
    stream?: number;
    maxNewTokens?: number;
    prompt?: readonly number[];
  },
): Decoded {
  const next = lawless(SIZE, seed);
  const model = new MockModel(SIZE, BLOCK_SIZE, next);
  const drafts = [1000, 2000].map((other) =>
    new MockModel(SIZE, BLOCK_SIZE, lawless(SIZE, other + seed))
  );
  const strategy = createStrategy(settings, draftsOf(drafts[0], drafts[1]));
  const random = CounterStream.fromSeed(stream);
  const request = { target: model, prompt, stops: STOPS, maxNewTokens, random };
  const [result] = schedule([strategy(request)]);
  assert(result !== undefined);
  for (const { sequences } of [model, ...drafts]) {
    assert(sequences.every(({ closed }) => closed), "a sequence was left open");
  }
  return { texts: [result, ...result.others ?? []], model, drafts, next, prompt };
}

/** Texts from which the chances of first tokens are seen. */
const DRAWS = 1500;
const SEEDS = Array.from({ length: 25 }, (_, seed) => seed);

Deno.test("strategies: each in the list has cases, and no others have", () => {
  const names = strategies.map(({ name }) => name as string);
  assertEquals(Object.keys(strategyCases).sort(), names.sort());
});

for (const { name } of strategies) {
  const cases = strategyCases[name];
  if (cases === undefined) continue;
  const all = cases.settings.map((one) => strategySchema.parse({ strategy: name, ...one }));

  Deno.test(`${name}: has cases of every kind`, () => {
    assert(cases.settings.length > 0 && cases.texts.length > 0);
  });

  for (const [settings, next, expected, request = {}] of cases.texts) {
    Deno.test(`${name}: ${JSON.stringify(settings)} gives [${expected.join("], [")}]`, () => {
      const uniforms = [...request.uniforms ?? []];
      const draft = new MockModel(4, 16, next);
      const result = decode(
        createStrategy(strategySchema.parse({ strategy: name, ...settings }), draftsOf(draft)),
        {
          next,
          prompt: request.prompt ?? [EOS],
          random: { next: () => uniforms.shift() ?? .5 },
          maxNewTokens: request.maxNewTokens ?? 3,
        },
      );
      const texts = [result, ...result.others ?? []].map(({ tokens }) => tokens);
      assertEquals(texts, expected);
    });
  }

  Deno.test(`${name}: gives the same texts every time, or not, as it says`, () => {
    const [settings] = all;
    assert(settings !== undefined);
    const { isDeterministic } = strategyOf(settings);
    const texts = (stream: number): string =>
      JSON.stringify(decoded(settings, { seed: 1, stream }).texts);
    const others = SEEDS.filter((stream) => texts(stream) !== texts(0));
    assertEquals(others.length === 0, isDeterministic);
    assertEquals(texts(3), texts(3));
  });

  Deno.test(`${name}: reads no more sequences at once, and gives no more texts, than it says`, () => {
    for (const settings of all) {
      const { sequences, texts } = strategyOf(settings);
      let most = 0;
      for (const seed of SEEDS) {
        const { model, texts: own } = decoded(settings, { seed });
        assert(Math.max(...model.batches) <= (sequences?.(settings) ?? 1));
        assert(own.length <= (texts?.(settings) ?? 1));
        most = Math.max(most, own.length);
      }
      assertEquals(most, texts?.(settings) ?? 1);
    }
  });

  Deno.test(`${name}: its passes and rows are those that the models have counted`, () => {
    for (const settings of all) {
      for (const seed of SEEDS) {
        const { texts, model, drafts } = decoded(settings, { seed });
        const total = (cost: keyof Costs): number =>
          texts.reduce((sum, { costs }) => sum + costs[cost], 0);
        assertEquals([total("targetCalls"), total("targetRows")], [
          model.batches.length,
          model.tokensRead,
        ]);
        const passes = drafts.reduce((sum, { batches }) => sum + batches.length, 0);
        const rows = drafts.reduce((sum, { tokensRead }) => sum + tokensRead, 0);
        assertEquals([total("draftCalls"), total("draftRows")], [passes, rows]);
      }
    }
  });

  Deno.test(`${name}: first tokens are drawn with the chances recorded, or not, as it says (χ², false alarm 1e-6, seeded)`, () => {
    for (const settings of all) {
      const { isDeterministic, drawsEachToken } = strategyOf(settings);
      const draws = isDeterministic ? 1 : DRAWS;
      /** How often each first token came, and its recorded chance. */
      const counts = new Map<number, { count: number; chance: number }>();
      let firsts = 0;
      for (let stream = 0; stream < draws; stream++) {
        const { texts } = decoded(settings, { seed: 1, stream, maxNewTokens: 3 });
        for (const { tokens, stopToken = NaN, warpedLogProbs } of texts) {
          const first = tokens[0] ?? stopToken;
          const chance = Math.exp(warpedLogProbs[0] ?? NaN);
          counts.set(first, { count: (counts.get(first)?.count ?? 0) + 1, chance });
          firsts++;
        }
      }
      if (isDeterministic) {
        assert(drawsEachToken(settings));
        assertEquals([...counts.values()].map(({ chance }) => chance).filter((p) => p !== 1), []);
        continue;
      }
      const chiSquare = [...counts.values()].reduce(
        (sum, { count, chance }) => sum + (count - firsts * chance) ** 2 / (firsts * chance),
        0,
      );
      // The 1 − 1e-6 quantile of χ² with five degrees of freedom, the most that six tokens have.
      assertEquals(chiSquare < 35.9, drawsEachToken(settings), `${chiSquare}`);
    }
  });

  Deno.test(`${name}: its log-probabilities are the model's own, last that of an end by either stop token (1e-12)`, () => {
    for (const settings of all) {
      for (const seed of SEEDS) {
        const { texts, next, prompt } = decoded(settings, { seed });
        for (const { tokens, stopToken, logProbs, warpedLogProbs } of texts) {
          const chosen = stopToken === undefined ? tokens : [...tokens, stopToken];
          assertEquals([logProbs.length, warpedLogProbs.length], [chosen.length, chosen.length]);
          chosen.forEach((token, i) => {
            const probabilities = next([...prompt, ...chosen.slice(0, i)]);
            const alike = STOPS.has(token) ? STOPS.tokens : [token];
            const probability = alike.reduce((sum, one) => sum + (probabilities[one] ?? NaN), 0);
            assertAlmostEquals(logProbs[i] ?? NaN, Math.log(probability), 1e-12);
          });
        }
      }
    }
  });

  Deno.test(`${name}: either stop token ends a text, and none is inside one`, () => {
    const ended = new Set<number | undefined>();
    for (const settings of all) {
      for (const seed of SEEDS) {
        for (const { tokens, stop, stopToken } of decoded(settings, { seed }).texts) {
          assert(!tokens.some((token) => STOPS.has(token)));
          assertEquals(stop === "eos", stopToken !== undefined);
          ended.add(stopToken);
        }
      }
    }
    assertEquals(STOPS.tokens.filter((token) => ended.has(token)), STOPS.tokens);
  });

  Deno.test(`${name}: has no more tokens than asked for and the block has room for`, () => {
    const full = Array.from({ length: BLOCK_SIZE }, (_, i) => i === 0 ? BOS : 0);
    for (const settings of all) {
      const reasons = new Set<string>();
      for (const seed of SEEDS) {
        for (const [maxNewTokens, room] of [[2, 2], [99, BLOCK_SIZE - 2]] as const) {
          for (const { tokens, stop } of decoded(settings, { seed, maxNewTokens }).texts) {
            assert(tokens.length <= room);
            if (stop === "eos") continue;
            assertEquals(tokens.length, room);
            assertEquals(stop, maxNewTokens === 2 ? "max_new_tokens" : "block_size");
            reasons.add(stop);
          }
        }
      }
      assert(reasons.has("max_new_tokens"));
      for (const options of [{ maxNewTokens: 0 }, { prompt: full }]) {
        const { texts, model } = decoded(settings, { seed: 1, ...options });
        assertEquals(texts.map(({ tokens }) => tokens), [[]]);
        assertEquals(model.batches, [], "a wasted pass");
      }
    }
  });
}
