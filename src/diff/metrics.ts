/**
 * Metrics of two runs side by side: the change, and whether a tolerance covers it.
 *
 * @module
 */
import type { Judgement } from "./judgement.ts";
import type { Measured, MetricRow, MetricTable } from "./tables.ts";
import { isWithin, type Tolerances } from "./tolerances.ts";
import { differenceOf, numberIn } from "./written.ts";

/** A metric that both runs have. */
export interface MetricDiff {
  /** Its column. */
  readonly metric: string;
  /** The old value. */
  readonly old: Measured;
  /** The new value. */
  readonly new: Measured;
  /** Whether it, or an end of its interval, is written otherwise and exceeds the tolerance. */
  readonly differs: boolean;
  /** `new` − `old`; `undefined` if one of them is not a number. */
  readonly change: number | undefined;
  /** The change relative to |`old`|; `undefined` if that is 0. */
  readonly relativeChange: number | undefined;
  /** Whether chance explains the change; absent where that is not judged. */
  readonly judgement?: Judgement;
  /** The metric, by its column, that is the same in another unit and is judged in its place. */
  readonly sameAs?: string;
}

/** A row that both tables have. */
export interface RowDiff {
  /** Its name in the new run. */
  readonly name: string;
  /** The settings that identify it. */
  readonly settings: Readonly<Record<string, string>>;
  /** The row in the old table. */
  readonly before: MetricRow;
  /** The row in the new table. */
  readonly after: MetricRow;
  /** The metrics that both tables have, in the order of the new one. */
  readonly metrics: readonly MetricDiff[];
}

/** Things that only one run has. */
export interface OneSided<Item> {
  /** Only in the old run. */
  readonly old: readonly Item[];
  /** Only in the new run. */
  readonly new: readonly Item[];
}

/** A row that only one table has. */
export type LoneRow = Pick<MetricRow, "name" | "settings" | "place">;

/** Two tables side by side. */
export interface TableDiff {
  /** The rows that both have, in the order of the new one. */
  readonly rows: readonly RowDiff[];
  /** The rows that only one has. */
  readonly lone: OneSided<LoneRow>;
  /** The settings that only one has a column for. */
  readonly loneSettings: OneSided<string>;
  /** The metrics that only one has a column for. */
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
    return [{ name: row.name, settings: row.settings, before, after: row, metrics }];
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
    differs: !isWithin(old.text, current.text, tolerance) ||
      !isWithin(old.ends.low, current.ends.low, tolerance) ||
      !isWithin(old.ends.high, current.ends.high, tolerance),
    change,
    relativeChange: change === undefined || size === 0 ? undefined : change / size,
  };
}

function loneRows(table: MetricTable, other: MetricTable): LoneRow[] {
  return [...table.rows].filter(([key]) => !other.rows.has(key))
    .map(([, { name, settings, place }]) => ({ name, settings, place }));
}

function lone(old: readonly string[], current: readonly string[]): OneSided<string> {
  return {
    old: old.filter((column) => !current.includes(column)),
    new: current.filter((column) => !old.includes(column)),
  };
}

/** `table` with the judgements of those of its metrics that have one, and what others are the same as. */
export function withJudgements(
  table: TableDiff,
  judgements: ReadonlyMap<MetricDiff, Judgement>,
  same: ReadonlyMap<MetricDiff, string>,
): TableDiff {
  const judged = (metric: MetricDiff): MetricDiff => {
    const [judgement, sameAs] = [judgements.get(metric), same.get(metric)];
    return {
      ...metric,
      ...(judgement === undefined ? {} : { judgement }),
      ...(sameAs === undefined ? {} : { sameAs }),
    };
  };
  const rows = table.rows.map((row) => ({ ...row, metrics: row.metrics.map(judged) }));
  return { ...table, rows };
}
