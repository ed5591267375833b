/**
 * An n-gram model: the next token depends on the `n − 1` before it. It is counted, not trained, and a
 * step of it costs next to nothing, which makes it a baseline and a draft.
 *
 * Letters: `V` vocabulary.
 *
 * @module
 */
import {
  checkRequest,
  checkToken,
  type ForwardRequest,
  type LanguageModel,
  type Logits,
  type Sequence,
  type TextSpec,
  type Token,
  type TokenTexts,
} from "../language_model.ts";
import { pooledArray } from "../pooled_arrays.ts";
import { type NgramCounts, ROOT } from "./ngram_counts.ts";
import { NgramPath } from "./ngram_path.ts";
import { fitsKeys, PackedCounts } from "./packed_counts.ts";
import { TableCounts } from "./table_counts.ts";

/** Numbers in all cached rows: 64 MiB. */
const MOST_CACHED = 2 ** 23;

/** The probabilities are those of {@linkcode NgramPath}: interpolated Witten–Bell smoothing. */
export class NgramModel implements LanguageModel {
  /** The texts that it can read. */
  readonly spec: TextSpec;
  /** The longest n-gram that it counts, `n`. */
  readonly order: number;
  /** The counts that it goes by, of n-grams of that order at least: models of other orders may share them. */
  readonly counts: NgramCounts;
  /** The logits after each context that has been asked for, `[V]`, as far as there is room. */
  readonly #rows: Float64Array[] = [];
  #cached = 0;
  readonly #path: NgramPath;

  /**
   * The model of `order` by `counts` of n-grams of up to that order or more.
   *
   * @throws {RangeError} If the order is not a whole number from 1.
   */
  constructor(counts: NgramCounts, order: number, { vocabSize, blockSize }: TextSpec) {
    checkOrder(order);
    this.counts = counts;
    this.order = order;
    this.spec = { vocabSize, blockSize };
    this.#path = new NgramPath(counts, order, vocabSize);
  }

  /**
   * The model of `order` counted from `documents`, each of them `BOS c1 … cn BOS`; what comes first
   * is never predicted.
   *
   * @throws {RangeError} If the order is not a whole number from 1, or a token not in the vocabulary.
   */
  static count(documents: TokenTexts, order: number, spec: TextSpec): NgramModel {
    checkOrder(order);
    return new NgramModel(countNgrams(documents, order, spec.vocabSize), order, spec);
  }

  /** A new, empty sequence. */
  open(): Sequence {
    return new TokenSequence(this, []);
  }

  /** See {@linkcode LanguageModel.forward}. The logits are log-probabilities. */
  forward(batch: readonly ForwardRequest[]): Logits[] {
    // All are checked before any is read, so that a refused batch changes nothing.
    for (const { sequence, tokens, rows } of batch) {
      checkRequest(this.spec, this.#own(sequence).length, tokens, rows);
    }
    return batch.map((request) => this.#read(request));
  }

  /**
   * ln P of `token` after the first `length` tokens of `text`: as the logits have it, to the bit, in a time
   * that does not grow with the vocabulary. Throws a `RangeError` for a token outside it.
   */
  logProbAfter(text: readonly Token[], length: number, token: Token): number {
    checkToken(token, this.spec.vocabSize);
    this.#path.follow(text, length);
    this.#path.predict(token);
    return Math.log(this.#path.probabilities[this.#path.longest] as number);
  }

  #read({ sequence, tokens, rows }: ForwardRequest): Logits {
    const { vocabSize } = this.spec;
    const text = this.#own(sequence).tokens;
    const logits = pooledArray(rows * vocabSize);
    let at = (rows - tokens.length) * vocabSize;
    for (let i = 0; i < tokens.length; i++, at += vocabSize) {
      text.push(tokens[i] as Token);
      if (at < 0) continue;
      const row = this.#rowAfter(text);
      for (let token = 0; token < vocabSize; token++) logits[at + token] = row[token] as number;
    }
    return logits;
  }

  /** The log-probabilities of what follows `text`, `[V]`; not to be changed. */
  #rowAfter(text: readonly Token[]): Float64Array {
    this.#path.follow(text, text.length);
    const longest = this.#path.contexts[this.#path.longest] ?? ROOT;
    const cached = this.#rows[longest];
    if (cached !== undefined) return cached;
    // Not from `pooledArray`: a cached row would hold on to the whole block that it was cut from.
    const row = new Float64Array(this.spec.vocabSize);
    this.#path.logProbs(this.#path.longest, row);
    if (this.#cached + row.length <= MOST_CACHED) {
      this.#rows[longest] = row;
      this.#cached += row.length;
    }
    return row;
  }

  #own(sequence: Sequence): TokenSequence {
    if (sequence instanceof TokenSequence && sequence.model === this) {
      sequence.checkOpen();
      return sequence;
    }
    throw new TypeError("Cannot read a sequence: it belongs to another model");
  }
}

/**
 * Counts every n-gram of up to `order` tokens in `texts` that ends with none of the tokens given, of
 * which the first follows nothing: where a document is several texts, what is counted is that of the
 * whole if `order − 1` tokens are given. Throws a `RangeError` for a token not below `vocabSize`.
 */
export function countNgrams(texts: TokenTexts, order: number, vocabSize: number): NgramCounts {
  return fitsKeys(order, vocabSize)
    ? new PackedCounts(texts, order, vocabSize)
    : new TableCounts(texts, order, vocabSize);
}

function checkOrder(order: number): void {
  if (Number.isInteger(order) && order >= 1) return;
  throw new RangeError(`Cannot count ${order}-grams: expected a whole number of at least 1`);
}

/** A sequence of this model: its tokens. */
class TokenSequence implements Sequence {
  readonly model: NgramModel;
  readonly tokens: Token[];
  #closed = false;

  constructor(model: NgramModel, tokens: Token[]) {
    this.model = model;
    this.tokens = tokens;
  }

  get length(): number {
    return this.tokens.length;
  }

  truncate(length: number): void {
    this.checkOpen();
    if (!(length >= 0 && length <= this.length)) {
      throw new RangeError(`Cannot truncate to ${length}: the sequence has ${this.length} tokens`);
    }
    this.tokens.length = length;
  }

  fork(): TokenSequence {
    this.checkOpen();
    return new TokenSequence(this.model, this.tokens.slice());
  }

  close(): void {
    this.#closed = true;
  }

  checkOpen(): void {
    if (this.#closed) throw new TypeError("Cannot use a sequence: it is closed");
  }
}
