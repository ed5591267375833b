/**
 * The arithmetic of speculative sampling (Leviathan et al., 2023; Chen et al., 2023): a token drawn
 * from `q` is accepted or replaced so that what comes out is drawn from `p`.
 *
 * Shapes: `V` tokens in the vocabulary; `p` and `q` are distributions `[V]` after warping.
 *
 * @module
 */
import type { Logits, Token } from "../../model/language_model.ts";
import { numbers } from "../../model/pooled_arrays.ts";
import { softmaxInPlace } from "../distribution.ts";
import { warp, type Warper } from "../warp/warper.ts";

/**
 * The distribution that `warpers` make of `logits` `[V]`, which stay as they are, after `history`,
 * whose first `promptLength` tokens are BOS and the prompt.
 */
export function warpedDistribution(
  logits: Logits,
  warpers: readonly Warper[],
  history: readonly Token[],
  promptLength: number,
): Float64Array {
  const warped = numbers(logits.length);
  warped.set(logits);
  warp(warpers, warped, history, promptLength);
  softmaxInPlace(warped);
  return warped;
}

/** All the mass on `token`, of `vocabSize`: the distribution of what was not left to chance. */
export function oneHot(token: Token, vocabSize: number): Float64Array {
  const distribution = numbers(vocabSize);
  distribution[token] = 1;
  return distribution;
}

/** The probability min(1, p/q) with which a token that was drawn from `q` may stand. */
export function acceptance(p: Float64Array, q: Float64Array, token: Token): number {
  return Math.min(1, (p[token] as number) / (q[token] as number));
}

/**
 * max(0, p − q), unnormalised: what a refused token is replaced from. Where rounding leaves nothing of
 * it (p and q are then equal, and nothing should have been refused), `p` itself.
 */
export function residual(p: Float64Array, q: Float64Array): Float64Array {
  const left = numbers(p.length);
  let mass = 0;
  for (let token = 0; token < p.length; token++) {
    left[token] = Math.max(0, (p[token] as number) - (q[token] as number));
    mass += left[token] as number;
  }
  return mass > 0 ? left : p;
}

/** β = Σ min(p, q): the probability that a token drawn from `q` is accepted (Leviathan, theorem 3.5). */
export function overlap(p: Float64Array, q: Float64Array): number {
  let sum = 0;
  for (let token = 0; token < p.length; token++) {
    sum += Math.min(p[token] as number, q[token] as number);
  }
  return sum;
}
