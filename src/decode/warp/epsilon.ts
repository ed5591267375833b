import { z } from "zod";
import type { WarperDefinition } from "../definition.ts";
import { softmax } from "../distribution.ts";
import { checkShare, keepFrom, largest } from "./threshold.ts";
import type { Warper } from "./warper.ts";

/**
 * Keeps the tokens of at least probability `epsilon`, and where none has it the most probable one and
 * its equals (epsilon sampling; Hewitt et al., 2022). 0 keeps everything.
 */
export function epsilon(epsilon: number): Warper {
  checkShare("probability", epsilon);
  return {
    name: "epsilon",
    apply(logits) {
      if (epsilon === 0) return;
      const probabilities = softmax(logits);
      keepFrom(logits, probabilities, Math.min(epsilon, largest(probabilities)));
    },
  };
}

/** The warper `epsilon`. */
export const epsilonDefinition: WarperDefinition<"epsilon", "epsilon"> = {
  name: "epsilon",
  summary: "Keeps the tokens of at least this probability",
  edges:
    "0 keeps all; where no token is so probable, the most probable one and its equals are kept",
  reference: "Hewitt, Manning and Liang, 2022, Truncation Sampling as Language Model Desmoothing",
  value: z.number().min(0).max(1).describe(
    "The probability that a kept token has at least; 0 keeps all",
  ),
  strategy: {
    setting: "epsilon",
    summary: "Samples from the tokens that are probable enough",
    default: 0.02,
  },
  create: epsilon,
};
