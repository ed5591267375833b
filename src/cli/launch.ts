/**
 * `deno task run … --launcher`: the plan is written to the store, and its shards are computed by jobs,
 * which need nothing but the store and the program.
 *
 * @module
 */
// @ts-types="../declarations/path.d.ts"
import { join, resolve } from "@std/path";
import project from "../../deno.json" with { type: "json" };
import { outsideProblem } from "../config/named_files.ts";
import { pathInside } from "../files/inside.ts";
import { makeFolder } from "../files/lasting_folder.ts";
import { type Place, placeIn, PROJECT } from "../files/place.ts";
import { launch, submitRanks } from "../launch/launch.ts";
import { type Job, type Launcher, LaunchError, type Share } from "../launch/launcher.ts";
import { LocalLauncher } from "../launch/local.ts";
import { runProgram } from "../launch/program.ts";
import { NUMBER, SlurmLauncher } from "../launch/slurm.ts";
import { type SharingOptions, sharesOf } from "../launch/tries.ts";
import { Work } from "../launch/work.ts";
import { onnxRuntime, runtimeTasks } from "../model/onnx/runtime.ts";
import { type FrozenPlan, openPlan, writePlan } from "../runs/plan_file.ts";
import { PlanRecords, PLANS } from "../runs/plan_records.ts";
import { shardsOf } from "../runs/plan_share.ts";
import { programFiles } from "../runs/program_files.ts";
import type { Progress } from "../runs/run_phases.ts";
import { Store } from "../store/store.ts";
import { formatCount } from "../text/format.ts";
import { UsageError } from "./command.ts";
import type { LaunchRequest } from "./launch_options.ts";
import type { Requested } from "./requested_runs.ts";
import { notice, print, printJson } from "./terminal.ts";

/** The runs to launch, and how. */
export interface Launching {
  /** The runs. */
  readonly requested: Requested;
  /** Their plan, where one was named. */
  readonly plan?: FrozenPlan | undefined;
  /** How to launch them. */
  readonly launch: LaunchRequest;
  /** Threads of a job. */
  readonly threads: number;
  /** The folder of the results, as the command line has it. */
  readonly output: string | undefined;
  /** Told how far it is. */
  readonly progress: Progress;
  /** Whether to print errors alone. */
  readonly quiet: boolean;
  /** Whether to print JSON. */
  readonly json: boolean;
}

/** A plan whose jobs have ended or, where nobody waits for them, were submitted. */
export interface Launched {
  /** The plan. */
  readonly plan: FrozenPlan;
  /** Its file. */
  readonly place: Place;
  /** Whether a job of its own writes the folders. */
  readonly isDetached: boolean;
}

/** Jobs at once where the cluster alone limits them: for packing. */
const MANY_JOBS = 1000;

/**
 * Computes runs by jobs, as far as that succeeds. Throws a {@linkcode UsageError} where there is no such
 * launcher or partition, a {@linkcode LaunchError} where jobs cannot be started, and the signal's reason
 * once they are cancelled.
 */
export async function launchRuns(launching: Launching, signal: AbortSignal): Promise<Launched> {
  const { requested, progress, threads } = launching;
  const store = new Store(requested.store.path, requested.store.shown);
  const { plan, place } = await storedPlan(launching, store);
  const records = new PlanRecords(store, plan.sha256);
  const folder = placeIn(requested.store, records.folder);
  const logs = placeIn(folder, "logs");
  await makeFolder(await pathInside(store.root, `${records.folder}/logs`));
  const words = jobWords(launching, plan, place.path);
  const { launcher, longest } = await openLauncher(launching, plan, { logs, words });
  const work = new Work(plan.rows, {
    has: (ref) => store.has(ref),
    cut: (rank, of) => sharesIn(plan, rank, of),
  });
  await work.lookAtAll();
  // As in a run here, what failed before is tried again.
  for (const key of (await records.failures()).keys()) await records.succeed({ key });
  const { launch: { launcher: name, jobSeconds, concurrency } } = launching;
  const atOnce = concurrency ?? (name === "local" ? processesAtOnce(threads) : MANY_JOBS);
  const sharing = { threads, jobSeconds, atOnce, longest, given: givenLimits(launching.launch) };
  if (launching.launch.launcher === "slurm" && launching.launch.detach) {
    if (launcher instanceof SlurmLauncher) {
      const isDetached = await detach(launching, { plan, place, logs, work, launcher, sharing });
      return { plan, place, isDetached };
    }
  }
  await launch(work, {
    ...sharing,
    launcher,
    failures: () => records.failures(),
    progress,
    notice,
    signal,
    wait,
  });
  return { plan, place, isDetached: false };
}

