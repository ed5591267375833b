/**
 * The tables of a run with what identifies their rows told from what was measured.
 *
 * @module
 */
import { shown } from "../text/suggestions.ts";
import type { CsvRow, CsvTable } from "./csv_table.ts";
import { DiffError } from "./diff_error.ts";
import type { Measured } from "./measured.ts";

/** A row: something that was measured. */
export interface MetricRow {
  /** What a person calls it. */
  readonly name: string;
  /** What it is: those with a value of the columns that identify it. */
  readonly settings: Readonly<Record<string, string>>;
  /** The value of a metric. */
  readonly measured: (metric: string) => Measured;
}

/** A table whose rows are known by what they are, and not by where they stand. */
export interface MetricTable {
  /** The columns that identify a row. */
  readonly settings: readonly string[];
  /** The metrics; those of an interval's ends are part of the metric's own. */
  readonly metrics: readonly string[];
  /** The rows by their settings, in their order. */
  readonly rows: ReadonlyMap<string, MetricRow>;
}

/**
 * `results.csv`: a cell is what its settings are, in all columns before `prompts` but the label
 * `cell`. Those before `cell` are what a sweep varied. A setting that a cell has not is empty, or has
 * no column.
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
    const variant = swept.map((column) => `${column}=${row.value(column)}`).join(",");
    return variant === "" ? row.value("cell") : `${variant}: ${row.value("cell")}`;
  };
  return metricTable(settings, first < 0 ? [] : columns.slice(first), [{ table: results, nameOf }]);
}

/** `models.csv`, of one run or, by their labels, of the variants of a sweep: a model is its name. */
export function modelTable(models: ReadonlyMap<string, CsvTable>): MetricTable {
  const columns = new Set<string>();
  const sources = [...models].map(([variant, table]) => {
    if (table.rows.length > 0 && table.columns[0] !== "model") {
      throw new DiffError(
        `cannot use ${table.file}: line 1: expected the column model first, found ${
          shown(table.columns[0])
        }`,
      );
    }
    for (const column of table.columns.slice(1)) columns.add(column);
    const nameOf = (row: CsvRow): string =>
      variant === "" ? row.value("model") : `${variant}: ${row.value("model")}`;
    return { table, nameOf, variant };
  });
  return metricTable(["model"], [...columns], sources);
}

/** Where rows come from. */
interface RowSource {
  readonly table: CsvTable;
  readonly nameOf: (row: CsvRow) => string;
  /** The variant of all of them, where the table does not say it. */
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
      // The same settings in another order of columns are the same.
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

/** The columns that are metrics and not the ends of another's interval. */
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
