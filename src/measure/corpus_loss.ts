/**
 * How well a model predicts documents that it has not seen.
 *
 * @module
 */
import { DivergedError } from "../model/language_model.ts";
import type { LanguageModel, Token, TokenTexts } from "../model/language_model.ts";
import { logProbability } from "../decode/distribution.ts";
import type { MeasureFacts, ModelMeasure } from "./measure.ts";
import { type Estimate, exactly, quotient } from "./estimate.ts";
import { estimateOf } from "./intervals.ts";
import { ratioPseudoValues } from "./sampling.ts";

/** The most documents whose losses are kept one by one. */
const MOST_KEPT = 100_000;
/** Windows of documents that are read side by side; the number changes no result. */
const BATCH = 128;

/** The loss over all documents together: long ones count for more. */
export interface CorpusLoss {
  /** Documents that were read. */
  readonly documents: number;
  /** Tokens that were predicted: each of a document and EOS, or, where it is cut, those that are left. */
  readonly tokens: number;
  /** −Σ ln P(token | what is before it) / tokens. */
  readonly natsPerToken: Estimate;
  /**
   * −Σ log₂ P(token | what is before it) / characters predicted: the cost of EOS is in the sum, but
   * EOS is no character, so that this is what a compressed document takes for each of its characters.
   */
  readonly bitsPerCharacter: Estimate;
}

/** How well one model predicts the corpus. */
export interface ModelLosses {
  /** `target`, `draft`, or an n-gram model's order as `3-gram`. */
  readonly name: string;
  /** On every document that was held out, if any was. */
  readonly heldOut?: CorpusLoss;
  /** Document by document on those held out; absent where none was, or nobody asked. */
  readonly byDocument?: DocumentLosses;
  /** On documents that it was trained on. */
  readonly training: CorpusLoss;
}

/** The losses of documents, one by one, in order; of very many, some that are evenly spread. */
export interface DocumentLosses {
  /** Which of the documents they are, from 0. */
  readonly documents: readonly number[];
  /** Tokens that were predicted of each. */
  readonly tokens: readonly number[];
  /** Characters that they stand for. */
  readonly characters: readonly number[];
  /** −Σ ln P(token | what is before it) of each, nats. */
  readonly nats: readonly number[];
}

/** The costs of all documents to a model: the three are as long as there are documents. */
export interface DocumentCosts {
  /** −Σ ln P(token | what is before it), nats. */
  readonly nats: Float64Array;
  /** Tokens that were predicted. */
  readonly tokens: Float64Array;
  /** Characters that they stand for. */
  readonly characters: Float64Array;
}

/**
 * The cost of each document to `model`, in `windows` that its block can predict; `charactersOf`
 * counts the characters that predicted tokens stand for. Every model sees of a document what is in
 * the window, and no more: an n-gram model, too. Throws a {@linkcode DivergedError} for a model
 * whose logits are not numbers.
 */
export function documentCosts(
  model: LanguageModel,
  windows: TokenTexts,
  charactersOf: (tokens: readonly Token[]) => number,
): DocumentCosts {
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

/** The loss over all documents together; intervals are over documents. */
export function corpusLoss({ nats, tokens, characters }: DocumentCosts): CorpusLoss {
  const bits = nats.map((sum) => sum / Math.LN2);
  return {
    documents: nats.length,
    tokens: tokens.reduce((sum, count) => sum + count, 0),
    natsPerToken: ratioOverDocuments(nats, tokens),
    bitsPerCharacter: ratioOverDocuments(bits, characters),
  };
}

/** The losses one by one: of all documents, or of {@linkcode MOST_KEPT} of them. */
export function documentLosses({ nats, tokens, characters }: DocumentCosts): DocumentLosses {
  const kept = Math.min(nats.length, MOST_KEPT);
  const documents = Array.from({ length: kept }, (_, i) => Math.floor(i * nats.length / kept));
  const at = (values: Float64Array): number[] => documents.map((i) => values[i] as number);
  return { documents, tokens: at(tokens), characters: at(characters), nats: at(nats) };
}

/** Σ parts / Σ wholes, by document, with Student's interval over documents, by leaving each out. */
function ratioOverDocuments(parts: Float64Array, wholes: Float64Array): Estimate {
  const total = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);
  const value = quotient(total(parts), total(wholes));
  if (parts.length < 2) return exactly(value);
  const pseudoValues = ratioPseudoValues(value, parts, wholes);
  // Of so many documents the spread is no longer a part of the result: losses.csv has each.
  const { spread: _, ...estimate } = estimateOf(value, {
    kind: "draws",
    pseudoValues,
    fraction: 0,
  });
  return estimate;
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

/** The measures of models, in the order of the columns of `models.csv`. */
export const modelMeasures: readonly ModelMeasure<ModelLosses>[] = [
  ...lossMeasures("held_out", {
    natsPerToken: {
      title: "held out: nats per token",
      glossary:
        "the mean of −ln P over the tokens that are predicted of the documents held out: all, EOS " +
        "among them, unless `corpus.long_documents` is `cut`.",
      tables: { "held-out loss": 10, "run sweep of models": 10 },
    },
    bitsPerCharacter: {
      title: "bits per character",
      glossary: "the same sum, in bits, over the number of characters, of which EOS is none.",
      tables: { "held-out loss": 20 },
    },
  }, ({ heldOut }) => heldOut),
  ...lossMeasures("training", {
    natsPerToken: {
      title: "training: nats per token",
      glossary: "the same on training documents; far below the loss on those held out, it shows " +
        "overfitting.",
      tables: { "held-out loss": 30, "run sweep of models": 20 },
    },
    bitsPerCharacter: {
      title: "training: bits per character",
      glossary: "the same in bits, over the number of characters.",
      tables: {},
    },
  }, ({ training }) => training),
];

/** The measures of the loss on one part of the corpus. */
function lossMeasures(
  on: string,
  facts: Record<
    "natsPerToken" | "bitsPerCharacter",
    Pick<MeasureFacts, "title" | "glossary" | "tables">
  >,
  lossOf: (losses: ModelLosses) => CorpusLoss | undefined,
): ModelMeasure<ModelLosses>[] {
  const count = (of: "documents" | "tokens"): ModelMeasure<ModelLosses> => ({
    name: `${on}_${of}`,
    title: of,
    unit: of,
    glossary: `${of} that the loss is measured on.`,
    interval: "none",
    format: "count",
    tables: {},
    of: (losses) => valueOf(lossOf(losses)?.[of]),
  });
  return [
    count("documents"),
    count("tokens"),
    {
      ...facts.natsPerToken,
      name: `${on}_nats_per_token`,
      unit: "nats per token",
      interval: "mean",
      format: { decimals: 3 },
      of: (losses) => lossOf(losses)?.natsPerToken,
    },
    {
      ...facts.bitsPerCharacter,
      name: `${on}_bits_per_character`,
      unit: "bits per character",
      interval: "mean",
      format: { decimals: 3 },
      of: (losses) => lossOf(losses)?.bitsPerCharacter,
    },
  ];
}

function valueOf(value: number | undefined): Estimate | undefined {
  return value === undefined ? undefined : { value };
}
