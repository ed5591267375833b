import { pooledArray } from "../../model/pooled_arrays.ts";
import type { WarperDefinition } from "../definition.ts";
import { softmax } from "../distribution.ts";
import { isLarge, keepTypicalMass } from "../large_rows.ts";
import { checkMass, Ranking } from "./truncation.ts";
import type { Warper } from "./warper.ts";

/**
 * Keeps the tokens whose surprisal −log p is nearest to its mean, the entropy, until their mass
 * reaches `p`, the token that crosses it included (locally typical sampling; Meister et al., 2023).
 * The most probable token may be dropped. `p` = 1 keeps everything.
 */
export function typicalP(p: number): Warper {
  checkMass("typical mass", p);
  const ranking = new Ranking();
  return {
    name: "typical_p",
    value: p,
    isTruncation: true,
    apply(logits) {
      if (p === 1) return;
      if (isLarge(logits)) return keepTypicalMass(logits, p);
      const probabilities = softmax(logits);
      // −log pᵢ = log Z − lᵢ, whose mean is log Z − mean(l): the distance needs no logarithm.
      const mean = meanLogit(logits, probabilities);
      const nearness = pooledArray(logits.length);
      for (let i = 0; i < logits.length; i++) {
        nearness[i] = -Math.abs((logits[i] as number) - mean);
      }
      ranking.begin(nearness);
      ranking.keepMass(logits, probabilities, p);
    },
  };
}

/** Σ p·l over the tokens with a probability: the entropy is log Z less this. */
function meanLogit(logits: Float64Array, probabilities: Float64Array): number {
  let mean = 0;
  for (let i = 0; i < logits.length; i++) {
    const p = probabilities[i] as number;
    if (p > 0) mean += p * (logits[i] as number);
  }
  return mean;
}

/** The warper `typical_p`. */
export const typicalPDefinition: WarperDefinition<"typical_p", "typical_p"> = {
  name: "typical_p",
  formula: "the shortest prefix by rising |−ln p − H| with Σ p ≥ value",
  summary:
    "Keeps the tokens whose surprisal is nearest to the entropy until their mass reaches its value",
  edges: "1 keeps all; the most probable token may be dropped",
  reference: "Meister et al., 2023, Locally Typical Sampling",
  value: (z) =>
    z.number().gt(0).max(1).describe(
      "The mass that the kept tokens reach, those of most typical surprisal first; 1 keeps all",
    ),
  identity: 1,
  strategy: {
    setting: "typical_p",
    summary: "Samples from the tokens whose surprisal is nearest to the entropy",
    default: 0.9,
  },
  create: typicalP,
};
