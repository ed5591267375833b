/**
 * Distribution transforms. Each changes logits in place, leaves them unnormalised, and marks a token
 * that may no longer be drawn with −∞; a chain applies them in the order written.
 *
 * Every warper keeps to this, whatever comes before it:
 * - a token at −∞ stays there and counts for nothing: not for a mass, a rank, a mean or a deviation;
 * - some token is left: one that has a probability before it has one after it;
 * - of equal tokens the lower ids win where a number of them is kept, and all of them stand or fall
 *   together where a threshold decides.
 *
 * Shapes: `V` tokens in the vocabulary; `logits` is `[V]`.
 *
 * @module
 */
import { DivergedError, type Token } from "../../model/language_model.ts";

/** A distribution transform: stateless, composable; the order of a chain matters. */
export interface Warper {
  /** The name in configs and reports. */
  readonly name: string;
  /**
   * Changes `logits` in place. `history` is all that the model has read: BOS, the rest of the prompt
   * and what was generated since; its first `promptLength` tokens are BOS and the prompt.
   */
  apply(logits: Float64Array, history: readonly Token[], promptLength: number): void;
}

/**
 * Applies a chain in its order, `[V] → [V]` in place; see {@linkcode Warper.apply}. Throws a
 * {@linkcode DivergedError} that names the warper after which no token has a probability, as where
 * numbers have grown past what f64 holds.
 */
export function warp(
  warpers: readonly Warper[],
  logits: Float64Array,
  history: readonly Token[],
  promptLength: number,
): void {
  if (!hasMass(logits)) throw new DivergedError(`before any warper: ${NO_MASS}`);
  for (const warper of warpers) {
    warper.apply(logits, history, promptLength);
    if (!hasMass(logits)) throw new DivergedError(`warping by ${warper.name}: ${NO_MASS}`);
  }
}

const NO_MASS = "expected logits below ∞, one of them above −∞, found none such";

/** Whether softmax makes a distribution of `logits`: none is NaN or ∞, and not all are −∞. */
function hasMass(logits: Float64Array): boolean {
  let largest = -Infinity;
  for (let i = 0; i < logits.length; i++) {
    const logit = logits[i] as number;
    // Written so that NaN, which no comparison holds for, is refused too.
    if (!(logit < Infinity)) return false;
    if (logit > largest) largest = logit;
  }
  return largest > -Infinity;
}
