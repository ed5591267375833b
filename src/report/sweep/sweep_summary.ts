/**
 * The results of a sweep arranged by its settings: the measures of every cell and model, one row for
 * each combination of the swept settings. Seeds are replicates: runs that differ only in `seed` share
 * a row.
 *
 * @module
 */
import type { Variant, VariantSetting } from "../../config/sweep.ts";
import type { ComparedSearches } from "../../measure/compare_cells.ts";
import { type ModelLosses, modelMeasures } from "../../measure/corpus_loss.ts";
import { type CellMeasures, comparableIn, type MeasureFacts } from "../../measure/measure.ts";
import { measures } from "../../measure/measures.ts";
import { loadQuantiles } from "../../measure/quantiles.ts";
import { replicateMean } from "../../measure/replicates.ts";
import type { Estimate } from "../../measure/estimate.ts";
import { columnsOf } from "../measure_table.ts";
import type { Failure } from "../run/run_record.ts";

/** The results of one variant's run, as far as the summary of the sweep shows them. */
export interface VariantRun {
  /** Its values of the swept settings; its folder has their label as its name. */
  readonly variant: Variant;
  /** The measured cells. */
  readonly cells: readonly Pick<CellMeasures, "cell" | "values" | "rarefied" | "searched">[];
  /** Its searches beside the most probable texts, where any have been proved. */
  readonly search?: ComparedSearches | undefined;
  /** How well its models predict the corpus; document by document where there are not too many. */
  readonly losses: readonly ModelLosses[];
  /** The results that failed, and why. */
  readonly failures: readonly Failure[];
}

/** A whole sweep: its summary is a view of it. */
export interface SweepRecord {
  /** The experiment. */
  readonly name: string;
  /** The most training steps, samples and drawn prompts, in a smoke run. */
  readonly limit?: number | undefined;
  /** Its question, in the config's own words, if it has one. */
  readonly question?: string | undefined;
  /** Whether it trains models, of which another seed gives others. */
  readonly trains: boolean;
  /** A run for each variant, at least one, in the order of the product. */
  readonly variants: readonly VariantRun[];
}

/** One combination of the swept settings. */
export interface SweepRow {
  /** Its values, in the order of {@linkcode SweepSummary.settings}. */
  readonly values: readonly VariantSetting["value"][];
  /** The runs with these values: one, or one for each seed. */
  readonly runs: readonly VariantRun[];
}

/** The results of one row for a cell or a model. */
export interface SummaryRow {
  /** How many of the row's runs have it. */
  readonly runs: number;
  /**
   * By the names of measures: one run's own estimates; of several runs their means, with intervals
   * over the runs.
   */
  readonly estimates: ReadonlyMap<string, Estimate>;
}

/** A cell or a model, row by row. */
export interface Summary {
  /** The cell's label, or the model's name. */
  readonly name: string;
  /** Its results in each row of the sweep. */
  readonly rows: readonly SummaryRow[];
}

/** A cell, row by row. */
export interface CellSummary extends Summary {
  /** The index of the entry of the grid that it comes from. */
  readonly entry: number;
}

/** A sweep as its report and charts show it. */
export interface SweepSummary extends SweepRecord {
  /** Whether runs differ in `seed` alone. */
  readonly hasReplicates: boolean;
  /** The swept settings by their paths, without `seed` where it makes replicates. */
  readonly settings: readonly string[];
  /** The combinations of the swept settings. */
  readonly rows: readonly SweepRow[];
  /** The cells, in the order of the grid. */
  readonly cells: readonly CellSummary[];
  /** The models, n-gram models among them. */
  readonly models: readonly Summary[];
}

/** Arranges the results of a sweep. */
export async function summarizeSweep(record: SweepRecord): Promise<SweepSummary> {
  const { variants } = record;
  const swept = variants[0]?.variant.settings.map(({ path }) => path) ?? [];
  const others = swept.filter((path) => path !== "seed");
  const hasReplicates = rowsOf(variants, others).length < variants.length;
  const settings = hasReplicates ? others : swept;
  const rows = rowsOf(variants, settings);
  await loadQuantiles();
  const mean = hasReplicates ? meanOverRuns : ownEstimate;
  return {
    ...record,
    hasReplicates,
    settings,
    rows,
    cells: cellSummaries(variants, rows, mean),
    models: modelSummaries(variants, rows, mean),
  };
}

