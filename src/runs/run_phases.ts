/**
 * Computes the results that the store lacks, phase by phase: each stage's tasks together with those
 * of the stages that follow it.
 *
 * @module
 */
import type { ExperimentData } from "../stages/experiment_data.ts";
import type { Stage, StageTask } from "../stages/stage.ts";
import {
  describeResult,
  type ExperimentTasks,
  phases,
  stageNamed,
  type TaskGroup,
} from "../stages/stages.ts";
import type { Store } from "../store/store.ts";
import { TaskRunner } from "../threads/run_task.ts";
import { type Job, type JobRunner, runJobs } from "../threads/task_scheduler.ts";
import { WorkerPool } from "../threads/worker_pool.ts";
import type { RunState } from "./run_state.ts";

/** Computes every result of `experiments` that the store lacks, each once. */
export async function runPhases(
  experiments: readonly ExperimentTasks[],
  state: RunState,
): Promise<void> {
  const pool = new WorkerPool(state.options.store);
  const main = new MainThread(state.options.store);
  let isPreloading = false;
  try {
    for (const phase of phases) {
      const runsOnMain = phase[0]?.runsOnMain === true;
      await runPhase(phase, experiments, state, runsOnMain ? main : pool);
      // Once there was something to compute, later stages have something to do, and time till then.
      if (!pool.isInUse || isPreloading) continue;
      isPreloading = true;
      for (const { data } of experiments) {
        for (const stage of phases.flat()) stage.preload?.(data);
      }
    }
  } finally {
    pool.close();
    main.close();
  }
}

/** Computes the results of one phase. */
async function runPhase(
  phase: readonly Stage[],
  experiments: readonly ExperimentTasks[],
  state: RunState,
  runner: JobRunner,
): Promise<void> {
  const [stage] = phase;
  if (stage === undefined) return;
  await runGroups(stage, experiments.flatMap((tasks) => tasks.groups(phase)), state, runner);
}

/** Computes the result of one task, whose needs must be in the store; throws what it throws. */
export async function runTask(
  data: ExperimentData,
  task: StageTask,
  state: RunState,
): Promise<void> {
  const { store } = state.options;
  const stage = stageNamed(task.id.stage);
  const runner = stage.runsOnMain ? new MainThread(store) : new WorkerPool(store);
  try {
    await runGroups(stage, [{ data, tasks: [task] }], state, runner);
  } finally {
    runner.close();
  }
  const error = state.failure(task.id);
  if (error !== undefined) throw error;
}

/** Computes the results of groups of tasks of `stage`, as far as the store lacks them. */
async function runGroups(
  stage: Stage,
  groups: readonly TaskGroup[],
  state: RunState,
  runner: JobRunner,
): Promise<void> {
  failDependents(groups, state);
  const lacking = await lackingGroups(groups, state);
  if (lacking.length === 0) return;
  const { progress, threads, failFast, signal } = state.options;
  const jobs = shareThreads(lacking, threads);
  const counted = progressOf(stage, groups, lacking);
  progress.begin(counted.title, counted.total, counted.unit, counted.before);
  try {
    const { failures, lost } = await runJobs(jobs, {
      runner,
      threads,
      failFast,
      signal,
      onStep: (job, steps) => progress.advance(counted.steps(job, steps)),
      onTask: ({ id }) => state.succeed(id),
      onEnd: (job, isDone) => progress.advance(counted.ended(job, isDone)),
    });
    for (const { task, error } of failures) state.fail(task.id, error);
    failDependents(groups, state);
    const [first, ...others] = lost;
    for (const error of others) state.lose(error);
    if (first !== undefined) throw first;
  } finally {
    progress.end();
  }
}

/** Marks the tasks whose needs have failed as failed, too. */
function failDependents(groups: readonly TaskGroup[], state: RunState): void {
  for (const { id, needs } of groups.flatMap(({ tasks }) => tasks)) {
    const failed = needs.find((need) => state.failure(need) !== undefined);
    if (failed === undefined || state.failure(id) !== undefined) continue;
    state.fail(id, new Error(`the ${describeResult(failed)} failed`));
  }
}

/** The groups with those of their tasks that are to be run, each task once. */
async function lackingGroups(groups: readonly TaskGroup[], state: RunState): Promise<TaskGroup[]> {
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
 * Threads in proportion to the time that each job is estimated to take, as far as it can use them; the
 * longest first. A job that measures time has all of them.
 *
 * @internal
 */
export function shareThreads(groups: readonly TaskGroup[], threads: number): Job[] {
  const loads = groups.map(({ data, tasks }) => {
    const [task] = tasks;
    const stage = stageNamed(task.id.stage);
    const workload = stage.workload?.(task, data);
    const least = stage.runsAlone ? threads : 1;
    return {
      data,
      tasks,
      least,
      seconds: workload?.seconds ?? 1,
      parts: workload?.parts ?? threads,
    };
  });
  const total = loads.reduce((sum, { seconds }) => sum + seconds, 0);
  return loads.toSorted((a, b) => b.seconds - a.seconds).map(
    ({ data, tasks, least, seconds, parts }) => ({
      data,
      tasks,
      threads: Math.max(least, Math.min(parts, Math.round(threads * seconds / total))),
    }),
  );
}

/** How a phase counts what is done: steps that its tasks tell of, or tasks. */
function progressOf(stage: Stage, groups: readonly TaskGroup[], lacking: readonly TaskGroup[]) {
  const names = [...new Set(lacking.map(({ tasks }) => tasks[0].id.name))];
  const stepsOf = ({ data, tasks: [task] }: TaskGroup): number => stage.steps?.(task, data) ?? 1;
  const isStepwise = stage.steps !== undefined;
  const all = new Set(groups.map(({ tasks }) => tasks[0].id.key)).size;
  const before = isStepwise ? 0 : all - lacking.length;
  const done = new Map<Job, number>();
  const advanced = (job: Job, steps: number): number => {
    done.set(job, steps);
    return before + [...done.values()].reduce((sum, one) => sum + one, 0);
  };
  return {
    title: isStepwise ? `${stage.activity} ${names.join(", ")}` : stage.activity,
    total: before + lacking.reduce((sum, job) => sum + stepsOf(job), 0),
    unit: stage.progressUnit,
    before,
    steps: advanced,
    /** A task that failed has done what it told of, or, if it tells of nothing, is over. */
    ended: (job: Job, isDone: boolean): number =>
      advanced(job, isDone || !isStepwise ? stepsOf(job) : done.get(job) ?? 0),
  };
}

/** Runs jobs on the thread of the run itself, one after another. */
class MainThread implements JobRunner {
  readonly #store: Store;
  #current: { readonly data: ExperimentData; readonly runner: TaskRunner } | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(store: Store) {
    this.#store = store;
  }

  run({ data, tasks, threads }: Job, { onStep, onTask }: Parameters<JobRunner["run"]>[1]) {
    const run = async (): Promise<void> => {
      if (this.#current?.data !== data) {
        this.close();
        this.#current = { data, runner: new TaskRunner(data, this.#store) };
      }
      for (const task of tasks) {
        await this.#current?.runner.run(task, threads, { onStep, stopped: () => false });
        onTask(task);
      }
    };
    const ended = this.#last.then(run);
    this.#last = ended.catch(() => {});
    return ended;
  }

  interrupt(): void {}

  close(): void {
    this.#current?.runner.close();
    this.#current = undefined;
  }
}
