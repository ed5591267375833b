/**
 * The tables of a run: CSV, and in it the settings that identify a row and the metrics measured for it.
 *
 * @module
 */
// @ts-types="../declarations/csv.d.ts"
import { parse } from "@std/csv";
import { messageOf } from "../text/message_of.ts";
import { shown } from "../text/suggestions.ts";
import { DiffError } from "./run_files.ts";

/** One row of a CSV file. */
export interface CsvRow {
  /** The line of the file that it begins on, from 1. */
  readonly line: number;
  /** The value in a column; empty if there is no such column. */
  readonly value: (column: string) => string;
}

/** A CSV file. */
export interface CsvTable {
  /** The file, for messages: `results.csv of outputs/a`. */
  readonly file: string;
  /** The names in its first line, all different. */
  readonly columns: readonly string[];
  /** The rows, in order. */
  readonly rows: readonly CsvRow[];
}

/**
 * Parses RFC 4180 CSV; an empty file gives an empty table. `file` is for messages.
 *
 * @throws {DiffError} If it is damaged, with the line.
 */
export function parseTable(file: string, text: string): CsvTable {
  const fail = (line: number, message: string): DiffError =>
    new DiffError(`cannot use ${file}: line ${line}: ${message}`);
  const [columns = [], ...records] = recordsOf(file, text);
  const positions = new Map(columns.map((column, position) => [column, position]));
  const twice = columns.find((column, position) => positions.get(column) !== position);
  if (twice !== undefined) {
    throw fail(1, `expected each column once, found ${shown(twice)} again`);
  }
  let line = 2;
  const rows = records.map((record): CsvRow => {
    if (record.length !== columns.length) {
      throw fail(line, `expected ${columns.length} values, found ${record.length}`);
    }
    const row = { line, value: (column: string) => record[positions.get(column) ?? -1] ?? "" };
    line += 1 + linesWithin(record);
    return row;
  });
  return { file, columns, rows };
}

function recordsOf(file: string, text: string): string[][] {
  try {
    return parse(text);
  } catch (error) {
    const { line, message } = placeOf(error);
    throw new DiffError(`cannot use ${file}: ${line}expected CSV, found ${message}`);
  }
}

/** The line of a parser's error, for a message, and its reason. */
function placeOf(error: unknown): { readonly line: string; readonly message: string } {
  const text = messageOf(error);
  const [, line, message] = /^Syntax error on line (\d+);.*?: (.*)$/s.exec(text) ?? [];
  return line === undefined || message === undefined
    ? { line: "", message: text }
    : { line: `line ${line}: `, message };
}

/** The number of line ends in the values of a record. */
function linesWithin(record: readonly string[]): number {
  return record.reduce((sum, value) => sum + value.split("\n").length - 1, 0);
}

/** A value of a metric, with its interval where there is one. */
export interface Measured {
  /** As it was written; empty if it was not measured. */
  readonly text: string;
  /** The ends of its 95 % interval, as they were written; both empty if there is none. */
  readonly ends: { readonly low: string; readonly high: string };
}

/** A row of a table: what was measured, and its metrics. */
export interface MetricRow {
  /** Its name for people. */
  readonly name: string;
  /** The values of the columns that identify it, without empty ones. */
  readonly settings: Readonly<Record<string, string>>;
  /** The value of a metric. */
  readonly measured: (metric: string) => Measured;
}

/** A table whose rows are identified by their settings, not by their order. */
export interface MetricTable {
  /** The columns that identify a row. */
  readonly settings: readonly string[];
  /** The metrics; the columns of an interval's ends belong to that of its metric. */
  readonly metrics: readonly string[];
  /** The rows by their settings, in order. */
  readonly rows: ReadonlyMap<string, MetricRow>;
}

/**
 * `results.csv`: a cell is identified by its settings, the columns before `prompts` except for its label
 * `cell`. In older files columns before `cell` are settings that a sweep varied. A setting that a cell does not have is
 * empty or has no column.
 */
