/**
 * Distribution transforms. Each changes logits in place, leaves them unnormalised, and marks a token
 * that may no longer be drawn with −∞; a chain applies them in the order written.
 *
 * Shapes: `V` tokens in the vocabulary; `logits` is `[V]`.
 *
 * @module
 */
import type { Token } from "../model/language_model.ts";
import { ranked, softmax } from "./distribution.ts";

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
      for (const token of ranked(logits).slice(k)) logits[token] = -Infinity;
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
      const probabilities = softmax(logits);
      let mass = 0;
      for (const token of ranked(logits)) {
        if (mass >= p) logits[token] = -Infinity;
        mass += probabilities[token] as number;
      }
    },
  };
}

/** A copy of `logits` after each warper in turn. */
export function warped(
  logits: Float64Array,
  warpers: readonly Warper[],
  history: readonly Token[],
): Float64Array {
  const result = logits.slice();
  for (const warper of warpers) warper.apply(result, history);
  return result;
}
