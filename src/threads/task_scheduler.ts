import { LinkedPathError } from "../files/inside.ts";
import { isSystemError } from "../files/system_error.ts";
import { WriteError } from "../files/write_whole.ts";
import { FailFastError, Interrupted, type StageTask } from "../stages/stage.ts";
import { stageNamed, type TaskGroup } from "../stages/stages.ts";
import { StoreError } from "../store/read_stored.ts";
import { LostResultError } from "../store/store.ts";

/** Errors that stop everything, since no other task would fare better. */
const FATAL = [WriteError, StoreError, LinkedPathError, Interrupted];

function stopsAll(error: unknown): boolean {
  return FATAL.some((kind) => error instanceof kind) || isSystemError(error);
}

/** Whether `error`, which a task has thrown, is its own failure: not what stops all, nor a lost result. */
export function isOwnFailure(error: unknown): error is Error {
  return error instanceof Error && !stopsAll(error) && !(error instanceof LostResultError);
}

/** How long an interrupted task has to save its progress, milliseconds. */
const GRACE = 5000;

/** Tasks to run one after another on one thread, each of which may use the results before it. */
export interface Job extends TaskGroup {
  /** Its share of the threads, at least 1. */
  readonly threads: number;
  /** Whether its share is all of them: such jobs run on one and the same thread, which keeps models. */
  readonly alone: boolean;
  /** Jobs of an experiment with the same name here share what takes long to make: one runs after another. */
  readonly shares?: string | undefined;
}

/** Runs jobs: worker threads, or the thread of the run itself. */
export interface JobRunner {
  /** Runs the tasks of a job; throws what the first task that fails throws. */
  run(job: Job, watch: JobWatch): Promise<void>;
  /** Asks tasks that save their progress to do so and to end. */
  interrupt(): void;
}

/** Who watches a job. */
export interface JobWatch {
  /** Told how many steps of the current task are done. */
  readonly onStep: (done: number) => void;
  /** Told that a task is done. */
  readonly onTask: (task: StageTask) => void;
  /** Told what a person should know. */
  readonly onNotice: (message: string) => void;
}

/** The tasks that did not come to a result. */
export interface Unfinished {
  /** Tasks that failed, and why. */
  readonly failures: readonly FailedTask[];
  /** Errors of tasks that found a result missing from the store. */
  readonly lost: readonly LostResultError[];
}

/** A task that failed. */
export interface FailedTask {
  /** The task. */
  readonly task: StageTask;
  /** Why. */
  readonly error: Error;
}

/** How to run jobs. */
export interface ScheduleOptions {
  /** Runs them. */
  readonly runner: JobRunner;
  /**
   * Jobs that can wait, for threads that nothing else is left for while others still run: not all of them
   * may be begun. Of their steps and their end nobody is told.
   */
  readonly spare?: readonly Job[];
  /** Threads in all. */
  readonly threads: number;
  /** Whether to stop at the first failure. */
  readonly failFast: boolean;
  /** Ends it all, with an {@linkcode Interrupted}. */
  readonly signal: AbortSignal;
  /** Told how many steps of a task are done. */
  readonly onStep?: (job: Job, done: number) => void;
  /** Told what a person should know. */
  readonly onNotice?: (message: string) => void;
  /** Told, perhaps several times, that a thread has nothing to do while others work. */
  readonly onIdle?: (() => void) | undefined;
  /** Told that a task of a job has a result now. */
  readonly onTask: (task: StageTask, job: Job) => void;
  /** Told that a job has ended, and whether all of its tasks have results. */
  readonly onEnd: (job: Job, isDone: boolean) => void;
}

/**
 * Runs `jobs` side by side, in their order, as many at once as there are threads for. One that fails
 * stops no other, except for what stops everything: a full disk, an interruption, `failFast`.
 */
export async function runJobs(
  jobs: readonly Job[],
  options: ScheduleOptions,
): Promise<Unfinished> {
  const { runner, threads, failFast, signal, onStep, onNotice, onTask, onEnd } = options;
  const waiting = [...jobs];
  const spare = [...options.spare ?? []];
  const running = new Map<Job, Promise<void>>();
  const failures: FailedTask[] = [];
  const lost: LostResultError[] = [];
  let fatal: Error | undefined;
  let free = threads;
  const start = (job: Job, isSpare: boolean): void => {
    free -= job.threads;
    let done = 0;
    const watch: JobWatch = {
      onStep: (steps) => isSpare || onStep?.(job, steps),
      onNotice: (message) => onNotice?.(message),
      onTask: (task) => {
        done++;
        onTask(task, job);
      },
    };
    const ended = runner.run(job, watch).catch((error) => {
      const task = job.tasks[done];
      if (stopsAll(error)) fatal = error;
      else if (error instanceof LostResultError) lost.push(error);
      else if (task !== undefined) {
        failures.push({ task, error });
        if (failFast) fatal = new FailFastError(`${task.id.name}: ${error.message}`);
      }
    }).then(() => {
      free += job.threads;
      running.delete(job);
      if (!isSpare) onEnd(job, done === job.tasks.length);
    });
    running.set(job, ended);
  };
  const fits = (job: Job): boolean =>
    job.threads <= free && ![...running.keys()].some((other) => sharesWith(job, other));
  const startAll = (list: Job[], isSpare: boolean): void => {
    for (let i = list.findIndex(fits); i >= 0; i = list.findIndex(fits)) {
      for (const job of list.splice(i, 1)) start(job, isSpare);
    }
  };
  const interrupted = aborted(signal);
  while (waiting.length + running.size > 0) {
    if (signal.aborted) await saved(runner, running);
    signal.throwIfAborted();
    if (fatal !== undefined) throw fatal;
    startAll(waiting, false);
    if (waiting.length === 0 && running.size > 0) startAll(spare, true);
    if (free > 0 && running.size > 0) options.onIdle?.();
    await Promise.race([interrupted, ...running.values()]);
  }
  if (fatal !== undefined) throw fatal;
  return { failures, lost };
}

/** Whether two jobs share what takes long to make. */
function sharesWith(a: Job, b: Job): boolean {
  return a.shares !== undefined && a.shares === b.shares && a.data === b.data;
}

/** Resolves when `signal` is aborted. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** Waits a while until tasks that ask for it have saved their progress or stopped; others start over. */
async function saved(runner: JobRunner, running: ReadonlyMap<Job, Promise<void>>): Promise<void> {
  runner.interrupt();
  const stopping = [...running].filter(([{ tasks }]) =>
    tasks.some(({ id }) => {
      const { isResumable, stopsSoon } = stageNamed(id.stage);
      return isResumable || stopsSoon;
    })
  );
  const timer = Promise.withResolvers<void>();
  const late = setTimeout(timer.resolve, GRACE);
  await Promise.race([timer.promise, Promise.all(stopping.map(([, ended]) => ended))]);
  clearTimeout(late);
}
