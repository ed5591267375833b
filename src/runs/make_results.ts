/**
 * Makes what the store lacks of some runs: trainings first, then what is measured of the models and in
 * cells, then, with nothing beside them, the timings.
 *
 * @module
 */
import { strategyOf } from "../decode/definitions.ts";
import {
  cellTasks,
  lossTasks,
  type StagedRun,
  timeTasks,
  trainTasks,
} from "../stages/run_tasks.ts";
import type { Session } from "./run_state.ts";
import type { CellIds, RunIds } from "../stages/cache_keys.ts";
import { estimatedTraining } from "../stages/training_estimate.ts";
import { performAll, type SharedTask, type WorkOptions } from "../threads/task_scheduler.ts";
import type { PlacedTask } from "../threads/task.ts";
import type { WorkerPool } from "../threads/worker_pool.ts";

/** Trains every model of `runs` that the store lacks. */
export async function makeTrainings(
  runs: readonly StagedRun[],
  session: Session,
  pool: WorkerPool,
): Promise<void> {
  const tasks = await missing(runs.flatMap(trainTasks), session);
  if (tasks.length === 0) return;
  const { progress, threads } = session.options;
  const steps = new Map(tasks.map((placed) => [placed, stepsOf(placed)]));
  const done = new Map<PlacedTask, number>();
  const names = [...new Set(tasks.map(({ task }) => task.id.name))].join(", ");
  const tell = (placed: PlacedTask, steps: number): void => {
    done.set(placed, steps);
    progress.advance(sum(done.values()));
  };
  progress.begin(`training ${names}`, sum(steps.values()), "steps");
  try {
    await make(trainingShares(tasks, threads), session, pool, {
      onStep: tell,
      onEnd: (placed, isMade) => {
        if (isMade) tell(placed, steps.get(placed) ?? 0);
      },
    });
  } finally {
    progress.end();
  }
}

/** Measures what models lose and decodes and measures every cell, as far as the store lacks it. */
export async function makeMeasures(
  runs: readonly StagedRun[],
  session: Session,
  pool: WorkerPool,
): Promise<void> {
  await makeCounted("predicting documents", "models", runs.flatMap(lossTasks), session, { pool });
  await makeCounted("decoding", "cells", runs.flatMap(cellTasks), session, { pool });
}

/** Times the speculative cells of each run, as far as there are any. */
export async function makeTimings(
  runs: readonly StagedRun[],
  session: Session,
  pool: WorkerPool,
): Promise<void> {
  const tasks = runs.flatMap((run) => timeTasks(run, timedCells(run.ids, session)));
  const { threads } = session.options;
  await makeCounted("timing one text", "runs", tasks, session, { pool, share: threads });
}

/** Those of `tasks` that are to be done, each once. What needs a model that cannot be had fails. */
async function missing(tasks: readonly PlacedTask[], session: Session): Promise<PlacedTask[]> {
  const found = new Map<string, PlacedTask>();
  for (const { setup, task } of tasks) {
    if (session.failure(task.id) !== undefined || found.has(task.id.key)) continue;
    const train = task.kind === "train" ? [] : Object.values(task.train);
    const lacking = train.find((id) => session.failure(id) !== undefined);
    if (lacking !== undefined) {
      session.fail(task.id, new Error(`the ${lacking.name} could not be trained`));
      continue;
    }
    const decoded = task.kind === "cell" && await session.has(task.decode);
    if (await session.has(task.id) && (task.kind !== "cell" || decoded)) continue;
    found.set(task.id.key, { setup, task: task.kind === "cell" ? { ...task, decoded } : task });
  }
  return [...found.values()];
}

/**
 * Threads in proportion to what each training is estimated to take, as far as it can use them; the
 * longest first.
 *
 * @internal
 */
export function trainingShares(tasks: readonly PlacedTask[], threads: number): SharedTask[] {
  const shares = tasks.map((placed) => {
    const { name } = placed.task.id;
    return { placed, ...estimatedTraining(placed.setup, name === "draft" ? "draft" : "target") };
  });
  const total = sum(shares.map(({ seconds }) => seconds));
  return shares.toSorted((a, b) => b.seconds - a.seconds).map(({ placed, seconds, parts }) => ({
    placed,
    threads: Math.max(1, Math.min(parts, Math.round(threads * seconds / total))),
  }));
}

/** What to make results with. */
interface Means {
  readonly pool: WorkerPool;
  /** Threads of each task; the threads divided by the tasks if left out. */
  readonly share?: number;
}

/** Does `tasks` as far as the store lacks their results, and shows how many are done. */
async function makeCounted(
  stage: string,
  unit: string,
  all: readonly PlacedTask[],
  session: Session,
  { pool, share }: Means,
): Promise<void> {
  const tasks = await missing(all, session);
  if (tasks.length === 0) return;
  const { progress, threads } = session.options;
  const each = share ?? Math.max(1, Math.floor(threads / tasks.length));
  const total = new Set(all.map(({ task }) => task.id.key)).size;
  let done = total - tasks.length;
  progress.begin(stage, total, unit, done);
  try {
    await make(tasks.map((placed) => ({ placed, threads: each })), session, pool, {
      onEnd: () => progress.advance(++done),
    });
  } finally {
    progress.end();
  }
}

/** Does `tasks` and records what came of them. */
async function make(
  tasks: readonly SharedTask[],
  session: Session,
  pool: WorkerPool,
  told: Pick<WorkOptions, "onStep" | "onEnd">,
): Promise<void> {
  const { threads, failFast, signal } = session.options;
  const { failures, lost } = await performAll(tasks, { pool, threads, failFast, signal, ...told });
  const undone = new Set([...failures, ...lost].map(({ placed }) => placed));
  for (const { placed: { task } } of tasks.filter(({ placed }) => !undone.has(placed))) {
    session.succeed(task.id);
    if (task.kind === "cell" && !task.decoded) session.succeed(task.decode);
  }
  for (const { placed, error } of failures) session.fail(placed.task.id, error);
  const [first, ...others] = lost;
  for (const { error } of others) session.lose(error);
  if (first !== undefined) throw first.error;
}

/** The speculative cells of a run that were measured. */
export function timedCells({ cells }: RunIds, session: Session): readonly CellIds[] {
  return cells.filter(({ cell, measure }) =>
    strategyOf(cell.settings).speculation !== undefined && session.failure(measure) === undefined
  );
}

function stepsOf({ setup, task }: PlacedTask): number {
  return task.kind === "train" ? setup.config.training[task.model].steps : 0;
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
