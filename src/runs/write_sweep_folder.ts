import type { Variant } from "../config/variant.ts";
import { sweepCsv, type VariantTable } from "../report/csv.ts";
import { sweepCharts } from "../report/sweep/charts.ts";
import { sweepReport } from "../report/sweep/report.ts";
import { summarizeSweep, type VariantRun } from "../report/sweep/sweep_summary.ts";
import {
  drawCharts,
  foundResults,
  readComparedCells,
  readLosses,
  report,
} from "../stages/report.ts";
import type { ReadResult } from "../stages/stage.ts";
import type { ExperimentTasks } from "../stages/stages.ts";
import { manifestOf } from "./manifest.ts";
import type { OutputFolder } from "./output_folder.ts";
import type { RunState } from "./run_state.ts";
import { reader } from "./write_run_folder.ts";

/** The tasks of one variant of a sweep. */
interface VariantTasks {
  readonly variant: Variant;
  readonly tasks: ExperimentTasks;
}

/** Writes the folder of a sweep, which compares its variants, from the results in the store. */
export async function writeSweepFolder(
  name: string,
  runs: readonly ExperimentTasks[],
  folder: OutputFolder,
  state: RunState,
): Promise<void> {
  const variants = runs.flatMap((tasks): VariantTasks[] => {
    const { variant } = tasks.data.experiment;
    return variant === undefined ? [] : [{ tasks, variant }];
  });
  const [first] = variants;
  if (first === undefined) return;
  const stages = {
    [report.name]: Object.fromEntries(
      variants.flatMap(({ variant, tasks }) =>
        tasks.of(report).map(({ id }) => [variant.label, id.key])
      ),
    ),
  };
  if (!state.options.fresh && await folder.holds(stages)) return;
  const read = reader(state);
  const { experiment: { limit, config }, corpus } = first.tasks.data;
  const record = { name, limit, variants: await variantRuns(variants, read) };
  const summary = await summarizeSweep(record);
  const specified = config.report.charts ? sweepCharts(summary) : [];
  const tables = await tablesOf(variants, read);
  await folder.write("results.csv", sweepCsv(tables("results.csv")));
  await folder.write("models.csv", sweepCsv(tables("models.csv")));
  for (const [file, svg] of Object.entries(await drawCharts(specified))) {
    await folder.write(file, svg);
  }
  await folder.write("report.md", sweepReport(summary, specified));
  const failures = variants.flatMap(({ variant, tasks }) =>
    tasks.failures(report).map(({ what, message }) => ({
      what: `${variant.label}: ${what}`,
      message,
    }))
  );
  await folder.finish(manifestOf(name, { corpus: corpus.sha256, stages, failures }));
}

/** What each variant has found out, without what failed. */
async function variantRuns(
  variants: readonly VariantTasks[],
  read: ReadResult,
): Promise<VariantRun[]> {
  const runs: VariantRun[] = [];
  for (const { variant, tasks } of variants) {
    const found = foundResults(tasks);
    const { cells } = await readComparedCells(found, tasks.data, read);
    runs.push({
      variant,
      cells,
      losses: await readLosses(found, read),
      failures: tasks.failures(report),
    });
  }
  return runs;
}

/** The tables of that name of all variants that have a report. */
async function tablesOf(
  variants: readonly VariantTasks[],
  read: ReadResult,
): Promise<(name: string) => VariantTable[]> {
  const reports = await Promise.all(
    variants.flatMap(({ variant, tasks }) =>
      tasks.of(report).map(async ({ id }) => ({ variant, files: await read(report, id) }))
    ),
  );
  return (name) => reports.map(({ variant, files }) => ({ variant, csv: files[name] ?? "" }));
}
