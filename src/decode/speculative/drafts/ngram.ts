import type { Zod } from "../../definition.ts";
import { defineDraft } from "../draft.ts";
import { draftWith, modelSettings, neverStops } from "./model.ts";

/**
 * The draft `ngram`.
 *
 * @internal
 */
export const ngramDefinition = defineDraft({
  name: "ngram",
  summary: "An n-gram model of the training documents proposes",
  settings: (z: Zod) => ({
    ngram_order: z.int().min(1).max(16).default(3).describe(
      "n: it looks at the n − 1 tokens before",
    ),
    ...modelSettings(z),
  }),
  needs: "corpus",
  hasConstantLength: neverStops,
  proposer: ({ ngram_order: order }, { ngram }) => ({ name: `${order}-gram`, model: ngram(order) }),
  create: (settings, { ngram }) => draftWith(ngram(settings.ngram_order), settings),
});
