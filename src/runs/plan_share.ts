/**
 * The part of a plan that is a shard's: the groups of its tasks, in their order, cut where equal parts of
 * their estimated time end. It follows from the plan alone, so that shards need not know of each other.
 *
 * @module
 */
import type { PlanRow, PlanRows } from "./plan_rows.ts";
import type { ShardName } from "./plan_records.ts";

/** The shards into which a plan is cut. */
export type Cut = Omit<ShardName, "shard">;

/** The least time of a task, seconds: an estimate of nothing would take no place. */
const LEAST_SECONDS = 1e-3;

/**
 * For each row of a plan the number of its shard; 0 for the ranks that are not cut. A shard has the groups
 * whose middle lies in its part of the whole time, and so differs from its part by less than the longest
 * group.
 */
export function shardsOf(rows: PlanRows, { of, rank }: Cut): Int32Array {
  // The time of each group, at its first task, and then the time before its middle.
  const seconds = new Float64Array(rows.length);
  const isCut = new Uint8Array(rows.length);
  let total = 0;
  for (const row of rows) {
    if (rank !== undefined && row.rank !== rank) continue;
    const own = row.seconds > LEAST_SECONDS ? row.seconds : LEAST_SECONDS;
    seconds[row.group - 1] = (seconds[row.group - 1] ?? 0) + own;
    isCut[row.number - 1] = 1;
    total += own;
  }
  const shards = new Int32Array(rows.length);
  let before = 0;
  for (const { number, group } of rows) {
    if (isCut[number - 1] === 0) continue;
    if (number === group) {
      const own = seconds[number - 1] ?? 0;
      shards[number - 1] = 1 + Math.min(of - 1, Math.floor(of * (before + own / 2) / total));
      before += own;
    } else shards[number - 1] = shards[group - 1] ?? 0;
  }
  return shards;
}

/** The rows of a shard, in their order. */
export function shareOf(rows: PlanRows, { shard, ...cut }: ShardName): readonly PlanRow[] {
  const shards = shardsOf(rows, cut);
  const own: PlanRow[] = [];
  for (const row of rows) if (shards[row.number - 1] === shard) own.push(row);
  return own;
}

/** The highest rank in a plan. */
export function highestRank(rows: PlanRows): number {
  let highest = 0;
  for (const { rank } of rows) highest = Math.max(highest, rank);
  return highest;
}
