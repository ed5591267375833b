/**
 * Distribution transforms. Each changes logits in place, leaves them unnormalised, and marks a token
 * that may no longer be drawn with −∞; a chain applies them in the order written.
 *
 * Shapes: `V` tokens in the vocabulary; `logits` is `[V]`.
 *
 * @module
 */
import type { Token } from "../model/language_model.ts";
import { numbers } from "../model/numbers.ts";
import { softmax } from "./distribution.ts";

/** A distribution transform: stateless, composable; the order of a chain matters. */
export interface Warper {
  /** The name in configs and reports. */
  readonly name: string;
  /** Changes `logits` in place; `history` is what the model has read, prompt included. */
  apply(logits: Float64Array, history: readonly Token[]): void;
}

/** Divides the logits by `temperature` > 0: below 1 sharper, above 1 flatter, the order kept. */
export function temperature(temperature: number): Warper {
  if (!(temperature > 0 && temperature < Infinity)) {
    throw new RangeError(
      `Cannot warp by temperature ${temperature}: expected a number above 0 (0 would be greedy)`,
    );
  }
  return {
    name: "temperature",
    apply(logits) {
      for (let i = 0; i < logits.length; i++) logits[i] = (logits[i] as number) / temperature;
    },
  };
}

/** Keeps exactly the `k` most probable tokens; of equal ones the lower ids (Fan et al., 2018). */
export function topK(k: number): Warper {
  if (!(Number.isInteger(k) && k >= 1)) {
    throw new RangeError(`Cannot keep the top ${k}: expected an integer of at least 1`);
  }
  return {
    name: "top_k",
    apply(logits) {
      if (k < logits.length) keepLargest(logits, k);
    },
  };
}

/**
 * Keeps the smallest prefix of the tokens, by descending probability, whose mass reaches `p`, the
 * token that crosses it included (nucleus sampling; Holtzman et al., 2020). Mass is that of what
 * the warpers before it have left. `p` = 1 keeps everything.
 */
export function topP(p: number): Warper {
  if (!(p > 0 && p <= 1)) {
    throw new RangeError(`Cannot keep the top mass ${p}: expected a number above 0, at most 1`);
  }
  return {
    name: "top_p",
    apply(logits) {
      // A sum of rounded probabilities can reach 1 before the last token.
      if (p === 1) return;
      const probabilities = softmax(logits).sort();
      let mass = 0;
      let kept = 0;
      while (kept < logits.length && mass < p) {
        kept++;
        mass += probabilities[logits.length - kept] as number;
      }
      keepLargest(logits, kept);
    },
  };
}

/** Keeps the `count` largest logits, of equal ones the lower ids. */
function keepLargest(logits: Float64Array, count: number): void {
  const ascending = numbers(logits.length);
  ascending.set(logits);
  ascending.sort();
  const threshold = ascending[logits.length - count] as number;
  // How many of those at the threshold itself are among the largest.
  let room = count;
  for (let i = logits.length - 1; i >= 0 && (ascending[i] as number) > threshold; i--) room--;
  for (let i = 0; i < logits.length; i++) {
    const logit = logits[i] as number;
    if (logit < threshold || (logit === threshold && room-- <= 0)) logits[i] = -Infinity;
  }
}
