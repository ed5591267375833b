import { z } from "zod";
import type { Token } from "../../model/language_model.ts";
import type { WarperDefinition } from "../definition.ts";
import { TEXT, TokenSet } from "./text_penalty.ts";
import type { Warper } from "./warper.ts";

/**
 * Divides the positive logits of the tokens of the text, prompt included, by `penalty` and multiplies
 * the negative ones, once however often a token occurs there (Keskar et al., 2019, as Hugging Face
 * completes it). Above 1 discourages, below 1 encourages, 1 changes nothing. The effect depends on
 * where the model puts 0, which means nothing to softmax.
 */
export function repetitionPenalty(penalty: number): Warper {
  if (!(penalty > 0 && penalty < Infinity)) {
    throw new RangeError(
      `Cannot penalise repetition by ${penalty}: expected a number above 0 (1 changes nothing)`,
    );
  }
  const seen = new TokenSet();
  return {
    name: "repetition_penalty",
    apply(logits, history) {
      seen.clear(logits.length);
      for (let i = TEXT; i < history.length; i++) {
        const token = history[i] as Token;
        if (!seen.add(token)) continue;
        const logit = logits[token] as number;
        logits[token] = logit > 0 ? logit / penalty : logit * penalty;
      }
    },
  };
}

/** The warper `repetition_penalty`. */
export const repetitionPenaltyDefinition: WarperDefinition<
  "repetition_penalty",
  "repetition_penalty"
> = {
  name: "repetition_penalty",
  summary:
    "Divides the positive and multiplies the negative logits of tokens that the text has, prompt included",
  edges: "1 changes nothing; below 1 encourages repetition; once however often a token occurs",
  reference: "Keskar et al., 2019, CTRL, as Hugging Face completes it for negative logits",
  value: z.number().min(1e-6).max(1e6).describe(
    "Divides the positive and multiplies the negative logits of tokens that the text has, prompt " +
      "included; 1 changes nothing",
  ),
  strategy: {
    setting: "repetition_penalty",
    summary: "Samples with the tokens that the text has made less probable",
    default: 1.2,
  },
  create: repetitionPenalty,
};
