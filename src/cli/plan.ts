import { basename, dirname } from "node:path";
import { placeIn, placeOf } from "../files/place.ts";
import { runtimeTasks } from "../model/onnx/runtime.ts";
import { runChanges } from "../runs/folder_remarks.ts";
import { KnownResults } from "../runs/known_results.ts";
import {
  type Damage,
  readManifest,
  runTextIn,
  verifyRunFolder,
  WRITING,
} from "../runs/run_folder.ts";
import { checkPlanPlace, writePlan } from "../runs/write_plan.ts";
import { programFiles } from "../runs/program_files.ts";
import { areKeysOf, type KeysByName, type PlannedResult, planRun } from "../runs/plan.ts";
import { ExperimentTasks } from "../stages/stages.ts";
import type { ExperimentData } from "../stages/experiment_data.ts";
import { train } from "../stages/train.ts";
import { Store } from "../store/store.ts";
import { escapeControl } from "../text/characters.ts";
import { shellWord } from "../text/shell_word.ts";
import { firstAndCount, formatCount, formatDuration } from "../text/format.ts";
import { parseArguments } from "./args.ts";
import { type Command, ExitCode } from "./command.ts";
import { downloadProgress, silent, visibleProgress } from "./progress.ts";
import {
  type Requested,
  type RequestedRuns,
  requestedRuns,
  requestedThreads,
  RUN_FLAGS,
} from "./requested_runs.ts";
import { print, printJson } from "./terminal.ts";
import { writtenPlanJson, writtenPlanText } from "./written_plan.ts";

const help = `Show what a run would compute, what is cached, and why the rest is not.

usage: deno task plan CONFIG… [--set path=value[,value…]]… [--add STRATEGY]…
                      [--output DIR] [--store DIR] [--limit N] [--workers N]
                      [--fresh] [--allow-read-outside] [--write PLAN] [--json]

  CONFIG, --set, --add, --output, --store, --limit, --workers, --fresh,
  --allow-read-outside
                      as for deno task run, which computes what is listed here
                      as new
  --write PLAN        write the plan to a file, from which deno task run --plan
                      computes it: whole, in shares, or task by task, on any
                      machine with this program and the same store. In place of
                      the list it prints how many tasks of which rank there are,
                      what they take, and the commands that compute them
  --json              print the plan, or what --write prints, as JSON
  --help              print this

A result is computed again if any of its inputs has changed. What has changed
is shown against the run that lies in the output folder or, where none does,
against the nearest result in the store. What is new is listed, what is kept is
counted. Times are estimated from similar earlier results, on one thread.

A plan in a file is frozen: the config may change, and nothing in it does. It
is refused where a file of the program, a corpus or a model's folder has changed
since. Tasks of rank 0 need no other; those of any other rank only such of lower
ranks. Where the store has nothing similar, times are rough. A plan of models
that onnxruntime computes is for one kind of processor; one of models that simd
trains with fused arithmetic, as most processors have it, for those that do
(--set engine.simd=strict is for all).

examples:
  deno task plan configs/default.yaml
  deno task plan configs/default.yaml --set target.steps=2000
  deno task plan configs/default.yaml --write outputs/plan.json

Exit codes: 0 planned, 1 the plan cannot be written, 2 a wrong config or command
line.`;

/** `deno task plan`. */
export const plan: Command = {
  summary: "Show what a run would compute, and why",
  help,
  run: planConfigs,
};

async function planConfigs(args: readonly string[]): Promise<number> {
  const values = [...RUN_FLAGS.values, "write"] as const;
  const switches = ["fresh", "json", ...RUN_FLAGS.switches] as const;
  const parsed = parseArguments(args, { ...RUN_FLAGS, values, switches });
  const threads = requestedThreads(parsed);
  const file = parsed.value("write");
  const folder = file === undefined ? undefined : placeOf(dirname(file));
  const place = file === undefined || folder === undefined
    ? undefined
    : placeIn(folder, basename(file));
  if (place !== undefined) await checkPlanPlace(place);
  const folders = folder === undefined ? [] : [folder];
  const program = await programFiles();
  const requested = await requestedRuns(
    parsed,
    { results: false, folders },
    downloadProgress(visibleProgress()),
  );
  const json = parsed.has("json");
  if (place === undefined) {
    return await showPlan(requested, { fresh: parsed.has("fresh"), json, threads });
  }
  const store = new Store(requested.store.path, requested.store.shown);
  const rows = await writePlan(place.path, requested.sweeps, { store, program });
  const given = (flag: "store" | "output"): string[] => {
    const value = parsed.value(flag);
    return value === undefined ? [] : [`--${flag}`, shellWord(value)];
  };
  const written = {
    file: shellWord(place.shown),
    runs: requested.sweeps.reduce((sum, { parts }) => sum + parts.length, 0),
    rows,
    task: taskFor(requested.sweeps),
    flags: [
      ...given("store"),
      ...parsed.has("allow-read-outside") ? ["--allow-read-outside"] : [],
    ],
    ofFolders: given("output"),
  };
  if (json) printJson(writtenPlanJson(written));
  else print(writtenPlanText(written));
  return ExitCode.done;
}

