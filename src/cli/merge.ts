/**
 * `deno task merge`: the output folders of a plan, from results that shards have left in the store.
 *
 * @module
 */
import { join, resolve } from "node:path";
import { folderRemarks } from "../runs/folder_remarks.ts";
import { mergeSweeps, type PlannedTask, type Standing, standingOf } from "../runs/merge.ts";
import type { FrozenPlan } from "../runs/plan_file.ts";
import { PlanRecords } from "../runs/plan_records.ts";
import { isAlive } from "../runs/plan_status.ts";
import type { PlannedSweep, SweepResult } from "../runs/run.ts";
import type { RunOptions } from "../runs/run_state.ts";
import { stageNamed } from "../stages/stages.ts";
import { StoreError } from "../store/read_stored.ts";
import { LostResultError, Store } from "../store/store.ts";
import { StoreLock } from "../store/store_lock.ts";
import { firstAndCount } from "../text/format.ts";
import { shellWord } from "../text/shell_word.ts";
import { parseArguments } from "./args.ts";
import { type Command, ExitCode, UsageError } from "./command.ts";
import { untilInterrupted } from "./interruption.ts";
import { silent, visibleProgress } from "./progress.ts";
import { withFolders } from "./requested_folders.ts";
import { type OpenedPlan, openedPlan, OUTSIDE_HELP, type Requested } from "./requested_runs.ts";
import { explainFailures, jsonOf, printResults } from "./run_results.ts";
import { STORE_HELP } from "./store_place.ts";
import { complain, notice, printJson } from "./terminal.ts";

const help =
  `Write the output folders of a plan from the results that shards have left in the store.

usage: deno task merge PLAN [--output DIR] [--store DIR] [--wait] [--allow-read-outside]
                       [--quiet] [--json]

  PLAN                a plan that deno task plan --write has written
  --output DIR        as for deno task run --plan: needed where the results do not go to outputs/
${STORE_HELP}
  --wait              wait while another command writes to the same folder
${OUTSIDE_HELP}
  --quiet             print nothing but errors
  --json              print a summary as JSON, or what is missing
  --help              print this

The files are those of deno task run on one machine, byte for byte, but for timings.csv. Nothing is
computed but reports. Where results are missing, they are named, no folder is touched, and the exit
code is 1: compute them, and merge again. Results that failed are not missing: they are reported,
with exit code 1, as by a run. Results of an onnxruntime are merged without one, and those with
fused arithmetic without that, on any machine.

examples:
  deno task merge outputs/plan.json
  deno task merge /scratch/me/plan.json --output /scratch/me/run --store /scratch/me/store

Exit codes: 0 merged, 1 something is missing or failed, 2 a wrong plan or command line, 130 Ctrl-C,
143 SIGTERM.`;

/** `deno task merge`. */
export const merge: Command = {
  summary: "Write the folders of a plan that shards have computed",
  help,
  run: mergeNamed,
};

async function mergeNamed(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(args, {
    values: ["output", "store"],
    lists: [],
    switches: ["wait", "allow-read-outside", "quiet", "json"],
  });
  const [file, more] = parsed.positional;
  if (file === undefined) throw new UsageError("expected a plan, found none");
  if (more !== undefined) throw new UsageError(`expected one plan, found ${shellWord(more)}, too`);
  const began = performance.now();
  const progress = parsed.has("quiet") ? silent : visibleProgress();
  const writes = { results: true, folders: [] };
  const opened = await openedPlan(parsed, file, { writes, mergesOnly: true });
  const [wait, quiet, json] = [parsed.has("wait"), parsed.has("quiet"), parsed.has("json")];
  const merged = await untilInterrupted(
    (signal) => mergePlan(opened, { signal, progress, wait, quiet }),
    progress.end,
  );
  const seconds = (performance.now() - began) / 1000;
  const byHand = [
    "compute them with deno task run --plan",
    shellWord(file),
    ...parsed.list("store").map((folder) => `--store ${shellWord(folder)}`),
    ...parsed.has("allow-read-outside") ? ["--allow-read-outside"] : [],
    "--shard i/n, and merge again",
  ].join(" ");
  const launched = await launchedAdvice(file, opened);
  const advice = launched === undefined ? byHand : `${launched}\n  or ${byHand}`;
  const store = opened.store.shown;
  return await showMerged(merged, { file, store, advice, seconds, quiet, json });
}

/** What to do where the results of a plan are missing that a launcher keeps in the store; none of another. */
async function launchedAdvice(
  file: string,
  { plan, store: { path, shown } }: OpenedPlan,
): Promise<string | undefined> {
  const { folder } = new PlanRecords(new Store(path, shown), plan.sha256);
  if (resolve(file) !== resolve(path, folder, "plan.json")) return undefined;
  const hasLogs = await Deno.stat(join(path, folder, "logs")).then(() => true, () => false);
  if (!hasLogs) return undefined;
  return "repeat the command with --launcher that submitted the jobs, with more --memory or --time if " +
    `their logs in ${join(shown, folder, "logs")} say so`;
}

/** The end of a merge. */
export type Merged =
  /** The folders are written. */
  | { readonly kind: "merged"; readonly results: readonly SweepResult[] }
  /** Results are missing, and no folder was touched. */
  | MissingResults;

