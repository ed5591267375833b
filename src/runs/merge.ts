/**
 * Merging: the output folders of a plan are written from results that other processes have left in
 * the store, through the same code as those of a run. Only reports are computed here, as far as they are
 * lacking, and measures of runs that are incomplete.
 *
 * @module
 */
import { tasksText } from "../model/onnx/platform.ts";
import { onnxRuntime, OnnxRuntimeError } from "../model/onnx/runtime.ts";
import { type Arithmetic, ArithmeticError, processorArithmetic } from "../model/simd/arithmetic.ts";
import type { ExperimentData } from "../stages/experiment_data.ts";
import { measure } from "../stages/measure.ts";
import { ExperimentTasks, phases, stageNamed, stages, type TaskGroup } from "../stages/stages.ts";
import { time } from "../stages/time.ts";
import { report } from "../stages/report.ts";
import type { ResultRef } from "../store/stored_result.ts";
import type { Store } from "../store/store.ts";
import { claimFolders, type PlannedSweep, type SweepResult, writeFolders } from "./run.ts";
import { ComputingThreads } from "../threads/computing_threads.ts";
import { failDependents } from "./jobs.ts";
import { compute, phaseOf, runPhases } from "./run_phases.ts";
import { type RunOptions, RunState } from "./run_state.ts";
import { keysOf } from "./write_run_folder.ts";

/** A task of a plan, as far as it takes to ask the store for its result. */
export interface PlannedTask extends ResultRef {
  /** Its number. */
  readonly number: number;
  /** The numbers of the tasks that it needs, which come before it. */
  readonly needs: readonly number[];
}

/** What the store and the records of failures say of the tasks of a plan. */
export interface Standing {
  /** The tasks whose results are neither there nor known to have failed. */
  readonly missing: readonly PlannedTask[];
  /** Why tasks failed, by the keys of their results: those that ran, without those that need them. */
  readonly failed: ReadonlyMap<string, string>;
}

/** Results that are looked for at once. */
const AT_ONCE = 32;

/** How to look for results. */
export interface StandingOptions
  extends Pick<RunOptions, "store" | "signal" | "progress" | "notice"> {
  /** The failures of the tasks when they last ran, by the keys of their results. */
  readonly failures: ReadonlyMap<string, { readonly message: string }>;
}

/**
 * Looks for the results of `tasks`, each of which comes after those that it needs. Reports are left out:
 * what they depend on includes the failures. A result that is there counts, whatever failed before; a
 * damaged one is set aside, and is missing.
 */
export async function standingOf(
  tasks: Iterable<PlannedTask> & { readonly length: number },
  { store, failures, signal, progress, notice }: StandingOptions,
): Promise<Standing> {
  const missing: PlannedTask[] = [];
  const failed = new Map<string, string>();
  /** The tasks that failed, and those that need them. */
  const lost = new Set<number>();
  const isLong = tasks.length >= MANY;
  if (isLong) progress.begin("looking for results", tasks.length, "results");
  let looked = 0;
  for (const some of inParts(tasks)) {
    signal.throwIfAborted();
    const asked = some.filter(({ stage }) => stage !== report.name);
    const isThere = await Promise.all(asked.map((task) => isWhole(store, task, notice)));
    for (const [i, task] of asked.entries()) {
      const failure = failures.get(task.key);
      if (task.needs.some((number) => lost.has(number))) lost.add(task.number);
      else if (isThere[i] === true) continue;
      else if (failure === undefined) missing.push(task);
      else {
        lost.add(task.number);
        failed.set(task.key, failure.message);
      }
    }
    looked += some.length;
    if (isLong) progress.advance(looked, 0);
  }
  if (isLong) progress.end();
  return { missing, failed };
}

/** The progress of looking for fewer results is not worth showing. */
const MANY = 10_000;

/** `tasks`, as many at a time as are looked for at once. */
function* inParts<Task>(tasks: Iterable<Task>): Generator<Task[]> {
  let part: Task[] = [];
  for (const task of tasks) {
    part.push(task);
    if (part.length < AT_ONCE) continue;
    yield part;
    part = [];
  }
  yield part;
}

/** Whether `store` has a result; a damaged one is set aside, which `notice` is told. */
async function isWhole(
  store: Store,
  { stage, name, key }: ResultRef,
  notice: (message: string) => void,
): Promise<boolean> {
  const ref = { stage, name, key };
  const { state } = await store.find(ref);
  if (state === "damaged") {
    const damaged = await store.setAsideIfDamaged(ref);
    if (damaged !== undefined) notice(damaged.message);
  }
  return state === "whole";
}

