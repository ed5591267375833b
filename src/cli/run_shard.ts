/**
 * `deno task run --plan PLAN --shard i/n`: one part of a plan, on any machine that shares the store.
 *
 * @module
 */
import { PlanError } from "../runs/plan_file.ts";
import { highestRank } from "../runs/plan_share.ts";
import { PlanRecords, type ShardName } from "../runs/plan_records.ts";
import type { PlanRow } from "../runs/plan_rows.ts";
import { Shard, type ShardResult } from "../runs/shard.ts";
import { describeResult } from "../stages/stages.ts";
import { Store } from "../store/store.ts";
import { StoreLock } from "../store/store_lock.ts";
import { wrapped } from "../text/columns.ts";
import { firstAndCount, formatCount, formatDuration } from "../text/format.ts";
import { shown } from "../text/suggestions.ts";
import { type Arguments, wholeNumber } from "./args.ts";
import { checkRuntime } from "./check_runtime.ts";
import { ExitCode, UsageError } from "./command.ts";
import { untilInterrupted } from "./interruption.ts";
import { downloadProgress, silent, visibleProgress } from "./progress.ts";
import { openedPlan, requestedThreads, type RunArguments } from "./requested_runs.ts";
import { complain, notice, print, printJson } from "./terminal.ts";

/** A parsed command line that names a shard of a plan. */
export type ShardArguments =
  & RunArguments
  & Arguments<
    | ("plan" | "task" | "shard" | "rank" | "output" | "store" | "workers")
    | ("fresh" | "wait" | "dry-run" | "status" | "fail-fast" | "quiet" | "json")
  >;

/** The most shards. */
const MOST_SHARDS = 1_000_000;

/** Computes the shard of a plan that `parsed` names; the exit code. */
export async function runShard(
  parsed: ShardArguments,
  args: readonly string[],
  file: string,
): Promise<number> {
  const part = shardIn(parsed.value("shard"));
  checkAlone(parsed);
  const progress = parsed.has("quiet") ? silent : visibleProgress();
  const threads = requestedThreads(parsed);
  const { plan, store: place, requested } = await openedPlan(parsed, file, {
    writes: { results: true, folders: [] },
    watch: downloadProgress(progress),
    withoutFolders: true,
    threads,
  });
  const rank = rankIn(parsed.value("rank"), () => highestRank(plan.rows));
  const name: ShardName = rank === undefined ? part : { ...part, rank };
  const store = new Store(place.path, place.shown);
  const shard = new Shard(plan, name, store);
  let began = performance.now();
  const result = await asMistakes(() =>
    untilInterrupted(async (signal) => {
      // From here on nobody prunes, and nobody takes what is half written for left behind.
      const lock = await StoreLock.shareBySigns(store, notice);
      try {
        const lacking = await shard.lacking();
        if (lacking.length > 0) await new PlanRecords(store, plan.sha256).keepPlan(plan.file);
        signal.throwIfAborted();
        const runs = await requested(() => new Set(lacking.map(({ run }) => run)));
        await shard.prepare(lacking);
        const only = new Set(lacking.map(({ key }) => key));
        await checkRuntime(runs, { args, only, store, fresh: false });
        began = performance.now();
        return await shard.work({
          ...{ store, threads, progress, notice, signal, fresh: false },
          failFast: parsed.has("fail-fast"),
        });
      } finally {
        await lock.release();
      }
    }, progress.end)
  );
  const seconds = (performance.now() - began) / 1000;
  if (parsed.has("json")) printJson(JSON.stringify(jsonOf(name, result, seconds), null, 2));
  else if (!parsed.has("quiet")) print(lineOf(name, result, seconds));
  return explain(result, parsed.has("quiet"));
}

/** The shard that `--shard` says, as in `2/8`; throws a {@linkcode UsageError}. */
function shardIn(given: string | undefined): Omit<ShardName, "rank"> {
  if (given === undefined) throw new UsageError("expected --shard with --rank, found --rank alone");
  const [, shard, of] = (/^(\d{1,7})\/(\d{1,7})$/.exec(given) ?? []).map(Number);
  if (
    shard !== undefined && of !== undefined && shard >= 1 && shard <= of && of <= MOST_SHARDS
  ) return { shard, of };
  throw new UsageError(
    `expected --shard i/n with i from 1 to n, such as --shard 2/8, found ${shown(given)}`,
  );
}

function rankIn(given: string | undefined, highest: () => number): number | undefined {
  return given === undefined
    ? undefined
    : wholeNumber("rank", given, { least: 0, most: highest() });
}

