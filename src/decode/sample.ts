import { choose } from "../random/choose.ts";
import { softmax } from "./distribution.ts";
import type { Strategy } from "./strategy.ts";
import { tokenByToken } from "./token_by_token.ts";
import { warped, type Warper } from "./warp.ts";

/** Ancestral sampling: each token drawn from the target's distribution after `warpers`, in order. */
export function sample(warpers: readonly Warper[]): Strategy {
  return tokenByToken((logits, history, random) => {
    const probabilities = softmax(warped(logits, warpers, history));
    const token = choose(probabilities, random.next());
    return { token, logProb: Math.log(probabilities[token] as number) };
  });
}