/** A merge that ended before it wrote anything. */
export interface MissingResults extends Standing {
  /** Says so. */
  readonly kind: "missing";
  /** The plan. */
  readonly plan: FrozenPlan;
  /** How many shards are at work, as far as their heartbeats tell. */
  readonly running: number;
}

/** How to merge. */
export interface MergeOptions extends Pick<RunOptions, "signal" | "progress"> {
  /** Whether to wait for folders that another command is writing. */
  readonly wait: boolean;
  /** Whether to print errors alone. */
  readonly quiet: boolean;
  /** The folders, where they are open already. */
  readonly folders?: readonly PlannedSweep[];
}

/**
 * Writes the folders of a plan if its results are all in the store; see {@linkcode mergeSweeps}. The
 * experiments are made, and the corpora read, only then.
 */
export async function mergePlan(
  { plan, store: place, requested }: OpenedPlan,
  { signal, progress, wait, quiet, folders }: MergeOptions,
): Promise<Merged> {
  const store = new Store(place.path, place.shown);
  const records = new PlanRecords(store, plan.sha256);
  const options = { store, signal, progress, notice };
  const lost = new Set<string>();
  // A store that is not there is not made.
  const isThere = await Deno.stat(store.root).then(() => true, () => false);
  const lock = isThere ? await StoreLock.share(store, notice) : undefined;
  let made: Requested | undefined;
  try {
    for (;;) {
      const failures = await records.failures();
      const standing = await standingOf(plan.rows, { ...options, failures });
      if (standing.missing.length > 0) {
        const running = isThere ? (await records.shards()).filter(isAlive).length : 0;
        return { kind: "missing", plan, running, ...standing };
      }
      made ??= await requested();
      const write = async (sweeps: readonly PlannedSweep[]): Promise<SweepResult[]> => {
        if (!quiet) (await folderRemarks(sweeps)).forEach(notice);
        return await mergeSweeps(sweeps, standing.failed, {
          ...options,
          threads: 1,
          fresh: false,
          failFast: false,
        });
      };
      try {
        const results = folders === undefined
          ? await withFolders(made, { wait, notice, signal }, write)
          : await write(folders);
        await records.markMerged();
        return { kind: "merged", results };
      } catch (error) {
        // A result whose head was whole: the next look finds it missing, or its report is made again.
        if (!(error instanceof LostResultError)) throw error;
        if (lost.has(error.message)) throw new StoreError(error.message);
        lost.add(error.message);
        for (const { message } of [error, ...error.also]) notice(message);
      }
    }
  } finally {
    await lock?.release();
  }
}

/** How to show the end of a merge. */
export interface ShowOptions {
  /** The plan, as messages name it. */
  readonly file: string;
  /** The folder of the store, as messages name it. */
  readonly store: string;
  /** What to do where results are missing. */
  readonly advice: string;
  /** How long it took. */
  readonly seconds: number;
  /** Whether to print errors alone. */
  readonly quiet: boolean;
  /** Whether to print JSON. */
  readonly json: boolean;
}

/** Says what was merged, or what is missing; the exit code. */
export async function showMerged(merged: Merged, options: ShowOptions): Promise<number> {
  const { seconds, quiet, json } = options;
  if (merged.kind === "missing") {
    if (json) printJson(JSON.stringify(jsonOfMissing(merged), null, 2));
    complain(missingText(merged, options));
    return ExitCode.failed;
  }
  const { results } = merged;
  if (json) printJson(JSON.stringify(await jsonOf(results, seconds, "shards"), null, 2));
  else if (!quiet) await printResults(results, seconds, "shards");
  return explainFailures(results);
}

/** How many missing results of a kind a message names. */
const MOST_NAMED = 3;

/** What is missing, kind by kind, and what computes it. */
function missingText(
  { plan, missing, failed, running }: MissingResults,
  { file, store, advice }: ShowOptions,
): string {
  const all = countsByStage(plan.rows);
  const lines = [...Map.groupBy(missing, ({ stage }) => stage)].map(([stage, own]) => {
    const names = firstAndCount([...new Set(own.map(({ name }) => name))], MOST_NAMED);
    const [, kinds] = stageNamed(stage).noun;
    return `  ${own.length} of ${all.get(stage)} ${kinds}: ${names.join(", ")}`;
  });
  const [is, are] = running === 1 ? ["shard", "is"] : ["shards", "are"];
  return [
    `cannot merge ${file}: results are missing in ${store}`,
    ...lines,
    ...failed.size === 0 ? [] : [`  (${failed.size} failed, which counts as done)`],
    ...running === 0 ? [] : [`  (${running} ${is} of the plan ${are} at work)`],
    `  ${advice}`,
  ].join("\n");
}

/** How many tasks there are of each stage. */
function countsByStage(tasks: Iterable<PlannedTask>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { stage } of tasks) counts.set(stage, (counts.get(stage) ?? 0) + 1);
  return counts;
}

function jsonOfMissing({ missing, failed, running }: MissingResults) {
  return {
    missing: missing.map(({ number, stage, name, key }) => ({ task: number, stage, name, key })),
    failed: [...failed].map(([key, message]) => ({ key, message })),
    shards_at_work: running,
  };
}
