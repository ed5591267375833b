import { sample } from "./sample.ts";
import { type DecodeResult, noCosts, type Strategy } from "../strategy.ts";
import { together } from "./run_in_lockstep.ts";
import type { Warper } from "../warp/warper.ts";

/**
 * Draws `n` samples after `warpers` and returns the one that is the most probable by the target's own
 * log-probability, EOS included; of equal ones the first.
 */
export function bestOf(n: number, warpers: readonly Warper[]): Strategy {
  if (!(Number.isInteger(n) && n >= 1)) {
    throw new RangeError(`Cannot take the best of ${n}: expected an integer of at least 1`);
  }
  const strategy = sample(warpers);
  return function* (request) {
    const costs = noCosts();
    const samples = yield* together(Array.from({ length: n }, () => strategy(request)), costs);
    const best = samples.reduce((a, b) => logProb(b) > logProb(a) ? b : a);
    return { ...best, costs };
  };
}

function logProb({ logProbs }: DecodeResult): number {
  return logProbs.reduce((sum, one) => sum + one, 0);
}
