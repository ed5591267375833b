// @ts-types="../../declarations/assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import type { DecodeResources } from "../../../src/decode/definition.ts";
import {
  speculativeDefinition,
  type SpeculativeSettings,
} from "../../../src/decode/speculative/definition.ts";
import type { LanguageModel } from "../../../src/model/language_model.ts";
import { decode, draftsOf, EOS } from "../known_model.ts";
import { MockModel } from "../mock_model.ts";

const lossless = { strategy: "speculative", acceptance_rule: "rejection_sampling" } as const;
const drawn = { ...lossless, draft_choice: "sample", draft_k: 3, warp: [] } as const;

/** The draft gives 0 .6 and 1 .4, the n-gram model the reverse. */
const model = new MockModel(4, 16, () => [.6, .4, 0, 0]);
const ngram = new MockModel(4, 16, () => [.4, .6, 0, 0]);

/** What `settings` propose where every draw is `draw`, and the target is sure of EOS: one round. */
function proposals(settings: SpeculativeSettings, draw: number): number[] {
  const read: number[][] = [];
  const { costs } = decode(speculativeDefinition.create(settings, draftsOf(model, ngram)), {
    // The target reads all that is proposed before it says EOS.
    next: (prefix) => {
      read.push([...prefix]);
      return [0, 0, 0, 1];
    },
    prompt: [EOS, 0, 1, 0],
    random: { next: () => draw },
  });
  assertEquals(costs.rounds, 1);
  return read.at(-1)?.slice(4) ?? [];
}

const cases: readonly [string, SpeculativeSettings, number[]][] = [
  ["the draft model", { ...drawn, draft: "model" }, [1, 1, 1]],
  ["its argmax", { ...drawn, draft: "model", draft_choice: "argmax" }, [0, 0, 0]],
  ["draft_k", { ...drawn, draft: "model", draft_k: 2 }, [1, 1]],
  ["confidence", { ...drawn, draft: "model", confidence: 0.5 }, [1]],
  ["warp, of the draft too", { ...drawn, draft: "model", warp: [{ top_k: 1 }] }, [0, 0, 0]],
  ["draft_warp in place of warp", {
    ...drawn,
    draft: "model",
    warp: [{ top_k: 1 }],
    draft_warp: [],
  }, [1, 1, 1]],
  ["the n-gram model", { ...drawn, draft: "ngram", order: 2, draft_choice: "argmax" }, [1, 1, 1]],
  ["prompt_lookup", { ...lossless, draft: "prompt_lookup", draft_k: 3, warp: [] }, [1, 0]],
];
for (const [name, settings, expected] of cases) {
  Deno.test(`speculative settings: ${name}`, () => assertEquals(proposals(settings, .7), expected));
}

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
  speculativeDefinition.create({ ...drawn, draft: "ngram", order: 5 }, drafts);
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
