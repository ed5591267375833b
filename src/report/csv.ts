/**
 * CSV: columns that say what they are, and the tables of training and of time.
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
    meaning: "mean loss on the documents of the step",
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

/** The time that one result took. */
export interface Timing {
  /** The kind of work: `train`, `decode`, … */
  readonly stage: string;
  /** The model or cell. */
  readonly of: string;
  /** Wall-clock time, seconds. */
  readonly seconds: number;
  /** How many of `unit` were done. */
  readonly count: number;
  /** The things that were counted. */
  readonly unit: string;
  /** Whether an earlier run did it. */
  readonly cached: boolean;
  /** Of speculative decoding: how many times faster it was than decoding token by token. */
  readonly speedUp?: number;
  /** The speed-up that theory predicts from the measured passes. */
  readonly predictedSpeedUp?: number;
}

const timingFields: readonly RowColumn<Timing>[] = [
  { name: "stage", type: "text", unit: "", meaning: "the kind of work", of: ({ stage }) => stage },
  { name: "what", type: "text", unit: "", meaning: "the model or cell", of: ({ of }) => of },
  {
    name: "seconds",
    type: "number",
    unit: "seconds",
    meaning: "wall-clock time",
    of: ({ seconds }) => decimals(seconds),
  },
  {
    name: "count",
    type: "whole number",
    unit: "`unit`",
    meaning: "how many of `unit` were done",
    of: ({ count }) => count,
  },
  {
    name: "unit",
    type: "text",
    unit: "",
    meaning: "the things that were counted",
    of: ({ unit }) => unit,
  },
  {
    name: "per_second",
    type: "number",
    unit: "`unit` per second",
    meaning: "count over seconds",
    of: ({ seconds, count }) => seconds > 0 ? (count / seconds).toFixed(1) : "",
  },
  {
    name: "speed_up",
    type: "number",
    unit: "ratio",
    meaning: "of speculative decoding: how many times faster it was than token by token",
    of: ({ speedUp }) => ratioText(speedUp),
  },
  {
    name: "predicted_speed_up",
    type: "number",
    unit: "ratio",
    meaning: "the speed-up that theory predicts from the measured passes",
    of: ({ predictedSpeedUp }) => ratioText(predictedSpeedUp),
  },
  {
    name: "cached",
    type: "text",
    unit: "",
    meaning: "whether an earlier run did it: `yes` or `no`",
    of: ({ cached }) => cached ? "yes" : "no",
  },
];

/** The columns of `timings.csv`. */
export const timingColumns: readonly FileColumn[] = timingFields;

/** `timings.csv`: the one file that varies between runs. */
export function timingsCsv(timings: readonly Timing[]): string {
  return fieldsTable(timingFields, timings);
}

function ratioText(value: number | undefined): string {
  return value !== undefined && Number.isFinite(value) ? value.toFixed(3) : "";
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
