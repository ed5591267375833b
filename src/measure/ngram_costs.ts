/**
 * The costs of texts to n-gram models of several orders: the contexts of a token are found once for all of
 * them, and no row of the vocabulary is made for a context that had one before.
 *
 * Letters: `V` vocabulary.
 *
 * @module
 */
import { type LogNormaliser, logNormaliser, logSumOf } from "../decode/distribution.ts";
import type { Token } from "../model/language_model.ts";
import type { NgramModel } from "../model/ngram/ngram_model.ts";
import { NgramPath } from "../model/ngram/ngram_path.ts";

/** The costs of one text after another to models that share their counts. */
export class NgramCosts {
  /** `[models]` how many tokens a context of each has at most. */
  readonly #lengths: readonly number[];
  readonly #path: NgramPath;
  readonly #normalisers: Normalisers;
  readonly #stops: readonly Token[];
  readonly #ends: ReadonlySet<Token>;
  /** `[models]` −Σ ln P of the text that is read. */
  readonly #costs: Float64Array;
  /** `[n]` the log-probability of the token that is read, by the length of the context. */
  readonly #logProbs: Float64Array;

  /**
   * For `models`, at least one; any of `stops` is as good as another.
   *
   * @throws {TypeError} If they have different counts.
   */
  constructor(models: readonly NgramModel[], stops: readonly Token[]) {
    const [first] = models;
    if (first === undefined || models.some(({ counts }) => counts !== first.counts)) {
      throw new TypeError("Cannot read texts for n-gram models: they have different counts");
    }
    const order = models.reduce((most, { order }) => Math.max(most, order), 1);
    const { vocabSize } = first.spec;
    this.#lengths = models.map(({ order }) => order - 1);
    this.#path = new NgramPath(first.counts, order, vocabSize);
    this.#normalisers = new Normalisers(this.#path, first.counts.contexts, vocabSize);
    this.#stops = stops;
    this.#ends = new Set(stops);
    this.#costs = new Float64Array(models.length);
    this.#logProbs = new Float64Array(order);
  }

  /** `[models]` −Σ ln P of the tokens of `text` after the first, nats: until the next text is read. */
  of(text: readonly Token[]): Float64Array {
    const [costs, logProbs] = [this.#costs, this.#logProbs];
    costs.fill(0);
    for (let i = 1; i < text.length; i++) {
      this.#path.follow(text, i);
      this.#predict(text[i] as Token);
      const { longest } = this.#path;
      for (let model = 0; model < costs.length; model++) {
        const length = Math.min(this.#lengths[model] as number, longest);
        costs[model] = (costs[model] as number) - (logProbs[length] as number);
      }
    }
    return costs;
  }

  /** The log-probability of `token`, or of any stop where it is one, in each context. */
  #predict(token: Token): void {
    if (this.#stops.length < 2 || !this.#ends.has(token)) return this.#predictOne(token);
    const all = this.#stops.map((stop) => {
      this.#predictOne(stop);
      return this.#logProbs.slice();
    });
    for (let length = 0; length < this.#logProbs.length; length++) {
      this.#logProbs[length] = logSumOf([...all.keys()], (stop) => all[stop]?.[length] ?? NaN);
    }
  }

  #predictOne(token: Token): void {
    const { longest, contexts, probabilities } = this.#path;
    this.#path.predict(token);
    for (let length = 0; length <= longest; length++) {
      const logProb = Math.log(probabilities[length] as number);
      this.#logProbs[length] = this.#normalisers.apply(logProb, length, contexts[length] as number);
    }
  }
}

/** Above so many tokens a row is not made to see how far from 1 rounding leaves its sum. */
const MANY_TOKENS = 4096;
/** Contexts whose normalisers are kept: the first ones, which are the shortest and the commonest. */
const MOST_KEPT = 2 ** 20;

/**
 * The corrections that turn the log-probabilities of a context into those of the softmax of its whole row:
 * the sum of a row is 1 but for rounding.
 */
class Normalisers {
  readonly #path: NgramPath;
  readonly #row: Float64Array;
  readonly #largest: Float64Array;
  readonly #logSums: Float64Array;

  constructor(path: NgramPath, contexts: number, vocabSize: number) {
    const isMade = vocabSize <= MANY_TOKENS;
    this.#path = path;
    this.#row = new Float64Array(isMade ? vocabSize : 0);
    const kept = isMade ? Math.min(contexts, MOST_KEPT) : 0;
    this.#largest = new Float64Array(kept);
    this.#logSums = new Float64Array(kept);
  }

  /** `logProb` in `context`, which is that of `length` tokens on the path. */
  apply(logProb: number, length: number, context: number): number {
    if (this.#row.length === 0) return logProb;
    const known = this.#largest[context] ?? 0;
    // No logarithm of a probability is 0 while there is another token.
    if (known !== 0) return (logProb - known) - (this.#logSums[context] as number);
    const { largest, logSum } = this.#normaliser(length);
    if (context < this.#largest.length) {
      this.#largest[context] = largest;
      this.#logSums[context] = logSum;
    }
    return (logProb - largest) - logSum;
  }

  #normaliser(length: number): LogNormaliser {
    this.#path.logProbs(length, this.#row);
    return logNormaliser(this.#row);
  }
}