/** The phase of reports: all that a merge computes. */
const REPORTS = phases.filter(([first]) => first?.name === report.name);

/**
 * Writes the folders of `sweeps`, whose results are in the store but for those that `failed`, by key
 * and message, and for reports, which are computed as far as they are lacking. The files are those of a
 * run of `sweeps`, byte for byte, but for `timings.csv`. Throws a `WriteError` before anything is
 * written where a folder has files that this program did not write, and a `LostResultError`
 * where the store turns out not to have a result.
 */
export async function mergeSweeps(
  sweeps: readonly PlannedSweep[],
  failed: ReadonlyMap<string, string>,
  options: RunOptions,
): Promise<SweepResult[]> {
  const runs = sweeps.flatMap(({ runs }) => runs);
  const folders = new Map(runs.map(({ data, folder }) => [data, folder]));
  const state = new RunState(options, {
    begin: async (data) => {
      await folders.get(data)?.markBegun(keysOf(state.tasksOf(data)));
    },
  });
  for (const [key, message] of failed) state.fail({ key }, new Error(message));
  await claimFolders(sweeps, options.store);
  const tasks = new Map(runs.map((run) => [run, state.tasksOf(run.data)]));
  for (const own of tasks.values()) {
    for (const stage of stages) failDependents(own.of(stage), state);
  }
  const incomplete = [...tasks].filter(([, own]) => own.failuresOf(stages).length > 0);
  await computeOthers(incomplete.map(([, own]) => own), state);
  for (const [{ data, folder }, own] of incomplete) {
    // A run that fails before it has a report leaves the mark of what it needs.
    if (own.of(report).length > 0) continue;
    await folder.markBegun(keysOf(new ExperimentTasks(data)));
  }
  await runPhases([...tasks.values()], state, REPORTS);
  return await writeFolders(sweeps, tasks, state);
}

/**
 * Where something failed, a run has other results than its plan says: it measures its cells without the
 * loss of an n-gram model that failed, and times the cells that did not fail. Such measures are computed
 * here. Such timings are left out, since this machine may be another than those that the others are of.
 */
async function computeOthers(
  experiments: readonly ExperimentTasks[],
  state: RunState,
): Promise<void> {
  const threads = new ComputingThreads(state.options.store);
  try {
    const groups = experiments.flatMap((tasks) =>
      tasks.of(measure).map((task): TaskGroup => ({ data: tasks.data, tasks: [task] }))
    );
    await checkMachine(groups, state);
    await compute([phaseOf(measure, () => groups)], state, { runner: threads });
  } finally {
    threads.close();
  }
  for (const { id } of experiments.flatMap((tasks) => tasks.of(time))) {
    if (state.failure(id) === undefined && !await state.has(id)) state.leaveOut(id);
  }
}

/**
 * Throws an {@linkcode OnnxRuntimeError} or an {@linkcode ArithmeticError} where a measure is lacking
 * that this machine cannot compute.
 */
async function checkMachine(groups: readonly TaskGroup[], state: RunState): Promise<void> {
  for (const { data, tasks } of groups) {
    const problem = machineProblem(data);
    if (problem === undefined) continue;
    for (const task of tasks) {
      const models = stageNamed(task.id.stage).models?.(task) ?? [];
      if (models.length === 0 || state.failure(task.id) !== undefined || await state.has(task.id)) {
        continue;
      }
      throw problem(`cannot measure ${task.id.name}`);
    }
  }
}

/** The error of what a machine like this cannot do with the models of `data`; `undefined` if it can. */
export function machineProblem(
  { platform, arithmetic }: Pick<ExperimentData, "platform" | "arithmetic">,
  processor?: Arithmetic,
): ((cannot: string) => Error) | undefined {
  if (platform !== undefined && onnxRuntime() === undefined) {
    return (cannot) =>
      new OnnxRuntimeError(
        `${cannot} without an onnxruntime, where something else failed; run the ` +
          `plan with ${tasksText("run")} and --plan, which writes its folders, too`,
      );
  }
  if (arithmetic !== "fused" || (processor ?? processorArithmetic()) === "fused") return undefined;
  return (cannot) =>
    new ArithmeticError(
      `${cannot} without fused arithmetic, where something else failed; merge the plan on a machine ` +
        "whose processor has it",
    );
}
