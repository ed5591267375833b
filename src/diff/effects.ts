/**
 * The changes between two runs, the largest first: measures of cells and losses of models that
 * moved by more than chance explains, and results that have no chance in them.
 *
 * @module
 */
import { strategies } from "../decode/definitions.ts";
import { byteLossMeasures, modelMeasures } from "../measure/corpus_loss.ts";
import { population } from "../measure/likelihood.ts";
import type { MeasureFacts } from "../measure/measure.ts";
import { allMeasures } from "../measure/measures.ts";
import { searchMeasures } from "../measure/search.ts";
import type { RunDiff } from "./compare.ts";
import type { MetricDiff, RowDiff, TableDiff } from "./metrics.ts";
import type { MetricRow } from "./tables.ts";
import { numberIn } from "./written.ts";

/** A metric of a cell or a model that moved. */
export interface Effect {
  /** The cell or model. */
  readonly row: RowDiff;
  /** Its metric. */
  readonly metric: MetricDiff;
  /** Whether there is no chance in it, so that any change is one. */
  readonly isExact: boolean;
  /** See {@linkcode sizeOf}. */
  readonly size: number;
}

/** The changes between two runs, and how much else there is. */
export interface Effects {
  /** The judged measures of cells that moved by more than chance explains, the largest first. */
  readonly cells: readonly Effect[];
  /** The same of models: their losses. */
  readonly models: readonly Effect[];
  /** Measures that changed in cells without chance, the largest first; mere counts are left out. */
  readonly exact: readonly Effect[];
  /** How many values changed in cells without chance, counts included, and in how many cells. */
  readonly exactChanges: { readonly values: number; readonly cells: number };
  /** The comparisons that chance explains: those of cells, in how many cells, and those of models. */
  readonly within: {
    readonly comparisons: number;
    readonly cells: number;
    readonly ofModels: number;
  };
  /** How many values differ that have chance in them, of unknown size, such as counts. */
  readonly unjudged: number;
}

/** Finds what moved between two runs. */
export function effectsOf({ cells, models }: RunDiff): Effects {
  const exactRows = cells.rows.filter(isExact);
  const chanceRows = cells.rows.filter((row) => !exactRows.includes(row));
  const exactChanges = exactRows.map(({ metrics }) => metrics.filter(isUnjudgedChange))
    .filter(({ length }) => length > 0);
  const within = cells.rows.map(withinChance).filter((count) => count > 0);
  return {
    cells: movedIn(cells),
    models: movedIn(models),
    exact: largestFirst(
      exactRows.flatMap((row) =>
        row.metrics.filter((metric) => isUnjudgedChange(metric) && isCompared(metric))
          .flatMap((metric) => effectIn(row, metric, true))
      ),
    ),
    exactChanges: { values: exactChanges.flat().length, cells: exactChanges.length },
    within: {
      comparisons: total(within),
      cells: within.length,
      ofModels: total(models.rows.map(withinChance)),
    },
    unjudged: chanceRows.flatMap(({ metrics }) => metrics.filter(isUnjudgedChange)).length,
  };
}

function withinChance({ metrics }: RowDiff): number {
  return metrics.filter(({ judgement }) => judgement !== undefined && !judgement.isOutside).length;
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, one) => sum + one, 0);
}

function movedIn({ rows }: TableDiff): Effect[] {
  const moved = rows.flatMap((row) =>
    row.metrics.filter(({ judgement, differs }) => differs && judgement?.isOutside)
      .flatMap((metric) => effectIn(row, metric, false))
  );
  return largestFirst(moved);
}

function effectIn(row: RowDiff, metric: MetricDiff, isExact: boolean): Effect[] {
  const size = sizeOf(metric);
  return size > 0 ? [{ row, metric, isExact, size }] : [];
}

function largestFirst(effects: readonly Effect[]): Effect[] {
  return effects.toSorted((a, b) => b.size - a.size);
}

function isUnjudgedChange({ differs, judgement, sameAs }: MetricDiff): boolean {
  return differs && judgement === undefined && sameAs === undefined;
}

/**
 * How large a change is, on a scale that all metrics share: that of a share, which lies in [0, 1], by
 * itself; that of anything else over the larger of both values, 0.1 from 10 to 9. It says nothing of
 * how sure the change is, so that more samples do not make it larger; 0 where there is no number.
 */
export function sizeOf({ metric, old, new: current, change = 0 }: MetricDiff): number {
  if (measureOf(metric)?.unit === "share") return Math.abs(change);
  const scale = Math.max(...[old, current].map(({ text }) => Math.abs(numberIn(text) ?? 0)));
  return scale === 0 ? 0 : Math.abs(change) / scale;
}

const facts: ReadonlyMap<string, MeasureFacts> = new Map(
  [...allMeasures, ...searchMeasures, ...modelMeasures, ...byteLossMeasures].map((
    one,
  ) => [one.name, one]),
);

/** The facts of the measure that a metric is; none of those of older versions, nor of mere columns. */
export function measureOf(metric: string): MeasureFacts | undefined {
  return facts.get(metric);
}

/** Whether a metric is one that people compare cells by, and no count of what was done. */
function isCompared({ metric }: MetricDiff): boolean {
  const { judged, interval } = measureOf(metric) ?? {};
  return judged !== undefined ||
    searchMeasures.some(({ name }) => name === metric) && interval !== "none";
}

/** Whether chance has no part in the results of a cell in either run, nor the drawing of its prompts. */
export function isExact({ before, after }: RowDiff): boolean {
  return hasNoChance(before) && hasNoChance(after);
}

function hasNoChance({ place, settings, measured }: MetricRow): boolean {
  return place.variant !== undefined && measured(population.name).text === "" &&
    strategies.some(({ name, isDeterministic }) =>
      name === settings["strategy"] && isDeterministic
    );
}
