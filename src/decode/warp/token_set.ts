import type { Token } from "../../model/language_model.ts";

/** A set of tokens that is emptied in one step and keeps its memory: one for every choice. */
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
