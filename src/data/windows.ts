/**
 * Windows: the pieces that models read documents in. A model predicts at most as many tokens as its
 * block has room for; of a longer document it reads consecutive windows, of which each begins with the
 * last token of the one before, so that every token, and the stop at the end, is predicted exactly
 * once. Only the first window of a document has BOS.
 *
 * @module
 */
import type { Token, TokenTexts } from "../model/language_model.ts";
import { type Documents, sharedWords } from "./documents.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** The treatments of documents that are longer than the block; the first is the default. */
export const longDocumentChoices = ["windows", "cut", "error"] as const;

/** One of the {@linkcode longDocumentChoices}. */
export type LongDocumentChoice = typeof longDocumentChoices[number];

/** How documents are divided into windows. */
export interface WindowOptions {
  /** The most tokens to predict in a window. */
  readonly blockSize: number;
  /** `windows` for all of a document; else it has only its first window. */
  readonly longDocuments: LongDocumentChoice;
  /** How many tokens a window begins with that are those before it; 1 if left out. */
  readonly given?: number;
}

/**
 * The windows of documents, those of each side by side: encoded when they are asked for, from the bytes
 * that all documents share, so that a window takes 8 bytes, and none where all documents are short.
 */
export class Windows implements TokenTexts {
  /** How many there are. */
  readonly length: number;
  readonly #documents: Documents;
  readonly #vocabulary: Vocabulary;
  readonly #options: WindowOptions;
  readonly #places: WindowPlaces | undefined;
  /** Which window comes where, if not in the order of the documents. */
  readonly #order: Uint32Array | undefined;

  private constructor(
    { documents, vocabulary, options, places }: {
      readonly documents: Documents;
      readonly vocabulary: Vocabulary;
      readonly options: WindowOptions;
      readonly places: WindowPlaces | undefined;
    },
    order?: Uint32Array,
  ) {
    this.#documents = documents;
    this.#vocabulary = vocabulary;
    this.#options = options;
    this.#places = places;
    this.#order = order;
    this.length = order?.length ?? places?.begins.length ?? documents.length;
  }

  /**
   * Those of `documents`.
   *
   * @throws {RangeError} If more tokens are given than every second window has before it.
   */
  static of(documents: Documents, vocabulary: Vocabulary, options: WindowOptions): Windows {
    const { blockSize, longDocuments, given = 1 } = options;
    if (!(given >= 1 && given <= blockSize + 1)) {
      throw new RangeError(
        `Cannot give ${given} tokens: a window of ${blockSize} has 1 to ${blockSize + 1} before it`,
      );
    }
    const places = longDocuments === "windows"
      ? placesOf(documents, vocabulary, blockSize)
      : undefined;
    return new Windows({ documents, vocabulary, options, places });
  }

  /** The same in the order that `shuffle` brings their places into, `[windows]`. */
  inOrder(shuffle: (places: Uint32Array) => void): Windows {
    const order = sharedWords(this.length);
    for (let i = 0; i < order.length; i++) order[i] = this.#order?.[i] ?? i;
    shuffle(order);
    const parts = {
      documents: this.#documents,
      vocabulary: this.#vocabulary,
      options: this.#options,
      places: this.#places,
    };
    return new Windows(parts, order);
  }

  /** The tokens of window `i`: those that are given, and those to predict. */
  at(i: number): Token[] | undefined {
    if (!(i >= 0 && i < this.length)) return undefined;
    const { blockSize, given } = this.#options;
    const text = this.#documents.bytes(this.documentOf(i));
    const from = this.#from(i);
    const window = from === 0 ? undefined : { from, ...(given !== undefined && { given }) };
    return this.#vocabulary.encodeDocument(text, blockSize, window);
  }

  /** See {@linkcode TokenTexts.documentOf}. */
  documentOf(i: number): number {
    const place = this.#order?.[i] ?? i;
    return this.#places?.documents[place] ?? place;
  }

  /** See {@linkcode TokenTexts.given}. */
  given(i: number): number {
    return this.#from(i) === 0 ? 1 : this.#options.given ?? 1;
  }

