import type { DecodeResult } from "../decode/strategy.ts";
import { sum } from "./sample.ts";

/**
 * log P of a sample under the target, nats: the sum over its tokens, and over EOS where EOS ended
 * it. A sample that was cut off is scored for what is there.
 */
export function logProb({ logProbs }: DecodeResult): number {
  return sum(logProbs);
}

/** The same in the distributions, after warping, that the tokens were drawn from. */
export function warpedLogProb({ warpedLogProbs }: DecodeResult): number {
  return sum(warpedLogProbs);
}
