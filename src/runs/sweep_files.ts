/**
 * The report of a sweep. Importing this takes long: only the writing of a sweep does so.
 *
 * @module
 */
import { sweepCharts } from "../report/sweep/charts.ts";
import { sweepDocument } from "../report/sweep/document.ts";
import { summarizeSweep, type SweepRecord } from "../report/sweep/sweep_summary.ts";
import type { ExperimentData } from "../stages/experiment_data.ts";
import { citedIn, reportFiles } from "../stages/written_report.ts";

/** The files of the report on a sweep over `experiments`. */
export async function sweepFiles(
  sweep: SweepRecord,
  experiments: readonly ExperimentData[],
  { charts }: { readonly charts: boolean },
): Promise<Record<string, string>> {
  const summary = await summarizeSweep(sweep);
  const shown = charts ? sweepCharts(summary) : [];
  return await reportFiles(sweepDocument(summary, shown, citedIn(experiments)), shown);
}
