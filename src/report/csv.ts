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
  const { value, interval } = measured ?? {};
  return {
    [column]: number(value),
    ...(low === undefined ? {} : { [low]: number(interval?.low) }),
    ...(high === undefined ? {} : { [high]: number(interval?.high) }),
  };
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

/** A number and the ends of its 95 % interval. */
export interface Ranged {
  /** The number. */
  readonly value: number;
  /** The lower end. */
  readonly low: number;
  /** The upper end. */
  readonly high: number;
}

/** The time that some work took. */
export interface Timing {
  /** The kind of work: `train`, `decode`, … */
  readonly stage: string;
  /** The model, cell or part of decoding. */
  readonly what: string;
  /** Wall-clock time, seconds; without an interval where it was done once. */
  readonly seconds: Pick<Ranged, "value"> & Partial<Ranged>;
  /** How many of `unit` were done. */
  readonly count: number;
  /** The things that were counted. */
  readonly unit: string;
  /** Whether an earlier run did it. */
  readonly cached: boolean;
  /** Of speculative decoding: how many times faster it was than decoding token by token. */
  readonly measured?: Ranged;
  /** The same as its parts, each measured by itself, add up. */
  readonly predicted?: Ranged;
  /** The same of its passes alone. */
  readonly ofPasses?: Ranged;
}

/** An interval whose upper end is more than so many times the lower one is too wide to go by. */
const MOST_SPREAD = 1.25;

/** What the intervals of a timing say. */
function verdictOf({ seconds, measured }: Timing): string {
  const { low, high } = measured ?? seconds;
  if (low === undefined || high === undefined) return "";
  const isSteady = high <= MOST_SPREAD * low;
  if (measured === undefined) return isSteady ? "" : "unsteady";
  if (low > 1) return isSteady ? "faster" : "faster, unsteady";
  if (high < 1) return isSteady ? "slower" : "slower, unsteady";
  return "unclear: see deno task bench --only speculation";
}

const timingFields: readonly RowColumn<Timing>[] = [
  { name: "stage", type: "text", unit: "", meaning: "the kind of work", of: ({ stage }) => stage },
  {
    name: "what",
    type: "text",
    unit: "",
    meaning:
      "the model or cell; at `one stream`, which is one text at a time, also passes of a model " +
      "by how many tokens they read, and the choosing of tokens by itself, with logits from memory",
    of: ({ what }) => what,
  },
  ...rangedColumns("wall_seconds", {
    unit: "seconds",
    meaning: "wall-clock time for `count`; at one stream the median over rounds",
    of: ({ seconds }) => seconds,
    text: decimals,
  }),
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
    meaning: "`count` over `wall_seconds`",
    of: ({ seconds, count }) => seconds.value > 0 ? (count / seconds.value).toFixed(1) : "",
  },
  ...rangedColumns("speed_up", {
    unit: "ratio",
    meaning: "of speculative decoding: how many times faster it was than token by token with the " +
      "same warpers in the same round; the median over rounds",
    of: ({ measured }) => measured,
    text: ratioText,
  }),
  ...rangedColumns("predicted_speed_up", {
    unit: "ratio",
    meaning:
      "the same, as the passes of those texts and the choosing of their tokens, each timed by " +
      "itself, add up",
    of: ({ predicted }) => predicted,
    text: ratioText,
  }),
  ...rangedColumns("passes_speed_up", {
    unit: "ratio",
    meaning: "the same if choosing took no time, as theory has it: what a model would come near " +
      "whose passes took far longer than choosing, in the same proportions",
    of: ({ ofPasses }) => ofPasses,
    text: ratioText,
  }),
  {
    name: "verdict",
    type: "text",
    unit: "",
    meaning: "at one stream: `faster` or `slower` where the interval of `speed_up` leaves out 1, " +
      "`unclear` where it does not; `unsteady` where an upper end is more than " +
      `${MOST_SPREAD} times the lower one. \`deno task bench --only speculation\` measures longer`,
    of: verdictOf,
  },
  {
    name: "cached",
    type: "text",
    unit: "",
    meaning: "whether an earlier run did it: `yes` or `no`",
    of: ({ cached }) => cached ? "yes" : "no",
  },
];

/** The columns of a number and of the ends of its interval. */
function rangedColumns(
  name: string,
  { unit, meaning, of, text }: {
    readonly unit: string;
    readonly meaning: string;
    readonly of: (timing: Timing) => Partial<Ranged> | undefined;
    readonly text: (value: number) => string;
  },
): RowColumn<Timing>[] {
  const column = (name: string, meaning: string, end: keyof Ranged): RowColumn<Timing> => ({
    name,
    type: "number",
    unit,
    meaning,
    of: (timing) => {
      const value = of(timing)?.[end];
      return value !== undefined && Number.isFinite(value) ? text(value) : "";
    },
  });
  return [
    column(name, meaning, "value"),
    column(`${name}_low`, "the lower end of its 95 % interval over rounds", "low"),
    column(`${name}_high`, "the upper end", "high"),
  ];
}

/** The columns of `timings.csv`. */
export const timingColumns: readonly FileColumn[] = timingFields;

/** `timings.csv`: the one file that varies between runs. */
export function timingsCsv(timings: readonly Timing[]): string {
  return timings.length === 0 ? table([], []) : fieldsTable(timingFields, timings);
}

function ratioText(value: number): string {
  return value.toFixed(3);
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
