/**
 * The tables of a run's folder as CSV; `samples.csv`, which may have millions of rows, is written
 * piece by piece.
 *
 * @module
 */
// @ts-types="../declarations/csv.d.ts"
import { parse, stringify } from "@std/csv";
import type { Variant } from "../config/sweep.ts";
import { settingValues } from "../decode/cell.ts";
import { modelMeasures } from "../measure/corpus_loss.ts";
import type { CellMeasures, Measured, MeasureFacts } from "../measure/measure.ts";
import { measures } from "../measure/measures.ts";
import { logProb, type Sample, warpedLogProb } from "../measure/sample.ts";
import type { ModelRun, RunRecord } from "./run/run_record.ts";

type Row = Readonly<Record<string, string | number>>;

/**
 * `results.csv`: one row per cell, one column per setting (empty where a strategy has none) and
 * measure, in the order of `measures`.
 */
export function resultsCsv({ cells }: { readonly cells: readonly CellMeasures[] }): string {
  const settings = new Set(cells.flatMap(({ cell }) => Object.keys(cell.settings)));
  const shown = measures.filter(({ name, whenAbsent }) =>
    cells.some(({ values }) => values[name] !== undefined) ||
    cells.length > 0 && whenAbsent !== "no column"
  );
  const rows = cells.map(({ cell, values }): Row =>
    Object.assign(
      { cell: cell.label, ...settingValues(cell.settings) },
      ...shown.map((measure) => fields(measure, values[measure.name])),
    )
  );
  return table(["cell", ...settings, ...shown.flatMap(columnsOf)], rows);
}

/** `models.csv`: one row per model, n-gram models among them, and its loss on the corpus. */
export function modelsCsv({ models, losses }: Pick<RunRecord, "models" | "losses">): string {
  const rows = losses.map((own): Row =>
    Object.assign(
      {
        model: own.name,
        parameters: models.find((model) => model.name === own.name)?.parameters ?? "",
      },
      ...modelMeasures.map((measure) => fields(measure, measure.of(own))),
    )
  );
  return table(rows.length === 0 ? [] : Object.keys(rows[0] ?? {}), rows);
}

/** The columns of a measure: its own, and those of its interval's ends. */
function columnsOf({ name, interval }: MeasureFacts): string[] {
  return interval === "none" ? [name] : [name, `${name}_low`, `${name}_high`];
}

/** The values of those columns; empty ones where there is no value or no interval. */
function fields(measure: MeasureFacts, measured: Measured | undefined): Row {
  const [column = "", low, high] = columnsOf(measure);
  const number = (value: number | undefined): string | number => {
    if (value === undefined) return "";
    return measure.format === "count" ? value : decimals(value);
  };
  if (measured !== undefined && !("value" in measured)) return { [column]: measured.join(" ") };
  const { value, interval } = measured ?? absent(measure);
  return {
    [column]: number(value),
    ...(low === undefined ? {} : { [low]: number(interval?.low) }),
    ...(high === undefined ? {} : { [high]: number(interval?.high) }),
  };
}

function absent({ whenAbsent }: MeasureFacts): { value?: number; interval?: undefined } {
  return whenAbsent === "zero" ? { value: 0 } : {};
}

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
  { name: "of", type: "text", unit: "", meaning: "the model or cell", of: ({ of }) => of },
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
  return timings.length === 0 ? table([], []) : fieldsTable(timingFields, timings);
}

function ratioText(value: number | undefined): string {
  return value !== undefined && Number.isFinite(value) ? value.toFixed(3) : "";
}

function fieldsTable<Item>(columns: readonly RowColumn<Item>[], items: readonly Item[]): string {
  return table(
    columns.map(({ name }) => name),
    items.map((item) => Object.fromEntries(columns.map(({ name, of }) => [name, of(item)]))),
  );
}

function table(columns: readonly string[], rows: readonly Row[]): string {
  return stringify(rows, { columns });
}

function decimals(value: number): string {
  return value.toFixed(6);
}

/** Rows in a piece of `samples.csv`: few enough to hold, enough for a write to be worth it. */
const ROWS = 10_000;

