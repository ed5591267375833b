/**
 * Jobs of groups of tasks: which of them are to be run, and on how many threads each.
 *
 * @module
 */
import type { Stage, StageTask } from "../stages/stage.ts";
import { describeResult, stageNamed, type TaskGroup } from "../stages/stages.ts";
import type { ResultRef } from "../store/stored_result.ts";
import type { Job } from "../threads/task_scheduler.ts";
import type { RunState } from "./run_state.ts";

/** The results that could not be computed, each with its error. */
export interface Failures {
  /** Why a result is missing, if its computation failed. */
  failure(ref: ResultRef): Error | undefined;
  /** Records that a result failed. */
  fail(ref: ResultRef, error: Error): void;
}

/** Marks those of `tasks` whose needs have failed as failed, too. */
export function failDependents(tasks: Iterable<StageTask>, failures: Failures): void {
  for (const { id, needs } of tasks) {
    const failed = needs.find((need) => failures.failure(need) !== undefined);
    if (failed === undefined || failures.failure(id) !== undefined) continue;
    failures.fail(id, new Error(`the ${describeResult(failed)} failed`));
  }
}

/** The groups with those of their tasks that are to be run, each task once. */
export async function lackingGroups(
  groups: readonly TaskGroup[],
  state: RunState,
): Promise<TaskGroup[]> {
  const seen = new Set<string>();
  const lacking: TaskGroup[] = [];
  for (const { data, tasks } of groups) {
    const own: StageTask[] = [];
    for (const task of tasks) {
      const { id } = task;
      if (seen.has(id.key) || state.failure(id) !== undefined) continue;
      seen.add(id.key);
      if (!await state.has(id)) own.push(task);
    }
    const [first, ...rest] = own;
    if (first !== undefined) lacking.push({ data, tasks: [first, ...rest] });
  }
  return lacking;
}

/**
 * Those of `groups` that can be run whatever else still runs: they need no result, load no model and run on
 * worker threads beside others.
 */
export function groupsThatNeedNothing(groups: readonly TaskGroup[]): TaskGroup[] {
  return groups.filter(({ tasks }) =>
    tasks.every((task) => {
      const { runsOnMain, runsAlone } = stageNamed(task.id.stage);
      return !runsOnMain && !runsAlone && task.needs.length === 0 && !loadsModels(task);
    })
  );
}

/**
 * Threads in proportion to the time that each job is estimated to take, as far as it can use them; the
 * longest first. A job that runs alone has all of them, and one on the thread of the run itself that one.
 *
 * @internal
 */
export function shareThreads(groups: readonly TaskGroup[], threads: number, turn = 0): Job[] {
  const loads = groups.map(({ data, tasks }) => {
    const [task] = tasks;
    const stage = stageNamed(task.id.stage);
    const workload = stage.workload?.(task, data);
    const place = placeOf(stage, { data, tasks }, threads);
    return {
      data,
      tasks,
      turn,
      place,
      shares: stage.shares?.(task),
      seconds: workload?.seconds ?? 1,
      parts: place === "main thread" ? 1 : workload?.parts ?? threads,
    };
  });
  const total = loads.reduce((sum, { seconds }) => sum + seconds, 0);
  return loads.toSorted((a, b) => b.seconds - a.seconds).map(
    ({ seconds, parts, ...job }): Job => ({
      ...job,
      threads: job.place === "alone" || job.place === "alone but for the main thread"
        ? threads
        : Math.max(1, Math.min(parts, Math.round(threads * seconds / total))),
    }),
  );
}

/** Where the tasks of a group run. */
function placeOf(stage: Stage, { data, tasks }: TaskGroup, threads: number): Job["place"] {
  if (stage.runsOnMain === true) return "main thread";
  if (threads > 1 && stage.leavesThread?.(tasks[0], data, threads) === true) {
    return "alone but for the main thread";
  }
  // A model of onnxruntime is large: one thread loads it, once, and its session has all threads.
  const loads = data.platform !== undefined && tasks.some(loadsModels);
  return stage.runsAlone === true || loads ? "alone" : "beside others";
}

/** Whether computing a task loads a model. */
function loadsModels(task: StageTask): boolean {
  const models = stageNamed(task.id.stage).models?.(task) ?? [];
  return models.length > 0;
}
