import type { Token } from "../../model/language_model.ts";
import type { WarperDefinition } from "../definition.ts";
import { checkSubtracted, subtracted } from "./text_penalty.ts";
import type { Warper } from "./warper.ts";

/**
 * Subtracts `penalty` from a token's logit for each time that it was generated; the prompt does not
 * count (as OpenAI defines it). Negative encourages, 0 changes nothing.
 */
export function frequencyPenalty(penalty: number): Warper {
  checkSubtracted("frequency", penalty);
  return {
    name: "frequency_penalty",
    apply(logits, history, promptLength) {
      for (let i = promptLength; i < history.length; i++) {
        const token = history[i] as Token;
        logits[token] = (logits[token] as number) - penalty;
      }
    },
  };
}

/** The warper `frequency_penalty`. */
export const frequencyPenaltyDefinition: WarperDefinition<
  "frequency_penalty",
  "frequency_penalty"
> = {
  name: "frequency_penalty",
  summary: "Subtracts its value from a token's logit for each time that it was generated",
  edges: "0 changes nothing; below 0 encourages; the prompt does not count",
  reference: "OpenAI API",
  value: subtracted.describe(
    "Subtracted from a token's logit for each time that it was generated; below 0 encourages it",
  ),
  strategy: {
    setting: "frequency_penalty",
    summary: "Samples with tokens less probable each time they are generated",
    default: 0.5,
  },
  create: frequencyPenalty,
};