/** The task that computes a plan: with the onnxruntime that it is for, where it needs one. */
function taskFor(sweeps: readonly RequestedRuns[]): string {
  const platforms = sweeps.flatMap(({ parts }) => parts.flatMap(({ data }) => data.platform ?? []));
  const [first] = platforms;
  return first === undefined ? "deno task run" : runtimeTasks[first.runtime].run;
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

/** Of fewer runs the plan is there at once. */
const MANY_RUNS = 100;

/** A run, what it would change in its folder, and its results. */
interface PlannedFolder {
  readonly folder: string;
  /** The ways in which it is another run than the one in the folder. */
  readonly changes: readonly string[];
  readonly results: readonly PlannedResult[];
}

/** Prints the plan of `requested`; the exit code. */
export async function showPlan(
  requested: Requested,
  { fresh, json, threads }: PlanOptions,
): Promise<number> {
  const known = await KnownResults.in(new Store(requested.store.path, requested.store.shown));
  const runs = requested.sweeps.flatMap(({ parts }) => parts);
  const progress = runs.length < MANY_RUNS ? silent : visibleProgress();
  const plans: PlannedFolder[] = [];
  const remarks = await remarksOn(requested.sweeps);
  const replaced = new Set<string>();
  progress.begin("planning", runs.length, "runs");
  for (const { data, folder } of runs) {
    const before = keysOfRun(await keysIn(folder));
    const changes = before === undefined ? [] : await changesIn(folder, data);
    const options = { known, fresh, before };
    const tasks = new ExperimentTasks(data);
    plans.push({ folder, changes, results: await planRun(tasks, options) });
    if (before !== undefined && !areKeysOf(before, tasks)) replaced.add(folder);
    progress.advance(plans.length, 0);
  }
  progress.end();
  remarks.push(...await filesToWrite(requested.sweeps, plans, replaced));
  if (json) {
    printJson(JSON.stringify({ remarks, runs: plans }, null, 2));
    return ExitCode.done;
  }
  print([...remarks.map(escapeControl), ...plans.flatMap(linesOf)].join("\n"));
  print(summary(plans.flatMap(({ results }) => results), threads));
  return ExitCode.done;
}

/** The keys of the results of the finished run or sweep in `folder`, if there is one. */
async function keysIn(folder: string): Promise<KeysByName | undefined> {
  const found = await readManifest(folder);
  return found.kind === "whole" ? found.manifest.stages : undefined;
}

/** `keys`, if they are those of a run: a sweep has only reports. */
function keysOfRun(keys: KeysByName | undefined): KeysByName | undefined {
  return keys !== undefined && Object.hasOwn(keys, train.name) ? keys : undefined;
}

/** Says of a run where a sweep lies, and of a sweep where a run does, that they cannot be compared. */
async function remarksOn(requested: readonly RequestedRuns[]): Promise<string[]> {
  const remarks: string[] = [];
  for (const { folder, parts } of requested) {
    const before = await keysIn(folder);
    if (before === undefined) continue;
    const wasSweep = keysOfRun(before) === undefined;
    const isSweep = parts.some((part) => part.folder !== folder);
    if (wasSweep === isSweep) continue;
    const [there, own] = isSweep ? ["a single run", "a sweep"] : ["a sweep", "a single run"];
    remarks.push(
      `${folder}: ${there} lies there, with which ${own} cannot be compared; --set name=… keeps both`,
    );
  }
  return remarks;
}

/** How many files a remark names. */
const MOST_NAMED = 5;

/**
 * Says which files a run would write although it computes nothing, since they are not as they were
 * written, or those of another run, as in the folders that are `replaced`. Every file is read, as the run
 * reads it: its size would not tell.
 */
async function filesToWrite(
  requested: readonly RequestedRuns[],
  plans: readonly PlannedFolder[],
  replaced: ReadonlySet<string>,
): Promise<string[]> {
  const isCached = new Map(
    plans.map(({ folder, results }) => [folder, results.every(({ cached }) => cached)]),
  );
  const remarks: string[] = [];
  for (const { folder, parts } of requested) {
    const own = parts.map((part) => part.folder).filter((part) => isCached.get(part) === true);
    const isWhole = own.length === parts.length;
    for (const one of new Set([...own, ...isWhole ? [folder] : []])) {
      const remark = await isEmpty(one)
        ? "no finished run lies there; a run writes its files"
        : remarkOnFiles(await verifyRunFolder(one)) ??
          (replaced.has(one) || one === folder && parts.some((part) => replaced.has(part.folder))
            ? "its files are those of other results; a run replaces them"
            : undefined);
      if (remark !== undefined) remarks.push(`${one}: ${remark}`);
    }
  }
  return remarks;
}

/** Whether no run has written `folder`, or begun to. */
async function isEmpty(folder: string): Promise<boolean> {
  const found = [await readManifest(folder), await readManifest(folder, WRITING)];
  return found.every(({ kind }) => kind === "none");
}

function remarkOnFiles(damage: readonly Damage[]): string | undefined {
  const names = (of: readonly Damage[]): string =>
    firstAndCount(of.map(({ name }) => name), MOST_NAMED).join(", ");
  const inTheWay = damage.filter(({ isMended }) => !isMended);
  if (inTheWay.length > 0) return `in the way of a run: ${names(inTheWay)}`;
  if (damage.length === 0) return undefined;
  const [are, them] = damage.length === 1 ? ["is", "it"] : ["are", "them"];
  const files = formatCount(damage.length, "file");
  return `${files} ${are} missing or changed (${names(damage)}); a run writes ${them} again`;
}

/** The ways in which `data` is another run than the one in `folder`. */
async function changesIn(folder: string, data: ExperimentData): Promise<string[]> {
  const configText = await runTextIn(folder, "config.yaml");
  const found = await readManifest(folder);
  return configText === undefined || found.kind !== "whole"
    ? []
    : runChanges({ configText, manifest: found.manifest }, data);
}

/** The folder, what changes in it, each new result, and how many are kept. */
function linesOf({ folder, changes, results }: PlannedFolder): string[] {
  const fresh = results.filter(({ cached }) => !cached);
  const width = Math.max(...fresh.map(({ name }) => name.length));
  const kept = countsOf(results.filter(({ cached }) => cached));
  return [
    escapeControl(folder),
    ...changes.map((change) => row("changed", escapeControl(change))),
    ...fresh.map(({ kind, name, reason, resumes, seconds }) => {
      const progress = resumes === true ? "; resumes where it was interrupted" : "";
      const time = seconds === undefined ? "" : `  (about ${formatDuration(seconds)})`;
      return row(
        kind,
        `${name.padEnd(width)}  new: ${escapeControl(reason ?? "")}${progress}${time}`,
      );
    }),
    ...(kept === "" ? [] : [row("kept", kept)]),
  ];
}

function row(kind: string, text: string): string {
  return `  ${kind.padEnd(8)}  ${text}`;
}

/** `2 trainings, 1 report`. */
function countsOf(results: readonly PlannedResult[]): string {
  return [...Map.groupBy(results, ({ kind }) => kind).values()].map((own) => {
    const [{ kind, kinds } = { kind: "", kinds: "" }] = own;
    return `${own.length} ${own.length === 1 ? kind : kinds}`;
  }).join(", ");
}

function summary(results: readonly PlannedResult[], threads: number): string {
  const fresh = results.filter(({ cached }) => !cached);
  if (fresh.length === 0) return "nothing to compute: everything is cached";
  const counts = [...Map.groupBy(results, ({ kinds }) => kinds)].map(([kinds, own]) => ({
    kinds,
    all: own.length,
    lacking: own.filter(({ cached }) => !cached).length,
  }));
  const lacking = counts.filter(({ lacking }) => lacking > 0)
    .map(({ kinds, all, lacking }) => `${lacking} of ${all} ${kinds}`);
  const known = fresh.flatMap(({ seconds }) => seconds ?? []);
  // No sooner than the longest, and no sooner than all of them on all threads.
  const total = known.reduce((sum, one) => sum + one, 0);
  const longest = known.reduce((most, one) => Math.max(most, one), 0);
  const unknown = fresh.length - known.length;
  const time = known.length === 0
    ? "time unknown without similar earlier results"
    : `about ${formatDuration(Math.max(total / threads, longest))} on ` +
      formatCount(threads, "thread") +
      (unknown === 0 ? "" : `, and ${unknown} of unknown time`);
  return `to compute: ${lacking.join(", ")}; ${time}`;
}
