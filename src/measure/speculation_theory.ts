/**
 * What theory predicts of speculative decoding (Leviathan, Kalman & Matias, 2023), if every proposal
 * is accepted with the same probability whatever came before, and if texts never end.
 *
 * Letters: `α` that probability; `γ` tokens proposed in a round; `c` the time of a draft step, `v` of
 * verifying γ tokens, both in steps of the target; `ĉ` the operations of a draft step in those of the
 * target's.
 *
 * @module
 */

/** 1 + α + … + α^γ = (1 − α^{γ+1}) / (1 − α): tokens that a pass of the target yields (equation 1). */
export function tokensPerPass(alpha: number, gamma: number): number {
  // As a sum, since the quotient is 0/0 where everything is accepted.
  let sum = 1;
  for (let i = 1; i <= gamma; i++) sum += alpha ** i;
  return sum;
}

/** α(1 − α^γ) / ((1 − α)γ): accepted of those proposed. Not α, since a refusal discards the rest. */
export function acceptedShare(alpha: number, gamma: number): number {
  return (tokensPerPass(alpha, gamma) - 1) / gamma;
}

/**
 * (1 − α)(γĉ + γ + 1) / (1 − α^{γ+1}): operations a token, in those of decoding token by token
 * (theorem 3.11).
 */
export function operationsFactor(alpha: number, gamma: number, operations: number): number {
  return (gamma * operations + gamma + 1) / tokensPerPass(alpha, gamma);
}

/**
 * Tokens a pass / (γc + v): how many times faster it is than token by token (theorem 3.8, which takes
 * verifying to cost as much as one step: `v` = 1).
 */
export function speedUp(alpha: number, gamma: number, draftStep: number, verification = 1): number {
  return tokensPerPass(alpha, gamma) / (gamma * draftStep + verification);
}

/** The `γ` of `candidates` for which `gain` is largest; of equal ones the first. */
export function bestDraftK(candidates: readonly number[], gain: (gamma: number) => number): number {
  const gains = candidates.map(gain);
  const best = candidates[gains.indexOf(Math.max(...gains))];
  if (best === undefined) throw new RangeError("Cannot choose draft_k: there are no candidates");
  return best;
}