/** The columns of `samples.csv`, in the order in which {@linkcode sampleRows} writes them. */
export const sampleColumns: readonly FileColumn[] = [
  { name: "cell", type: "text", unit: "", meaning: "the strategy and its settings" },
  { name: "prompt", type: "text", unit: "", meaning: "the beginning of the text" },
  {
    name: "sample",
    type: "whole number",
    unit: "",
    meaning: "its number among those of the prompt, from 0",
  },
  { name: "continuation", type: "text", unit: "", meaning: "the text generated after the prompt" },
  {
    name: "tokens",
    type: "whole number",
    unit: "tokens",
    meaning: "tokens of the continuation, EOS not counted",
  },
  {
    name: "stop",
    type: "text",
    unit: "",
    meaning: "why it ended: `eos`, `max_new_tokens` or `block_size`",
  },
  {
    name: "log_prob",
    type: "number",
    unit: "nats",
    meaning: "log-probability under the target, EOS included",
  },
  {
    name: "warped_log_prob",
    type: "number",
    unit: "nats",
    meaning: "the same in the warped distributions that the tokens were drawn from",
  },
  {
    name: "target_calls",
    type: "whole number",
    unit: "passes",
    meaning: "forward passes of the target",
  },
  {
    name: "draft_calls",
    type: "whole number",
    unit: "passes",
    meaning: "forward passes of the draft",
  },
  {
    name: "proposed",
    type: "whole number",
    unit: "tokens",
    meaning: "tokens that the draft proposed",
  },
  {
    name: "accepted",
    type: "whole number",
    unit: "tokens",
    meaning: "proposed tokens that passed the acceptance test",
  },
  {
    name: "resampled",
    type: "whole number",
    unit: "tokens",
    meaning: "tokens drawn in place of a refused one",
  },
  {
    name: "bonus",
    type: "whole number",
    unit: "tokens",
    meaning: "tokens drawn after a proposal of which none was refused",
  },
];

/** The first line of `samples.csv`. */
export const SAMPLES_HEADER: string = sampleColumns.map(({ name }) => name).join(",") + "\r\n";

/** One line per sample of the cell `label`, some thousands at a time. */
export function* sampleRows(label: string, samples: Iterable<Sample>): Generator<string> {
  const cell = field(label);
  let rows = "";
  let count = 0;
  for (const { prompt, number, continuation, result } of samples) {
    const { tokens, stop, costs } = result;
    rows += `${cell},${field(prompt)},${number},${field(continuation)},${tokens.length},${stop},` +
      `${logProb(result).toFixed(6)},${warpedLogProb(result).toFixed(6)},` +
      `${costs.targetCalls},${costs.draftCalls},${costs.proposed},${costs.accepted},` +
      `${costs.resampled},${costs.bonus}\r\n`;
    if (++count % ROWS > 0) continue;
    yield rows;
    rows = "";
  }
  if (rows !== "") yield rows;
}

/** A text in CSV (RFC 4180), quoted as `stringify` of `@std/csv` does, which is slower. */
function field(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A table of one variant's run. */
export interface VariantTable {
  /** The variant. */
  readonly variant: Variant;
  /** The text of its `results.csv` or `models.csv`. */
  readonly csv: string;
}

/**
 * The same table of all variants as one: the rows of each, behind the values of the swept settings.
 * A column that only some have is empty for the others.
 */
export function sweepCsv(tables: readonly VariantTable[]): string {
  const settings = tables[0]?.variant.settings.map(({ path }) => path) ?? [];
  const columns: string[] = [];
  const rows = tables.flatMap(({ variant, csv }) => {
    // A table without rows may have no header either, which the parser refuses.
    const own = csv.trim() === "" ? [] : parse(csv, { skipFirstRow: true });
    addColumns(columns, Object.keys(own[0] ?? {}));
    const values = Object.fromEntries(variant.settings.map(({ path, value }) => [path, value]));
    return own.map((row) => ({ ...values, ...row }));
  });
  return stringify(rows, { columns: [...settings, ...columns] });
}

/** Adds to `columns` those of `header` that it lacks, each after the one that it follows there. */
function addColumns(columns: string[], header: readonly string[]): void {
  header.forEach((column, i) => {
    if (columns.includes(column)) return;
    columns.splice(columns.indexOf(header[i - 1] ?? "") + 1, 0, column);
  });
}
