/**
 * Whole runs: the results that the store lacks are computed, and then the output folders written.
 *
 * @module
 */
import type { Failure } from "../report/run/run_record.ts";
import type { Timing } from "../report/timings_csv.ts";
import type { ExperimentData } from "../stages/experiment_data.ts";
import { measure } from "../stages/measure.ts";
import { report } from "../stages/report.ts";
import type { StageTask } from "../stages/stage.ts";
import { describeResult, type ExperimentTasks, stages } from "../stages/stages.ts";
import { train } from "../stages/train.ts";
import { LostResultError, type Store } from "../store/store.ts";
import type { OutputFolder } from "./output_folder.ts";
import { PlanError, type PlanTask } from "./plan_file.ts";
import type { PlanRows } from "./plan_rows.ts";
import { oneTextTimings, RunTables, TablesAhead } from "./run_tables.ts";
import { runPhases, runTask } from "./run_phases.ts";
import { type RunOptions, RunState } from "./run_state.ts";
import { claimRunFolder, keysOf, writeRunFolder } from "./write_run_folder.ts";
import { claimSweepFolder, writeSweepFolder } from "./write_sweep_folder.ts";

/** An experiment, and where its results go. */
export interface PlannedRun {
  /** The experiment. */
  readonly data: ExperimentData;
  /** The folder. */
  readonly folder: OutputFolder;
}

/** The runs of one config. */
export interface PlannedSweep {
  /** One, or one for each variant. */
  readonly runs: readonly PlannedRun[];
  /** The name of the sweep, and the folder that compares its variants. */
  readonly summary?: { readonly name: string; readonly folder: OutputFolder };
}

/** How many results there are of a kind. */
export interface ResultCounts {
  /** Results in all. */
  readonly all: number;
  /** Those that were computed by this call, and not reused. */
  readonly recomputed: number;
  /** Those that failed. */
  readonly failed: number;
}

/** The end of a run. */
export interface RunResult extends PlannedRun {
  /** The results that failed. */
  readonly failures: readonly Failure[];
  /** Whether files were written: not if they were there, unchanged, nor without a target. */
  readonly written: boolean;
  /** Whether the files in its folder are its own, written now or there, unchanged: not without a target. */
  readonly hasFiles: boolean;
  /** Its trained models. */
  readonly models: ResultCounts;
  /** How many models it used that it did not train. */
  readonly otherModels: number;
  /** Its cells. */
  readonly cells: ResultCounts;
  /** Samples in all cells that did not fail. */
  readonly samples: number;
  /** How long speculation took at one text at a time: none where nothing speculates. */
  readonly timings: readonly Timing[];
}

/** The end of a sweep. */
export interface SweepResult {
  /** The end of each run. */
  readonly runs: readonly RunResult[];
  /** The folder that compares the variants. */
  readonly summary?: OutputFolder;
}

/**
 * Runs all of `sweeps`; throws a `WriteError` before the first step where a folder has files that this
 * program did not write under names that it would. A result is computed once, however many runs need it.
 */
export async function runSweeps(
  sweeps: readonly PlannedSweep[],
  options: RunOptions,
): Promise<SweepResult[]> {
  const folders = new Map(
    sweeps.flatMap(({ runs }) => runs).map(({ data, folder }) => [data, folder]),
  );
  let begun: TablesAhead | undefined;
  const state = new RunState(options, {
    begin: async (data) => {
      await folders.get(data)?.markBegun(keysOf(state.tasksOf(data)));
    },
    // Tables that the report does not have are made while speculation is still timed.
    computed: ({ stage }, data) => {
      if (stage === report.name) begun?.begin(data);
    },
  });
  await claimFolders(sweeps, options.store);
  for (;;) {
    const tasks = new Map(
      sweeps.flatMap(({ runs }) => runs).map((run) => [run, state.tasksOf(run.data)]),
    );
    const ahead = begun = new TablesAhead([...tasks.values()], state);
    try {
      await runPhases([...tasks.values()], state);
      return await writeFolders(sweeps, tasks, state, (own) => ahead.of(own));
    } catch (error) {
      // A result that was expected in the store is gone or damaged: now it is recomputed.
      if (!(error instanceof LostResultError)) throw error;
      state.lose(error);
    } finally {
      ahead.stop();
    }
  }
}

/**
 * Checks that the folders of `sweeps` and of `store` may be written; throws a `WriteError` that names
 * what in them this program did not write.
 */