  /** The place in its document of the first token that is predicted in window `i`. */
  #from(i: number): number {
    return this.#places?.begins[this.#order?.[i] ?? i] ?? 0;
  }
}

/** The most tokens that n-grams are counted in at once. */
const COUNTED_AT_ONCE = 4096;

/**
 * The texts that n-grams of up to `order` tokens are counted in: what models read of `documents`. Long
 * ones are counted as if they were whole, whatever the block, in pieces of `atOnce` tokens.
 */
export function textsToCount(
  documents: Documents,
  vocabulary: Vocabulary,
  { blockSize, longDocuments, order, atOnce = COUNTED_AT_ONCE }:
    & Pick<WindowOptions, "blockSize" | "longDocuments">
    & { readonly order: number; readonly atOnce?: number },
): Windows {
  const options = longDocuments === "windows"
    ? { blockSize: Math.max(atOnce, order), longDocuments, given: Math.max(1, order - 1) }
    : { blockSize, longDocuments };
  return Windows.of(documents, vocabulary, options);
}

/** Where windows begin. */
interface WindowPlaces {
  /** The document of each. */
  readonly documents: Uint32Array;
  /** The place in it of its first token to predict: see {@linkcode Vocabulary.nextWindow}. */
  readonly begins: Uint32Array;
}

/** The places of all windows; none where every document is one. */
function placesOf(
  documents: Documents,
  vocabulary: Vocabulary,
  blockSize: number,
): WindowPlaces | undefined {
  const { documents: long, windows } = longDocumentsIn(documents, vocabulary, blockSize);
  if (long === 0) return undefined;
  const count = documents.length - long + windows;
  const places = { documents: new Uint32Array(count), begins: new Uint32Array(count) };
  let place = 0;
  for (let i = 0; i < documents.length; i++) {
    places.documents[place++] = i;
    if (!mayBeLong(documents, vocabulary, i, blockSize)) continue;
    const text = documents.bytes(i);
    for (let from: number | undefined = 0;;) {
      from = vocabulary.nextWindow(text, blockSize, from);
      if (from === undefined) break;
      places.documents[place] = i;
      places.begins[place++] = from;
    }
  }
  return places;
}

/** The documents that do not fit into a block. */
export interface LongDocuments {
  /** How many there are. */
  readonly documents: number;
  /** Their tokens to predict, the stop of each among them. */
  readonly tokens: number;
  /** Those of the tokens that their first windows lack: what a cut leaves out. */
  readonly pastBlock: number;
  /** The windows that they are read in. */
  readonly windows: number;
  /** The first of them, if there is one. */
  readonly first?: { readonly document: number; readonly tokens: number };
  /** The tokens to predict of the longest one; 0 if there is none. */
  readonly longest: number;
}

/** Those of `documents` with more tokens to predict than `blockSize`. */
export function longDocumentsIn(
  documents: Documents,
  vocabulary: Vocabulary,
  blockSize: number,
): LongDocuments {
  const found = { documents: 0, tokens: 0, pastBlock: 0, windows: 0, longest: 0 };
  let first: LongDocuments["first"];
  for (let i = 0; i < documents.length; i++) {
    if (!mayBeLong(documents, vocabulary, i, blockSize)) continue;
    const tokens = vocabulary.documentLength(documents.bytes(i));
    if (tokens <= blockSize) continue;
    first ??= { document: i, tokens };
    found.documents++;
    found.tokens += tokens;
    found.pastBlock += tokens - blockSize;
    found.windows += Math.ceil(tokens / blockSize);
    found.longest = Math.max(found.longest, tokens);
  }
  return first === undefined ? found : { ...found, first };
}

/** Whether document `i` may have more tokens than `blockSize`, the stop among them: by its bytes alone. */
function mayBeLong(
  documents: Documents,
  vocabulary: Vocabulary,
  i: number,
  blockSize: number,
): boolean {
  return vocabulary.mayExceed(documents.end(i) - documents.begin(i), blockSize);
}
