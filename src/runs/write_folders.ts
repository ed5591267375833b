/**
 * Writes the output folders of runs and sweeps from the results in the store.
 *
 * @module
 */

import { timingsCsv } from "../report/timings_csv.ts";
import { sweepCsv, SWEPT_TABLES, variantsCsv, type VariantTable } from "../report/sweep_csv.ts";
import type { VariantRun } from "../report/sweep/sweep_summary.ts";
import { importInTurn } from "../files/one_import.ts";
import { check, invarianceText } from "../stages/check.ts";
import { foundResults, readCells, readLosses } from "../stages/found_results.ts";
import { DOCUMENT_FILES, report, REPORTED } from "../stages/report.ts";
import { platformVersions } from "../model/onnx/platform.ts";
import type { ReadResult } from "../stages/stage.ts";
import { designOf, type ExperimentData, trainedNames } from "../stages/experiment_data.ts";
import { comparedSearches } from "../measure/compare_cells.ts";
import type { ModelLosses } from "../measure/corpus_loss.ts";
import { loadQuantiles } from "../measure/quantiles.ts";
import { ngramsAmong } from "../measure/standing.ts";
import { type ExperimentTasks, stages } from "../stages/stages.ts";
import { train } from "../stages/train.ts";
import { firstAndCount } from "../text/format.ts";
import { type Manifest, manifestOf } from "./manifest.ts";
import type { OutputFolder } from "./output_folder.ts";
import type { Damage } from "./run_folder.ts";
import type { RunState } from "./run_state.ts";
import type { RunTables } from "./run_tables.ts";
import type { Variant } from "../config/sweep.ts";

/**
 * Checks, before the first step, that the folder of an experiment may be written; throws a
 * `WriteError` that names what in it this program did not write.
 */
export async function claimRunFolder(
  { experiment: { config: { models, report } } }: ExperimentData,
  folder: OutputFolder,
): Promise<void> {
  const trained = models.draft === undefined ? ["target"] : ["target", "draft"];
  const checkpoints = trained.map((model) => `checkpoints/${model}.json`);
  const files = [...REPORTED, ...checkpoints, "samples.csv", "losses.csv", "timings.csv"];
  await folder.claim({ files, charts: report.charts });
}

/** Checks, as {@linkcode claimRunFolder} does, that the folder of a sweep may be written. */
export async function claimSweepFolder(
  runs: readonly ExperimentData[],
  folder: OutputFolder,
): Promise<void> {
  const charts = runs.some(({ experiment: { config } }) => config.report.charts);
  await folder.claim({ files: [...SWEPT_TABLES, "variants.csv", ...DOCUMENT_FILES], charts });
}

/**
 * Says what of the last run in `folder` is damaged; whether it is the run with these results, whole, so
 * that nothing has to be written.
 */
async function isThere(
  folder: OutputFolder,
  stages: Manifest["stages"],
  { options: { fresh, notice } }: RunState,
): Promise<boolean> {
  const damage = await folder.damage();
  for (const line of linesOf(folder, damage)) notice(line);
  if (fresh || damage.length > 0 || !folder.isOf(stages)) return false;
  await folder.removeMarks();
  return true;
}

/** How many files a message names. */
const MOST_NAMED = 8;

/** A line for each kind of damage, which names the files. */
function linesOf(folder: OutputFolder, damage: readonly Damage[]): string[] {
  return [...Map.groupBy(damage, ({ problem }) => problem)].map(([problem, files]) => {
    const names = firstAndCount(files.map(({ name }) => folder.file(name)), MOST_NAMED);
    const pronoun = files.length > 1 ? "they are" : "it is";
    return `${names.join(", ")}: ${problem}; ${pronoun} written again`;
  });
}

/** Writes the manifest, and says which files of earlier runs stay since they are not as written. */
async function finish(
  folder: OutputFolder,
  manifest: Omit<Manifest, "outputs">,
  { options: { notice } }: RunState,
): Promise<void> {
  for (const name of await folder.finish(manifest)) {
    notice(`${folder.file(name)}: an earlier run's, but changed since; it stays`);
  }
}

