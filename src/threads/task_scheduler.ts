import { WriteError } from "../files/write_whole.ts";
import { Interrupted } from "./interrupted.ts";
import { LostEntryError } from "../store/store.ts";
import type { PlacedTask } from "./task.ts";
import type { WorkerPool } from "./worker_pool.ts";

/** How long an interrupted training has to save where it is, milliseconds. */
const GRACE = 5000;

/** Who does tasks. */
export type Hands = Pick<WorkerPool, "run" | "interrupt">;

/** A task and how many threads it should have. */
export interface SharedTask {
  /** The task. */
  readonly placed: PlacedTask;
  /** Its share of the threads, at least 1. */
  readonly threads: number;
}

/** What came of tasks that did not come to a result. */
export interface Undone {
  /** Those that failed, and why. */
  readonly failures: readonly FailedTask[];
  /** Those that missed something of the store. */
  readonly lost: readonly { readonly placed: PlacedTask; readonly error: LostEntryError }[];
}

/** A task that failed. */
export interface FailedTask {
  /** The task. */
  readonly placed: PlacedTask;
  /** Why. */
  readonly error: Error;
}

/** The end of a run at its first failure, as was asked. */
export class FailFastError extends Error {
  /** Of the class. */
  override readonly name = "FailFastError";
}

/** How to work. */
export interface WorkOptions {
  /** Who does it. */
  readonly pool: Hands;
  /** Threads in all. */
  readonly threads: number;
  /** Whether the first failure is the end. */
  readonly failFast: boolean;
  /** Ends it all, with an {@linkcode Interrupted}. */
  readonly signal: AbortSignal;
  /** Told how far a task is, in its own steps. */
  readonly onStep?: (placed: PlacedTask, done: number) => void;
  /** Told that a task has ended, and whether with a result. */
  readonly onEnd: (placed: PlacedTask, isMade: boolean) => void;
}

/**
 * Does `tasks` side by side, in their order, as many at once as there are threads for. One that fails
 * stops no other, but for what stops all: a full disk, an interruption, `failFast`.
 */
export async function performAll(
  tasks: readonly SharedTask[],
  { pool, threads, failFast, signal, onStep, onEnd }: WorkOptions,
): Promise<Undone> {
  const waiting = [...tasks];
  const running = new Map<SharedTask, Promise<void>>();
  const failures: FailedTask[] = [];
  const lost: { placed: PlacedTask; error: LostEntryError }[] = [];
  let fatal: Error | undefined;
  let free = threads;
  const start = (task: SharedTask): void => {
    const { placed } = task;
    const share = task.threads;
    free -= share;
    let isMade = true;
    const ended = pool.run(placed, share, (done) => onStep?.(placed, done)).catch((error) => {
      isMade = false;
      if (error instanceof WriteError || error instanceof Interrupted) fatal = error;
      else if (error instanceof LostEntryError) lost.push({ placed, error });
      else {
        failures.push({ placed, error });
        if (failFast) fatal = new FailFastError(`${placed.task.id.name}: ${error.message}`);
      }
    }).then(() => {
      free += share;
      running.delete(task);
      onEnd(placed, isMade);
    });
    running.set(task, ended);
  };
  const interrupted = aborted(signal);
  while (waiting.length + running.size > 0) {
    if (signal.aborted) await saved(pool, running);
    signal.throwIfAborted();
    if (fatal !== undefined) throw fatal;
    for (let i = waiting.findIndex(fits(free)); i >= 0; i = waiting.findIndex(fits(free))) {
      start(waiting.splice(i, 1)[0] as SharedTask);
    }
    await Promise.race([interrupted, ...running.values()]);
  }
  if (fatal !== undefined) throw fatal;
  return { failures, lost };
}

/** Whether a task may begin with `free` threads. */
function fits(free: number): (task: SharedTask) => boolean {
  return ({ threads }) => threads <= free;
}

/** Resolves when `signal` says so. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** Waits, not for long, until trainings have saved where they are; other tasks begin anew. */
async function saved(
  pool: Hands,
  running: ReadonlyMap<SharedTask, Promise<void>>,
): Promise<void> {
  pool.interrupt();
  const trainings = [...running].filter(([{ placed }]) => placed.task.kind === "train");
  const timer = Promise.withResolvers<void>();
  const late = setTimeout(timer.resolve, GRACE);
  await Promise.race([timer.promise, Promise.all(trainings.map(([, ended]) => ended))]);
  clearTimeout(late);
}
