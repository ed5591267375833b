import type { Experiment } from "../config/load.ts";
import { OutputFolder } from "../runs/output_folder.ts";
import type { LockOptions } from "../runs/run_lock.ts";
import {
  type Run,
  type RunOutcome,
  runSweeps,
  type Sweep,
  type SweepOutcome,
} from "../runs/run.ts";
import { modelNames } from "../stages/experiment_data.ts";
import { Store } from "../store/store.ts";
import { StoreLock } from "../store/store_lock.ts";
import { parseArguments } from "./args.ts";
import { type AskedRun, askedRuns, RUN_FLAGS, STORE, workers } from "./requested_runs.ts";
import { type Command, ExitCode, notice, print } from "./command.ts";
import { untilInterrupted } from "./interrupt.ts";
import { silent, visibleProgress } from "./progress.ts";

const help = `Train, decode and report. What was made before is not made again.

usage: deno task run CONFIG… [--set path=value[,value…]]… [--output DIR] [--workers N]
                     [--limit N] [--fresh] [--fail-fast] [--wait] [--dry-run] [--quiet] [--json]

  CONFIG              a YAML file such as configs/default.yaml; several in one command
  --set path=value    change a setting; values divided by commas, and ranges such as 1..8 or
                      0.5..1.5:0.25, sweep it; null takes the setting out. In
                      decoding.strategies a strategy's name stands for its entry, in its warp a
                      warper's
  --output DIR        where the results go, seen from the project (default: outputs/<name>)
  --workers N         threads that trainings and cells may use (default: the cores); the results
                      are the same bytes with any number
  --limit N           a smoke run to outputs/<name>-limit-N: at most N training steps, samples of
                      each prompt and drawn prompts
  --fresh             make everything anew, whatever was made before
  --fail-fast         stop at the first training or cell that fails; else the others go on
  --wait              wait while another run writes to the same folder
  --dry-run           only say what would be made, as deno task plan does
  --quiet             print nothing but errors
  --json              print what came of it as JSON
  --help              print this

examples:
  deno task run configs/default.yaml
  deno task run configs/default.yaml --set decoding.strategies.speculative.draft_k=1,2,4,8
  deno task run configs/default.yaml --set name=wide --set models.target.n_embd=32
  deno task run configs/default.yaml --set name=seeds --set seed=1..5

An interrupted run (Ctrl-C) keeps what is finished; the same command goes on from there.
Exit codes: 0 done, 1 something failed, 2 a wrong config or command line, 130 interrupted.`;

/** `deno task run`. */
export const run: Command = { summary: "Train, decode and report", help, run: runConfigs };

