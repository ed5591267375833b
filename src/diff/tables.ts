/**
 * The tables of a run: the settings that identify a row and the metrics measured for it, in the layouts
 * of this version and of those before it.
 *
 * @module
 */
import type { StrategyDefinition } from "../decode/definition.ts";
import { strategies } from "../decode/definitions.ts";
import { shown } from "../text/suggestions.ts";
import type { CsvRow, CsvTable } from "./csv_table.ts";
import { DiffError } from "./run_files.ts";

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
  /** Its names in other files of the run. */
  readonly place: RowPlace;
  /** The value of a metric. */
  readonly measured: (metric: string) => Measured;
}

/** The names of a row in the files of a run. */
export interface RowPlace {
  /** The label of its variant, empty without a sweep; absent where the table is of an older version. */
  readonly variant?: string;
  /** The label of the cell, or the name of the model. */
  readonly label: string;
}

/** A table whose rows are identified by their settings, not by their order. */
export interface MetricTable {
  /** The columns that identify a row, without those that are empty in every row. */
  readonly settings: readonly string[];
  /** The metrics; the columns of an interval's ends belong to that of its metric. */
  readonly metrics: readonly string[];
  /** The rows by their settings, in order. */
  readonly rows: ReadonlyMap<string, MetricRow>;
}

/** The files about the cells of a run. */
export interface CellFiles {
  /** `results.csv`. */
  readonly results: CsvTable;
  /** `variants.csv`: which settings the variants of a sweep have; absent without a sweep. */
  readonly swept?: CsvTable | undefined;
  /** Further tables by the labels of the variants; of a run without a sweep that of an empty label. */
  readonly further: ReadonlyMap<string, FurtherTables>;
}

/** The further tables about the cells of a variant. */
export interface FurtherTables {
  /** `comparisons.csv`, if there is one: the measures in it that `results.csv` lacks are metrics, too. */
  readonly comparisons: CsvTable | undefined;
  /** `positions.csv`, if there is one: each column is a metric, a list by position. */
  readonly positions: CsvTable | undefined;
}

/**
 * `results.csv`: a cell is identified by its settings, the columns before `prompts` except for its label
 * `cell`, and those of its `variant`. In older files columns before `cell` are settings that a sweep
 * varied, and settings have the names of then. A setting that a cell does not have is empty or has no
 * column.
 */
export function cellTable({ results, swept, further }: CellFiles): MetricTable {
  const { columns, file, rows } = results;
  const label = columns.indexOf("cell");
  const first = columns.indexOf("prompts");
  if (label < 0 || first < label && rows.length > 0) {
    throw new DiffError(`cannot use ${file}: line 1: expected the columns cell and prompts`);
  }
  const isOlder = columns[0] !== "variant";
  const variantOf = (row: CsvRow): string => swept === undefined ? "" : row.value("variant");
  const sweptOf = settingsOfVariants(swept);
  const own = (first < 0 ? columns : columns.slice(0, first))
    .filter((name) => name !== "cell" && (isOlder || name !== "variant"));
  const source: RowSource = {
    table: results,
    settingsOf: (row) => [
      ...isOlder ? [] : sweptOf(variantOf(row)),
      ...own.map((name) => [isOlder ? presentName(name, row) : name, row.value(name)] as const),
    ],
    nameOf(row) {
      const variant = isOlder
        ? columns.slice(0, label).map((column) => `${column}=${row.value(column)}`).join(",")
        : variantOf(row);
      return variant === "" ? row.value("cell") : `${variant}: ${row.value("cell")}`;
    },
    placeOf: (row) => ({
      ...(isOlder ? {} : { variant: variantOf(row) }),
      label: row.value("cell"),
    }),
  };
  const metrics = first < 0 ? [] : columns.slice(first);
  return metricTable(metrics, [source], furtherMeasures(further, columns));
}

/** The present name of a setting that an older version called `name`, in the cell of a row. */
function presentName(name: string, row: CsvRow): string {
  const { streamNames = {} }: Pick<StrategyDefinition, "streamNames"> =
    strategies.find((strategy) => strategy.name === row.value("strategy")) ?? {};
  return Object.keys(streamNames).find((present) => streamNames[present] === name) ?? name;
}

/** The settings that `variants.csv` has of each variant. */
function settingsOfVariants(
  swept: CsvTable | undefined,
): (variant: string) => readonly (readonly [string, string])[] {
  const settings = Map.groupBy(swept?.rows ?? [], (row) => row.value("variant"));
  return (variant) =>
    settings.get(variant)
      ?.map((row) => [row.value("setting"), row.value("value")] as const) ??
      // Without the file a variant's name tells it from others.
      [["variant", variant]];
}

