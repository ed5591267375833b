import { knownResults, type PlannedResult, planRun } from "../runs/plan.ts";
import { runIds } from "../stages/cache_keys.ts";
import { Store } from "../store/store.ts";
import { parseArguments } from "./args.ts";
import { type AskedRun, askedRuns, RUN_FLAGS, STORE, workers } from "./requested_runs.ts";
import { type Command, ExitCode, print } from "./command.ts";

const help = `Say what a run would make, what it has already, and why not the rest.

usage: deno task plan CONFIG… [--set path=value[,value…]]… [--output DIR] [--limit N]
                      [--workers N] [--fresh] [--json]

  CONFIG, --set, --output, --limit, --workers, --fresh
                      as for deno task run, which makes what is listed here as new
  --json              print the plan as JSON
  --help              print this

A result is made again where something that it depends on is otherwise: then the nearest result
that was made before is named by what has changed. Times are estimated by what such results took,
which is what timings.csv of their runs has, on one thread.

examples:
  deno task plan configs/default.yaml
  deno task plan configs/default.yaml --set training.target.steps=2000

Exit codes: 0 planned, 2 a wrong config or command line.`;

/** `deno task plan`. */
export const plan: Command = {
  summary: "Say what a run would make, and why",
  help,
  run: planConfigs,
};

async function planConfigs(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(args, {
    switches: ["fresh", "json"],
    values: [...RUN_FLAGS.values, "workers"],
    lists: RUN_FLAGS.lists,
  });
  const threads = workers(parsed);
  const asked = await askedRuns(parsed);
  return await showPlan(asked, { fresh: parsed.has("fresh"), json: parsed.has("json"), threads });
}

/** How to plan and show it. */
export interface PlanOptions {
  /** Whether all is to be made anew. */
  readonly fresh: boolean;
  /** Whether a script reads it. */
  readonly json: boolean;
  /** Threads in all. */
  readonly threads: number;
}

/** Prints the plan of `asked`; the exit code. */
export async function showPlan(
  asked: readonly AskedRun[],
  { fresh, json, threads }: PlanOptions,
): Promise<number> {
  const store = new Store(STORE);
  const known = await knownResults(store);
  const plans: { folder: string; results: PlannedResult[] }[] = [];
  for (const { prepared: { setup }, folder } of asked.flatMap(({ parts }) => parts)) {
    const results = await planRun({ setup, ids: runIds(setup) }, { store, known, fresh });
    plans.push({ folder, results });
  }
  if (json) {
    print(JSON.stringify({ runs: plans }, null, 2));
    return ExitCode.done;
  }
  for (const { folder, results } of plans) print([folder, ...linesOf(results)].join("\n"));
  print(summary(plans.flatMap(({ results }) => results), threads));
  return ExitCode.done;
}

function linesOf(results: readonly PlannedResult[]): string[] {
  const width = Math.max(...results.map(({ name }) => name.length));
  return results.map(({ kind, name, cached, reason, begun, seconds }) => {
    const begins = begun === true ? "; goes on from where it was interrupted" : "";
    const state = cached ? "kept" : `new: ${reason ?? ""}${begins}`;
    const time = seconds === undefined ? "" : `  (about ${duration(seconds)})`;
    return `  ${kind.padEnd(8)}  ${name.padEnd(width)}  ${state}${time}`;
  });
}

function summary(results: readonly PlannedResult[], threads: number): string {
  const counts = (["training", "loss", "cell"] as const).map((kind) => {
    const own = results.filter((result) => result.kind === kind);
    const fresh = own.filter(({ cached }) => !cached).length;
    const plural = kind === "loss" ? "losses" : `${kind}s`;
    return `${fresh} of ${own.length} ${plural}`;
  });
  const fresh = results.filter(({ cached }) => !cached);
  if (fresh.length === 0) return "nothing to make: all of it is kept";
  const known = fresh.flatMap(({ seconds }) => seconds ?? []);
  // No sooner than the longest, and no sooner than all of them on all threads.
  const total = known.reduce((sum, one) => sum + one, 0);
  const unknown = fresh.length - known.length;
  const time = known.length === 0
    ? "how long it takes is not known: nothing like it was made before"
    : `about ${duration(Math.max(total / threads, ...known))} on ${threads} threads` +
      (unknown === 0 ? "" : `, and ${unknown} of unknown time`);
  return `to make: ${counts.join(", ")}; ${time}`;
}

function duration(seconds: number): string {
  if (seconds < 0.1) return "0.1 s";
  if (seconds < 100) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  if (seconds < 6000) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