async function runConfigs(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(args, {
    switches: ["fresh", "fail-fast", "wait", "dry-run", "quiet", "json"],
    values: [...RUN_FLAGS.values, "workers"],
    lists: RUN_FLAGS.lists,
  });
  const threads = workers(parsed);
  const asked = await askedRuns(parsed);
  if (parsed.has("dry-run")) {
    const { showPlan } = await import("./plan.ts");
    return await showPlan(asked, { fresh: parsed.has("fresh"), json: parsed.has("json"), threads });
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
  const outcomes = await untilInterrupted(async (signal) => {
    const lock = await StoreLock.share(options.store);
    try {
      const sweeps = await openFolders(asked, { wait: parsed.has("wait"), notice, signal });
      try {
        return await runSweeps(sweeps, { ...options, signal });
      } finally {
        await closeFolders(sweeps);
      }
    } finally {
      await lock.release();
    }
  });
  const seconds = (performance.now() - began) / 1000;
  if (parsed.has("json")) print(JSON.stringify(jsonOf(outcomes, seconds), null, 2));
  else if (!parsed.has("quiet")) printOutcomes(outcomes, seconds);
  return explainFailures(outcomes);
}

/** Opens the folders of all that is asked for, or none. */
async function openFolders(asked: readonly AskedRun[], options: LockOptions): Promise<Sweep[]> {
  const opened: OutputFolder[] = [];
  const open = async (path: string): Promise<OutputFolder> => {
    const folder = await OutputFolder.open(path, options);
    opened.push(folder);
    return folder;
  };
  try {
    const sweeps: Sweep[] = [];
    for (const { name, folder, parts } of asked) {
      const isSweep = parts.some((part) => part.folder !== folder);
      const summary = isSweep ? { name, folder: await open(folder) } : undefined;
      const runs: Run[] = [];
      for (const { prepared, folder } of parts) runs.push({ prepared, folder: await open(folder) });
      sweeps.push(summary === undefined ? { runs } : { runs, summary });
    }
    return sweeps;
  } catch (error) {
    for (const folder of opened) await folder.close();
    throw error;
  }
}

async function closeFolders(sweeps: readonly Sweep[]): Promise<void> {
  for (const { runs, summary } of sweeps) {
    for (const { folder } of runs) await folder.close();
    await summary?.folder.close();
  }
}

/** For each config what was run, and where its report is. */
function printOutcomes(outcomes: readonly SweepOutcome[], seconds: number): void {
  for (const { runs, summary } of outcomes) {
    print(`${lineOf(runs)} in ${seconds.toFixed(1)} s`);
    const folder = summary ?? runs[0]?.folder;
    if (folder === undefined) continue;
    print(`  report   ${folder.file("report.md")}`);
    print(`  results  ${folder.file("results.csv")}`);
  }
}

/** `default: 2 models (2 kept), 20 cells, 8000 samples`; of a sweep the sums over its variants. */
function lineOf(runs: readonly RunOutcome[]): string {
  const sum = (of: (run: RunOutcome) => number): number =>
    runs.reduce((total, run) => total + of(run), 0);
  const counted = (count: number, thing: string): string =>
    `${count} ${thing}${count === 1 ? "" : "s"}`;
  const made = (thing: "model" | "cell", count: number): string => {
    const failed = sum((run) => run.failed[thing]);
    const kept = count - failed - sum((run) => run.made[thing]);
    const notes = [[kept, "kept"], [failed, "failed"]].filter(([many]) => many !== 0);
    const shown = notes.length === 0 ? "" : ` (${notes.map((note) => note.join(" ")).join(", ")})`;
    return counted(count, thing) + shown;
  };
  return `${runs[0]?.prepared.experiment.name}: ` + [
    ...(runs.length === 1 ? [] : [counted(runs.length, "run")]),
    made("model", sum(({ prepared: { setup } }) => modelNames(setup).length)),
    made("cell", sum(({ prepared: { experiment } }) => experiment.cells.length)),
    counted(sum(({ samples }) => samples), "sample"),
  ].join(", ");
}

function titleOf({ name, variant }: Experiment): string {
  return variant === undefined ? name : `${name}, ${variant.label}`;
}

/** What came of it as data, for scripts. */
function jsonOf(outcomes: readonly SweepOutcome[], seconds: number): unknown {
  return {
    seconds,
    runs: outcomes.flatMap(({ runs }) =>
      runs.map(({ prepared: { experiment, setup }, folder, made, samples, failures, written }) => ({
        name: experiment.name,
        variant: experiment.variant?.label,
        folder: folder.path,
        models: modelNames(setup).length,
        models_trained: made.model,
        cells: experiment.cells.length,
        cells_decoded: made.cell,
        samples,
        written,
        failures,
      }))
    ),
  };
}

/** Lists what could not be had, all of it at the end; the exit code. */
function explainFailures(outcomes: readonly SweepOutcome[]): number {
  const failed = outcomes.flatMap(({ runs }) => runs)
    .filter(({ failures }) => failures.length > 0);
  if (failed.length === 0) return ExitCode.done;
  const count = failed.reduce((sum, { failures }) => sum + failures.length, 0);
  notice(`error: ${count} ${count === 1 ? "thing" : "things"} could not be had`);
  for (const { prepared: { experiment }, failures } of failed) {
    for (const { what, message } of failures) {
      notice(`  ${titleOf(experiment)}: ${what}: ${message}`);
    }
  }
  return ExitCode.failed;
}
