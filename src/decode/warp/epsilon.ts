/**
 * Truncation by absolute probability (Hewitt, Manning and Liang, 2022): epsilon sampling, whose
 * threshold is fixed, and eta sampling, whose threshold falls with the entropy.
 *
 * @module
 */
import type { WarperDefinition } from "../definition.ts";
import { softmax } from "../distribution.ts";
import { isLarge, keepProbable } from "../large_rows.ts";
import { checkShare, keepFrom, largest } from "./truncation.ts";
import type { Warper } from "./warper.ts";

/**
 * Keeps the tokens of at least probability `epsilon`, and where none has it the most probable one and
 * its equals (epsilon sampling; Hewitt et al., 2022). 0 keeps everything.
 */
export function epsilon(epsilon: number): Warper {
  checkShare("probability", epsilon);
  return {
    name: "epsilon",
    value: epsilon,
    isTruncation: true,
    apply(logits) {
      if (epsilon === 0) return;
      if (isLarge(logits)) return keepProbable(logits, () => epsilon);
      const probabilities = softmax(logits);
      keepFrom(logits, probabilities, Math.min(epsilon, largest(probabilities)));
    },
  };
}

/** The warper `epsilon`. */
export const epsilonDefinition: WarperDefinition<"epsilon", "epsilon"> = {
  name: "epsilon",
  formula: "p ≥ min(ε, max p)",
  summary: "Keeps the tokens of at least this probability",
  edges:
    "0 keeps all; where no token is so probable, the most probable one and its equals are kept",
  reference: "Hewitt, Manning and Liang, 2022, Truncation Sampling as Language Model Desmoothing",
  value: (z) =>
    z.number().min(0).max(1).describe(
      "The probability that a kept token has at least; 0 keeps all",
    ),
  identity: 0,
  strategy: {
    setting: "epsilon",
    summary: "Samples from the tokens that are probable enough",
    default: 0.02,
  },
  create: epsilon,
};

/**
 * Keeps the tokens of at least probability min(ε, √ε·e^−H), where H is the entropy in nats: the
 * threshold is lower where the model is unsure (eta sampling; Hewitt et al., 2022). Where no token has
 * it, the most probable one and its equals. 0 keeps everything.
 */
export function eta(epsilon: number): Warper {
  checkShare("eta threshold", epsilon);
  return {
    name: "eta",
    value: epsilon,
    isTruncation: true,
    apply(logits) {
      if (epsilon === 0) return;
      const least = (entropy: number) => Math.min(epsilon, Math.sqrt(epsilon) * Math.exp(-entropy));
      if (isLarge(logits)) return keepProbable(logits, least);
      const probabilities = softmax(logits);
      const threshold = least(entropy(probabilities));
      keepFrom(logits, probabilities, Math.min(threshold, largest(probabilities)));
    },
  };
}

/** −Σ p log p, nats. */
function entropy(probabilities: Float64Array): number {
  let entropy = 0;
  for (let i = 0; i < probabilities.length; i++) {
    const p = probabilities[i] as number;
    if (p > 0) entropy -= p * Math.log(p);
  }
  return entropy;
}

/** The warper `eta`. */
export const etaDefinition: WarperDefinition<"eta", "eta"> = {
  name: "eta",
  formula: "p ≥ min(ε, √ε · e^−H, max p)",
  summary: "Keeps the tokens of at least probability min(ε, √ε·e^−H), H the entropy in nats",
  edges:
    "0 keeps all; where no token is so probable, the most probable one and its equals are kept",
  reference: "Hewitt, Manning and Liang, 2022, Truncation Sampling as Language Model Desmoothing",
  value: (z) =>
    z.number().min(0).max(1).describe(
      "ε in the probability min(ε, √ε·e^−H) that a kept token has at least; 0 keeps all",
    ),
  identity: 0,
  strategy: {
    setting: "eta",
    summary: "Samples from the tokens that are probable enough for the entropy",
    default: 0.02,
  },
  create: eta,
};
