/**
 * The costs of documents to models that predict them: −ln P of their tokens.
 *
 * @module
 */
import { logProbability, logSumOf } from "../decode/distribution.ts";
import { DivergedError } from "../model/language_model.ts";
import type { LanguageModel, Sequence, Token, TokenTexts } from "../model/language_model.ts";
import { NgramModel } from "../model/ngram/ngram_model.ts";
import { NgramCosts } from "./ngram_costs.ts";

/** The costs of all documents to a model: each of these is as long as there are documents. */
export interface DocumentCosts {
  /** −Σ ln P(token | what is before it), nats. */
  readonly nats: Float64Array;
  /** Tokens that were predicted. */
  readonly tokens: Float64Array;
  /** Characters that they stand for. */
  readonly characters: Float64Array;
  /** Bytes that they stand for, where these were counted. */
  readonly bytes?: Float64Array;
}

/** How documents are taken. */
export interface CostOptions {
  /** How long the text of predicted tokens is; `isFirst` where a document begins with them. */
  readonly sizeOf: (tokens: readonly Token[], isFirst: boolean) => TextSize;
  /** The tokens that may end a document, whichever it has: what counts is that one of them does. */
  readonly stops?: readonly Token[];
}

/** How long a text is. */
export interface TextSize {
  /** Its characters. */
  readonly characters: number;
  /** Its bytes in UTF-8, where models of different tokens are to be compared. */
  readonly bytes?: number;
}

/** Windows of documents that are read side by side; the number changes no result. */
const BATCH = 128;
/** Numbers in the logits of a pass, about: 64 MiB. */
const MOST_LOGITS = 2 ** 23;

/**
 * The cost of each document to `model`, in `windows` that its block can predict. Every model sees of a
 * document what is in the window, and no more: an n-gram model, too. Throws a {@linkcode DivergedError}
 * for a model whose logits are not numbers.
 */
export function documentCosts(
  model: LanguageModel,
  windows: TokenTexts,
  options: CostOptions,
): DocumentCosts {
  if (model instanceof NgramModel) {
    const [costs] = ngramDocumentCosts([model], windows, options);
    if (costs !== undefined) return costs;
  }
  const { vocabSize, blockSize } = model.spec;
  const ends = new Set(options.stops);
  const alike = (token: Token): readonly Token[] => ends.has(token) ? [...ends] : [token];
  const sums = new DocumentSums(1, windows, options);
  const atOnce = Math.max(1, Math.min(BATCH, Math.floor(MOST_LOGITS / (vocabSize * blockSize))));
  for (let start = 0; start < windows.length; start += atOnce) {
    const batch = Array.from(
      { length: Math.min(atOnce, windows.length - start) },
      (_, i) => windowAt(windows, start + i, blockSize),
    );
    negativeLogProbs(model, batch, alike).forEach((cost, i) =>
      sums.add(start + i, batch[i] ?? [], [cost])
    );
  }
  const [costs] = sums.costs();
  if (costs === undefined || costs.nats.some(Number.isNaN)) {
    throw new DivergedError("expected a loss, found NaN: the model's weights are too large");
  }
  return costs;
}

/**
 * The same of each of several n-gram models by the same counts, the documents read once for all of them:
 * each is asked for the tokens that came, and not for all of the vocabulary. Throws a `TypeError` for
 * models by different counts.
 */
export function ngramDocumentCosts(
  models: readonly NgramModel[],
  windows: TokenTexts,
  options: CostOptions,
): DocumentCosts[] {
  const [first] = models;
  if (first === undefined) return [];
  const costs = new NgramCosts(models, options.stops ?? []);
  const sums = new DocumentSums(models.length, windows, options);
  for (let i = 0; i < windows.length; i++) {
    const window = windowAt(windows, i, first.spec.blockSize);
    sums.add(i, window, costs.of(window));
  }
  return sums.costs();
}

