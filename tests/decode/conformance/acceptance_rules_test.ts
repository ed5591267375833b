/**
 * Every acceptance rule in the list keeps its accounts and agrees with its own table of cases. That the
 * lossless ones are lossless, and the others not, is shown in `tests/verify`.
 *
 * @module
 */
// @ts-types="../../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { createStrategy, strategyOf } from "../../../src/decode/definitions.ts";
import { strategySchema } from "../../../src/decode/settings_schema.ts";
import { acceptanceRules } from "../../../src/decode/speculative/speculative.ts";
import { CounterStream } from "../../../src/random/counter_stream.ts";
import { acceptanceRuleCases } from "../cases/acceptance_rules.ts";
import { lawless } from "../every_text.ts";
import { decode, draftsOf } from "../known_model.ts";
import { MockModel, scripted } from "../mock_model.ts";

Deno.test("acceptance rules: each in the list has cases, and no others have", () => {
  const names = acceptanceRules.map(({ name }) => name);
  assertEquals(Object.keys(acceptanceRuleCases).sort(), names.sort());
});

for (const { name } of acceptanceRules) {
  const cases = acceptanceRuleCases[name];
  if (cases === undefined) continue;
  const parse = (settings: object) =>
    strategySchema.parse({ strategy: "speculative", acceptance_rule: name, ...settings });

  Deno.test(`${name}: has cases of every kind`, () => {
    assert(cases.settings.length > 0 && cases.rounds.length >= 2);
  });

  for (const [what, next, q, uniforms, tokens, counts] of cases.rounds) {
    Deno.test(`${name}: ${what}`, () => {
      const draft = new MockModel(4, 16, () => q);
      const result = decode(createStrategy(parse({ draft_k: 1 }), draftsOf(draft)), {
        next,
        random: scripted(uniforms),
        maxNewTokens: 2,
      });
      assertEquals(result.tokens, tokens);
      const { accepted, resampled, bonus } = result.costs;
      assertEquals({ accepted, resampled, bonus }, counts);
    });
  }

  Deno.test(`${name}: says draft_k and whether it is lossless`, () => {
    for (const one of cases.settings) {
      const settings = parse(one);
      const profile = strategyOf(settings).speculation?.(settings);
      assertEquals(profile?.isLossless, cases.isLossless);
      assertEquals(profile?.draftK, one["draft_k"] ?? 4);
    }
  });

  Deno.test(`${name}: counts add up (50 texts)`, () => {
    for (const one of cases.settings) {
      for (let seed = 0; seed < 50; seed++) {
        const draft = new MockModel(4, 16, lawless(4, 1000 + seed));
        const { costs, speculation, logProbs, stop } = decode(
          createStrategy(parse(one), draftsOf(draft)),
          { next: lawless(4, seed), random: CounterStream.fromSeed(seed), maxNewTokens: 8 },
        );
        const total = (counts: readonly number[] = []) => counts.reduce((a, b) => a + b, 0);
        assertEquals(total(speculation?.proposedAt), costs.proposed);
        assertEquals(total(speculation?.testedAt), costs.tested);
        assertEquals(total(speculation?.acceptedAt), costs.accepted);
        assert(costs.proposed <= Number(one["draft_k"] ?? 4) * costs.rounds);
        assert(costs.accepted <= costs.tested && costs.tested <= costs.proposed);
        assert(costs.targetCalls <= costs.rounds, "more than one pass per round");
        const counted = costs.accepted + costs.resampled + costs.bonus;
        assert(logProbs.length >= counted, "more was counted than there is");
        if (cases.isLossless) assertEquals(logProbs.length, counted);
        assert(stop !== "block_size");
      }
    }
  });
}
