// @ts-types="../declarations/path.d.ts"
import { dirname } from "@std/path";
import { planOf, writePlan } from "../runs/plan_file.ts";
import { knownResults, type PlannedResult, planRun } from "../runs/plan.ts";
import { ExperimentTasks } from "../stages/stages.ts";
import { Store } from "../store/store.ts";
import { escapeControl } from "../text/characters.ts";
import { formatCount, formatDuration } from "../text/format.ts";
import { parseArguments } from "./args.ts";
import { type Command, ExitCode } from "./command.ts";
import {
  type RequestedRuns,
  requestedRuns,
  requestedThreads,
  RUN_FLAGS,
  STORE,
} from "./requested_runs.ts";
import { notice, print, printJson } from "./terminal.ts";

const help = `Show what a run would compute, what is cached, and why the rest is not.

usage: deno task plan CONFIG… [--set path=value[,value…]]… [--add STRATEGY]…
                      [--output DIR] [--limit N] [--workers N] [--fresh]
                      [--write PLAN] [--json]

  CONFIG, --set, --add, --output, --limit, --workers, --fresh
                      as for deno task run, which computes what is listed here as new
  --write PLAN        write the plan to a file, from which deno task run computes it, all at once or
                      task by task, in any process
  --json              print the plan as JSON
  --help              print this

A result is computed again if any of its inputs has changed: what differs from the nearest cached
result is shown. Times are estimated from such earlier results, on one thread.

examples:
  deno task plan configs/default.yaml
  deno task plan configs/default.yaml --set training.target.steps=2000
  deno task plan configs/default.yaml --write outputs/plan.json

Exit codes: 0 planned, 2 a wrong config or command line.`;

/** `deno task plan`. */
export const plan: Command = {
  summary: "Show what a run would compute, and why",
  help,
  run: planConfigs,
};

async function planConfigs(args: readonly string[]): Promise<number> {
  const values = [...RUN_FLAGS.values, "write"] as const;
  const parsed = parseArguments(args, { ...RUN_FLAGS, values, switches: ["fresh", "json"] });
  const threads = requestedThreads(parsed);
  const file = parsed.value("write");
  const requested = await requestedRuns(parsed, file === undefined ? [] : [dirname(file)]);
  const [fresh, json] = [parsed.has("fresh"), parsed.has("json")];
  const code = await showPlan(requested, { fresh, json, threads });
  if (file === undefined) return code;
  const written = planOf(requested);
  await writePlan(file, written, new Store(STORE));
  notice(
    `${file}: ${formatCount(written.tasks.length, "task")}; run: deno task run --plan ${file}`,
  );
  return code;
}

/** How to plan and show it. */
export interface PlanOptions {
  /** Whether everything is to be computed again. */
  readonly fresh: boolean;
  /** Whether to print JSON. */
  readonly json: boolean;
  /** The number of threads. */
  readonly threads: number;
}

/** Prints the plan of `requested`; the exit code. */
export async function showPlan(
  requested: readonly RequestedRuns[],
  { fresh, json, threads }: PlanOptions,
): Promise<number> {
  const store = new Store(STORE);
  const known = await knownResults(store);
  const plans: { folder: string; results: PlannedResult[] }[] = [];
  for (const { data, folder } of requested.flatMap(({ parts }) => parts)) {
    const results = await planRun(new ExperimentTasks(data), { store, known, fresh });
    plans.push({ folder, results });
  }
  if (json) {
    printJson(JSON.stringify({ runs: plans }, null, 2));
    return ExitCode.done;
  }
  for (const { folder, results } of plans) {
    print([escapeControl(folder), ...linesOf(results)].join("\n"));
  }
  print(summary(plans.flatMap(({ results }) => results), threads));
  return ExitCode.done;
}

function linesOf(results: readonly PlannedResult[]): string[] {
  const width = Math.max(...results.map(({ name }) => name.length));
  return results.map(({ kind, name, cached, reason, resumes, seconds }) => {
    const progress = resumes === true ? "; resumes where it was interrupted" : "";
    const state = cached ? "cached" : `new: ${reason ?? ""}${progress}`;
    const time = seconds === undefined ? "" : `  (about ${formatDuration(seconds)})`;
    return `  ${kind.padEnd(8)}  ${name.padEnd(width)}  ${state}${time}`;
  });
}

function summary(results: readonly PlannedResult[], threads: number): string {
  const counts = [...Map.groupBy(results, ({ kinds }) => kinds)].map(([kinds, own]) =>
    `${own.filter(({ cached }) => !cached).length} of ${own.length} ${kinds}`
  );
  const fresh = results.filter(({ cached }) => !cached);
  if (fresh.length === 0) return "nothing to compute: everything is cached";
  const known = fresh.flatMap(({ seconds }) => seconds ?? []);
  // No sooner than the longest, and no sooner than all of them on all threads.
  const total = known.reduce((sum, one) => sum + one, 0);
  const unknown = fresh.length - known.length;
  const time = known.length === 0
    ? "time unknown without similar earlier results"
    : `about ${formatDuration(Math.max(total / threads, ...known))} on ` +
      formatCount(threads, "thread") +
      (unknown === 0 ? "" : `, and ${unknown} of unknown time`);
  return `to compute: ${counts.join(", ")}; ${time}`;
}
