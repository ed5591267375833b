/**
 * Computes the results that the store lacks, phase by phase: each stage's tasks together with those
 * of the stages that follow it.
 *
 * @module
 */
import type { ReadResult, Stage, StageTask } from "../stages/stage.ts";
import {
  describeResult,
  ExperimentTasks,
  phases,
  stageNamed,
  type TaskGroup,
} from "../stages/stages.ts";
import { MainThread, readResult } from "../threads/run_task.ts";
import { type Job, type JobRunner, runJobs } from "../threads/task_scheduler.ts";
import type { ExperimentData } from "../stages/experiment_data.ts";
import type { ResultRef } from "../store/stored_result.ts";
import { StoreError } from "../store/read_stored.ts";
import { LostResultError, type Store } from "../store/store.ts";
import { WorkerPool } from "../threads/worker_pool.ts";
import { laterProgress, type Progress } from "./progress.ts";

/** How to run; none of it changes a result. */
export interface RunOptions {
  /** Where results are cached. */
  readonly store: Store;
  /** Threads in all. */
  readonly threads: number;
  /** Whether to recompute the results of earlier runs. */
  readonly fresh: boolean;
  /** Whether to stop at the first failure. */
  readonly failFast: boolean;
  /** Ends the run where it can resume. */
  readonly signal: AbortSignal;
  /** Told how far it is. */
  readonly progress: Progress;
  /** Told what a person should know. */
  readonly notice: (message: string) => void;
}

/** Who watches what a run computes. */
export interface RunWatch {
  /** Told before results of an experiment are computed, each time that some are lacking. */
  readonly begin?: (data: ExperimentData) => Promise<void>;
  /** Told that a result of an experiment was computed, and is in the store. */
  readonly computed?: (ref: ResultRef, data: ExperimentData) => void;
}

/** The results that this call of the program has computed, and those that failed. */
export class RunState {
  /** How it runs. */
  readonly options: RunOptions;
  /** Reads results from the store. */
  readonly read: ReadResult;
  readonly #watch: RunWatch;
  readonly #recomputed = new Set<string>();
  readonly #failures = new Map<string, Error>();
  readonly #lost = new Set<string>();
  readonly #leftOut = new Set<string>();

  /** Has computed nothing yet. */
  constructor(options: RunOptions, watch: RunWatch = {}) {
    this.options = options;
    this.#watch = watch;
    this.read = (format, ref) => readResult(options.store, format, ref);
  }

  /** Says that results of an experiment are about to be computed. */
  async begin(data: ExperimentData): Promise<void> {
    await this.#watch.begin?.(data);
  }

  /** The tasks of an experiment, given the failures so far. */
  tasksOf(data: ExperimentData): ExperimentTasks {
    return new ExperimentTasks(data, (ref) => this.failure(ref));
  }

  /**
   * Whether a result can be reused: it is in the store, and not to be recomputed. A damaged one is set
   * aside, which is said.
   */
  async has(ref: ResultRef): Promise<boolean> {
    const { store, fresh } = this.options;
    const { state } = await store.find(ref);
    if (state === "damaged") {
      const lost = await store.setAsideIfDamaged(ref);
      if (lost !== undefined) this.lose(lost);
    }
    return state === "whole" && !(fresh && !this.recomputed(ref));
  }

  /** Whether a result was computed by this call, and not reused. */
  recomputed({ key }: Pick<ResultRef, "key">): boolean {
    return this.#recomputed.has(key);
  }

  /** Why a result is missing, if its computation failed. */
  failure({ key }: Pick<ResultRef, "key">): Error | undefined {
    return this.#failures.get(key);
  }

  /** Records that a result of an experiment was computed. */
  succeed(ref: ResultRef, data: ExperimentData): void {
    this.#recomputed.add(ref.key);
    this.#watch.computed?.(ref, data);
  }

  /** Records that a result failed. */
  fail({ key }: Pick<ResultRef, "key">, error: Error): void {
    this.#failures.set(key, error);
  }

  /** Notes that a result that no report has is not computed, and is left out of `timings.csv`. */
  leaveOut({ key }: Pick<ResultRef, "key">): void {
    this.#leftOut.add(key);
  }

  /** Whether a result is left out. */
  isLeftOut({ key }: Pick<ResultRef, "key">): boolean {
    return this.#leftOut.has(key);
  }

  /** Says what the store has lost; throws if it lost the same before, so that no run goes in circles. */
  lose(error: LostResultError): void {
    for (const { message } of [error, ...error.also]) {
      if (this.#lost.has(message)) {
        throw new StoreError(`the store does not give back what was written to it: ${message}`);
      }
      this.#lost.add(message);
      this.options.notice(`${message}; it is recomputed`);
    }
  }
}

/** The threads that compute results: worker threads, and the one of the run itself. */
export class ComputingThreads {
  readonly #pool: WorkerPool;
  readonly #main: MainThread;
  #isPreloading = false;