/** What cannot be said with `--shard`, and why. */
const REFUSED = {
  task: "one task is no shard",
  output: "a shard writes no folder, which deno task merge does",
  wait: "a shard writes no folder that another run could write to",
  fresh: "shards go on from what the store has; --store with a new folder computes all again",
  "dry-run": "--status shows what there is to do",
  status: "--status shows all shards",
} as const;

function checkAlone(parsed: ShardArguments): void {
  for (const flag of ["task", "output", "wait", "fresh", "dry-run", "status"] as const) {
    if (parsed.has(flag)) {
      throw new UsageError(`expected --shard without --${flag}, found both: ${REFUSED[flag]}`);
    }
  }
}

/** What `work` gives; what is wrong with the plan is a {@linkcode UsageError}. */
async function asMistakes<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof PlanError) throw new UsageError(error.message);
    throw error;
  }
}

/** `shard 2 of 8, rank 1: 12 of 15 tasks done (5 computed) in 3 s`. */
function lineOf(
  { shard, of, rank }: ShardName,
  { tasks, done, computed }: ShardResult,
  seconds: number,
): string {
  const of_ = `shard ${shard} of ${of}${rank === undefined ? "" : `, rank ${rank}`}`;
  const now = computed === 0 ? "" : ` (${computed} computed)`;
  return `${of_}: ${done} of ${formatCount(tasks, "task")} done${now} in ${
    formatDuration(seconds)
  }`;
}

function jsonOf(name: ShardName, result: ShardResult, seconds: number): unknown {
  const { tasks, done, computed, failed, waiting, left } = result;
  return {
    ...{ ...name, tasks, done, computed, seconds },
    failed: failed.map(({ row, message }) => ({ ...jsonOfRow(row), message })),
    waiting: waiting.map(({ row, needs }) => ({ ...jsonOfRow(row), needs: needs.map(jsonOfRow) })),
    left_to_merge: left.map(jsonOfRow),
  };
}

function jsonOfRow({ number, stage, name, key }: PlanRow) {
  return { task: number, stage, name, key };
}

/** Tasks named of those that wait, or failed, for the same reason. */
const MOST_NAMED = 3;
/** The most columns of a line about them, without its indentation. */
const COLUMNS = 78;
/** Reasons named. */
const MOST_REASONS = 5;

/** Says what failed and what waits; the exit code. */
function explain({ failed, waiting, left }: ShardResult, isQuiet: boolean): number {
  if (failed.length > 0) {
    complain(`${formatCount(failed.length, "result")} failed`);
    explainAll(failed, ({ message }) => message, (names, [{ message }]) => `${names}: ${message}`);
  }
  if (waiting.length > 0) {
    const wait = waiting.length === 1 ? "waits" : "wait";
    notice(`${formatCount(waiting.length, "task")} of this shard ${wait} for other tasks:`);
    explainAll(
      waiting,
      ({ needs }) => needs.map(({ number }) => number).join(),
      (names, [{ needs }, ...others]) => {
        const wait = others.length === 0 ? "waits" : "wait";
        return wrapped(`${names} ${wait} for ${namesOf(needs)}`, COLUMNS, "  ").join("\n  ");
      },
    );
    notice("repeat the command once they are done: it goes on from here");
  }
  if (left.length > 0 && !isQuiet) {
    notice(`${formatCount(left.length, "result")} left to deno task merge`);
  }
  return failed.length + waiting.length === 0 ? ExitCode.done : ExitCode.failed;
}

/** A line for each reason of `tasks`. */
function explainAll<Task extends { readonly row: PlanRow }>(
  tasks: readonly Task[],
  reasonOf: (task: Task) => string,
  text: (names: string, alike: readonly [Task, ...Task[]]) => string,
): void {
  const reasons = [...Map.groupBy(tasks, reasonOf).values()];
  for (const [first, ...others] of reasons.slice(0, MOST_REASONS)) {
    if (first === undefined) continue;
    const names = namesOf([first, ...others].map(({ row }) => row));
    notice(`  ${text(names, [first, ...others])}`);
  }
  if (reasons.length > MOST_REASONS) notice(`  and ${reasons.length - MOST_REASONS} more reasons`);
}

/** `training of the target (task 1), greedy (task 7)`. */
function namesOf(rows: readonly PlanRow[]): string {
  const names = rows.map((row) => `${describeResult(row)} (task ${row.number})`);
  return firstAndCount(names, MOST_NAMED).join(", ");
}
