/**
 * `losses.csv`: how well each model predicts each of the documents held out.
 *
 * @module
 */
import type { Documents } from "../data/documents.ts";
import type { ModelLosses } from "../measure/corpus_loss.ts";
import { CsvBytes } from "./csv_bytes.ts";
import type { ByteColumn } from "./csv_columns.ts";

/** The loss of a model on a document. */
export interface LossRow {
  /** The model. */
  readonly model: string;
  /** The beginning of the document, in UTF-8. */
  readonly document: Uint8Array;
  /** Tokens that were predicted. */
  readonly tokens: number;
  /** Characters that they stand for. */
  readonly characters: number;
  /** −ln P of them, nats. */
  readonly nats: number;
  /** Bytes that they stand for, where these were counted. */
  readonly bytes: number | undefined;
}

/** The most characters of a document that stand in the file: it has each document once for each model. */
const MOST_CHARACTERS = 200;

/** The columns of `losses.csv`, in their order; of tokens that are no characters {@linkcode lossBytes} follows. */
export const lossColumns: readonly ByteColumn<LossRow>[] = [
  {
    name: "model",
    type: "text",
    unit: "",
    meaning: "`target`, `draft`, or an n-gram model's order as `3-gram`",
    of: ({ model }) => model,
  },
  {
    name: "document",
    type: "text",
    unit: "",
    meaning: `the document held out, or its first ${MOST_CHARACTERS} characters`,
    of: ({ document }) => document,
  },
  {
    name: "tokens",
    type: "whole number",
    unit: "tokens",
    meaning: "tokens that were predicted, EOS among them where it fits",
    of: ({ tokens }) => tokens,
  },
  {
    name: "characters",
    type: "whole number",
    unit: "characters",
    meaning: "characters that they stand for",
    of: ({ characters }) => characters,
  },
  {
    name: "nats",
    type: "number",
    unit: "nats",
    meaning: "−Σ ln P over these tokens, each given those before it",
    decimals: 6,
    of: ({ nats }) => nats,
  },
];

/** The last column where tokens are no characters. */
export const lossBytes: ByteColumn<LossRow> = {
  name: "bytes",
  type: "whole number",
  unit: "bytes",
  meaning: "only of models with a tokenizer: the bytes that they stand for (UTF-8)",
  of: ({ bytes }) => bytes ?? "",
};

/** The first line of `losses.csv` with these columns. */
export function lossesHeader(columns: readonly ByteColumn<LossRow>[] = lossColumns): string {
  return columns.map(({ name }) => name).join(",") + "\r\n";
}

/** One line per document held out that the losses of a model have, as UTF-8, some thousands at a time. */
export function* lossRows(
  { name, byDocument }: Pick<ModelLosses, "name" | "byDocument">,
  heldOut: Documents,
  columns: readonly ByteColumn<LossRow>[] = lossColumns,
): Generator<Uint8Array> {
  if (byDocument === undefined) return;
  const { documents, nats, tokens, characters, bytes: sizes } = byDocument;
  const bytes = new CsvBytes();
  for (const [i, place] of documents.entries()) {
    const row: LossRow = {
      model: name,
      document: heldOut.beginningBytes(place, MOST_CHARACTERS),
      tokens: tokens[i] as number,
      characters: characters[i] as number,
      nats: nats[i] as number,
      bytes: sizes?.[i],
    };
    bytes.row(columns, row);
    if (bytes.isFull) yield bytes.take();
  }
  yield bytes.take();
}
