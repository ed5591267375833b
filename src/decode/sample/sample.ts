import { choose } from "../../random/choose.ts";
import { softmaxInPlace } from "../distribution.ts";
import type { Strategy } from "../strategy.ts";
import { tokenByToken } from "./token_by_token.ts";
import { warp, type Warper } from "../warp/warper.ts";

/** Ancestral sampling: each token drawn from the target's distribution after `warpers`, in order. */
export function sample(warpers: readonly Warper[]): Strategy {
  // Used up within each choice, so that thousands of samples need not allocate one a token.
  let scratch = new Float64Array();
  return tokenByToken((logits, history, random, promptLength) => {
    if (scratch.length !== logits.length) scratch = new Float64Array(logits.length);
    scratch.set(logits);
    warp(warpers, scratch, history, promptLength);
    softmaxInPlace(scratch);
    const token = choose(scratch, random.next());
    return { token, logProb: Math.log(scratch[token] as number) };
  });
}
