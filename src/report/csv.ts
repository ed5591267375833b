/**
 * CSV: columns that say what they are, and the table of training.
 *
 * @module
 */
// @ts-types="../declarations/csv.d.ts"
import { stringify } from "@std/csv";
import type { ModelRun } from "./run/run_record.ts";

/** The fields of a row by their columns. */
export type CsvRow = Readonly<Record<string, string | number>>;

/** A column of a file that is no measure. */
export interface FileColumn {
  /** Its header. */
  readonly name: string;
  /** The type of its fields. */
  readonly type: "text" | "whole number" | "number";
  /** Its unit, or the things that it counts; empty for text. */
  readonly unit: string;
  /** Its meaning. */
  readonly meaning: string;
}

/** A column whose field is computed from a row. */
export interface RowColumn<Item> extends FileColumn {
  /** Its field in a row. */
  readonly of: (row: Item) => string | number;
}

/** A column of a file that may have millions of rows, whose fields are written as bytes. */
export interface ByteColumn<Item> extends FileColumn {
  /** Its field in a row; a text may be in UTF-8. */
  readonly of: (row: Item) => string | number | Uint8Array;
  /** The digits of numbers after the point; as many as they have if left out. */
  readonly decimals?: number;
}

/** One step of a model. */
type TrainingRow = ModelRun["steps"][number] & { readonly model: string };

const trainingFields: readonly RowColumn<TrainingRow>[] = [
  {
    name: "model",
    type: "text",
    unit: "",
    meaning: "`target` or `draft`",
    of: ({ model }) => model,
  },
  {
    name: "step",
    type: "whole number",
    unit: "steps",
    meaning: "the update, from 1",
    of: ({ step }) => step + 1,
  },
  {
    name: "loss",
    type: "number",
    unit: "nats per token",
    meaning: "mean loss on the documents, or windows of long ones, of the step",
    of: ({ loss }) => decimals(loss),
  },
  {
    name: "learning_rate",
    type: "number",
    unit: "",
    meaning: "the learning rate of the step",
    of: ({ learningRate }) => learningRate.toPrecision(6),
  },
];

/** The columns of `training.csv`. */
export const trainingColumns: readonly FileColumn[] = trainingFields;

/** `training.csv`: one row per step of a model. */
export function trainingCsv(models: readonly ModelRun[]): string {
  return fieldsTable(
    trainingFields,
    models.flatMap(({ name, steps }) => steps.map((step) => ({ ...step, model: name }))),
  );
}

/** The table of `items` with these columns. */
export function fieldsTable<Item>(
  columns: readonly RowColumn<Item>[],
  items: readonly Item[],
): string {
  return csvTable(
    columns.map(({ name }) => name),
    items.map((item) => Object.fromEntries(columns.map(({ name, of }) => [name, of(item)]))),
  );
}

/** A table; a field that a row lacks is empty. */
export function csvTable(columns: readonly string[], rows: readonly CsvRow[]): string {
  return stringify(rows, { columns });
}

/** A number as files have it: with six decimals. */
export function decimals(value: number): string {
  return value.toFixed(6);
}
