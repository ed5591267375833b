import { type FrozenPlan, PlanError } from "../runs/plan_file.ts";
import { PlanRecords } from "../runs/plan_records.ts";
import { runPlannedTask, runSweeps } from "../runs/run.ts";
import { folderRemarks } from "../runs/folder_remarks.ts";
import type { RunOptions } from "../runs/run_state.ts";
import { Store } from "../store/store.ts";
import { StoreLock } from "../store/store_lock.ts";
import { formatDuration } from "../text/format.ts";
import { parseArguments } from "./args.ts";
import { checkRuntime } from "./check_runtime.ts";
import { type Command, ExitCode, UsageError } from "./command.ts";
import { untilInterrupted } from "./interruption.ts";
import { LAUNCH_FLAGS, LAUNCH_HELP, launcherPrograms, requestedLaunch } from "./launch_options.ts";
import { downloadProgress, silent, visibleProgress } from "./progress.ts";
import {
  checkPlanAlone,
  openedPlan,
  OUTSIDE_HELP,
  requestedRuns,
  requestedThreads,
  RUN_FLAGS,
} from "./requested_runs.ts";
import { withFolders } from "./requested_folders.ts";
import { explainFailures, jsonOf, printResults } from "./run_results.ts";
import { STORE_HELP } from "./store_place.ts";
import { notice, print, printJson } from "./terminal.ts";

const help = `Train, decode and report. Earlier results are reused; only what changed is recomputed.

usage: deno task run CONFIG… [--set path=value[,value…]]… [--add STRATEGY]… [--output DIR]
                     [--store DIR] [--workers N] [--limit N] [--fresh] [--fail-fast] [--wait]
                     [--dry-run] [--allow-read-outside] [--quiet] [--json]
       deno task run --plan PLAN [--task N] [--output DIR] [--store DIR] [--workers N] [--fresh]
                     [--fail-fast] [--wait] [--dry-run] [--allow-read-outside] [--quiet] [--json]
       deno task run --plan PLAN --shard I/N [--rank R] [--store DIR] [--workers N] [--fail-fast]
                     [--allow-read-outside] [--quiet] [--json]
       deno task run --plan PLAN --status [--store DIR] [--json]
       deno task run CONFIG… | --plan PLAN --launcher slurm|local [--partition NAME] [--time T]
                     [--memory M] [--concurrency N] [--job-seconds N] [--sbatch 'ARGS']…
                     [--detach] …

  CONFIG              a YAML file such as configs/default.yaml; several in one command
  --set path=value    change a setting; values separated by commas, and ranges such as 1..8 or
                      0.5..1.5:0.25, sweep it; null removes the setting. In decoding.strategies
                      the name of a strategy stands for its entry, in its warp that of a warper. A
                      path may be short where it is that of one setting only: draft_k, target.steps
  --add STRATEGY      one more strategy, such as '{strategy: min_p, min_p: 0.1}'; --set and --add
                      change the config in the order in which they are written
  --output DIR        the folder for the results, relative to the project (default:
                      outputs/<name>)
${STORE_HELP}
${OUTSIDE_HELP}
  --workers N         threads for trainings and cells (default: the number of cores); the results
                      are the same bytes with any number
  --limit N           a smoke run to outputs/<name>-limit-N: at most N training steps, samples per
                      prompt and drawn prompts
  --plan PLAN         run a plan that deno task plan wrote to a file, whatever its configs say now;
                      where its results do not go to outputs/, --output has to name their folder
  --task N            compute one task of the plan, by its number or key, and write no folder
  --shard I/N         compute one of N parts of the plan, which take about the same time, on any
                      machine that shares the store: all that the store lacks and has the inputs of,
                      until nothing more can be done. What waits for other shards is named; no
                      folder is written; the same command goes on from there
  --rank R            share out only the tasks of that rank of the plan: 0 needs nothing, each other
                      rank only what lower ranks compute
  --status            show how many tasks of the plan are done, running (a shard with a heartbeat
                      computes them, or does so next), waiting, missing, failed, and left to
                      merge: reports and timings of runs in which something failed
${LAUNCH_HELP}
  --fresh             recompute everything, whatever is cached
  --fail-fast         stop at the first training or cell that fails (default: finish the others)
  --wait              wait while another run writes to the same folder
  --dry-run           only show what would be computed, as deno task plan does
  --quiet             print nothing but errors
  --json              print a summary as JSON
  --help              print this

examples:
  deno task run configs/default.yaml
  deno task run configs/default.yaml --set speculative.draft_k=1,2,4,8
  deno task run configs/default.yaml --set name=more --add '{strategy: min_p, min_p: 0.1}'
  deno task run configs/default.yaml --set name=wide --set models.target.n_embd=32
  deno task run configs/default.yaml --set name=seeds --set seed=1..5
  deno task run --plan outputs/plan.json --shard 2/8 --store /shared/store

Configs with "engine: onnx" (the default for models from folders) are computed by deno task
run:native or deno task run:onnx, with the same arguments; what is cached needs neither.
CONFIG may be - for one that is piped in, whose paths are relative to the project; PLAN may not. A
run that is interrupted (Ctrl-C, SIGTERM, a closed terminal (SIGHUP), a killed task) resumes: repeat
the command; the output is byte-identical.
Exit codes: 0 done, 1 failed (a shard: or something waits), 2 a wrong config or command line,
130 Ctrl-C, 143 SIGTERM, 129 SIGHUP.`;

