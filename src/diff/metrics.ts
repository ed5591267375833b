/**
 * Metrics of two runs side by side: the change, whether a tolerance covers it, and whether chance
 * explains it.
 *
 * @module
 */
import { escapeControl } from "../text/characters.ts";
import { expectedOneOf, shown, suggestion } from "../text/suggestions.ts";
import { DiffError } from "./run_files.ts";
import type { Measured, MetricRow, MetricTable } from "./tables.ts";

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
  /** See {@linkcode isOutsideSamplingError}. */
  readonly outsideSamplingError: boolean | undefined;
}

/** A row that both tables have. */
export interface RowDiff {
  /** Its name in the new run. */
  readonly name: string;
  /** The settings that identify it. */
  readonly settings: Readonly<Record<string, string>>;
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
export type LoneRow = Pick<MetricRow, "name" | "settings">;

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
    differs: !isWithin(old.text, current.text, tolerance) ||
      !isWithin(old.ends.low, current.ends.low, tolerance) ||
      !isWithin(old.ends.high, current.ends.high, tolerance),
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

/**
 * Whether a metric changed by more than chance explains: |Δ| > √(h_old² + h_new²), where h is the
 * half-width of a value's 95 % interval on the side that faces the other value; `undefined` if one of
 * them has no interval.
 *
 * This is the square-and-add method for the difference of two independent estimates (Newcombe 1998 for
 * Wilson's intervals of shares; Donner and Zou 2010, MOVER, for any): the change is outside exactly
 * if its 95 % interval by this method excludes 0. For symmetric intervals of normal estimates it is the
 * z test at 5 %. Unlike 1.96 standard errors it keeps the shape of skewed intervals, and unlike "the
 * intervals do not overlap" it does not ask for more than 5 %.
 *
 * Chance means which samples were drawn and for which prompts, as it does for the intervals; not the
 * seed of the training. Runs with draws in common are closer to each other than independent ones, and
 * "within" says less about them. One in twenty metrics that did not change is outside.
 */
export function isOutsideSamplingError(old: Measured, current: Measured): boolean | undefined {
  const [from, to] = [numberIn(old.text), numberIn(current.text)];
  if (from === undefined || to === undefined) return undefined;
  const rises = to > from;
  const facing = [
    numberIn(rises ? old.ends.high : old.ends.low),
    numberIn(rises ? current.ends.low : current.ends.high),
  ] as const;
  if (facing[0] === undefined || facing[1] === undefined) return undefined;
  // A percentile interval of a skewed statistic may lie beside its value.
  const halfOld = Math.max(0, rises ? facing[0] - from : from - facing[0]);
  const halfNew = Math.max(0, rises ? to - facing[1] : facing[1] - to);
  return Math.abs(to - from) > Math.hypot(halfOld, halfNew);
}

/** How far a metric may be from its old value and still be equal; one bound is enough. */
export interface Tolerance {
  /** In the unit of the metric. */
  readonly absolute: number;
  /** Relative to the old value. */
  readonly relative: number;
}

/** The name for every metric. */
const EVERY = "*";
/** The name for the change of a model's weights. */
const WEIGHTS = "weights";
const NONE: Tolerance = { absolute: 0, relative: 0 };

/** The tolerances of a command line, by metric. */
export class Tolerances {
  readonly #given: ReadonlyMap<string, Tolerance>;

  /** Parses `metric=absolute[,relative]`; the last for a metric counts. Throws a {@linkcode DiffError}. */
  constructor(given: readonly string[]) {
    this.#given = new Map(given.map(parseTolerance));
  }

  /** Whether there are any. */
  get any(): boolean {
    return this.#given.size > 0;
  }

  /** The tolerance of `metric`: its own, or else that of every metric. */
  of(metric: string): Tolerance {
    return this.#given.get(metric) ?? this.#given.get(EVERY) ?? NONE;
  }

  /** The tolerance of a model's weights: of the largest change, and of the RMS. */
  get weights(): Tolerance {
    return this.of(WEIGHTS);
  }

  /** Throws a {@linkcode DiffError} for a name that is not one of `metrics`. */
  checkNames(metrics: readonly string[]): void {
    const known = [...new Set([...metrics, WEIGHTS, EVERY])];
    const unknown = [...this.#given.keys()].find((name) => !known.includes(name));
    if (unknown === undefined) return;
    // There are many: they are only listed if none is near.
    const nearest = suggestion(unknown, known);
    const expected = nearest === ""
      ? expectedOneOf(unknown, known)
      : `expected a metric of these runs, found ${shown(unknown)}${nearest}`;
    throw new DiffError(`cannot use --tolerance ${escapeControl(unknown)}: ${expected}`);
  }
}

function parseTolerance(given: string): readonly [string, Tolerance] {
  const number = String.raw`(\d+(?:\.\d+)?(?:e[+-]?\d+)?)`;
  const [, metric, absolute, relative = "0"] =
    new RegExp(`^([^=]+)=${number}(?:,${number})?$`, "i").exec(given) ?? [];
  if (metric === undefined || absolute === undefined) {
    throw new DiffError(
      "cannot read --tolerance: expected metric=absolute[,relative], such as " +
        `mean_log_prob=0.01 or "*=0,0.001", found ${shown(given)}`,
    );
  }
  return [metric, { absolute: Number(absolute), relative: Number(relative) }];
}

/**
 * Whether `to` is equal to `from` within the tolerance: written alike or, number for number, |Δ| ≤
 * max(absolute, relative·|old|). A value that only one side has is not.
 */
export function isWithin(
  from: string,
  to: string,
  { absolute, relative }: Tolerance,
): boolean {
  if (from === to) return true;
  const [old, current] = [numbersIn(from), numbersIn(to)];
  if (old === undefined || current?.length !== old.length) return false;
  const decimals = decimalsIn(from, to);
  return old.every((value, i) => {
    const change = rounded((current[i] ?? NaN) - value, decimals);
    return Math.abs(change) <= Math.max(absolute, relative * Math.abs(value));
  });
}

/** The numbers of a value: one, or several separated by spaces; `undefined` if it is anything else. */
export function numbersIn(text: string): readonly number[] | undefined {
  const numbers = text.split(" ");
  return numbers.every((number) => /^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(number))
    ? numbers.map(Number)
    : undefined;
}

/** The number of a value, if it is one number. */
export function numberIn(text: string): number | undefined {
  const numbers = numbersIn(text);
  return numbers?.length === 1 ? numbers[0] : undefined;
}

/**
 * `to` − `from`, rounded to the decimals that they were written with: anything finer comes from the
 * subtraction itself.
 */
export function differenceOf(from: string, to: string): number | undefined {
  const [old, current] = [numberIn(from), numberIn(to)];
  if (old === undefined || current === undefined) return undefined;
  return rounded(current - old, decimalsIn(from, to));
}

/** The most decimals that any of `values` has; `undefined` if one has an exponent. */
export function decimalsIn(...values: readonly string[]): number | undefined {
  if (values.some((value) => value.includes("e"))) return undefined;
  const decimals = values.flatMap((value) => value.split(" "))
    .map((value) => value.split(".")[1]?.length ?? 0);
  return Math.min(100, Math.max(0, ...decimals));
}

/** `value` to `decimals`, or as it is if they are `undefined`. */
export function rounded(value: number, decimals: number | undefined): number {
  return decimals === undefined ? value : Number(value.toFixed(decimals));
}