  /** For results that go to `store`. */
  constructor(store: Store) {
    this.#pool = new WorkerPool(store);
    this.#main = new MainThread(store);
  }

  /** Runs the tasks of `stage`, and of those that follow it. */
  runnerOf(stage: Stage): JobRunner {
    return stage.runsOnMain === true ? this.#main : this.#pool;
  }

  /** Begins to load what later stages of `experiments` need: a thread has nothing else to do. */
  preload(experiments: Iterable<ExperimentData>): void {
    if (!this.#pool.isInUse || this.#isPreloading) return;
    this.#isPreloading = true;
    for (const data of experiments) {
      for (const stage of phases.flat()) stage.preload?.(data);
    }
  }

  /** Ends all threads. */
  close(): void {
    this.#pool.close();
    this.#main.close();
  }
}

/** Computes every result of `experiments` that the store lacks, each once: of `some` phases, or of all. */
export async function runPhases(
  experiments: readonly ExperimentTasks[],
  state: RunState,
  some: typeof phases = phases,
): Promise<void> {
  const threads = new ComputingThreads(state.options.store);
  const onIdle = (): void => threads.preload(experiments.map(({ data }) => data));
  /** The last phase that began, and one that it runs beside. */
  let computed: Promise<void> | undefined;
  let before: Promise<void> | undefined;
  try {
    for (const [i, phase] of some.entries()) {
      const [stage] = phase;
      if (stage === undefined) continue;
      const [next] = some[i + 1] ?? [];
      const groups = experiments.flatMap((tasks) => tasks.groups(phase));
      const later = (): TaskGroup[] => groupsThatNeedNothing(experiments, some.slice(i + 1), state);
      const compute = await computation(stage, groups, state, later);
      const progress = before && laterProgress(state.options.progress, before);
      computed = compute?.({ runner: threads.runnerOf(stage), onIdle, progress });
      if (next?.runsOnMain === true && leavesThread(stage, groups, state)) {
        before = computed;
        // Whoever waits for it hears of a failure.
        before?.catch(() => {});
        continue;
      }
      await Promise.all([computed, before]);
      before = undefined;
    }
    await before;
  } finally {
    // Where one has failed, the other ends, too, before anything begins again.
    await Promise.allSettled([computed, before]);
    threads.close();
  }
}

/** Whether the thread of the run itself has a core to itself while the tasks of `stage` run. */
function leavesThread(
  stage: Stage,
  groups: readonly TaskGroup[],
  { options: { threads } }: RunState,
): boolean {
  return threads > 1 &&
    groups.every(({ data, tasks: [task] }) => stage.leavesThread?.(task, data, threads) === true);
}

/** Computes the result of one task, whose needs must be in the store; throws what it throws. */
export async function runTask(
  data: ExperimentData,
  task: StageTask,
  state: RunState,
): Promise<void> {
  const threads = new ComputingThreads(state.options.store);
  const stage = stageNamed(task.id.stage);
  try {
    await runGroups(stage, [{ data, tasks: [task] }], state, threads.runnerOf(stage));
  } finally {
    threads.close();
  }
  const error = state.failure(task.id);
  if (error !== undefined) throw error;
}

/**
 * The groups of `phases` that need no result and no model, and run on worker threads beside others. Which
 * tasks there are may depend on what fails till then, but not those.
 */
function groupsThatNeedNothing(
  experiments: readonly ExperimentTasks[],
  phases: readonly (readonly Stage[])[],
  state: RunState,
): TaskGroup[] {
  const ready = phases.filter(([first]) => first?.runsOnMain !== true && first?.runsAlone !== true);
  return experiments.flatMap(({ data }) => {
    const tasks = state.tasksOf(data);
    return ready.flatMap((phase) => tasks.groups(phase));
  }).filter(({ tasks }) => tasks.every((task) => task.needs.length === 0 && !loadsModels(task)));
}

/** Computes the results of groups of tasks of `stage`, as far as the store lacks them. */
export async function runGroups(
  stage: Stage,
  groups: readonly TaskGroup[],
  state: RunState,
  runner: JobRunner,
): Promise<void> {
  const compute = await computation(stage, groups, state);
  await compute?.({ runner });
}

/** Where the results of a phase are computed, and who is told of it. */
interface Computing {
  /** Runs the jobs. */
  readonly runner: JobRunner;
  /** Told how far it is; who watches the run, if left out. */
  readonly progress?: Progress | undefined;
  /** Told when a thread has nothing to do. */
  readonly onIdle?: () => void;
}

/**
 * The computation of the results of groups of tasks of `stage`, as far as the store lacks them;
 * `undefined` where it lacks none. Threads that are left over at the end begin with the groups that
 * `later` gives.
 */
async function computation(
  stage: Stage,
  groups: readonly TaskGroup[],
  state: RunState,
  later: () => readonly TaskGroup[] = () => [],
): Promise<((on: Computing) => Promise<void>) | undefined> {
  failDependents(groups, state);
  const lacking = await lackingGroups(groups, state);
  if (lacking.length === 0) return undefined;
  const { threads, failFast, signal } = state.options;
  const jobs = shareThreads(lacking, threads);
  // One thread has always something to do, and one job that runs alone leaves none over.
  const spare = threads === 1 || jobs.every(({ alone }) => alone)
    ? []
    : shareThreads(await lackingGroups(later(), state), threads);
  for (const data of new Set([...jobs, ...spare].map(({ data }) => data))) await state.begin(data);
  const open = groups.filter(({ tasks: [{ id }] }) => state.failure(id) === undefined);
  const counted = progressOf(stage, open, lacking, state);
  return async ({ runner, progress = state.options.progress, onIdle }) => {
    progress.begin(counted.title, counted.total, counted.unit, counted.before());
    try {
      const { failures, lost } = await runJobs(jobs, {
        runner,
        spare,
        threads,
        failFast,
        signal,
        onIdle,
        onStep: (job, steps) => progress.advance(counted.steps(job, steps), counted.before()),
        onNotice: state.options.notice,
        onTask: ({ id }, { data }) => state.succeed(id, data),
        onEnd: (job, isDone) => progress.advance(counted.ended(job, isDone), counted.before()),
      });
      for (const { task, error } of failures) state.fail(task.id, error);
      failDependents(groups, state);
      const [first, ...others] = lost;
      if (first !== undefined) throw new LostResultError(first.message, others);
    } finally {
      progress.end();
    }
  };
}

/** Marks the tasks whose needs have failed as failed, too. */
export function failDependents(groups: readonly TaskGroup[], state: RunState): void {
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
 * longest first. A job that runs alone has all of them.
 *
 * @internal
 */
export function shareThreads(groups: readonly TaskGroup[], threads: number): Job[] {
  const loads = groups.map(({ data, tasks }) => {
    const [task] = tasks;
    const stage = stageNamed(task.id.stage);
    const workload = stage.workload?.(task, data);
    // A model of onnxruntime is large: one thread loads it, once, and its session has all threads.
    const loads = data.platform !== undefined && tasks.some(loadsModels);
    const alone = stage.runsAlone === true || loads;
    return {
      data,
      tasks,
      alone,
      shares: stage.shares?.(task),
      seconds: workload?.seconds ?? 1,
      parts: workload?.parts ?? threads,
    };
  });
  const total = loads.reduce((sum, { seconds }) => sum + seconds, 0);
  return loads.toSorted((a, b) => b.seconds - a.seconds).map(
    ({ data, tasks, alone, shares, seconds, parts }) => ({
      data,
      tasks,
      alone,
      shares,
      threads: alone
        ? threads
        : Math.max(1, Math.min(parts, Math.round(threads * seconds / total))),
    }),
  );
}

/** Whether computing a task loads a model. */
function loadsModels(task: StageTask): boolean {
  const models = stageNamed(task.id.stage).models?.(task) ?? [];
  return models.length > 0;
}

/**
 * How a phase counts what is done: steps that its tasks tell of, or tasks. What earlier runs did counts,
 * whether a result is cached or its computation resumes, and so does what this one did beside an
 * earlier phase.
 */
function progressOf(
  stage: Stage,
  groups: readonly TaskGroup[],
  lacking: readonly TaskGroup[],
  state: RunState,
) {
  const names = [...new Set(groups.map(({ tasks }) => tasks[0].id.name))];
  const stepsOf = ({ data, tasks: [task] }: TaskGroup): number => stage.steps?.(task, data) ?? 1;
  const isStepwise = stage.steps !== undefined;
  const all = new Map(groups.map((group) => [group.tasks[0].id.key, stepsOf(group)]));
  const total = [...all.values()].reduce((sum, steps) => sum + steps, 0);
  const there = lacking.reduce((left, group) => left - stepsOf(group), total);
  const byThisRun = [...all].filter(([key]) => state.recomputed({ key }))
    .reduce((sum, [, steps]) => sum + steps, 0);
  const done = new Map<Job, number>();
  const resumed = new Map<Job, number>();
  const sum = (steps: ReadonlyMap<Job, number>): number =>
    [...steps.values()].reduce((sum, one) => sum + one, there);
  const advanced = (job: Job, steps: number): number => {
    done.set(job, steps);
    return sum(done);
  };
  return {
    title: isStepwise ? `${stage.activity} ${names.join(", ")}` : stage.activity,
    total,
    unit: stage.progressUnit,
    before: (): number => sum(resumed) - byThisRun,
    /** The first steps that a job tells of are those of an earlier run. */
    steps: (job: Job, steps: number): number => {
      if (isStepwise && !resumed.has(job)) resumed.set(job, steps);
      return advanced(job, steps);
    },
    /** A task that failed has done what it told of, or, if it tells of nothing, is over. */
    ended: (job: Job, isDone: boolean): number =>
      advanced(job, isDone || !isStepwise ? stepsOf(job) : done.get(job) ?? 0),
  };
}
