// @ts-types="../../declarations/assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import type { DecodeResources } from "../../../src/decode/definition.ts";
import { speculativeDefinition } from "../../../src/decode/speculative/speculative.ts";
import type { LanguageModel } from "../../../src/model/language_model.ts";
import { decode, draftsOf } from "../known_model.ts";
import { MockModel } from "../mock_model.ts";

const lossless = { strategy: "speculative", acceptance_rule: "rejection_sampling" } as const;
const drawn = { ...lossless, draft_choice: "sample", draft_k: 3, warp: [] } as const;

/** The draft gives 0 .6 and 1 .4, the n-gram model the reverse. */
const model = new MockModel(4, 16, () => [.6, .4, 0, 0]);
const ngram = new MockModel(4, 16, () => [.4, .6, 0, 0]);

Deno.test("speculative settings: warp is the target's, too", () => {
  const { tokens, warpedLogProbs } = decode(
    speculativeDefinition.create(
      { ...drawn, draft: "model", warp: [{ top_k: 1 }] },
      draftsOf(model),
    ),
    { next: () => [.3, .4, .3, 0], random: { next: () => .9 }, maxNewTokens: 2 },
  );
  assertEquals([tokens, warpedLogProbs], [[1, 1], [0, 0]]);
});

Deno.test("speculative settings: the order is that of the n-gram model", () => {
  const orders: number[] = [];
  const drafts: DecodeResources = {
    draftModel: undefined,
    ngram(order): LanguageModel {
      orders.push(order);
      return ngram;
    },
  };
  speculativeDefinition.create({ ...drawn, draft: "ngram", ngram_order: 5 }, drafts);
  assertEquals(orders, [5]);
});

Deno.test("speculative settings: without the model that it needs there is no strategy", () => {
  for (const acceptance_rule of ["rejection_sampling", "original"] as const) {
    const settings = acceptance_rule === "original"
      ? { ...lossless, acceptance_rule, draft_k: 2 } as const
      : { ...drawn, draft: "model" } as const;
    assertThrows(
      () => speculativeDefinition.create(settings, draftsOf()),
      TypeError,
      "no draft model",
    );
  }
});