/** The value that a run has of a swept setting. */
function valueOf({ variant }: VariantRun, path: string): VariantSetting["value"] {
  return variant.settings.find((setting) => setting.path === path)?.value ?? null;
}

function rowsOf(runs: readonly VariantRun[], settings: readonly string[]): SweepRow[] {
  const values = (run: VariantRun) => settings.map((path) => valueOf(run, path));
  const groups = Map.groupBy(runs, (run) => JSON.stringify(values(run)));
  return [...groups.values()].map((runs) => ({ values: runs.slice(0, 1).flatMap(values), runs }));
}

type Mean = (estimates: readonly Estimate[]) => Estimate | undefined;

function ownEstimate([own]: readonly Estimate[]): Estimate | undefined {
  return own;
}

/** The mean of several runs, whose own intervals are of the samples alone. */
function meanOverRuns(estimates: readonly Estimate[]): Estimate | undefined {
  return estimates.length === 0 ? undefined : replicateMean(estimates.map(({ value }) => value));
}

/** `[rows]` what `of` gives for a row: for its own run, or the mean over those that differ in `seed`. */
export function rowEstimates(
  { rows, hasReplicates }: Pick<SweepSummary, "rows" | "hasReplicates">,
  of: (run: VariantRun) => Estimate | undefined,
): (Estimate | undefined)[] {
  const mean = hasReplicates ? meanOverRuns : ownEstimate;
  return rows.map(({ runs }) => mean(runs.flatMap((run) => of(run) ?? [])));
}

function cellSummaries(
  runs: readonly VariantRun[],
  rows: readonly SweepRow[],
  mean: Mean,
): CellSummary[] {
  // Those of the most complete run first, so that what others lack stays in its place.
  const ordered = runs.toSorted((a, b) => b.cells.length - a.cells.length);
  const cells = new Map(
    ordered.flatMap((run) => run.cells.map(({ cell }) => [cell.label, cell] as const)),
  );
  return [...cells.values()].toSorted((a, b) => a.entry - b.entry).map(({ label, entry }) => ({
    name: label,
    entry,
    rows: rows.map(({ runs }) => {
      const found = runs.flatMap(({ cells }) => cells.filter(({ cell }) => cell.label === label));
      return { runs: found.length, estimates: cellEstimates(found, mean) };
    }),
  }));
}

/** The mean of every measure that the sweep shows of cells. */
function cellEstimates(
  found: VariantRun["cells"],
  mean: Mean,
): ReadonlyMap<string, Estimate> {
  return meansOf(
    columnsOf(measures, "run sweep", () => true),
    mean,
    (measure) => found.flatMap((cell) => comparableIn(cell, measure) ?? []),
  );
}

function meansOf<Facts extends MeasureFacts>(
  all: readonly Facts[],
  mean: Mean,
  estimates: (measure: Facts) => readonly Estimate[],
): ReadonlyMap<string, Estimate> {
  return new Map(all.flatMap((measure) => {
    const value = mean(estimates(measure));
    if (value === undefined) return [];
    return [[measure.name, measure.unit === "share" ? withinShares(value) : value] as const];
  }));
}

/** The share's interval cut to [0, 1]. */
function withinShares(estimate: Estimate): Estimate {
  if (estimate.interval === undefined) return estimate;
  const { low, high } = estimate.interval;
  return { ...estimate, interval: { low: Math.max(0, low), high: Math.min(1, high) } };
}

function modelSummaries(
  runs: readonly VariantRun[],
  rows: readonly SweepRow[],
  mean: Mean,
): Summary[] {
  const names = new Set(runs.flatMap(({ losses }) => losses.map(({ name }) => name)));
  return [...names].map((name) => ({
    name,
    rows: rows.map(({ runs }) => {
      const found = runs.flatMap(({ losses }) => losses.filter((one) => one.name === name));
      const estimates = meansOf(
        columnsOf(modelMeasures, "run sweep of models", () => true),
        mean,
        (measure) => found.flatMap((one) => measure.of(one) ?? []),
      );
      return { runs: found.length, estimates };
    }),
  }));
}