/** The fate of the files of a run: without a target there are none. */
export type FilesOfRun = "written" | "there, unchanged" | "none";

/** Writes the output folder of an experiment from the results in the store and its `tables`. */
export async function writeRunFolder(
  tasks: ExperimentTasks,
  tables: RunTables,
  folder: OutputFolder,
  state: RunState,
): Promise<FilesOfRun> {
  const [reported] = tasks.of(report);
  if (reported === undefined || state.failure(reported.id) !== undefined) return "none";
  const keys = keysOf(tasks);
  if (await isThere(folder, keys, state)) return "there, unchanged";
  await folder.begin(keys);
  const { read } = state;
  for (const [name, text] of Object.entries(await read(report, reported.id))) {
    await folder.write(name, text);
  }
  for (const { id, model } of foundResults(tasks.data, tasks).models) {
    const { checkpoint } = await read(train, id);
    await folder.write(`checkpoints/${model}.json`, checkpoint);
  }
  await folder.write("samples.csv", tables.samples);
  await folder.write("losses.csv", tables.losses);
  await folder.write("timings.csv", timingsCsv(await tables.timings()));
  const { experiment: { name } } = tasks.data;
  const { failures } = reported;
  await finish(
    folder,
    manifestOf(name, {
      inputs: inputsOf(tasks.data),
      stages: keys,
      failures,
      platform: { ...platformOf(tasks.data), ...await invarianceIn(tasks, state) },
    }),
    state,
  );
  return "written";
}

/** The keys of all results of an experiment, by stage and name. */
export function keysOf(tasks: ExperimentTasks): Record<string, Record<string, string>> {
  // Runs without an onnxruntime check no models, and say nothing of it, as before there was one.
  const own = stages.filter((stage) => stage.name !== check.name || tasks.of(check).length > 0);
  return Object.fromEntries(
    own.map((stage) => [
      stage.name,
      Object.fromEntries(tasks.of(stage).map(({ id }) => [id.name, id.key])),
    ]),
  );
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
  for (const name of SWEPT_TABLES) await folder.write(name, sweepCsv(tables(name)));
  await folder.write("variants.csv", variantsCsv(variants.map(({ variant }) => variant)));
  const files = await sweepFiles(record, variants.map(({ tasks }) => tasks.data), config.report);
  for (const [file, text] of Object.entries(files)) {
    await folder.write(file, text);
  }
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

/** SHA-256 of what `data` was made from: the corpus and the folders of models, where there are any. */
function inputsOf({ corpus, models }: ExperimentData): Manifest["inputs"] {
  const folders = Object.entries(models).flatMap(([name, origin]) =>
    origin.kind === "folder" ? [[name, origin.digest]] : []
  );
  return {
    ...(corpus === undefined ? {} : { corpus: corpus.sha256 }),
    ...Object.fromEntries(folders),
  };
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

/** The versions of the onnxruntime, the processor and the arithmetic that computed models, where any did. */
function platformOf(
  { platform, arithmetic }: Pick<ExperimentData, "platform" | "arithmetic">,
): Manifest["versions"] {
  return {
    ...(arithmetic === undefined ? {} : { arithmetic }),
    ...(platform === undefined ? {} : platformVersions(platform)),
  };
}

/** The arithmetic of those of `variants` that have one, where it is the same in all of these. */
function arithmeticOfAll(variants: readonly VariantTasks[]): Pick<ExperimentData, "arithmetic"> {
  const kinds = new Set(variants.flatMap(({ tasks: { data } }) => data.arithmetic ?? []));
  const [arithmetic] = kinds;
  return kinds.size === 1 && arithmetic !== undefined ? { arithmetic } : {};
}

/** Whether each model computed the same bits in any batch, where that was checked at load. */
async function invarianceIn(
  tasks: ExperimentTasks,
  state: RunState,
): Promise<Manifest["versions"]> {
  const texts: string[] = [];
  for (const { id } of tasks.of(check)) {
    if (state.failure(id) !== undefined) continue;
    texts.push(`${id.name}: ${invarianceText(await state.read(check, id))}`);
  }
  return texts.length === 0 ? {} : { batch_invariance: texts.join("; ") };
}
