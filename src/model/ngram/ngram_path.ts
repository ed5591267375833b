/**
 * The probabilities after a text, by the context of no tokens, by the last token, by the last two, …:
 * those of n-gram models of every order, since each interpolates the one below.
 *
 * Letters: `V` vocabulary, `n` the longest n-gram, `h` a context, `h′` the same without its oldest token,
 * `c(h w)` how often `w` followed it, `c(h)` how often anything did, `T(h)` how many different tokens did.
 *
 * @module
 */
import type { Token } from "../language_model.ts";
import { type NgramCounts, ROOT } from "./ngram_counts.ts";

/**
 * Interpolated Witten–Bell smoothing (Witten & Bell 1991, method C; as a mixture of orders in Chen &
 * Goodman 1998):
 *
 *     P(w | h) = (c(h w) + T(h) · P(w | h′)) / (c(h) + T(h)),
 *
 * from the uniform distribution below the context of no tokens. Where `h` was never seen it is
 * P(w | h′). It has nothing to tune, sums to 1 in every context, and is nowhere 0.
 */
export class NgramPath {
  /** `[n]` the contexts of 0, 1, 2, … tokens after the text that was followed, up to {@linkcode longest}. */
  readonly contexts: Int32Array;
  /** `[n]` P of the token that was predicted in each of them. */
  readonly probabilities: Float64Array;
  readonly #counts: NgramCounts;
  readonly #vocabSize: number;
  #longest = 0;

  /** By `counts` of n-grams of up to `order` tokens or more. */
  constructor(counts: NgramCounts, order: number, vocabSize: number) {
    this.contexts = new Int32Array(order);
    this.probabilities = new Float64Array(order);
    this.#counts = counts;
    this.#vocabSize = vocabSize;
  }

  /** How many tokens the longest context has that was seen, at most n − 1. */
  get longest(): number {
    return this.#longest;
  }

  /** Finds the contexts of the first `length` tokens of `text`. */
  follow(text: readonly Token[], length: number): void {
    const { contexts } = this;
    const most = Math.min(length, contexts.length - 1);
    let context = ROOT;
    contexts[0] = ROOT;
    this.#longest = 0;
    for (let back = 1; back <= most; back++) {
      context = this.#counts.longer(context, text[length - back] as Token);
      if (context < 0) return;
      contexts[back] = context;
      this.#longest = back;
    }
  }

  /** The probability of `token` in each of the contexts, in a time that does not grow with V. */
  predict(token: Token): void {
    const { contexts, probabilities } = this;
    const counts = this.#counts;
    let probability = 1 / this.#vocabSize;
    for (let back = 0; back <= this.#longest; back++) {
      const context = contexts[back] as number;
      const total = counts.total(context);
      // No documents at all: the uniform distribution is what there is.
      if (total > 0) {
        const distinct = counts.distinct(context);
        probability *= distinct / (total + distinct);
        probability += 1 / (total + distinct) * counts.count(context, token);
      }
      probabilities[back] = probability;
    }
  }

  /** ln P(w | h) of every token w into `row`, `[V]`, where h is the context of `length` tokens. */
  logProbs(length: number, row: Float64Array): void {
    const counts = this.#counts;
    row.fill(1 / this.#vocabSize);
    for (let back = 0; back <= length; back++) {
      const context = this.contexts[back] as number;
      const total = counts.total(context);
      const distinct = counts.distinct(context);
      if (total === 0) continue;
      const shorter = distinct / (total + distinct);
      for (let token = 0; token < row.length; token++) {
        row[token] = (row[token] as number) * shorter;
      }
      counts.addTo(row, context, 1 / (total + distinct));
    }
    for (let token = 0; token < row.length; token++) row[token] = Math.log(row[token] as number);
  }
}