/** The tokens of a window that a model of that block reads and predicts. */
function windowAt(windows: TokenTexts, i: number, blockSize: number): readonly Token[] {
  const window = windows.at(i) ?? [];
  return window.length > blockSize + 1 ? window.slice(0, blockSize + 1) : window;
}

/** The sums over the windows of each document, which come one after another. */
class DocumentSums {
  readonly #windows: TokenTexts;
  readonly #sizeOf: CostOptions["sizeOf"];
  /** `[models]` of `[documents]` each. */
  readonly #nats: readonly Float64Array[];
  readonly #tokens: Float64Array;
  readonly #characters: Float64Array;
  readonly #bytes: Float64Array;
  #hasBytes = false;
  #before = -1;

  /** Of no windows yet, for so many models. */
  constructor(models: number, windows: TokenTexts, { sizeOf }: CostOptions) {
    this.#windows = windows;
    this.#sizeOf = sizeOf;
    const documents = windows.length === 0 ? 0 : this.#documentOf(windows.length - 1) + 1;
    this.#nats = Array.from({ length: models }, () => new Float64Array(documents));
    this.#tokens = new Float64Array(documents);
    this.#characters = new Float64Array(documents);
    this.#bytes = new Float64Array(documents);
  }

  /** Adds window `i` with these tokens and its costs, `[models]`. */
  add(i: number, window: readonly Token[], costs: ArrayLike<number>): void {
    const document = this.#documentOf(i);
    const predicted = window.slice(1);
    const size = this.#sizeOf(predicted, document !== this.#before);
    this.#before = document;
    this.#nats.forEach((nats, model) => addTo(nats, document, costs[model] as number));
    addTo(this.#tokens, document, predicted.length);
    addTo(this.#characters, document, size.characters);
    addTo(this.#bytes, document, size.bytes ?? 0);
    this.#hasBytes ||= size.bytes !== undefined;
  }

  /** `[models]` the costs of all documents. */
  costs(): DocumentCosts[] {
    const tokens = this.#tokens;
    const characters = this.#characters;
    const bytes = this.#hasBytes ? { bytes: this.#bytes } : {};
    return this.#nats.map((nats) => ({ nats, tokens, characters, ...bytes }));
  }

  #documentOf(window: number): number {
    return this.#windows.documentOf?.(window) ?? window;
  }
}

function addTo(sums: Float64Array, document: number, value: number): void {
  sums[document] = (sums[document] as number) + value;
}

/** The costs in one forward pass, or in as many as logits need to be few. */
function negativeLogProbs(
  model: LanguageModel,
  documents: readonly (readonly Token[])[],
  alike: (token: Token) => readonly Token[],
): number[] {
  const { vocabSize } = model.spec;
  const sums = documents.map(() => 0);
  const sequences = documents.map(() => model.open());
  const longest = documents.reduce((most, { length }) => Math.max(most, length - 1), 0);
  const atOnce = Math.max(1, Math.floor(MOST_LOGITS / (vocabSize * documents.length)));
  try {
    for (let from = 0; from < longest; from += atOnce) {
      const parts = documents.flatMap((document, i) => {
        const tokens = document.slice(from, Math.min(from + atOnce, document.length - 1));
        const sequence = sequences[i] as Sequence;
        return tokens.length === 0 ? [] : [{ sequence, tokens, rows: tokens.length, i }];
      });
      model.forward(parts).forEach((logits, part) => {
        const { i, rows } = parts[part] as typeof parts[number];
        for (let row = 0; row < rows; row++) {
          const token = (documents[i] as readonly Token[])[from + row + 1] as Token;
          const own = logits.subarray(row * vocabSize, (row + 1) * vocabSize);
          const logProb = logSumOf(alike(token), (one) => logProbability(own, one));
          sums[i] = (sums[i] as number) - logProb;
        }
      });
    }
    return sums;
  } finally {
    for (const sequence of sequences) sequence.close();
  }
}
