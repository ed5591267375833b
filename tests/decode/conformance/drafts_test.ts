/**
 * Every draft in the list keeps the rules of all drafts and agrees with its own table of cases. That
 * speculative decoding is lossless with each of them is shown in `tests/verify`.
 *
 * @module
 */
// @ts-types="../../declarations/assert.d.ts"
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { strategySchema } from "../../../src/decode/settings_schema.ts";
import type { DraftDefinition, Drafting, Proposal } from "../../../src/decode/speculative/draft.ts";
import { drafts } from "../../../src/decode/speculative/drafts/definitions.ts";
import { noCosts } from "../../../src/decode/strategy.ts";
import { type LanguageModel, StopTokens } from "../../../src/model/language_model.ts";
import { CounterStream } from "../../../src/random/counter_stream.ts";
import type { RandomSource } from "../../../src/random/random_stream.ts";
import { goodnessOfFit } from "../../verify/goodness_of_fit.ts";
import { draftCases, type DraftVariant } from "../cases/drafts.ts";
import { lawless } from "../every_text.ts";
import { draftsOf, known, STOPS } from "../known_model.ts";
import { MockModel } from "../mock_model.ts";

/** The settings of `draft` as a config with `variant` has them. */
function settingsOf(
  draft: string,
  variant: DraftVariant,
): Parameters<DraftDefinition["create"]>[0] {
  const settings = strategySchema.parse({ strategy: "speculative", draft, ...variant });
  assert("draft" in settings);
  return settings;
}

/** Runs a proposal, with the passes of its model. */
function proposed(drafting: Drafting, text: number[], most: number): Proposal {
  const costs = noCosts();
  const decoding = drafting.propose(text, most, costs);
  let step = decoding.next([]);
  while (!step.done) {
    step = decoding.next(
      step.value.flatMap((request) => request.sequence.model.forward([request])),
    );
  }
  return step.value;
}

Deno.test("drafts: each in the list has cases, and no others have", () => {
  assertEquals(Object.keys(draftCases).sort(), drafts.map(({ name }) => name as string).sort());
});

const SIZE = 6;
const TWO_STOPS = new StopTokens([2, 4], SIZE);
const TEXT = [5, 0, 1, 0, 3, 1];

/** Proposals of `draft` from models without a rule, each with its own random stream. */
function* proposals(
  definition: DraftDefinition,
  variant: DraftVariant,
  seed: number,
  most: number,
) {
  const models = [1, 2, 3].map((other) =>
    new MockModel(SIZE, 16, lawless(SIZE, 10 * seed + other))
  );
  const [target, draft, ngram] = models as [MockModel, MockModel, MockModel];
  const stream = CounterStream.fromSeed(seed);
  const strategy = definition.create(settingsOf(definition.name, variant), draftsOf(draft, ngram));
  for (let number = 0;; number++) {
    const random: RandomSource = stream.child(number);
    const request = { target, prompt: TEXT.slice(0, 3), stops: TWO_STOPS, maxNewTokens: 9, random };
    const drafting = strategy.open(request);
    const text = [...TEXT];
    yield proposed(drafting, text, most);
    drafting.close();
    assertEquals(text, TEXT, "the text was changed");
    for (const { sequences } of models) assert(sequences.every(({ closed }) => closed));
  }
}

for (const definition of drafts as readonly DraftDefinition[]) {
  const { name, needs } = definition;
  const cases = draftCases[name];
  if (cases === undefined) continue;

  Deno.test(`${name}: has cases of every kind`, () => {
    assert(Object.keys(cases.variants).length > 0 && cases.proposals.length >= 3);
  });

  for (const [what, variant, text, most, expected] of cases.proposals) {
    Deno.test(`${name}: proposes ${what}: [${expected}]`, () => {
      const model = new MockModel(4, 16, () => [.6, .4, 0, 0]);
      const ngram = new MockModel(4, 16, () => [.4, .6, 0, 0]);
      const target = new MockModel(4, 16, known);
      const random = { next: () => .7 };
      const request = { target, prompt: text, stops: STOPS, maxNewTokens: 9, random };
      const drafting = definition.create(settingsOf(name, variant), draftsOf(model, ngram))
        .open(request);
      assertEquals(proposed(drafting, [...text], most).tokens, expected);
      drafting.close();
    });
  }

  for (const [label, variant] of Object.entries(cases.variants)) {
    Deno.test(`${label}: proposals keep to the rules, and their distributions sum to 1 (1e-12, 60 proposals)`, () => {
      for (let seed = 0; seed < 20; seed++) {
        for (const most of [0, 1, 4]) {
          const { value } = proposals(definition, variant, seed, most).next();
          assert(value !== undefined);
          const { tokens, distributions } = value;
          assert(tokens.length <= most);
          assertEquals(distributions.length, tokens.length);
          assert(
            !tokens.slice(0, -1).some((token) => TWO_STOPS.has(token)),
            "went on after a stop",
          );
          distributions.forEach((q, i) => {
            assertEquals(q.length, SIZE);
            assertAlmostEquals(q.reduce((sum, p) => sum + p, 0), 1, 1e-12);
            assert((q[tokens[i] as number] as number) > 0, "an impossible token");
          });
        }
      }
    });

    Deno.test(`${label}: tokens are drawn from the distributions that it reports (χ², false alarm 1e-6)`, () => {
      let tested = 0;
      for (let seed = 0; seed < 4; seed++) {
        const counts = new Map<string, { q: Float64Array; counts: Int32Array }>();
        let number = 0;
        for (const { tokens, distributions } of proposals(definition, variant, seed, 2)) {
          tokens.forEach((token, i) => {
            const before = tokens.slice(0, i).join();
            const q = distributions[i] as Float64Array;
            const own = counts.get(before) ?? { q, counts: new Int32Array(SIZE) };
            assertEquals(q, own.q, "another distribution after the same text");
            own.counts[token] = (own.counts[token] as number) + 1;
            counts.set(before, own);
          });
          if (++number === 2_000) break;
        }
        for (const { q, counts: own } of counts.values()) {
          if (own.reduce((sum, count) => sum + count, 0) < 100) continue;
          tested++;
          assert(goodnessOfFit(own, q).pValue > 1e-6);
        }
      }
      assert(tested > 0, "nothing was proposed");
    });
  }

  Deno.test(`${name}: needs the ${needs}, and no other model`, () => {
    const asked = new Set<string>();
    const model = new MockModel(4, 16, () => [.6, .4, 0, 0]);
    const resources = {
      get draftModel(): LanguageModel {
        asked.add("draft model");
        return model;
      },
      ngram(): LanguageModel {
        asked.add("corpus");
        return model;
      },
    };
    definition.create(settingsOf(name, {}), resources);
    assertEquals([...asked], needs === "nothing" ? [] : [needs]);
  });
}
