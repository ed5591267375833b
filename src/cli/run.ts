// @ts-types="../declarations/path.d.ts"
import { relative } from "@std/path";
import { OutputFolder } from "../runs/output_folder.ts";
import { type Plan, PlanError, planTask } from "../runs/plan_file.ts";
import type { LockOptions } from "../files/lock.ts";
import {
  type PlannedRun,
  type PlannedSweep,
  type ResultCounts,
  runPlannedTask,
  type RunResult,
  runSweeps,
  type SweepResult,
} from "../runs/run.ts";
import { folderRemarks } from "../runs/folder_remarks.ts";
import type { RunOptions } from "../runs/run_phases.ts";
import type { ExperimentSettings } from "../stages/experiment_data.ts";
import { Interrupted } from "../stages/stage.ts";
import { Store } from "../store/store.ts";
import { StoreLock } from "../store/store_lock.ts";
import { escapeControl } from "../text/characters.ts";
import { formatCount, formatDuration } from "../text/format.ts";
import { parseArguments } from "./args.ts";
import { type Command, ExitCode, UsageError } from "./command.ts";
import { silent, visibleProgress } from "./progress.ts";
import {
  requestedPlan,
  type RequestedRuns,
  requestedRuns,
  requestedThreads,
  RUN_FLAGS,
  STORE,
} from "./requested_runs.ts";
import { notice, print, printJson } from "./terminal.ts";

const help = `Train, decode and report. Earlier results are reused; only what changed is recomputed.

usage: deno task run CONFIG… [--set path=value[,value…]]… [--add STRATEGY]… [--output DIR]
                     [--workers N] [--limit N] [--fresh] [--fail-fast] [--wait] [--dry-run] [--quiet] [--json]
       deno task run --plan PLAN [--task N] [--workers N] [--fresh] [--fail-fast] [--wait]
                     [--dry-run] [--quiet] [--json]

  CONFIG              a YAML file such as configs/default.yaml; several in one command
  --set path=value    change a setting; values separated by commas, and ranges such as 1..8 or
                      0.5..1.5:0.25, sweep it; null removes the setting. In decoding.strategies
                      the name of a strategy stands for its entry, in its warp that of a warper. A
                      path may be short where it is that of one setting only: draft_k, target.steps
  --add STRATEGY      one more strategy, such as '{strategy: min_p, min_p: 0.1}'; --set and --add
                      change the config in the order in which they are written
  --output DIR        the folder for the results, relative to the project (default:
                      outputs/<name>)
  --workers N         threads for trainings and cells (default: the number of cores); the results
                      are the same bytes with any number
  --limit N           a smoke run to outputs/<name>-limit-N: at most N training steps, samples per
                      prompt and drawn prompts
  --plan PLAN         run a plan that deno task plan wrote to a file, whatever its configs say now
  --task N            compute one task of the plan, by its number or key, and write no folder
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

An interrupted run (Ctrl-C) resumes: repeat the command; the output is byte-identical.
Exit codes: 0 done, 1 something failed, 2 a wrong config or command line, 130 interrupted.`;

/** `deno task run`. */
export const run: Command = { summary: "Train, decode and report", help, run: runConfigs };

async function runConfigs(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(args, {
    ...RUN_FLAGS,
    values: [...RUN_FLAGS.values, "plan", "task"],
    switches: ["fresh", "fail-fast", "wait", "dry-run", "quiet", "json"],
  });
  const threads = requestedThreads(parsed);
  const [file, task] = [parsed.value("plan"), parsed.value("task")];
  if (task !== undefined && file === undefined) {
    throw new UsageError("expected --plan with --task, found --task alone");
  }
  const plan = file === undefined ? undefined : await requestedPlan(parsed, file);
  const requested = plan?.sweeps ?? await requestedRuns(parsed);
  if (parsed.has("dry-run")) {
    const { showPlan } = await import("./plan.ts");
    const [fresh, json] = [parsed.has("fresh"), parsed.has("json")];
    return await showPlan(requested, { fresh, json, threads });
  }
  const began = performance.now();
  const options = {
    store: new Store(STORE),
    threads,
    fresh: parsed.has("fresh"),
    failFast: parsed.has("fail-fast"),
    progress: parsed.has("quiet") ? silent : visibleProgress(),
    notice,
  };
  if (plan !== undefined && task !== undefined) {
    return await runOneTask(plan, task, options, { json: parsed.has("json") });
  }
  const results = await untilInterrupted(async (signal) => {
    const lock = await StoreLock.share(options.store, notice);
    try {
      const sweeps = await openFolders(requested, { wait: parsed.has("wait"), notice, signal });
      try {
        if (!parsed.has("quiet")) (await folderRemarks(sweeps)).forEach(notice);
        return await runSweeps(sweeps, { ...options, signal });
      } finally {
        await closeFolders(sweeps);
      }
    } finally {
      await lock.release();
    }
  });
  const seconds = (performance.now() - began) / 1000;
  if (parsed.has("json")) printJson(JSON.stringify(jsonOf(results, seconds), null, 2));
  else if (!parsed.has("quiet")) printResults(results, seconds);
  return explainFailures(results);
}

