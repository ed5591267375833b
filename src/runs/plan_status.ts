/**
 * How far a plan is: what the store, and the records of its shards, say of its tasks.
 *
 * @module
 */
import { isRunning } from "../files/this_process.ts";
import { report } from "../stages/report.ts";
import { stages } from "../stages/stages.ts";
import { time } from "../stages/time.ts";
import { groupOf } from "../store/layout.ts";
import type { Store } from "../store/store.ts";
import { BEAT_SECONDS, PlanRecords, type ShardRecord } from "./plan_records.ts";
import type { PlanRow, PlanRows } from "./plan_rows.ts";
import { shardsOf } from "./plan_share.ts";
import type { FailedRow } from "./shard_state.ts";

/** What a task may be, in the order of a table. */
export const taskStates = [
  "done",
  "running",
  "waiting",
  "missing",
  "failed",
  "left_to_merge",
] as const;

/**
 * One of {@linkcode taskStates}: its result is there; a shard that is alive computes it or has it to
 * compute next; it needs a result that is not there; it could be computed; it failed, or one that it needs
 * did; or it is a report or a timing that leaves out what failed, which only a merge makes.
 */
export type TaskState = typeof taskStates[number];

/** How many tasks of a stage there are of each kind. */
export interface StageCounts extends Readonly<Record<TaskState, number>> {
  /** The stage. */
  readonly stage: string;
  /** All of its tasks. */
  readonly all: number;
}

/** How far a plan is. */
export interface PlanStatus {
  /** The stages that have tasks, in their order. */
  readonly stages: readonly StageCounts[];
  /** The tasks that failed themselves. */
  readonly failures: readonly FailedRow[];
  /** The shards that have ever worked on it. */
  readonly shards: readonly ShardRecord[];
}

/** Seconds without a heartbeat after which a shard is taken to be dead: NFS may show an old one for 60 s. */
const MOST_AGE = 9 * BEAT_SECONDS;

/** Whether a shard works, as far as its heartbeat tells, and its process where it is one of this machine. */
export function isAlive({ state, age, host, pid }: ShardRecord): boolean {
  return state === "running" && age <= MOST_AGE && isRunning({ host, pid }) !== false;
}

/** Questions to the store at once. */
const AT_ONCE = 64;
/** Of a plan with more tasks, folders of the store are listed, and no result is looked at. */
const MANY = 10_000;

/** How far the plan with these rows is; `sha256` is the plan's. */
export async function statusOf(
  { rows, sha256 }: { readonly rows: PlanRows; readonly sha256: string },
  store: Store,
): Promise<PlanStatus> {
  const records = new PlanRecords(store, sha256);
  const shards = await records.shards();
  const recorded = await records.failures();
  const alive = shards.filter(isAlive);
  const running = new Set(alive.flatMap(({ computing }) => computing));
  const isInHand = sharedOut(rows, alive);
  const counts = new Map(
    stages.map(({ name }) => [
      name,
      {
        stage: name,
        all: 0,
        done: 0,
        running: 0,
        waiting: 0,
        missing: 0,
        failed: 0,
        left_to_merge: 0,
      },
    ]),
  );
  const failures: FailedRow[] = [];
  const states: TaskState[] = [];
  for await (const { row, isThere } of asked(rows, store)) {
    const failure = recorded.get(row.key);
    if (!isThere && failure !== undefined) failures.push({ row, message: failure.message });
    const state = isThere
      ? "done"
      : running.has(row.number)
      ? "running"
      : failure !== undefined
      ? "failed"
      : stateBy(row, row.needs.map((number) => states[number - 1]));
    const shown = state === "missing" && isInHand(row) ? "running" : state;
    states.push(shown);
    const own = counts.get(row.stage);
    if (own === undefined) continue;
    own.all++;
    own[shown]++;
  }
  return { stages: [...counts.values()].filter(({ all }) => all > 0), failures, shards };
}

/**
 * Whether a task is of the share of one of `shards`: heartbeats are seconds old, and a shard has begun and
 * ended short tasks since its last one.
 */
function sharedOut(rows: PlanRows, shards: readonly ShardRecord[]): (row: PlanRow) => boolean {
  const cuts = [...Map.groupBy(shards, ({ of, rank }) => `${of} ${rank}`).values()]
    .flatMap((alike) => {
      const [cut] = alike;
      if (cut === undefined) return [];
      return [{ shardOf: shardsOf(rows, cut), own: new Set(alike.map(({ shard }) => shard)) }];
    });
  return ({ number }) => cuts.some(({ shardOf, own }) => own.has(shardOf[number - 1] ?? 0));
}

/** The rows in order, and whether the store has their results. */
async function* asked(
  rows: PlanRows,
  store: Store,
): AsyncGenerator<{ readonly row: PlanRow; readonly isThere: boolean }> {
  const has = rows.length > MANY ? listedIn(store) : (row: PlanRow) => store.has(row);
  for (let first = 1; first <= rows.length; first += AT_ONCE) {
    const count = Math.min(AT_ONCE, rows.length - first + 1);
    const some = Array.from({ length: count }, (_, i) => rows.at(first + i));
    const there = await Promise.all(some.map(has));
    for (const [i, row] of some.entries()) yield { row, isThere: there[i] === true };
  }
}

/** Whether `store` has results, by the names of its files: each folder is listed once. */
function listedIn(store: Store): (row: PlanRow) => Promise<boolean> {
  const listed = new Map<string, Promise<ReadonlySet<string>>>();
  return async ({ stage, key }) => {
    const group = groupOf({ key });
    const name = `${stage}/${group}`;
    const keys = listed.get(name) ?? store.keysIn(stage, group);
    listed.set(name, keys);
    return (await keys).has(key);
  };
}

/** The state of a task whose result is not there, by those of the tasks that it needs. */
function stateBy(
  { stage }: PlanRow,
  needs: readonly (TaskState | undefined)[],
): TaskState {
  const isTolerant = stage === report.name || stage === time.name;
  const hasFailure = needs.includes("failed") || needs.includes("left_to_merge");
  if (!isTolerant && hasFailure) return "failed";
  const isOpen = (state: TaskState | undefined): boolean =>
    state === "running" || state === "waiting" || state === "missing";
  if (needs.some(isOpen)) return "waiting";
  // These leave out what failed.
  return hasFailure ? "left_to_merge" : "missing";
}
