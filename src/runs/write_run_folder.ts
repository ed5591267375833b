/**
 * Writes the output folder of a run from the results in the store.
 *
 * @module
 */

import { timingsCsv } from "../report/timings_csv.ts";
import { check, invarianceText } from "../stages/check.ts";
import { foundResults } from "../stages/found_results.ts";
import { report, REPORTED } from "../stages/report.ts";
import { platformVersions } from "../model/onnx/platform.ts";
import type { ExperimentData } from "../stages/experiment_data.ts";
import { type ExperimentTasks, stages } from "../stages/stages.ts";
import { train } from "../stages/train.ts";
import { firstAndCount } from "../text/format.ts";
import { type Manifest, manifestOf } from "./manifest.ts";
import type { NamedContent, OutputFolder } from "./output_folder.ts";
import type { Damage } from "./run_folder.ts";
import type { RunState } from "./run_state.ts";
import type { RunTables } from "./run_tables.ts";
import type { ResultRef } from "../store/stored_result.ts";

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

/**
 * Says what of the last run in `folder` is damaged; whether it is the run with these results, whole, so
 * that nothing has to be written.
 */
export async function isThere(
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
export async function finish(
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
  await folder.write(filesOf(tasks, reported.id, tables, state));
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

/** The files of an experiment, by name: its report's, its checkpoints and its `tables`. */
async function* filesOf(
  tasks: ExperimentTasks,
  reported: ResultRef,
  tables: RunTables,
  { read }: RunState,
): AsyncGenerator<NamedContent> {
  yield* Object.entries(await read(report, reported));
  for (const { id, model } of foundResults(tasks.data, tasks).models) {
    yield [`checkpoints/${model}.json`, (await read(train, id)).checkpoint];
  }
  yield ["samples.csv", tables.samples];
  yield ["losses.csv", tables.losses];
  yield ["timings.csv", timingsCsv(await tables.timings())];
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

/** SHA-256 of what `data` was made from: the corpus and the folders of models, where there are any. */
export function inputsOf({ corpus, models }: ExperimentData): Manifest["inputs"] {
  const folders = Object.entries(models).flatMap(([name, origin]) =>
    origin.kind === "folder" ? [[name, origin.digest]] : []
  );
  return {
    ...(corpus === undefined ? {} : { corpus: corpus.sha256 }),
    ...Object.fromEntries(folders),
  };
}

/** The versions of the onnxruntime, the processor and the arithmetic that computed models, where any did. */
export function platformOf(
  { platform, arithmetic }: Pick<ExperimentData, "platform" | "arithmetic">,
): Manifest["versions"] {
  return {
    ...(arithmetic === undefined ? {} : { arithmetic }),
    ...(platform === undefined ? {} : platformVersions(platform)),
  };
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