/** Measures that stand in other files than the other metrics. */
class FurtherMeasures {
  readonly #values = new Map<string, Map<string, Measured>>();

  /** Their names. */
  get metrics(): readonly string[] {
    return [...this.#values.keys()];
  }

  /** The value of `metric` in the cell at `place`; `undefined` if no file has such a metric. */
  measured(place: RowPlace, metric: string): Measured | undefined {
    const values = this.#values.get(metric);
    return values && (values.get(keyOf(place)) ?? { text: "", ends: { low: "", high: "" } });
  }

  /** Adds a value; whether the cell had no other yet. */
  add(place: RowPlace, metric: string, value: Measured): boolean {
    const values = this.#values.get(metric) ?? new Map<string, Measured>();
    this.#values.set(metric, values);
    const before = values.get(keyOf(place));
    values.set(keyOf(place), value);
    return before === undefined || JSON.stringify(before) === JSON.stringify(value);
  }
}

function keyOf({ variant = "", label }: RowPlace): string {
  return JSON.stringify([variant, label]);
}

/** The measures of the tables beside `results.csv` that are not among its `columns`. */
function furtherMeasures(
  further: ReadonlyMap<string, FurtherTables>,
  columns: readonly string[],
): FurtherMeasures {
  const found = new FurtherMeasures();
  for (const [variant, { comparisons, positions }] of further) {
    for (const row of comparisons?.rows ?? []) {
      const [metric, label] = [row.value("measure"), row.value("cell")];
      if (columns.includes(metric)) continue;
      const ends = { low: row.value("low"), high: row.value("high") };
      if (!found.add({ variant, label }, metric, { text: row.value("value"), ends })) {
        throw new DiffError(
          `cannot use ${comparisons?.file}: line ${row.line}: expected one value of each measure ` +
            `of a cell, found another of ${shown(metric)}`,
        );
      }
    }
    const counts = positions?.columns.slice(positions.columns.indexOf("draft_position") + 1) ?? [];
    const cells = Map.groupBy(positions?.rows ?? [], (row) => row.value("cell"));
    for (const [label, rows] of cells) {
      for (const count of counts) {
        const text = rows.map((row) => row.value(count)).join(" ");
        found.add({ variant, label }, `${count}_at`, { text, ends: { low: "", high: "" } });
      }
    }
  }
  return found;
}

/** `models.csv` of a run, or of the variants of a sweep by label: models are identified by name. */
export function modelTable(models: ReadonlyMap<string, CsvTable>): MetricTable {
  const columns = new Set<string>();
  const sources = [...models].map(([variant, table]): RowSource => {
    const [first, ...others] = table.columns.filter((column) => column !== "variant");
    if (table.rows.length > 0 && first !== "model") {
      throw new DiffError(
        `cannot use ${table.file}: line 1: expected the column model first, found ${shown(first)}`,
      );
    }
    for (const column of others) columns.add(column);
    return {
      table,
      variant,
      settingsOf: (row) => [["model", row.value("model")]],
      nameOf: (row) => variant === "" ? row.value("model") : `${variant}: ${row.value("model")}`,
      placeOf: (row) => ({ variant, label: row.value("model") }),
    };
  });
  return metricTable([...columns], sources);
}

/** A table with the names of its rows. */
interface RowSource {
  readonly table: CsvTable;
  readonly nameOf: (row: CsvRow) => string;
  readonly placeOf: (row: CsvRow) => RowPlace;
  readonly settingsOf: (row: CsvRow) => readonly (readonly [string, string])[];
  /** The variant of all rows, if the table does not have it. */
  readonly variant?: string;
}

function metricTable(
  columns: readonly string[],
  sources: readonly RowSource[],
  further?: FurtherMeasures,
): MetricTable {
  const measured = measuresOf(columns);
  const settings = new Set<string>();
  const rows = new Map<string, MetricRow>();
  const lines = new Map<string, number>();
  for (const { table, nameOf, placeOf, settingsOf, variant = "" } of sources) {
    for (const row of table.rows) {
      const values = settingsOf(row).filter(([, value]) => value !== "");
      for (const [name] of values) settings.add(name);
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
      const place = placeOf(row);
      rows.set(key, {
        name: nameOf(row),
        settings: Object.fromEntries(values),
        place,
        measured: (metric) => further?.measured(place, metric) ?? measured(row, metric),
      });
    }
  }
  const metrics = [...metricsAmong(columns), ...further?.metrics ?? []];
  return { settings: [...settings], metrics, rows };
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