export async function claimFolders(sweeps: readonly PlannedSweep[], store: Store): Promise<void> {
  await store.checkFolders(stages.map(({ name }) => name));
  for (const { runs, summary } of sweeps) {
    if (summary !== undefined) {
      await claimSweepFolder(runs.map(({ data }) => data), summary.folder);
    }
    for (const { data, folder } of runs) await claimRunFolder(data, folder);
  }
}

/**
 * Computes one task of a plan, whose needs must be in the store, and stores its result; whether it had
 * to. Throws a {@linkcode PlanError} where a need is missing, and what the task throws.
 */
export async function runPlannedTask(
  rows: PlanRows,
  { data, task, row }: PlanTask,
  options: RunOptions,
): Promise<boolean> {
  const state = new RunState(options);
  await options.store.checkFolders(stages.map(({ name }) => name));
  if (await state.has(task.id)) return false;
  const missing = (reason: string): PlanError =>
    new PlanError(`cannot run task ${row.number} (${describeResult(task.id)}): ${reason}`);
  for (const number of row.needs) {
    const need = rows.at(number);
    if (await options.store.has(need)) continue;
    throw missing(`it needs the result of task ${number} (${describeResult(need)})`);
  }
  try {
    await runTask(data, task, state);
    return true;
  } catch (error) {
    if (error instanceof LostResultError) throw missing(error.message);
    throw error;
  }
}

/** The folders of fewer runs are written at once. */
const MANY_RUNS = 20;

/**
 * Writes the folders of `sweeps` from the results of `tasks` in the store, with the tables that `tablesOf`
 * gives; throws a `LostResultError` where a result is gone.
 */
export async function writeFolders(
  sweeps: readonly PlannedSweep[],
  tasks: ReadonlyMap<PlannedRun, ExperimentTasks>,
  state: RunState,
  tablesOf = (own: ExperimentTasks): RunTables => new RunTables(own, state),
): Promise<SweepResult[]> {
  const results: SweepResult[] = [];
  const { signal, progress } = state.options;
  const isLong = tasks.size >= MANY_RUNS;
  if (isLong) progress.begin("writing folders", tasks.size, "runs");
  let written = 0;
  for (const { runs, summary } of sweeps) {
    const own: RunResult[] = [];
    const planned = runs.flatMap((run) => tasks.get(run) ?? []);
    for (const [i, run] of runs.entries()) {
      signal.throwIfAborted();
      const experiment = planned[i];
      if (experiment !== undefined) {
        own.push(await writeRun(run, experiment, tablesOf(experiment), state));
      }
      if (isLong) progress.advance(++written, 0);
    }
    if (summary !== undefined) {
      await writeSweepFolder(summary.name, planned, summary.folder, state);
    }
    results.push(summary === undefined ? { runs: own } : { runs: own, summary: summary.folder });
  }
  if (isLong) progress.end();
  return results;
}

async function writeRun(
  run: PlannedRun,
  tasks: ExperimentTasks,
  tables: RunTables,
  state: RunState,
): Promise<RunResult> {
  const files = await writeRunFolder(tasks, tables, run.folder, state);
  const heads = await Promise.all(
    tasks.of(measure).map(({ id }) => state.options.store.head(id)),
  );
  const measured = tasks.of(measure);
  // A cell whose samples were drawn, but could not be measured, failed.
  const whole = measured.filter(({ id }) => state.failure(id) === undefined);
  return {
    ...run,
    failures: tasks.failuresOf(stages),
    written: files === "written",
    hasFiles: files !== "none",
    models: countsOf(tasks.of(train), state),
    otherModels: modelCount(tasks.data) - tasks.of(train).length,
    cells: {
      all: measured.length,
      recomputed: whole.filter(({ samples }) => state.recomputed(samples)).length,
      failed: measured.length - whole.length,
    },
    samples: heads.reduce((sum, head) => sum + (head?.effort.count ?? 0), 0),
    timings: await oneTextTimings(tasks, state),
  };
}

/** How many models an experiment has, trained or not. */
function modelCount({ experiment: { config: { models } } }: ExperimentTasks["data"]): number {
  return models.draft === undefined ? 1 : 2;
}

function countsOf(tasks: readonly StageTask[], state: RunState): ResultCounts {
  return {
    all: tasks.length,
    recomputed: tasks.filter(({ id }) => state.recomputed(id)).length,
    failed: tasks.filter(({ id }) => state.failure(id) !== undefined).length,
  };
}