export function cellTable(results: CsvTable): MetricTable {
  const { columns, file } = results;
  const label = columns.indexOf("cell");
  const first = columns.indexOf("prompts");
  if (label < 0 || first < label && results.rows.length > 0) {
    throw new DiffError(`cannot use ${file}: line 1: expected the columns cell and prompts`);
  }
  const settings = (first < 0 ? columns : columns.slice(0, first)).filter((name) =>
    name !== "cell"
  );
  const swept = columns.slice(0, label);
  const nameOf = (row: CsvRow): string => {
    const variant = columns[0] === "variant"
      ? row.value("variant")
      : swept.map((column) => `${column}=${row.value(column)}`).join(",");
    return variant === "" ? row.value("cell") : `${variant}: ${row.value("cell")}`;
  };
  return metricTable(settings, first < 0 ? [] : columns.slice(first), [{ table: results, nameOf }]);
}

/** `models.csv` of a run, or of the variants of a sweep by label: models are identified by name. */
export function modelTable(models: ReadonlyMap<string, CsvTable>): MetricTable {
  const columns = new Set<string>();
  const sources = [...models].map(([variant, table]) => {
    const [first, ...others] = table.columns.filter((column) => column !== "variant");
    if (table.rows.length > 0 && first !== "model") {
      throw new DiffError(
        `cannot use ${table.file}: line 1: expected the column model first, found ${shown(first)}`,
      );
    }
    for (const column of others) columns.add(column);
    const nameOf = (row: CsvRow): string =>
      variant === "" ? row.value("model") : `${variant}: ${row.value("model")}`;
    return { table, nameOf, variant };
  });
  return metricTable(["model"], [...columns], sources);
}

/** A table with the names of its rows. */
interface RowSource {
  readonly table: CsvTable;
  readonly nameOf: (row: CsvRow) => string;
  /** The variant of all rows, if the table does not have it. */
  readonly variant?: string;
}

function metricTable(
  settings: readonly string[],
  columns: readonly string[],
  sources: readonly RowSource[],
): MetricTable {
  const measured = measuresOf(columns);
  const rows = new Map<string, MetricRow>();
  const lines = new Map<string, number>();
  for (const { table, nameOf, variant = "" } of sources) {
    for (const row of table.rows) {
      const values = settings.map((column) => [column, row.value(column)] as const)
        .filter(([, value]) => value !== "");
      // The order of columns does not matter.
      const key = JSON.stringify([variant, ...values.toSorted(([a], [b]) => a < b ? -1 : 1)]);
      const before = lines.get(key);
      if (before !== undefined) {
        throw new DiffError(
          `cannot use ${table.file}: line ${row.line}: expected other settings in every row, ` +
            `found those of line ${before} again`,
        );
      }
      lines.set(key, row.line);
      rows.set(key, {
        name: nameOf(row),
        settings: Object.fromEntries(values),
        measured: (metric) => measured(row, metric),
      });
    }
  }
  return { settings, metrics: metricsAmong(columns), rows };
}

/** The columns that are metrics, without those of an interval's ends. */
function metricsAmong(columns: readonly string[]): string[] {
  const all = new Set(columns);
  return columns.filter((column) => {
    const [, metric = ""] = /^(.+)_(?:low|high)$/.exec(column) ?? [];
    return !(all.has(metric) && all.has(`${metric}_low`) && all.has(`${metric}_high`));
  });
}

/** Reads a metric of a row, with its interval if `columns` have both ends. */
function measuresOf(columns: readonly string[]): (row: CsvRow, metric: string) => Measured {
  const all = new Set(columns);
  return (row, metric) => {
    const [low, high] = [`${metric}_low`, `${metric}_high`];
    const ends = all.has(low) && all.has(high)
      ? { low: row.value(low), high: row.value(high) }
      : { low: "", high: "" };
    return { text: row.value(metric), ends };
  };
}
