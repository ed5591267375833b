/**
 * `losses.csv`: how well each model predicts each of the documents held out.
 *
 * @module
 */
import type { Documents } from "../data/documents.ts";
import type { ModelLosses } from "../measure/corpus_loss.ts";
import type { RowColumn } from "./csv.ts";
import { CsvBytes } from "./csv_bytes.ts";

/** The loss of a model on a document. */
interface LossRow {
  readonly model: string;
  /** The beginning of the document. */
  readonly document: string;
  readonly tokens: number;
  readonly characters: number;
  readonly nats: number;
}

/** The most characters of a document that stand in the file: it has each document once for each model. */
const MOST_CHARACTERS = 200;

/** The columns of `losses.csv`, in their order. */
export const lossColumns: readonly RowColumn<LossRow>[] = [
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
    of: ({ nats }) => nats.toFixed(6),
  },
];

/** The first line of `losses.csv`. */
export const LOSSES_HEADER: string = lossColumns.map(({ name }) => name).join(",") + "\r\n";

/** One line per document held out that the losses of a model have, as UTF-8, some thousands at a time. */
export function* lossRows(
  { name, byDocument }: Pick<ModelLosses, "name" | "byDocument">,
  heldOut: Documents,
): Generator<Uint8Array> {
  if (byDocument === undefined) return;
  const { documents, nats, tokens, characters } = byDocument;
  const bytes = new CsvBytes();
  for (const [i, place] of documents.entries()) {
    const row: LossRow = {
      model: name,
      document: heldOut.beginning(place, MOST_CHARACTERS),
      tokens: tokens[i] as number,
      characters: characters[i] as number,
      nats: nats[i] as number,
    };
    for (const { of } of lossColumns) bytes.field(of(row));
    bytes.endRow();
    if (bytes.isFull) yield bytes.take();
  }
  yield bytes.take();
}
