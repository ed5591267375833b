/**
 * Distribution transforms. Each changes logits in place, leaves them unnormalised, and marks a token
 * that may no longer be drawn with −∞; a chain applies them in the order written.
 *
 * These rules hold for every warper, whatever comes before it:
 * - a token at −∞ stays there and counts for nothing: not for a mass, a rank, a mean or a deviation;
 * - some token is left: one that has a probability before it has one after it;
 * - of equal tokens the lower ids win where a number of them is kept, and all of them stand or fall
 *   together where a threshold decides.
 *
 * Shapes: `V` tokens in the vocabulary; `logits` is `[V]`.
 *
 * @module
 */
import {
  DivergedError,
  type LanguageModel,
  type Logits,
  type Token,
} from "../../model/language_model.ts";
import { pooledArray } from "../../model/pooled_arrays.ts";
import { type LogNormaliser, normalise, softmax, softmaxInPlace } from "../distribution.ts";
import { isLarge, largestOf, workRow } from "../large_rows.ts";
import type { WarpingStep } from "../observation.ts";
import { onlyAnswer } from "../strategy.ts";

/**
 * A distribution transform: composable; the order of a chain matters. A call of `apply` depends on its
 * arguments alone, so that one warper serves many samples in turn; memory that it reuses from call to
 * call is its own, and never another warper's or thread's.
 */
export interface Warper {
  /** The name in configs and reports. */
  readonly name: string;
  /** Its number there. */
  readonly value: number;
  /**
   * Whether it forbids tokens, but never all, and changes no other logit, so that there is nothing to check
   * after it.
   */
  readonly isTruncation?: true;
  /** Whether it does nothing but divide the logits by `value`. */
  readonly isDivision?: true;
  /**
   * Changes `logits` in place. `history` is the text that the model has read: BOS, the rest of the
   * prompt and the generated tokens; its first `promptLength` tokens are BOS and the prompt.
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
  requireMass(logits);
  for (const warper of warpers) {
    warper.apply(logits, history, promptLength);
    if (warper.isTruncation) continue;
    if (!hasMass(logits)) throw new DivergedError(`warping by ${warper.name}: ${NO_MASS}`);
  }
}

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
  const warped = passingDistribution(logits, warpers, history, promptLength);
  return isLarge(warped) ? warped.slice() : warped;
}

/** The same where it is used at once: a large one is overwritten when the next one is asked for. */
export function passingDistribution(
  logits: Logits,
  warpers: readonly Warper[],
  history: readonly Token[],
  promptLength: number,
): Float64Array {
  if (warpers.length === 0 && !isLarge(logits)) {
    const probabilities = softmax(logits);
    // Logits without mass have no softmax.
    if (Number.isNaN(probabilities[0])) requireMass(logits);
    return probabilities;
  }
  const warped = copyToWarp(logits);
  warp(warpers, warped, history, promptLength);
  softmaxInPlace(warped);
  return warped;
}

/**
 * Writes {@linkcode warpedDistribution} into `probabilities` `[V]`, neither of them large; returns the
 * normaliser of the unwarped logits where it comes with that: with no warpers.
 */
export function distributionInto(
  probabilities: Float64Array,
  logits: Logits,
  warpers: readonly Warper[],
  history: readonly Token[],
  promptLength: number,
): LogNormaliser | undefined {
  if (warpers.length === 0) {
    const normaliser = normalise(logits, probabilities);
    if (Number.isNaN(normaliser.logSum)) requireMass(logits);
    return normaliser;
  }
  probabilities.set(logits);
  warp(warpers, probabilities, history, promptLength);
  softmaxInPlace(probabilities);
  return undefined;
}

/** The temperature, where `warpers` do nothing but divide by it: 1 where there are none. */
export function temperatureOf([warper, ...others]: readonly Warper[]): number | undefined {
  if (warper === undefined) return 1;
  return others.length === 0 && warper.isDivision ? warper.value : undefined;
}

/** A copy of `logits` that may be warped; a large one is overwritten when the next one is asked for. */
export function copyToWarp(logits: Logits): Float64Array {
  const copy = isLarge(logits) ? workRow(logits.length) : pooledArray(logits.length);
  copy.set(logits);
  return copy;
}

/** The distributions that each of `warpers` makes in turn; see {@linkcode warpedDistribution}. */
export function warpingSteps(
  logits: Logits,
  warpers: readonly Warper[],
  history: readonly Token[],
  promptLength: number,
): WarpingStep[] {
  return warpers.map(({ name, value }, i) => ({
    name,
    value,
    probabilities: warpedDistribution(logits, warpers.slice(0, i + 1), history, promptLength),
  }));
}

/** The distribution `[V]` of the token that `model` puts after `text` (BOS first), after `warpers`. */
export function nextDistribution(
  model: LanguageModel,
  text: readonly Token[],
  warpers: readonly Warper[],
): Float64Array {
  const sequence = model.open();
  try {
    const logits = onlyAnswer(model.forward([{ sequence, tokens: text, rows: 1 }]));
    return warpedDistribution(logits, warpers, text, text.length);
  } finally {
    sequence.close();
  }
}

/** Throws a {@linkcode DivergedError} where logits that no warper has changed have no softmax. */
function requireMass(logits: Float64Array): void {
  if (!hasMass(logits)) throw new DivergedError(`before any warper: ${NO_MASS}`);
}

const NO_MASS = "expected logits below ∞, one of them above −∞, found none such";

/** Whether softmax makes a distribution of `logits`: none is NaN or ∞, and not all are −∞. */
function hasMass(logits: Float64Array): boolean {
  if (isLarge(logits)) {
    const largest = largestOf(logits);
    return largest > -Infinity && largest < Infinity;
  }
  let largest = -Infinity;
  for (let i = 0; i < logits.length; i++) {
    const logit = logits[i] as number;
    // Written so that NaN, which no comparison holds for, is refused too.
    if (!(logit < Infinity)) return false;
    if (logit > largest) largest = logit;
  }
  return largest > -Infinity;
}