/** The plan in the store, where every job finds it, whatever becomes of the configs or of the file named. */
async function storedPlan(
  { requested, plan: given }: Launching,
  store: Store,
): Promise<{ readonly plan: FrozenPlan; readonly place: Place }> {
  const first = await pathInside(store.root, `${PLANS}/of-${Deno.pid}.json`);
  await makeFolder(join(store.root, PLANS));
  if (given === undefined) {
    await writePlan(first, requested.sweeps, { store, program: await programFiles() });
  } else {
    await Deno.copyFile(given.file, first);
  }
  const plan = await openPlan(first);
  const name = `${new PlanRecords(store, plan.sha256).folder}/plan.json`;
  const last = await pathInside(store.root, name);
  await makeFolder(join(last, ".."));
  await Deno.rename(first, last);
  return { plan, place: placeIn(requested.store, name) };
}

/** The numbers of the tasks of each share of a rank. */
function sharesIn({ rows }: FrozenPlan, rank: number, of: number): number[][] {
  const shares = Array.from({ length: of }, (): number[] => []);
  for (const [i, shard] of shardsOf(rows, { rank, of }).entries()) shares[shard - 1]?.push(i + 1);
  return shares;
}

/** The words of the commands of jobs: those of the tasks of `deno.json`, whose permissions they have. */
interface JobWords {
  /** After the program, for a share. */
  readonly share: (number: string, share: Pick<Share, "rank" | "of">) => readonly string[];
  /** After the program, for the job that writes the folders. */
  readonly merge: readonly string[];
}

function jobWords(
  { requested, output, threads }: Launching,
  plan: FrozenPlan,
  file: string,
): JobWords {
  const runtime = onnxRuntime();
  const run = runtime === undefined ? "run" : runtimeTasks[runtime.name].run.split(" ").at(-1);
  // Whoever started this has allowed them; a job has the plan alone.
  const readsOutside = plan.needs.inputs.some((input) =>
    outsideProblem(file, input) !== undefined
  );
  const places = [
    ...["--store", resolve(requested.store.path)],
    ...output === undefined ? [] : ["--output", output],
    ...readsOutside ? ["--allow-read-outside"] : [],
  ];
  return {
    share: (number, { rank, of }) => [
      ...taskWords(run ?? "run"),
      ...["--plan", resolve(file), "--shard", `${number}/${of}`, "--rank", String(rank)],
      ...["--workers", String(threads)],
      ...places,
    ],
    merge: [...taskWords("merge"), resolve(file), "--wait", ...places],
  };
}

/** The words of a task of `deno.json` after `deno`. */
function taskWords(name: string): string[] {
  const tasks: Readonly<Record<string, { readonly command: string }>> = project.tasks;
  return (tasks[name]?.command ?? "").split(" ").slice(1);
}

