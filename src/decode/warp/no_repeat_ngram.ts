import { z } from "zod";
import type { Token } from "../../model/language_model.ts";
import type { WarperDefinition } from "../definition.ts";
import { TEXT, TokenSet } from "./text_penalty.ts";
import type { Warper } from "./warper.ts";

/**
 * Forbids every token that would complete a run of `n` tokens that the text, prompt included, has
 * already (Paulus et al., 2018). If every token would be forbidden, none is.
 */
export function noRepeatNgram(n: number): Warper {
  if (!(Number.isInteger(n) && n >= 1)) {
    throw new RangeError(
      `Cannot forbid repeated runs of ${n} tokens: expected an integer of at least 1`,
    );
  }
  const seen = new TokenSet();
  return {
    name: "no_repeat_ngram",
    apply(logits, history) {
      seen.clear(logits.length);
      // The last n − 1 tokens, and each earlier place where they stand with a token after them.
      const context = history.length - (n - 1);
      for (let start = TEXT; start < context; start++) {
        let agreed = 0;
        while (agreed < n - 1 && history[start + agreed] === history[context + agreed]) agreed++;
        if (agreed === n - 1) seen.add(history[start + agreed] as Token);
      }
      if (hasAll(seen, logits)) return;
      for (let token = 0; token < logits.length; token++) {
        if (seen.has(token)) logits[token] = -Infinity;
      }
    },
  };
}

/** Whether each token that has a probability is in `seen`. */
function hasAll(seen: TokenSet, logits: Float64Array): boolean {
  for (let token = 0; token < logits.length; token++) {
    if (logits[token] !== -Infinity && !seen.has(token)) return false;
  }
  return true;
}

/** The warper `no_repeat_ngram`. */
export const noRepeatNgramDefinition: WarperDefinition<"no_repeat_ngram", "no_repeat_ngram"> = {
  name: "no_repeat_ngram",
  summary: "Forbids every token that would repeat a run of so many tokens",
  edges: "1 allows each token once; if every token would be forbidden, none is",
  reference:
    "Paulus, Xiong and Socher, 2018, A Deep Reinforced Model for Abstractive Summarization",
  value: z.int().min(1).describe(
    "The length of the runs of tokens that the text, prompt included, may not have twice",
  ),
  strategy: {
    setting: "no_repeat_ngram",
    summary: "Samples without repeating any run of so many tokens",
    default: 2,
  },
  create: noRepeatNgram,
};
