/**
 * Truncation by rank: the best tokens are kept until there are enough, by number or by mass.
 *
 * @module
 */
import { numbers } from "../../model/pooled_arrays.ts";
import { softmax } from "../distribution.ts";
import { Ranking } from "./ranking.ts";
import type { Warper } from "./warper.ts";

/** Serves every warper of this file: none of them is interrupted. */
const ranking = new Ranking();

/** Keeps exactly the `k` most probable tokens; of equal ones the lower ids (Fan et al., 2018). */
export function topK(k: number): Warper {
  if (!(Number.isInteger(k) && k >= 1)) {
    throw new RangeError(`Cannot keep the top ${k}: expected an integer of at least 1`);
  }
  return {
    name: "top_k",
    apply(logits) {
      if (k >= logits.length) return;
      ranking.begin(logits);
      for (let kept = 0; kept < k; kept++) ranking.take();
      ranking.forbidRest(logits);
    },
  };
}

/**
 * Keeps the smallest prefix of the tokens, by descending probability, whose mass reaches `p`, the
 * token that crosses it included (nucleus sampling; Holtzman et al., 2020). Mass is that of what
 * the warpers before it have left. `p` = 1 keeps everything.
 */
export function topP(p: number): Warper {
  checkMass("top mass", p);
  return {
    name: "top_p",
    apply(logits) {
      // A sum of rounded probabilities can reach 1 before the last token.
      if (p === 1) return;
      ranking.begin(logits);
      keepMass(logits, softmax(logits), p);
    },
  };
}

/**
 * Keeps the tokens whose surprisal −log p is nearest to its mean, the entropy, until their mass
 * reaches `p`, the token that crosses it included (locally typical sampling; Meister et al., 2023).
 * The most probable token may be among those that go. `p` = 1 keeps everything.
 */
export function typicalP(p: number): Warper {
  checkMass("typical mass", p);
  return {
    name: "typical_p",
    apply(logits) {
      if (p === 1) return;
      const probabilities = softmax(logits);
      // −log pᵢ = log Z − lᵢ, whose mean is log Z − mean(l): the distance needs no logarithm.
      const mean = meanLogit(logits, probabilities);
      const nearness = numbers(logits.length);
      for (let i = 0; i < logits.length; i++) {
        nearness[i] = -Math.abs((logits[i] as number) - mean);
      }
      ranking.begin(nearness);
      keepMass(logits, probabilities, p);
    },
  };
}

function checkMass(what: string, p: number): void {
  if (!(p > 0 && p <= 1)) {
    throw new RangeError(`Cannot keep the ${what} ${p}: expected a number above 0, at most 1`);
  }
}

/** Keeps tokens in the order of the ranking that has begun until their mass reaches `p`. */
function keepMass(logits: Float64Array, probabilities: Float64Array, p: number): void {
  let mass = 0;
  for (let kept = 0; kept < logits.length && mass < p; kept++) {
    mass += probabilities[ranking.take()] as number;
  }
  ranking.forbidRest(logits);
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
