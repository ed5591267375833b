/**
 * Parts of the warpers that look at the text. BOS, the first token of every history, is not of the
 * text and never counts: it is EOS too, and a text would be kept from ending.
 *
 * @module
 */
import { z } from "zod";
import type { Token } from "../../model/language_model.ts";

/** Where the text begins in a history, after BOS. */
export const TEXT = 1;

/**
 * A penalty that is subtracted from logits: far larger than any logit, far below f64's limit.
 *
 * @internal
 */
export const subtracted = z.number().min(-1e6).max(1e6);

/** Throws a `RangeError` unless a penalty that is to be subtracted is finite. */
export function checkSubtracted(what: string, penalty: number): void {
  if (!Number.isFinite(penalty)) {
    throw new RangeError(`Cannot penalise ${what} by ${penalty}: expected a finite number`);
  }
}

/** A set of tokens that is emptied in one step and reuses its memory for every choice. */
export class TokenSet {
  /** The round in which each token was last added; exact for 2⁵³ of them. */
  #added = new Float64Array();
  #round = 0;

  /** Empties the set; tokens are below `vocabSize` from now on. */
  clear(vocabSize: number): void {
    if (this.#added.length < vocabSize) this.#added = new Float64Array(vocabSize);
    this.#round += 1;
  }

  /** Whether `token` is in the set. */
  has(token: Token): boolean {
    return this.#added[token] === this.#round;
  }

  /** Adds `token`; returns whether it is new. */
  add(token: Token): boolean {
    if (this.has(token)) return false;
    this.#added[token] = this.#round;
    return true;
  }
}
