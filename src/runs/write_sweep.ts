/**
 * The output folder of a sweep: its variants side by side.
 *
 * @module
 */
import type { Variant } from "../config/sweep.ts";
import { sweepCharts } from "../report/sweep/charts.ts";
import { sweepCsv, type VariantTable } from "../report/sweep/csv.ts";
import type { VariantRun } from "../report/sweep/sweep_record.ts";
import { sweepReport } from "../report/sweep/report.ts";
import { summarizeSweep } from "../report/sweep/sweep_summary.ts";
import { drawn } from "../stages/drawn_charts.ts";
import { manifestOf } from "./manifest.ts";
import type { OutputFolder } from "./output_folder.ts";
import {
  type MadeRun,
  measuredCells,
  readAllLosses,
  reportFiles,
  reportId,
} from "../stages/report_files.ts";
import type { Session } from "./run_state.ts";

/** A run of one variant. */
interface VariantOfRun extends MadeRun {
  readonly variant: Variant;
}

/** Leaves the summary of `runs`, one for each variant, in `folder`. */
export async function summarize(
  name: string,
  runs: readonly MadeRun[],
  folder: OutputFolder,
  session: Session,
): Promise<void> {
  const variants = runs.flatMap((run): VariantOfRun[] => {
    const { variant } = run.prepared.experiment;
    return variant === undefined ? [] : [{ ...run, variant }];
  });
  const [first] = variants;
  if (first === undefined) return;
  const stages = {
    report: Object.fromEntries(variants.map((run) => [run.variant.label, reportId(run).key])),
  };
  if (!session.options.fresh && await folder.holds(stages)) return;
  const { limit } = first.prepared.experiment;
  const record = { name, limit, variants: await variantRuns(variants, session) };
  const summary = await summarizeSweep(record);
  const specified = charts(first) ? sweepCharts(summary) : [];
  const tables = await tablesOf(variants, session);
  await folder.write("results.csv", sweepCsv(tables("results.csv")));
  await folder.write("models.csv", sweepCsv(tables("models.csv")));
  for (const [file, svg] of Object.entries(await drawn(specified))) await folder.write(file, svg);
  await folder.write("report.md", sweepReport(summary, specified));
  const failures = variants.flatMap(({ variant, failures }) =>
    failures.map(({ what, message }) => ({ what: `${variant.label}: ${what}`, message }))
  );
  await folder.finish(manifestOf(name, { corpus: first.prepared.corpus.sha256, stages, failures }));
}

function charts({ prepared: { experiment } }: MadeRun): boolean {
  return experiment.config.report.charts;
}

/** What each variant has found out, as far as it could be had. */
async function variantRuns(
  variants: readonly VariantOfRun[],
  session: Session,
): Promise<VariantRun[]> {
  const runs: VariantRun[] = [];
  for (const { variant, ids, failures } of variants) {
    const cells = await measuredCells(ids, session);
    runs.push({ variant, cells, losses: await readAllLosses(ids, session), failures });
  }
  return runs;
}

/** The tables of that name of all variants that have a report. */
async function tablesOf(
  variants: readonly VariantOfRun[],
  session: Session,
): Promise<(name: string) => VariantTable[]> {
  const reported = variants.filter(({ ids }) => session.failure(ids.train.target) === undefined);
  const files = await Promise.all(reported.map((run) => reportFiles(run, session)));
  return (name) =>
    reported.map(({ variant }, i): VariantTable => ({ variant, csv: files[i]?.[name] ?? "" }));
}
