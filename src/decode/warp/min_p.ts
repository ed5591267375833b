import type { WarperDefinition } from "../definition.ts";
import { isLarge, keepFromLargest } from "../large_rows.ts";
import { checkShare, keepFrom, largest } from "./truncation.ts";
import type { Warper } from "./warper.ts";

/**
 * Keeps the tokens of at least `minP` times the largest probability (Nguyen et al., 2024). 0 keeps
 * everything, 1 the most probable token and its equals.
 */
export function minP(minP: number): Warper {
  checkShare("minimum probability", minP);
  const logMinP = Math.log(minP);
  return {
    name: "min_p",
    value: minP,
    isTruncation: true,
    apply(logits) {
      if (isLarge(logits)) return keepFromLargest(logits, (largest) => largest + logMinP);
      keepFrom(logits, logits, largest(logits) + logMinP);
    },
  };
}

/** The warper `min_p`. */
export const minPDefinition: WarperDefinition<"min_p", "min_p"> = {
  name: "min_p",
  formula: "p ≥ value · max p",
  summary: "Keeps the tokens of at least this share of the largest probability",
  edges: "0 keeps all; 1 keeps the most probable token and its equals",
  reference: "Nguyen et al., 2024, Turning Up the Heat: Min-p Sampling",
  value: (z) =>
    z.number().min(0).max(1).describe(
      "The least probability of a kept token, as a share of the largest probability; 0 keeps all",
    ),
  identity: 0,
  strategy: {
    setting: "min_p",
    summary: "Samples from the tokens that are not too improbable beside the most probable one",
    default: 0.1,
  },
  create: minP,
};
