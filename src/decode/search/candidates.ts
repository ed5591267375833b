import type { Token } from "../../model/language_model.ts";
import { numbers } from "../../model/pooled_arrays.ts";

/** The best of many (beam, token) pairs, in order; of equal ones the first that were offered. */
export class Candidates {
  /** How many there are, up to the number that is kept. */
  size = 0;
  readonly #most: number;
  readonly #scores: Float64Array;
  readonly #beams: Int32Array;
  readonly #tokens: Int32Array;

  /** Of none yet; keeps the best `most`. */
  constructor(most: number) {
    this.#most = most;
    this.#scores = numbers(most).fill(-Infinity);
    this.#beams = new Int32Array(most);
    this.#tokens = new Int32Array(most);
  }

  /** Offers a pair; what is impossible (−∞) is never kept. */
  offer(score: number, beam: number, token: Token): void {
    const scores = this.#scores;
    let place = this.#most - 1;
    // Most pairs end here.
    if (!(score > (scores[place] as number))) return;
    for (; place > 0 && (scores[place - 1] as number) < score; place--) {
      scores[place] = scores[place - 1] as number;
      this.#beams[place] = this.#beams[place - 1] as number;
      this.#tokens[place] = this.#tokens[place - 1] as number;
    }
    scores[place] = score;
    this.#beams[place] = beam;
    this.#tokens[place] = token;
    if (this.size < this.#most) this.size++;
  }

  /** The beam of the pair at `place`. */
  beam(place: number): number {
    return this.#beams[place] as number;
  }

  /** The token of the pair at `place`. */
  token(place: number): Token {
    return this.#tokens[place] as Token;
  }
}
