import { differenceOf, type Measured, numberIn } from "./measured.ts";
import type { MetricRow, MetricTable } from "./metric_table.ts";
import { isOutsideSamplingError } from "./sampling_error.ts";
import { passesFor, type Tolerances } from "./tolerance.ts";

/** One metric of something that both runs have. */
export interface MetricDiff {
  /** Its column. */
  readonly metric: string;
  /** What it was. */
  readonly old: Measured;
  /** What it is. */
  readonly new: Measured;
  /** Whether it, or an end of its interval, is another: as written, and past the tolerance. */
  readonly differs: boolean;
  /** `new` − `old`; `undefined` where one of them is no number. */
  readonly change: number | undefined;
  /** The change as a share of |`old`|; `undefined` where that is 0. */
  readonly relativeChange: number | undefined;
  /** See {@linkcode isOutsideSamplingError}. */
  readonly outsideSamplingError: boolean | undefined;
}

/** A row that both tables have. */
export interface RowDiff {
  /** What the new run calls it. */
  readonly name: string;
  /** What it is. */
  readonly settings: Readonly<Record<string, string>>;
  /** The metrics that both tables have, in the new one's order. */
  readonly metrics: readonly MetricDiff[];
}

/** What is on one side only. */
export interface OneSided<Item> {
  /** In the old run alone. */
  readonly old: readonly Item[];
  /** In the new run alone. */
  readonly new: readonly Item[];
}

/** A row that one table has alone. */
export type LoneRow = Pick<MetricRow, "name" | "settings">;

/** What two tables have in common, and what not. */
export interface TableDiff {
  /** The rows that both have, in the new one's order. */
  readonly rows: readonly RowDiff[];
  /** The rows that one has alone. */
  readonly lone: OneSided<LoneRow>;
  /** The settings that one has a column for, and the other none. */
  readonly loneSettings: OneSided<string>;
  /** The metrics that one has a column for, and the other none. */
  readonly loneMetrics: OneSided<string>;
}

/** Compares two tables, row by row and metric by metric. */
export function diffTables(
  old: MetricTable,
  current: MetricTable,
  tolerances: Tolerances,
): TableDiff {
  const shared = current.metrics.filter((metric) => old.metrics.includes(metric));
  const rows = [...current.rows].flatMap(([key, row]): RowDiff[] => {
    const before = old.rows.get(key);
    if (before === undefined) return [];
    const metrics = shared.map((metric) => diffMetric(metric, before, row, tolerances));
    return [{ name: row.name, settings: row.settings, metrics }];
  });
  return {
    rows,
    lone: {
      old: loneRows(old, current),
      new: loneRows(current, old),
    },
    loneSettings: lone(old.settings, current.settings),
    loneMetrics: lone(old.metrics, current.metrics),
  };
}

function diffMetric(
  metric: string,
  before: MetricRow,
  after: MetricRow,
  tolerances: Tolerances,
): MetricDiff {
  const [old, current] = [before.measured(metric), after.measured(metric)];
  const tolerance = tolerances.of(metric);
  const change = differenceOf(old.text, current.text);
  const size = Math.abs(numberIn(old.text) ?? 0);
  return {
    metric,
    old,
    new: current,
    differs: !passesFor(old.text, current.text, tolerance) ||
      !passesFor(old.ends.low, current.ends.low, tolerance) ||
      !passesFor(old.ends.high, current.ends.high, tolerance),
    change,
    relativeChange: change === undefined || size === 0 ? undefined : change / size,
    outsideSamplingError: isOutsideSamplingError(old, current),
  };
}

function loneRows(table: MetricTable, other: MetricTable): LoneRow[] {
  return [...table.rows].filter(([key]) => !other.rows.has(key))
    .map(([, { name, settings }]) => ({ name, settings }));
}

function lone(old: readonly string[], current: readonly string[]): OneSided<string> {
  return {
    old: old.filter((column) => !current.includes(column)),
    new: current.filter((column) => !old.includes(column)),
  };
}
