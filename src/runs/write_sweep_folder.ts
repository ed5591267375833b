/**
 * Writes the folder of a sweep, which compares its variants, from the results in the store.
 *
 * @module
 */

import type { Variant } from "../config/sweep.ts";
import { importInTurn } from "../files/one_import.ts";
import { comparedSearches } from "../measure/compare_cells.ts";
import type { ModelLosses } from "../measure/corpus_loss.ts";
import { loadQuantiles } from "../measure/quantiles.ts";
import { ngramsAmong } from "../measure/standing.ts";
import { sweepCsv, SWEPT_TABLES, variantsCsv, type VariantTable } from "../report/sweep_csv.ts";
import type { VariantRun } from "../report/sweep/sweep_summary.ts";
import { designOf, type ExperimentData, trainedNames } from "../stages/experiment_data.ts";
import { foundResults, readCells, readLosses } from "../stages/found_results.ts";
import { DOCUMENT_FILES, report } from "../stages/report.ts";
import type { ReadResult } from "../stages/stage.ts";
import type { ExperimentTasks } from "../stages/stages.ts";
import { type Manifest, manifestOf } from "./manifest.ts";
import type { OutputFolder } from "./output_folder.ts";
import type { RunState } from "./run_state.ts";
import { finish, inputsOf, isThere, platformOf } from "./write_run_folder.ts";

/** Checks, as `claimRunFolder` does, that the folder of a sweep may be written. */
export async function claimSweepFolder(
  runs: readonly ExperimentData[],
  folder: OutputFolder,
): Promise<void> {
  const charts = runs.some(({ experiment: { config } }) => config.report.charts);
  await folder.claim({ files: [...SWEPT_TABLES, "variants.csv", ...DOCUMENT_FILES], charts });
}

/** The tasks of one variant of a sweep. */
interface VariantTasks {
  readonly variant: Variant;
  readonly tasks: ExperimentTasks;
}

function variantsOf(runs: readonly ExperimentTasks[]): VariantTasks[] {
  return runs.flatMap((tasks): VariantTasks[] => {
    const { variant } = tasks.data.experiment;
    return variant === undefined ? [] : [{ tasks, variant }];
  });
}

/** The keys of the reports that a sweep compares, by the labels of their variants. */
function reportsOf(variants: readonly VariantTasks[]): Manifest["stages"] {
  return {
    [report.name]: Object.fromEntries(
      variants.flatMap(({ variant, tasks }) =>
        tasks.of(report).map(({ id }) => [variant.label, id.key])
      ),
    ),
  };
}

/** Writes the folder of a sweep, which compares its variants, from the results in the store. */
export async function writeSweepFolder(
  name: string,
  runs: readonly ExperimentTasks[],
  folder: OutputFolder,
  state: RunState,
): Promise<void> {
  const variants = variantsOf(runs);
  const [first] = variants;
  if (first === undefined) return;
  const stages = reportsOf(variants);
  if (await isThere(folder, stages, state)) return;
  const { read } = state;
  const { experiment: { limit, config } } = first.tasks.data;
  const { question } = config.report;
  const trains = variants.some(({ tasks }) => trainedNames(tasks.data).length > 0);
  const record = { name, limit, question, trains, variants: await variantRuns(variants, read) };
  const { sweepFiles } = await importInTurn(() => import("./sweep_files.ts"));
  const tables = await tablesOf(variants, read);
  await folder.begin(stages);
  const files = await sweepFiles(record, variants.map(({ tasks }) => tasks.data), config.report);
  await folder.write([
    ...SWEPT_TABLES.map((name) => [name, sweepCsv(tables(name))] as const),
    ["variants.csv", variantsCsv(variants.map(({ variant }) => variant))],
    ...Object.entries(files),
  ]);
  const failures = variants.flatMap(({ variant, tasks }) =>
    tasks.failures(report).map(({ what, message }) => ({
      what: `${variant.label}: ${what}`,
      message,
    }))
  );
  await finish(
    folder,
    manifestOf(name, {
      inputs: commonInputs(first.tasks.data, variants.map(({ tasks }) => tasks.data)),
      stages,
      failures,
      platform: platformOf({
        ...variants.find(({ tasks }) => tasks.data.platform)?.tasks.data,
        ...arithmeticOfAll(variants),
      }),
    }),
    state,
  );
}

/** The most documents, those of all variants together, whose losses are compared one by one. */
const MOST_DOCUMENTS = 300_000;

/** The results of each variant that did not fail. */
async function variantRuns(
  variants: readonly VariantTasks[],
  read: ReadResult,
): Promise<VariantRun[]> {
  const runs: VariantRun[] = [];
  await loadQuantiles();
  const heldOut = variants.reduce((sum, { tasks: { data } }) => sum + data.split.heldOut.length, 0);
  for (const { variant, tasks } of variants) {
    const found = foundResults(tasks.data, tasks);
    const cells = await readCells(found, read);
    const { data } = tasks;
    runs.push({
      variant,
      cells,
      search: comparedSearches(cells, { prompts: data.prompts, design: designOf(data) }),
      losses: withoutDocuments(await readLosses(found, read), heldOut > MOST_DOCUMENTS),
      failures: tasks.failures(report),
    });
  }
  return runs;
}

/** The losses, document by document only of the trained models, and of none where they are `tooMany`. */
function withoutDocuments(losses: readonly ModelLosses[], tooMany: boolean): ModelLosses[] {
  const counted = ngramsAmong(losses);
  return losses.map((own) => {
    const { byDocument: _, ...losses } = own;
    return tooMany || counted.includes(own) ? losses : own;
  });
}

/** The tables of that name of all variants that have a report. */
async function tablesOf(
  variants: readonly VariantTasks[],
  read: ReadResult,
): Promise<(name: string) => VariantTable[]> {
  const reports = await Promise.all(
    variants.flatMap(({ variant: { label }, tasks }) =>
      tasks.of(report).map(async ({ id }) => ({ variant: label, files: await read(report, id) }))
    ),
  );
  return (name) => reports.map(({ variant, files }) => ({ variant, csv: files[name] ?? "" }));
}

/** The inputs of `first`; of the folders of models those alone that all variants of a sweep have. */
function commonInputs(
  first: ExperimentData,
  variants: readonly ExperimentData[],
): Manifest["inputs"] {
  const all = variants.map(inputsOf);
  return Object.fromEntries(
    Object.entries(inputsOf(first)).filter(([name, sha256]) =>
      name === "corpus" || all.every(({ [name]: own }) => own === sha256)
    ),
  );
}

/** The arithmetic of those of `variants` that have one, where it is the same in all of these. */
function arithmeticOfAll(variants: readonly VariantTasks[]): Pick<ExperimentData, "arithmetic"> {
  const kinds = new Set(variants.flatMap(({ tasks: { data } }) => data.arithmetic ?? []));
  const [arithmetic] = kinds;
  return kinds.size === 1 && arithmetic !== undefined ? { arithmetic } : {};
}
