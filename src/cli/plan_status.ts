/**
 * `deno task run --plan PLAN --status`: how far a plan is.
 *
 * @module
 */
import { isAlive, type PlanStatus, statusOf, taskStates } from "../runs/plan_status.ts";
import type { ShardRecord } from "../runs/plan_records.ts";
import { describeResult, stageNamed } from "../stages/stages.ts";
import { Store } from "../store/store.ts";
import { formatCount, formatDuration } from "../text/format.ts";
import type { Arguments } from "./args.ts";
import { ExitCode, UsageError } from "./command.ts";
import { openedPlan, type PlanArguments } from "./requested_runs.ts";
import { print, printJson } from "./terminal.ts";

/** Shows how far the plan in `file` is; the exit code. */
export async function showStatus(
  parsed: PlanArguments & Arguments<"json" | "task" | "dry-run" | "fresh">,
  file: string,
): Promise<number> {
  for (const flag of ["task", "dry-run", "fresh"] as const) {
    if (parsed.has(flag)) {
      throw new UsageError(`expected --status without --${flag}, found both: it computes nothing`);
    }
  }
  const { plan, store: place } = await openedPlan(parsed, file, {
    writes: { results: true, folders: [] },
    withoutFolders: true,
  });
  const status = await statusOf(plan, new Store(place.path, place.shown));
  if (parsed.has("json")) printJson(JSON.stringify(jsonOf(status), null, 2));
  else print(textOf(status));
  return ExitCode.done;
}

function jsonOf({ stages, failures, shards }: PlanStatus): unknown {
  return {
    stages,
    failures: failures.map(({ row: { number, stage, name, key }, message }) => (
      { task: number, stage, name, key, message }
    )),
    shards: shards.map((shard) => ({ ...shard, alive: isAlive(shard) })),
  };
}

function textOf({ stages, failures, shards }: PlanStatus): string {
  const rows = stages.map((counts) => [
    stageNamed(counts.stage).noun[1],
    ...["all" as const, ...taskStates].map((state) => String(counts[state])),
  ]);
  const titles = taskStates.map((state) => state.replaceAll("_", " "));
  const lines = table([["", "all", ...titles], ...rows]);
  if (failures.length > 0) {
    lines.push("", `${formatCount(failures.length, "task")} failed:`);
    for (const { row, message } of failures.slice(0, MOST_LISTED)) {
      lines.push(`  ${describeResult(row)} (task ${row.number}): ${message}`);
    }
    lines.push(...more(failures));
  }
  if (shards.length > 0) {
    lines.push("", "shards:");
    for (const shard of shards.slice(0, MOST_LISTED)) lines.push(`  ${shardText(shard)}`);
    lines.push(...more(shards));
  }
  return lines.join("\n");
}

/** The failures and the shards that are listed. */
const MOST_LISTED = 20;

function more({ length }: readonly unknown[]): string[] {
  return length > MOST_LISTED ? [`  and ${length - MOST_LISTED} more; --json lists all`] : [];
}

/** `2/8 rank 1 on node7 (process 4711): 12 of 15 tasks done, 2 at work, last heartbeat 4 s ago`. */
function shardText(record: ShardRecord): string {
  const { shard, of, rank, host, pid, tasks, done, state, age, computing } = record;
  const name = `${shard}/${of}${rank === undefined ? "" : ` rank ${rank}`}`;
  const now = computing.length === 0 ? state : `${computing.length} at work`;
  const said = state !== "running" ? state : isAlive(record) ? now : "no heartbeat";
  const ago = formatDuration(age);
  return `${name} on ${host} (process ${pid}): ${done} of ${formatCount(tasks, "task")} done, ` +
    `${said}, ${state === "running" ? "last heartbeat" : "ended"} ${ago} ago`;
}

/** Lines whose columns are aligned: the first to the left, numbers to the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) =>
    row.map((cell, i) =>
      i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart((widths[i] ?? 0) + 2)
    ).join("")
  );
}
