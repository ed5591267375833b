/**
 * Plans are written: every run frozen, every task with what it needs and about how much time and memory
 * it takes.
 *
 * @module
 */
import { dirname, resolve } from "node:path";
import { IN_PROJECT } from "../config/named_files.ts";
import { isHubName } from "../data/hub_source.ts";
import { kindIn } from "../files/kind.ts";
import type { Place } from "../files/place.ts";
import { writeError, writeWhole } from "../files/write_whole.ts";
import type { ExperimentData, FrozenExperiment } from "../stages/experiment_data.ts";
import { ExperimentTasks } from "../stages/stages.ts";
import type { Store } from "../store/store.ts";
import { KnownResults } from "./known_results.ts";
import { ownVersions, type PlannedExperiment } from "./plan_content.ts";
import { PlanEstimates } from "./plan_estimates.ts";
import type { PlanSweep } from "./plan_file.ts";
import { PlanRows } from "./plan_rows.ts";
import { BEGINNING, beginningOf, planBytes } from "./plan_text.ts";
import type { ProgramFiles } from "./program_files.ts";

/**
 * Checks that a plan may be written to `place`: there is nothing, or an earlier plan, and of the folders
 * that it lies in at most the last one is to be made. Throws a `WriteError`.
 */
export async function checkPlanPlace({ shown, path }: Place): Promise<void> {
  const expected = "expected nothing there, or an earlier plan, found";
  const info = await Deno.lstat(path).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw writeError(shown, error);
  });
  if (info === undefined) {
    const above = dirname(dirname(path));
    if (await isAbsentAt(above)) {
      throw writeError(shown, new Error(`make the folder ${above} first`));
    }
    return;
  }
  if (!info.isFile) {
    throw writeError(shown, `${expected} ${kindIn(info)}`);
  }
  if (!(await beginningOf(path)).includes(BEGINNING)) {
    throw writeError(shown, `${expected} another file`);
  }
}

async function isAbsentAt(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => false, (error) => error instanceof Deno.errors.NotFound);
}

/** How to write a plan. */
export interface WriteOptions {
  /** The store, whose results tell how long similar ones take. */
  readonly store: Store;
  /** The files of the program. */
  readonly program: ProgramFiles;
}

/** Writes the plan of `sweeps` to `file`; its rows. Throws a `WriteError`. */
export async function writePlan(
  file: string,
  sweeps: readonly PlanSweep[],
  { store, program }: WriteOptions,
): Promise<PlanRows> {
  const rows = new PlanRows();
  const runs = sweeps.flatMap(({ parts }) => parts.map(({ data }) => data));
  await writeWhole(
    file,
    planBytes({
      head: { versions: ownVersions(), program },
      sweeps: sweeps.map(({ name, folder, parts }) => ({
        name,
        folder,
        runs: parts.map(({ data, folder }): PlannedExperiment => ({ folder, ...frozen(data) })),
      })),
      tasks: taskLines(runs, rows, KnownResults.in(store)),
    }),
  );
  return rows;
}

/** The lines of the tasks of each of `runs`, which are added to `rows`. */
async function* taskLines(
  runs: readonly ExperimentData[],
  rows: PlanRows,
  known: KnownResults,
): AsyncGenerator<readonly string[]> {
  const estimates = new PlanEstimates(runs, known);
  for (const [run, data] of runs.entries()) {
    const of = estimates.of(data);
    const lines: string[] = [];
    // Most needs are of this run, and a map knows a text that it was asked for before at once.
    const numbers = new Map<string, number>();
    const numberOf = (key: string): number => {
      const number = numbers.get(key) ?? rows.numberOf(key) ?? 0;
      numbers.set(key, number);
      return number;
    };
    for (const task of new ExperimentTasks(data).inOrderOfWork([])) {
      const { id: { stage, name, key }, needs: refs } = task;
      if (rows.numberOf(key) !== undefined) continue;
      const needs = refs.map(({ key }) => numberOf(key));
      const [seconds, memory] = [await of.seconds(task), of.memory(task)];
      rows.add({ run, stage, name, key, needs, seconds, memory });
      lines.push(JSON.stringify([rows.length, run, stage, name, key, needs, seconds, memory]));
    }
    yield lines;
  }
}

/** An experiment as a plan holds it: paths outside the project are absolute. */
function frozen(
  { experiment, configText, corpus, platform, arithmetic, models }: ExperimentData,
): FrozenExperiment {
  const folders = Object.entries(models).flatMap(([name, origin]) => {
    if (origin.kind !== "folder") return [];
    const { path, digest } = origin;
    const isPortable = path.startsWith(IN_PROJECT) || isHubName(path);
    return [[name, { path: isPortable ? path : resolve(path), digest }]];
  });
  return {
    experiment,
    configText,
    ...(corpus === undefined ? {} : { corpus: frozenCorpus(corpus) }),
    ...(folders.length === 0 ? {} : { folders: Object.fromEntries(folders) }),
    ...(platform === undefined ? {} : { platform }),
    ...(arithmetic === undefined ? {} : { arithmetic }),
  };
}

function frozenCorpus({ source, sha256 }: NonNullable<FrozenExperiment["corpus"]>) {
  const isPortable = !("path" in source) || source.path.startsWith(IN_PROJECT);
  return { source: isPortable ? source : { path: resolve(source.path) }, sha256 };
}
