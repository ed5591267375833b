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

/**
 * Where a job runs: on a worker thread beside other jobs; on one, and no other job beside it, or only one on
 * the thread of the run itself; or on that thread, one job at a time.
 */
export type Place =
  | "beside others"
  | "alone"
  | "alone but for the main thread"
  | "main thread";

/** Tasks to run one after another on one thread, each of which may use the results before it. */
export interface Job extends TaskGroup {
  /** Those of a lower turn come first. */
  readonly turn: number;
  /** Where it runs. */
  readonly place: Place;
  /** How many threads its tasks may use, at least 1. */
  readonly threads: number;
  /** Jobs of an experiment with the same name here share what takes long to make: one runs after another. */
  readonly shares?: string | undefined;
}

/** Whether a job is the only one on worker threads. */
export function isAlone({ place }: Pick<Job, "place">): boolean {
  return place === "alone" || place === "alone but for the main thread";
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

/** Where jobs come from. */
export interface JobSource {
  /** The jobs that can begin now, and could not when it was asked before. */
  more(): Promise<readonly Job[]>;
}

/** How to run jobs. */
export interface ScheduleOptions {
  /** Runs them. */
  readonly runner: JobRunner;
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
  /** Told that a task failed, and why. */
  readonly onFailure: (task: StageTask, error: Error) => void;
  /** Told that a job has ended, and whether all of its tasks have results. */
  readonly onEnd: (job: Job, isDone: boolean) => void;
}

/**
 * Runs the jobs of `source` side by side, in their order, as many at once as there are threads for: first
 * those of the lowest turn, and of the next ones while none of these waits for threads. One that fails
 * stops no other, except for what stops everything: a full disk, an interruption, `failFast`. Where a result
 * is missing from the store, only the jobs that could begin by then are run. Returns the errors that tell
 * which results are missing.
 */
export async function runJobs(
  source: JobSource,
  options: ScheduleOptions,
): Promise<LostResultError[]> {
  const { runner, threads, failFast, signal } = options;
  const waiting: Job[] = [];
  const running = new Map<Job, Promise<void>>();
  const lost: LostResultError[] = [];
  let fatal: Error | undefined;
  /** Whether a job has ended since the source was asked. */
  let hasEnded = false;
  const start = (job: Job): void => {
    let done = 0;
    const watch: JobWatch = {
      onStep: (steps) => options.onStep?.(job, steps),
      onNotice: (message) => options.onNotice?.(message),
      onTask: (task) => {
        done++;
        options.onTask(task, job);
      },
    };
    const ended = runner.run(job, watch).catch((error) => {
      const task = job.tasks[done];
      if (stopsAll(error)) fatal = error;
      else if (error instanceof LostResultError) lost.push(error);
      else if (task !== undefined) {
        options.onFailure(task, error);
        if (failFast) fatal = new FailFastError(`${task.id.name}: ${error.message}`);
      }
    }).then(() => {
      running.delete(job);
      hasEnded = true;
      options.onEnd(job, done === job.tasks.length);
    }).catch((error) => {
      // Nobody may wait for this job at the moment.
      fatal ??= error;
    });
    running.set(job, ended);
  };
  const interrupted = aborted(signal);
  for (;;) {
    if (signal.aborted) await saved(runner, running);
    signal.throwIfAborted();
    if (fatal !== undefined) {
      await Promise.race([interrupted, endedOnMain(running)]);
      throw fatal;
    }
    // A job that ends while the source is asked may let others begin, too.
    do {
      hasEnded = false;
      const more = lost.length === 0 ? await source.more() : [];
      for (const job of more) waiting.push(job);
      if (more.length > 0) waiting.sort((a, b) => a.turn - b.turn);
    } while (hasEnded && fatal === undefined && !signal.aborted);
    if (fatal !== undefined || signal.aborted) continue;
    for (let job = next(waiting, running, threads); job !== undefined;) {
      waiting.splice(waiting.indexOf(job), 1);
      start(job);
      job = next(waiting, running, threads);
    }
    if (running.size === 0) break;
    if (freeThreads(running, threads) > 0) options.onIdle?.();
    await Promise.race([interrupted, ...running.values()]);
  }
  if (fatal !== undefined) throw fatal;
  return lost;
}

/** The one of `waiting`, which are sorted by turn, that begins now, beside those that are running. */
function next(
  waiting: readonly Job[],
  running: ReadonlyMap<Job, unknown>,
  threads: number,
): Job | undefined {
  const free = freeThreads(running, threads);
  if (free === 0) return undefined;
  const others = [...running.keys()];
  // What comes later leaves the threads to those that wait for them.
  let [last, lastOnMain] = [Infinity, Infinity];
  for (const job of waiting) {
    if (job.turn > lastOnMain) return undefined;
    const fits = takenThreads(job, threads) <= free;
    const isHeldBack = job.turn > last && job.place !== "main thread";
    if (fits && !isHeldBack && !others.some((other) => excludes(job, other))) return job;
    if (fits && !isAlone(job)) continue;
    last = Math.min(last, job.turn);
    if (job.place !== "alone but for the main thread") lastOnMain = job.turn;
  }
  return undefined;
}

function freeThreads(running: ReadonlyMap<Job, unknown>, threads: number): number {
  return [...running.keys()].reduce((left, job) => left - takenThreads(job, threads), threads);
}

/** How many of all `threads` a job keeps from others. */
function takenThreads({ place, threads: own }: Job, threads: number): number {
  if (place === "alone") return threads;
  if (place === "alone but for the main thread") return threads - 1;
  return place === "main thread" ? 1 : own;
}

/** Whether two jobs cannot run at the same time, however many threads there are. */
function excludes(a: Job, b: Job): boolean {
  if (a.place === "main thread" || b.place === "main thread") return a.place === b.place;
  return isAlone(a) || isAlone(b) || sharesWith(a, b);
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

/** Waits for the jobs on the thread of the run itself, which nobody can end. */
async function endedOnMain(running: ReadonlyMap<Job, Promise<void>>): Promise<void> {
  const onMain = [...running].filter(([{ place }]) => place === "main thread");
  await Promise.all(onMain.map(([, ended]) => ended));
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
