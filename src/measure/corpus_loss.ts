/**
 * How well a model predicts documents that it has not seen.
 *
 * @module
 */
import { DivergedError } from "../model/language_model.ts";
import type { LanguageModel, Sequence, Token, TokenTexts } from "../model/language_model.ts";
import { NgramModel } from "../model/ngram/ngram_model.ts";
import { logProbability, logSumOf } from "../decode/distribution.ts";
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
  /**
   * The same over the bytes of the text in UTF-8, by which models of different tokenizers compare; where
   * tokens are characters it is left out.
   */
  readonly bitsPerByte?: Estimate;
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
  /** Bytes that they stand for, where these were counted. */
  readonly bytes?: readonly number[];
}

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
  { sizeOf, stops = [] }: CostOptions,
): DocumentCosts {
  const { vocabSize, blockSize } = model.spec;
  const documentOf = (window: number): number => windows.documentOf?.(window) ?? window;
  const documents = windows.length === 0 ? 0 : documentOf(windows.length - 1) + 1;
  const nats = new Float64Array(documents);
  const tokens = new Float64Array(documents);
  const characters = new Float64Array(documents);
  const bytes = new Float64Array(documents);
  let hasBytes = false;
  const add = (sums: Float64Array, document: number, value: number): void => {
    sums[document] = (sums[document] as number) + value;
  };
  const costOf = costsBy(model, stops);
  const atOnce = Math.max(1, Math.min(BATCH, Math.floor(MOST_LOGITS / (vocabSize * blockSize))));
  let before = -1;
  for (let start = 0; start < windows.length; start += atOnce) {
    const batch = Array.from(
      { length: Math.min(atOnce, windows.length - start) },
      (_, i) => (windows.at(start + i) ?? []).slice(0, blockSize + 1),
    );
    costOf(batch).forEach((sum, i) => {
      const predicted = (batch[i] as readonly Token[]).slice(1);
      const document = documentOf(start + i);
      const size = sizeOf(predicted, document !== before);
      before = document;
      add(nats, document, sum);
      add(tokens, document, predicted.length);
      add(characters, document, size.characters);
      add(bytes, document, size.bytes ?? 0);
      hasBytes ||= size.bytes !== undefined;
    });
  }
  if (nats.some(Number.isNaN)) {
    throw new DivergedError("expected a loss, found NaN: the model's weights are too large");
  }
  return { nats, tokens, characters, ...(hasBytes ? { bytes } : {}) };
}

/** The loss over all documents together; intervals are over documents. */
export function corpusLoss({ nats, tokens, characters, bytes }: DocumentCosts): CorpusLoss {
  const bits = nats.map((sum) => sum / Math.LN2);
  return {
    documents: nats.length,
    tokens: tokens.reduce((sum, count) => sum + count, 0),
    natsPerToken: ratioOverDocuments(nats, tokens),
    bitsPerCharacter: ratioOverDocuments(bits, characters),
    ...(bytes === undefined ? {} : { bitsPerByte: ratioOverDocuments(bits, bytes) }),
  };
}

/** The losses one by one: of all documents, or of {@linkcode MOST_KEPT} of them. */
export function documentLosses({ nats, tokens, characters, bytes }: DocumentCosts): DocumentLosses {
  const kept = Math.min(nats.length, MOST_KEPT);
  const documents = Array.from({ length: kept }, (_, i) => Math.floor(i * nats.length / kept));
  const at = (values: Float64Array): number[] => documents.map((i) => values[i] as number);
  const losses = { documents, tokens: at(tokens), characters: at(characters), nats: at(nats) };
  return bytes === undefined ? losses : { ...losses, bytes: at(bytes) };
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

/** −ln P of the tokens after the first of each of `documents`. */
type Costs = (documents: readonly (readonly Token[])[]) => number[];

/** Above so many tokens an n-gram model is asked for those that came, and not for all of them. */
const MANY_TOKENS = 4096;

/** The costs of documents to `model`; any of `stops` is as good as another. */
function costsBy(model: LanguageModel, stops: readonly Token[]): Costs {
  const ends = new Set(stops);
  const alike = (token: Token): readonly Token[] => ends.has(token) ? stops : [token];
  if (model instanceof NgramModel && model.spec.vocabSize > MANY_TOKENS) {
    return (documents) =>
      documents.map((document) =>
        -document.slice(1).reduce(
          (sum, token, i) =>
            sum + logSumOf(alike(token), (one) => model.logProbAfter(document, i + 1, one)),
          0,
        )
      );
  }
  return (documents) => negativeLogProbs(model, documents, alike);
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

/**
 * Those of models whose tokens are no characters, further columns of `models.csv`: a run whose models
 * read characters has none.
 */
export const byteLossMeasures: readonly ModelMeasure<ModelLosses>[] = [
  {
    name: "held_out_bits_per_byte",
    title: "bits per byte",
    unit: "bits per byte",
    glossary:
      "the same sum, in bits, over the bytes of the documents held out (UTF-8): models of " +
      "different tokenizers compare by it. Only models with a tokenizer have it.",
    interval: "mean",
    format: { decimals: 3 },
    tables: { "held-out loss": 15, "run sweep of models": 15 },
    of: ({ heldOut }) => heldOut?.bitsPerByte,
  },
  {
    name: "training_bits_per_byte",
    title: "training: bits per byte",
    unit: "bits per byte",
    glossary:
      "the same on training documents, which a model from elsewhere need not have seen. Only " +
      "models with a tokenizer have it.",
    interval: "mean",
    format: { decimals: 3 },
    tables: {},
    of: ({ training }) => training.bitsPerByte,
  },
];

/** The measures that are columns where the models of `losses` are rows. */
export function modelMeasuresOf(
  losses: readonly ModelLosses[],
): readonly ModelMeasure<ModelLosses>[] {
  const hasBytes = byteLossMeasures.some(({ of }) => losses.some((own) => of(own) !== undefined));
  return hasBytes ? [...modelMeasures, ...byteLossMeasures] : modelMeasures;
}

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
