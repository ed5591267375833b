/**
 * What a config may say of speculative decoding: each draft has the settings that mean something for it,
 * and no others.
 *
 * @module
 */
import { z } from "zod";
import { oneOrMore, warp } from "./warp_schema.ts";

const strategy = z.literal("speculative");
const variant = z.literal("lossless").default("lossless").describe(
  "lossless: draws from exactly the target's warped distribution, whatever the draft",
);
const draft_k = oneOrMore(z.int().min(1).max(1_000)).default(4).describe(
  "The most tokens that the draft proposes in a round",
);
const chain = warp.default([]).describe(
  "The warpers of the target, and of the draft unless draft_warp is given, in the order of application",
);

/** The settings of a draft that has a distribution. */
const distribution = {
  draft_choice: z.enum(["sample", "argmax"]).default("sample").describe(
    "Whether the draft draws what it proposes or takes the most probable token",
  ),
  draft_k,
  confidence: oneOrMore(z.number().min(0).max(1)).optional().describe(
    "Adaptive drafting: stop after a token whose probability in the draft is below this",
  ),
  warp: chain,
  draft_warp: warp.optional().describe("The warpers of the draft, in place of the target's"),
};

const lossless = z.discriminatedUnion("draft", [
  z.strictObject({
    strategy,
    variant,
    draft: z.literal("model").default("model").describe("models.draft proposes"),
    ...distribution,
  }).describe("The draft model proposes, the target verifies"),
  z.strictObject({
    strategy,
    variant,
    draft: z.literal("ngram").describe("An n-gram model of the training documents proposes"),
    order: oneOrMore(z.int().min(1).max(16)).default(3).describe(
      "n: it looks at the n − 1 tokens before",
    ),
    ...distribution,
  }).describe("An n-gram model proposes, the target verifies"),
  z.strictObject({
    strategy,
    variant,
    draft: z.literal("prompt_lookup").describe(
      "What followed the longest earlier occurrence of the text's end is proposed",
    ),
    draft_k,
    warp: chain,
  }).describe("The text itself proposes, the target verifies"),
]);

/**
 * Speculative decoding, lossless or as the original script does it.
 *
 * @internal
 */
export const speculativeEntry = z.discriminatedUnion("variant", [
  z.strictObject({
    strategy,
    variant: z.literal("original").describe(
      "original: as the original script does it, which drafts by argmax but accepts as if it had " +
        "sampled, and so changes the distribution",
    ),
    draft_k,
  }).describe("The original script's, with the draft model: not lossless"),
  lossless,
]);