/** `deno task run`. */
export const run: Command = { summary: "Train, decode and report", help, run: runConfigs };

async function runConfigs(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(args, {
    values: [...RUN_FLAGS.values, ...LAUNCH_FLAGS.values, "plan", "task", "shard", "rank"],
    lists: [...RUN_FLAGS.lists, ...LAUNCH_FLAGS.lists],
    foreign: ["sbatch"],
    switches: [
      ...["fresh", "fail-fast", "wait", "dry-run", "status", "quiet", "json"] as const,
      ...RUN_FLAGS.switches,
      ...LAUNCH_FLAGS.switches,
    ],
  });
  const threads = requestedThreads(parsed);
  const [file, task] = [parsed.value("plan"), parsed.value("task")];
  const ofPlan = (["task", "shard", "rank", "status"] as const).find((flag) => parsed.has(flag));
  if (ofPlan !== undefined && file === undefined) {
    throw new UsageError(`expected --plan with --${ofPlan}, found --${ofPlan} alone`);
  }
  const launch = requestedLaunch(parsed);
  const jobs = launch && {
    programs: launcherPrograms[launch.launcher],
    threads: launch.threads,
    // How much the nodes of a cluster have, Slurm knows.
    memory: launch.launcher === "slurm" ? Infinity : undefined,
  };
  const writes = { results: !parsed.has("dry-run"), folders: [], jobs };
  const progress = parsed.has("quiet") ? silent : visibleProgress();
  const watch = downloadProgress(progress);
  if (file !== undefined) {
    checkPlanAlone(parsed);
    if (parsed.has("shard") || parsed.has("rank")) {
      return await (await import("./run_shard.ts")).runShard(parsed, args, file);
    }
    if (parsed.has("status")) {
      return await (await import("./plan_status.ts")).showStatus(parsed, file);
    }
  }
  const opened = file === undefined ? undefined : await openedPlan(parsed, file, {
    writes,
    watch,
    threads: jobs?.threads ?? threads,
  });
  const requested = opened === undefined
    ? await requestedRuns(parsed, writes, watch)
    : await opened.requested(
      task === undefined ? undefined : () => new Set([opened.plan.find(task).run]),
    );
  if (parsed.has("dry-run")) {
    const { showPlan } = await import("./plan.ts");
    const [fresh, json] = [parsed.has("fresh"), parsed.has("json")];
    return await showPlan(requested, { fresh, json, threads });
  }
  const began = performance.now();
  const options = {
    store: new Store(requested.store.path, requested.store.shown),
    threads,
    fresh: parsed.has("fresh"),
    failFast: parsed.has("fail-fast"),
    progress,
    notice,
  };
  const only = task === undefined ? undefined : opened?.plan.find(task).key;
  await checkRuntime(requested, {
    args,
    only: only === undefined ? undefined : new Set([only]),
    ...options,
  });
  if (opened !== undefined && task !== undefined) {
    return await runOneTask(opened.plan, task, options, { json: parsed.has("json") });
  }
  if (launch !== undefined) {
    const { launchRuns } = await import("./launch.ts");
    const { plan } = opened ?? {};
    const [wait, quiet, json] = [parsed.has("wait"), parsed.has("quiet"), parsed.has("json")];
    const output = parsed.value("output");
    const launching = { launch, args, output, progress, wait, quiet, json };
    return await launchRuns({ requested, plan }, launching);
  }
  const results = await untilInterrupted(async (signal) => {
    const lock = await StoreLock.share(options.store, notice);
    try {
      const lockOptions = { wait: parsed.has("wait"), notice, signal };
      return await withFolders(requested, lockOptions, async (sweeps) => {
        if (!parsed.has("quiet")) (await folderRemarks(sweeps)).forEach(notice);
        const written = await runSweeps(sweeps, { ...options, signal });
        // The results of its shards are those of folders now, as after a merge.
        if (opened !== undefined) {
          await new PlanRecords(options.store, opened.plan.sha256).markMerged();
        }
        return written;
      });
    } finally {
      await lock.release();
    }
  }, options.progress.end);
  const seconds = (performance.now() - began) / 1000;
  if (parsed.has("json")) printJson(JSON.stringify(await jsonOf(results, seconds), null, 2));
  else if (!parsed.has("quiet")) await printResults(results, seconds);
  return explainFailures(results);
}

/** Computes one task of a plan; the exit code. */
async function runOneTask(
  plan: FrozenPlan,
  given: string,
  options: Omit<RunOptions, "signal">,
  { json }: { readonly json: boolean },
): Promise<number> {
  const began = performance.now();
  try {
    const one = await plan.task(plan.find(given).number);
    const computed = await untilInterrupted(async (signal) => {
      const lock = await StoreLock.share(options.store, notice);
      try {
        return await runPlannedTask(plan.rows, one, { ...options, signal });
      } finally {
        await lock.release();
      }
    }, options.progress.end);
    const seconds = (performance.now() - began) / 1000;
    const { number, stage, name, key } = one.row;
    if (json) {
      printJson(JSON.stringify({ task: number, stage, name, key, computed, seconds }, null, 2));
    } else {
      const outcome = computed ? `computed in ${formatDuration(seconds)}` : "cached";
      print(`task ${number} of ${plan.rows.length} (${stage} ${name}): ${outcome}`);
    }
    return ExitCode.done;
  } catch (error) {
    if (error instanceof PlanError) throw new UsageError(error.message);
    throw error;
  }
}