/** Computes one task of a plan; the exit code. */
async function runOneTask(
  plan: Plan,
  given: string,
  options: Omit<RunOptions, "signal">,
  { json }: { readonly json: boolean },
): Promise<number> {
  const began = performance.now();
  try {
    const one = planTask(plan, given);
    const computed = await untilInterrupted(async (signal) => {
      const lock = await StoreLock.share(options.store, notice);
      try {
        return await runPlannedTask(plan, one, { ...options, signal });
      } finally {
        await lock.release();
      }
    });
    const seconds = (performance.now() - began) / 1000;
    const { number, task: { id: { stage, name, key } } } = one;
    if (json) {
      printJson(JSON.stringify({ task: number, stage, name, key, computed, seconds }, null, 2));
    } else {
      const outcome = computed ? `computed in ${formatDuration(seconds)}` : "cached";
      print(`task ${number} of ${plan.tasks.length} (${stage} ${name}): ${outcome}`);
    }
    return ExitCode.done;
  } catch (error) {
    if (error instanceof PlanError) throw new UsageError(error.message);
    throw error;
  }
}

/** Signals that ask a program to end. */
const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM"];

/** Milliseconds within which a second signal is the first again: from the terminal, and from the task. */
const SAME = 500;

/**
 * Runs `action` with a signal that is aborted when the program is asked to end; asked again, it ends
 * at once.
 */
async function untilInterrupted<Result>(
  action: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  let first = Infinity;
  const stop = (): void => {
    if (performance.now() > first + SAME) Deno.exit(ExitCode.interrupted);
    first = Math.min(first, performance.now());
    controller.abort(
      new Interrupted("interrupted: finished results are saved; repeat the command to resume"),
    );
  };
  for (const signal of SIGNALS) Deno.addSignalListener(signal, stop);
  try {
    return await action(controller.signal);
  } finally {
    for (const signal of SIGNALS) Deno.removeSignalListener(signal, stop);
  }
}

/** Opens the folders of all runs, or none. */
async function openFolders(
  requested: readonly RequestedRuns[],
  options: LockOptions,
): Promise<PlannedSweep[]> {
  const opened: OutputFolder[] = [];
  const open = async (folder: Promise<OutputFolder>): Promise<OutputFolder> => {
    opened.push(await folder);
    return await folder;
  };
  try {
    const sweeps: PlannedSweep[] = [];
    for (const { name, folder, parts } of requested) {
      const isSweep = parts.some((part) => part.folder !== folder);
      const own = await open(OutputFolder.open(folder, options));
      const runs: PlannedRun[] = [];
      for (const part of parts) {
        const inside = relative(folder, part.folder);
        runs.push({
          data: part.data,
          folder: isSweep ? await open(own.openInside(inside, options)) : own,
        });
      }
      sweeps.push(isSweep ? { runs, summary: { name, folder: own } } : { runs });
    }
    return sweeps;
  } catch (error) {
    for (const folder of opened) await folder.close();
    throw error;
  }
}

async function closeFolders(sweeps: readonly PlannedSweep[]): Promise<void> {
  for (const { runs, summary } of sweeps) {
    for (const { folder } of runs) await folder.close();
    await summary?.folder.close();
  }
}

/** For each config a line about what was run, and where its report is. */
function printResults(results: readonly SweepResult[], seconds: number): void {
  for (const { runs, summary } of results) {
    print(`${lineOf(runs)} in ${formatDuration(seconds)}`);
    const folder = summary ?? runs[0]?.folder;
    if (folder === undefined) continue;
    print(`  report   ${escapeControl(folder.file("report.md"))}`);
    print(`  results  ${escapeControl(folder.file("results.csv"))}`);
  }
}

/** `default: 2 models (2 cached), 20 cells, 8000 samples`; for a sweep the sums over its runs. */
function lineOf(runs: readonly RunResult[]): string {
  const sum = (of: (run: RunResult) => number): number =>
    runs.reduce((total, run) => total + of(run), 0);
  const counted = (thing: string, of: (run: RunResult) => ResultCounts): string => {
    const count = sum((run) => of(run).all);
    const failed = sum((run) => of(run).failed);
    const cached = count - failed - sum((run) => of(run).recomputed);
    const notes = [[cached, "cached"], [failed, "failed"]].filter(([many]) => many !== 0);
    const shown = notes.length === 0 ? "" : ` (${notes.map((note) => note.join(" ")).join(", ")})`;
    return formatCount(count, thing) + shown;
  };
  return `${runs[0]?.data.experiment.name}: ` + [
    ...(runs.length === 1 ? [] : [formatCount(runs.length, "run")]),
    counted("model", ({ models }) => models),
    counted("cell", ({ cells }) => cells),
    formatCount(sum(({ samples }) => samples), "sample"),
  ].join(", ");
}

function titleOf({ name, variant }: ExperimentSettings): string {
  return variant === undefined ? name : `${name}, ${variant.label}`;
}

/** The summary that `--json` prints. */
function jsonOf(results: readonly SweepResult[], seconds: number): unknown {
  return {
    seconds,
    runs: results.flatMap(({ runs }) =>
      runs.map(({ data: { experiment }, folder, models, cells, samples, failures, written }) => ({
        name: experiment.name,
        variant: experiment.variant?.label,
        folder: folder.path,
        models: models.all,
        models_trained: models.recomputed,
        cells: cells.all,
        cells_decoded: cells.recomputed,
        samples,
        written,
        failures,
      }))
    ),
  };
}

/** Lists every failure; the exit code. */
function explainFailures(results: readonly SweepResult[]): number {
  const failed = results.flatMap(({ runs }) => runs)
    .filter(({ failures }) => failures.length > 0);
  if (failed.length === 0) return ExitCode.done;
  const count = failed.reduce((sum, { failures }) => sum + failures.length, 0);
  notice(`error: ${formatCount(count, "result")} failed`);
  for (const { data: { experiment }, failures } of failed) {
    for (const { what, message } of failures) {
      notice(`  ${titleOf(experiment)}: ${what}: ${message}`);
    }
  }
  return ExitCode.failed;
}
