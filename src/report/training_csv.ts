/**
 * `training.csv`: the steps of the models that were trained.
 *
 * @module
 */
import { decimals, fieldsTable } from "./csv.ts";
import type { FileColumn, RowColumn } from "./csv_columns.ts";
import type { ModelRun } from "./run/run_record.ts";

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
