/**
 * How well a model predicts documents, one by one.
 *
 * @module
 */
import { logProbability } from "../decode/distribution.ts";
import { DivergedError } from "../model/language_model.ts";
import type { LanguageModel, Token, TokenTexts } from "../model/language_model.ts";

/** The losses of a model on documents, `[documents]` each. */
export interface DocumentLosses {
  /** −Σ ln P(token | what is before it) over the document, nats. */
  readonly nats: Float64Array;
  /** Tokens that were predicted: all up to the block's end, and EOS where it fits. */
  readonly tokens: Float64Array;
  /** Characters that they stand for. */
  readonly characters: Float64Array;
}

/** Documents that are read side by side; the number changes no result. */
const BATCH = 128;

/**
 * The losses of `model` on documents, in `windows` that its block can predict; `charactersOf` counts the
 * characters that predicted tokens stand for. Every model sees of a document what is in the window, and
 * no more: an n-gram model, too. Throws a {@linkcode DivergedError} for a model whose logits are not
 * numbers.
 */
export function documentLosses(
  model: LanguageModel,
  windows: TokenTexts,
  charactersOf: (tokens: readonly Token[]) => number,
): DocumentLosses {
  const documentOf = (window: number): number => windows.documentOf?.(window) ?? window;
  const documents = windows.length === 0 ? 0 : documentOf(windows.length - 1) + 1;
  const nats = new Float64Array(documents);
  const tokens = new Float64Array(documents);
  const characters = new Float64Array(documents);
  const add = (sums: Float64Array, document: number, value: number): void => {
    sums[document] = (sums[document] as number) + value;
  };
  for (let start = 0; start < windows.length; start += BATCH) {
    const batch = Array.from(
      { length: Math.min(BATCH, windows.length - start) },
      (_, i) => (windows.at(start + i) ?? []).slice(0, model.spec.blockSize + 1),
    );
    negativeLogProbs(model, batch).forEach((sum, i) => {
      const predicted = (batch[i] as readonly Token[]).slice(1);
      const document = documentOf(start + i);
      add(nats, document, sum);
      add(tokens, document, predicted.length);
      add(characters, document, charactersOf(predicted));
    });
  }
  if (nats.some(Number.isNaN)) {
    throw new DivergedError("expected a loss, found NaN: the model's weights are too large");
  }
  return { nats, tokens, characters };
}

/** −ln P of each document's tokens after the first, in one forward pass. */
function negativeLogProbs(
  model: LanguageModel,
  documents: readonly (readonly Token[])[],
): number[] {
  const { vocabSize } = model.spec;
  const requests = documents.map((document) => {
    const tokens = document.slice(0, -1);
    return { sequence: model.open(), tokens, rows: tokens.length };
  });
  try {
    return model.forward(requests).map((logits, i) => {
      let sum = 0;
      (documents[i] as readonly Token[]).slice(1).forEach((token, row) => {
        sum -= logProbability(logits.subarray(row * vocabSize, (row + 1) * vocabSize), token);
      });
      return sum;
    });
  } finally {
    for (const { sequence } of requests) sequence.close();
  }
}

/** Losses on documents as plain data that a stored result can have. */
export interface PackedLosses {
  /** The bytes in base64: all nats (8 bytes each, little-endian), then tokens and characters (4 each). */
  readonly base64: string;
}

/** The most documents whose losses are kept one by one. */
const MOST_DOCUMENTS = 100_000;

/** Which of `count` documents have their losses kept: all, or that many evenly spread. */
export function keptDocuments(count: number): number[] {
  const length = Math.min(count, MOST_DOCUMENTS);
  return Array.from({ length }, (_, i) => Math.floor(i * count / length));
}

/** The losses on the {@linkcode keptDocuments}. */
export function packLosses({ nats, tokens, characters }: DocumentLosses): PackedLosses {
  const kept = keptDocuments(nats.length);
  const view = new DataView(new ArrayBuffer(BYTES * kept.length));
  kept.forEach((document, i) => {
    view.setFloat64(8 * i, nats[document] as number, true);
    view.setUint32(8 * kept.length + 4 * i, tokens[document] as number, true);
    view.setUint32(12 * kept.length + 4 * i, characters[document] as number, true);
  });
  return { base64: new Uint8Array(view.buffer).toBase64() };
}

/** The losses that {@linkcode packLosses} packed. */
export function unpackLosses({ base64 }: PackedLosses): DocumentLosses {
  const bytes = Uint8Array.fromBase64(base64);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const count = Math.floor(bytes.length / BYTES);
  const whole = (place: number): Float64Array =>
    Float64Array.from({ length: count }, (_, i) => view.getUint32(place * count + 4 * i, true));
  return {
    nats: Float64Array.from({ length: count }, (_, i) => view.getFloat64(8 * i, true)),
    tokens: whole(8),
    characters: whole(12),
  };
}

/** The bytes of a document's numbers. */
const BYTES = 16;