/** The launcher that is asked for, and the longest time of its jobs, minutes. */
async function openLauncher(
  { launch, threads }: Launching,
  plan: FrozenPlan,
  { logs, words }: { readonly logs: Place; readonly words: JobWords },
): Promise<{ readonly launcher: Launcher; readonly longest: number }> {
  const folder = resolve(PROJECT);
  if (launch.launcher === "local") {
    const launcher = new LocalLauncher({
      args: (share) => words.share(String(share.number), share),
      folder,
      logs,
      atOnce: launch.concurrency ?? processesAtOnce(threads),
    });
    return { launcher, longest: Infinity };
  }
  const { partition, concurrency, more } = launch;
  try {
    const launcher = await SlurmLauncher.open({
      name: `microbeam-${plan.sha256.slice(0, 8)}`,
      command: (share) => [Deno.execPath(), ...words.share(NUMBER, share)],
      folder,
      logs: { shown: logs.shown, path: resolve(logs.path) },
      threads,
      more,
      run: runProgram,
      ...partition === undefined ? {} : { partition },
      ...concurrency === undefined ? {} : { concurrency },
    });
    return { launcher, longest: launcher.longest };
  } catch (error) {
    if (error instanceof LaunchError) throw new UsageError(error.message);
    throw error;
  }
}

/** As many processes as there are cores for their threads. */
function processesAtOnce(threads: number): number {
  return Math.max(1, Math.floor(navigator.hardwareConcurrency / threads));
}

function givenLimits(launch: LaunchRequest): SharingOptions["given"] {
  if (launch.launcher === "local") return {};
  const { memory, minutes } = launch;
  return {
    ...memory === undefined ? {} : { memory },
    ...minutes === undefined ? {} : { minutes },
  };
}

/** Limits of the job that writes the folders: reports take little, and charts more. */
const MERGE = { memory: 4096, minutes: 60 };

/** Submits all jobs and one that writes the folders, and says so; whether there was anything to submit. */
async function detach(
  { requested, json, quiet, output }: Launching,
  { plan, place, logs, work, launcher, sharing }: {
    readonly plan: FrozenPlan;
    readonly place: Place;
    readonly logs: Place;
    readonly work: Work;
    readonly launcher: SlurmLauncher;
    readonly sharing: SharingOptions;
  },
): Promise<boolean> {
  const shares = sharesOf(work, sharing);
  if (shares.length === 0) return false;
  const jobs = [...(await submitRanks(shares, { launcher })).values()];
  const { merge } = jobWords(
    { requested, output, threads: sharing.threads } as Launching,
    plan,
    place.path,
  );
  const last = await submitMerge(launcher, merge, jobs, sharing);
  const arrays = Map.groupBy(jobs, ({ id }) => id.split("_")[0] ?? id);
  const ids = [...arrays.keys(), last.id];
  if (json) {
    const arraysJson = [...arrays].map(([id, own]) => ({
      id,
      rank: own[0]?.share.rank,
      jobs: own.length,
    }));
    const content = { plan: place.shown, logs: logs.shown, arrays: arraysJson, merge: last.id };
    printJson(JSON.stringify(content, null, 2));
  } else if (!quiet) {
    const counted = formatCount(work.total - work.settled, "task");
    print(`${counted} in ${formatCount(jobs.length, "job")} of Slurm; ${last.id} writes the folders`);
    for (const [id, own] of arrays) {
      print(`  ${id}  ${formatCount(own.length, "job")} of rank ${own[0]?.share.rank}`);
    }
    print(`  plan    ${place.shown}`);
    print(`  logs    ${logs.shown}`);
    print(`  status  deno task run --plan ${place.shown} --status`);
    print(`  cancel  scancel ${ids.join(" ")}`);
  }
  return true;
}

async function submitMerge(
  launcher: SlurmLauncher,
  words: readonly string[],
  jobs: readonly Job[],
  { longest }: SharingOptions,
): Promise<{ readonly id: string; readonly log: string }> {
  const limits = { ...MERGE, minutes: Math.min(MERGE.minutes, longest) };
  try {
    return await launcher.submitLast([Deno.execPath(), ...words], limits, jobs);
  } catch (error) {
    await launcher.cancel(jobs);
    throw error;
  }
}

/** Waits, unless `signal` is aborted. */
function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener("abort", done);
    if (signal.aborted) done();
  });
}
