import type { WarperDefinition } from "../definition.ts";
import { isLarge, keepWithinDeviations } from "../large_rows.ts";
import { keepFrom, largest } from "./truncation.ts";
import type { Warper } from "./warper.ts";

/**
 * Keeps the tokens whose logits are within `n` standard deviations (of the logits that are left, over
 * their number) of the largest (Tang et al., 2024). Equal logits have no deviation: all are kept.
 */
export function topNSigma(n: number): Warper {
  if (!(n > 0 && n < Infinity)) {
    throw new RangeError(`Cannot keep within ${n} standard deviations: expected a number above 0`);
  }
  return {
    name: "top_n_sigma",
    value: n,
    isTruncation: true,
    apply(logits) {
      if (isLarge(logits)) return keepWithinDeviations(logits, n);
      keepFrom(logits, logits, largest(logits) - n * standardDeviation(logits));
    },
  };
}

/** Of the logits above −∞, over their number. */
function standardDeviation(logits: Float64Array): number {
  let count = 0;
  let sum = 0;
  for (let i = 0; i < logits.length; i++) {
    if (logits[i] === -Infinity) continue;
    count += 1;
    sum += logits[i] as number;
  }
  const mean = sum / count;
  let squares = 0;
  for (let i = 0; i < logits.length; i++) {
    if (logits[i] !== -Infinity) squares += ((logits[i] as number) - mean) ** 2;
  }
  return Math.sqrt(squares / count);
}

/** The warper `top_n_sigma`. */
export const topNSigmaDefinition: WarperDefinition<"top_n_sigma", "top_n_sigma"> = {
  name: "top_n_sigma",
  formula: "l ≥ max l − n · σ, σ the standard deviation of the logits that are left",
  summary: "Keeps the tokens whose logits are within so many standard deviations of the largest",
  edges: "equal logits have no deviation, and all of them are kept",
  reference: "Tang et al., 2024, Top-nσ: Not All Logits Are You Need",
  value: (z) =>
    z.number().gt(0).describe(
      "How many standard deviations below the largest logit the kept ones are at most",
    ),
  strategy: {
    setting: "top_n_sigma",
    summary: "Samples from the tokens whose logits are near the largest",
    default: 1,
  },
  create: topNSigma,
};
