/**
 * How well a model predicts documents that it has not seen.
 *
 * @module
 */
import type { DocumentCosts } from "./document_costs.ts";
import type { MeasureFacts, ModelMeasure } from "./measure.ts";
import { type Estimate, exactly, quotient } from "./estimate.ts";
import { estimateOf } from "./intervals.ts";
import { ratioPseudoValues } from "./sampling.ts";

/** The most documents whose losses are kept one by one. */
const MOST_KEPT = 100_000;
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
