// @ts-types="../../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { createStrategy } from "../../../src/decode/definitions.ts";
import { strategySchema } from "../../../src/decode/settings_schema.ts";
import { schedule } from "../../../src/decode/scheduler.ts";
import { openModelFolder } from "../../../src/model/hugging_face/model_folder.ts";
import { type LanguageModel, StopTokens, type Token } from "../../../src/model/language_model.ts";
import { ReferenceTransformer } from "../../../src/model/reference/reference_transformer.ts";
import { firstLayers } from "../../../src/model/transformer.ts";
import { CounterStream } from "../../../src/random/counter_stream.ts";
import { sharedModel } from "../../shared_models.ts";
import { goodnessOfFit } from "../../verify/goodness_of_fit.ts";

const stories = sharedModel("stories260K");
const DRAWS = 1500;
const BOS = 1;
/** Makes the first tokens less sure than they are. */
const TEMPERATURE = 1.5;

/** The chances of the next token at the temperature above. */
function chances(model: LanguageModel, tokens: readonly Token[]): Float64Array {
  const [logits = new Float64Array()] = model.forward([{
    sequence: model.open(),
    tokens,
    rows: 1,
  }]);
  const highest = logits.reduce((a, b) => Math.max(a, b));
  const weights = logits.map((logit) => Math.exp((logit - highest) / TEMPERATURE));
  const total = weights.reduce((a, b) => a + b);
  return weights.map((weight) => weight / total);
}

Deno.test({
  name:
    `stories260K: the first two tokens by speculation with 2 of its 5 layers have the model's own chances (χ², ${DRAWS} draws, false alarm 1e-6, seeded)`,
  ignore: stories === undefined,
  fn: async () => {
    const { transformer, stops } = await openModelFolder(stories ?? "");
    const target = new ReferenceTransformer(transformer);
    const draftModel = new ReferenceTransformer(firstLayers(transformer, 2));
    const V = target.spec.vocabSize;
    // A pair of tokens is an outcome, and so is a stop at once, with which no second token is drawn.
    const ends = new StopTokens([BOS, ...stops], V);
    const expected = new Float64Array(V * V);
    for (const [first, chance] of chances(target, [BOS]).entries()) {
      const seconds = ends.has(first) ? [1] : chances(target, [BOS, first]);
      for (const [second, next] of seconds.entries()) expected[first * V + second] = chance * next;
    }
    const strategy = createStrategy(
      strategySchema.parse({
        strategy: "speculative",
        draft_k: 2,
        warp: [{ temperature: TEMPERATURE }],
      }),
      { draftModel, ngram: () => draftModel },
    );
    const random = CounterStream.fromSeed(5);
    const results = schedule(Array.from({ length: DRAWS }, (_, i) =>
      strategy({
        target,
        prompt: [BOS],
        stops: ends,
        maxNewTokens: 3,
        random: random.child(i),
      })));
    const counts = new Float64Array(V * V);
    for (const { tokens, stopToken = NaN } of results) {
      const [first = stopToken, second = stopToken] = tokens;
      const outcome = V * first + (tokens.length === 0 ? 0 : second);
      counts[outcome] = (counts[outcome] ?? NaN) + 1;
    }
    assertEquals(counts.reduce((a, b) => a + b), DRAWS);
    // Some are proposed, and some are refused, or nothing would be shown.
    const costs = results.map((result) => result.costs);
    const sum = (name: "proposed" | "tested" | "accepted"): number =>
      costs.reduce((total, cost) => total + cost[name], 0);
    assert(sum("accepted") > 0.1 * sum("tested") && sum("accepted") < 0.9 * sum("tested"));
    const fit = goodnessOfFit(counts, expected);
    assert(fit.degreesOfFreedom >= 8 && fit.pValue > 1e-6, JSON.stringify(fit));
  },
});
