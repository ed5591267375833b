/**
 * What a sweep has found out, arranged by its settings: the measures of every cell and the losses of
 * every model, a row for each combination of the swept settings. Seeds are replicates: runs that differ
 * in `seed` alone share a row.
 *
 * @module
 */
import type { VariantSetting } from "../../config/sweep.ts";
import type { Estimate } from "../../measure/interval.ts";
import { type CellMeasure, cellMeasures, type VariantCell } from "./measures.ts";
import type { SweepRecord, VariantRun } from "./sweep_record.ts";

/** One combination of the swept settings. */
export interface SweepRow {
  /** Its values, in the order of {@linkcode SweepSummary.settings}. */
  readonly values: readonly VariantSetting["value"][];
  /** The runs with these values: one, or one for each seed. */
  readonly runs: readonly VariantRun[];
}

/** What one row has of a cell or a model. */
export interface Found<Measure extends string> {
  /** How many of the row's runs have it. */
  readonly runs: number;
  /** One run's own estimates; of several their means, with intervals over the runs. */
  readonly estimates: Readonly<Record<Measure, Estimate | undefined>>;
}

/** A cell or a model, row by row. */
export interface Summary<Measure extends string> {
  /** The cell's label, or the model's name. */
  readonly name: string;
  /** What each row has of it. */
  readonly rows: readonly Found<Measure>[];
}

/** A cell, row by row. */
export interface CellSummary extends Summary<CellMeasure> {
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
  readonly models: readonly Summary<"heldOut" | "training">[];
}

/** Arranges what a sweep has found out. */
export async function summarizeSweep(record: SweepRecord): Promise<SweepSummary> {
  const { variants } = record;
  const swept = variants[0]?.variant.settings.map(({ path }) => path) ?? [];
  const others = swept.filter((path) => path !== "seed");
  const hasReplicates = rowsOf(variants, others).length < variants.length;
  const settings = hasReplicates ? others : swept;
  const rows = rowsOf(variants, settings);
  const mean = hasReplicates ? await loadMean() : ownEstimate;
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
async function loadMean(): Promise<Mean> {
  const { replicateMean } = await import("../../measure/replicates.ts");
  return (estimates) =>
    estimates.length === 0 ? undefined : replicateMean(estimates.map(({ value }) => value));
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

function cellEstimates(
  found: readonly VariantCell[],
  mean: Mean,
): Found<CellMeasure>["estimates"] {
  const estimate = (name: CellMeasure): Estimate | undefined => {
    const { of, isShare } = cellMeasures[name];
    const all = mean(found.flatMap((cell) => of(cell) ?? []));
    return isShare ? withinShares(all) : all;
  };
  return {
    meanLogProb: estimate("meanLogProb"),
    logProbPerToken: estimate("logProbPerToken"),
    uniqueShare: estimate("uniqueShare"),
    novelShare: estimate("novelShare"),
    coverage: estimate("coverage"),
    tokensPerTargetCall: estimate("tokensPerTargetCall"),
    acceptanceRate: estimate("acceptanceRate"),
  };
}

/** A share's interval without what no share can be. */
function withinShares(share: Estimate | undefined): Estimate | undefined {
  if (share?.interval === undefined) return share;
  const { low, high } = share.interval;
  return { value: share.value, interval: { low: Math.max(0, low), high: Math.min(1, high) } };
}

function modelSummaries(
  runs: readonly VariantRun[],
  rows: readonly SweepRow[],
  mean: Mean,
): SweepSummary["models"] {
  const names = new Set(runs.flatMap(({ losses }) => losses.map(({ name }) => name)));
  return [...names].map((name) => ({
    name,
    rows: rows.map(({ runs }) => {
      const found = runs.flatMap(({ losses }) => losses.filter((one) => one.name === name));
      return {
        runs: found.length,
        estimates: {
          heldOut: mean(found.flatMap(({ heldOut }) => heldOut?.natsPerToken ?? [])),
          training: mean(found.map(({ training }) => training.natsPerToken)),
        },
      };
    }),
  }));
}
