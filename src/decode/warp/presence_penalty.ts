import type { Token } from "../../model/language_model.ts";
import type { WarperDefinition } from "../definition.ts";
import { checkSubtracted, subtracted, TokenSet } from "./text_penalty.ts";
import type { Warper } from "./warper.ts";

/**
 * Subtracts `penalty` from the logit of every token that has been generated; the prompt does not count
 * (as OpenAI defines it). Negative encourages, 0 changes nothing.
 */
export function presencePenalty(penalty: number): Warper {
  checkSubtracted("presence", penalty);
  const seen = new TokenSet();
  return {
    name: "presence_penalty",
    apply(logits, history, promptLength) {
      seen.clear(logits.length);
      for (let i = promptLength; i < history.length; i++) {
        const token = history[i] as Token;
        if (seen.add(token)) logits[token] = (logits[token] as number) - penalty;
      }
    },
  };
}

/** The warper `presence_penalty`. */
export const presencePenaltyDefinition: WarperDefinition<"presence_penalty", "presence_penalty"> = {
  name: "presence_penalty",
  summary: "Subtracts its value from the logits of tokens that were generated",
  edges: "0 changes nothing; below 0 encourages them; the prompt does not count",
  reference: "OpenAI API",
  value: subtracted.describe(
    "Subtracted from the logits of tokens that were generated; below 0 encourages them",
  ),
  strategy: {
    setting: "presence_penalty",
    summary: "Samples with the tokens that were generated made less probable",
    default: 0.5,
  },
  create: presencePenalty,
};
