/**
 * `deno task run … --launcher`: the plan is written to the store, and its shards are computed by jobs,
 * which need nothing but the store and the program.
 *
 * @module
 */
import { dirname, join, resolve } from "node:path";
import { pathInside } from "../files/inside.ts";
import { makeFolder } from "../files/lasting_folder.ts";
import { type Place, placeIn, PROJECT } from "../files/place.ts";
import { launch } from "../launch/launch.ts";
import { type Launcher, LaunchError } from "../launch/launcher.ts";
import { LocalLauncher } from "../launch/local.ts";
import { runProgram } from "../launch/program.ts";
import { NUMBER, SlurmLauncher } from "../launch/slurm.ts";
import { sharesOf, type SharingOptions } from "../launch/tries.ts";
import { digestOfWork, Work } from "../launch/work.ts";
import { type FrozenPlan, openPlan } from "../runs/plan_file.ts";
import { writePlan } from "../runs/write_plan.ts";
import { PlanRecords } from "../runs/plan_records.ts";
import { shardsOf } from "../runs/plan_share.ts";
import { programFiles } from "../runs/program_files.ts";
import { claimFolders, type PlannedSweep } from "../runs/run.ts";
import type { Progress } from "../runs/progress.ts";
import { Store } from "../store/store.ts";
import { StoreLock } from "../store/store_lock.ts";
import { firstAndCount } from "../text/format.ts";
import { shellWord } from "../text/shell_word.ts";
import { ExitCode, UsageError } from "./command.ts";
import { jsonOfSubmitted, mergeLimits, submitDetached, textOfSubmitted } from "./detached_jobs.ts";
import { untilInterrupted } from "./interruption.ts";
import { type JobWords, jobWords, runTask } from "./job_words.ts";
import type { LaunchRequest } from "./launch_options.ts";
import { mergePlan, showMerged } from "./merge.ts";
import { keepPrograms } from "./permissions.ts";
import { withFolders } from "./requested_folders.ts";
import type { Requested } from "./requested_runs.ts";
import { notice, print, printJson } from "./terminal.ts";

/** The runs to compute by jobs. */
export interface LaunchedRuns {
  /** The runs. */
  readonly requested: Requested;
  /** Their plan, where one was named. */
  readonly plan?: FrozenPlan | undefined;
}

/** How to compute runs by jobs. */
export interface LaunchingOptions {
  /** What the command line says of launchers. */
  readonly launch: LaunchRequest;
  /** The command line. */
  readonly args: readonly string[];
  /** The folder of the results, as the command line has it. */
  readonly output: string | undefined;
  /** Told how far it is. */
  readonly progress: Progress;
  /** Whether to wait for folders that another command is writing. */
  readonly wait: boolean;
  /** Whether to print errors alone. */
  readonly quiet: boolean;
  /** Whether to print JSON. */
  readonly json: boolean;
}

/** Jobs at once where the cluster alone limits them: for packing. */
const MANY_JOBS = 1000;

/**
 * Computes runs by jobs and writes their folders; the exit code. Throws a {@linkcode UsageError} where
 * there is no such launcher or partition, a {@linkcode LaunchError} where jobs cannot be started, and
 * what ends a run once the jobs are cancelled.
 */
export async function launchRuns(runs: LaunchedRuns, options: LaunchingOptions): Promise<number> {
  const began = performance.now();
  const { requested } = runs;
  const { launch: wanted, args, progress, wait, quiet, json } = options;
  const store = new Store(requested.store.path, requested.store.shown);
  const done = await untilInterrupted(async (signal) => {
    const launchTo = async (folders?: readonly PlannedSweep[]) => {
      const lock = await StoreLock.share(store, notice);
      try {
        const stored = await storedPlan(runs, store);
        if (await computed(stored, store, runs, options, signal) === "submitted") return undefined;
        // Nothing is started from here on.
        await keepPrograms([]);
        const opened = {
          ...stored,
          store: requested.store,
          requested: () => Promise.resolve(requested),
        };
        const merging = folders === undefined ? {} : { folders };
        const merged = await mergePlan(opened, { signal, progress, wait, quiet, ...merging });
        return { merged, file: stored.place.shown };
      } finally {
        await lock.release();
      }
    };
    const isDetached = wanted.launcher === "slurm" && wanted.detach;
    // A folder that another command writes, or one of other files, is found now, and not after hours.
    const launched = await withFolders(requested, { wait, notice, signal }, async (sweeps) => {
      await claimFolders(sweeps, store);
      return isDetached ? "later" : await launchTo(sweeps);
    });
    // The job that writes the folders may start at once: it finds them closed.
    return launched === "later" ? await launchTo() : launched;
  }, progress.end);
  if (done === undefined) return ExitCode.done;
  const seconds = (performance.now() - began) / 1000;
  const advice = `go on with ${[runTask(), ...args.map(shellWord)].join(" ")}`;
  const { merged, file } = done;
  return await showMerged(merged, { file, store: store.shownAs, advice, seconds, quiet, json });
}

/** A plan in the store. */
interface StoredPlan {
  /** The plan. */
  readonly plan: FrozenPlan;
  /** Its file. */
  readonly place: Place;
}

/** Computes what the store lacks of a plan, as far as that succeeds, or submits jobs for all of it. */
async function computed(
  { plan, place }: StoredPlan,
  store: Store,
  runs: LaunchedRuns,
  options: LaunchingOptions,
  signal: AbortSignal,
): Promise<"ended" | "submitted"> {
  const { launch: wanted, progress } = options;
  const records = new PlanRecords(store, plan.sha256);
  const logs = placeIn(placeIn(runs.requested.store, records.folder), "logs");
  await makeFolder(await pathInside(store.root, `${records.folder}/logs`));
  const wordsFor = (file: string): JobWords =>
    jobWords({
      plan,
      file,
      store: runs.requested.store,
      output: options.output,
      threads: wanted.threads,
    });
  const words = wordsFor(place.path);
  const name = `microbeam-${digestOfWork(plan.rows, resolve(store.root)).slice(0, 8)}`;
  const { launcher, longest } = await openLauncher(wanted, { name, logs, words });
  const work = new Work(plan.rows, {
    has: (ref) => store.has(ref),
    cut: (rank, of) => sharesIn(plan, rank, of),
  });
  await work.lookAtAll();
  if (launcher instanceof SlurmLauncher && work.settled < work.total) {
    await untilAlone(launcher, { wordsFor, plan: place.path, wait: options.wait, signal });
    await work.lookAtAll();
  }
  // As in a run here, what failed before is tried again.
  for (const key of (await records.failures()).keys()) await records.succeed({ key });
  const { threads, jobSeconds, concurrency } = wanted;
  const atOnce = concurrency ??
    (wanted.launcher === "local" ? processesAtOnce(threads) : MANY_JOBS);
  const sharing = { threads, jobSeconds, atOnce, longest, given: givenLimits(wanted) };
  if (launcher instanceof SlurmLauncher && wanted.launcher === "slurm" && wanted.detach) {
    const shares = sharesOf(work, sharing);
    if (shares.length === 0) return "ended";
    const jobs = { launcher, shares, limits: mergeLimits(plan.rows, longest, wanted), words };
    const submitted = await submitDetached(jobs, { notice, signal, wait });
    const tasks = work.total - work.settled;
    const told = { tasks, plan: place.shown, logs: logs.shown, words };
    if (options.json) printJson(JSON.stringify(jsonOfSubmitted(submitted, told), null, 2));
    else if (!options.quiet) print(textOfSubmitted(submitted, told));
    return "submitted";
  }
  const failures = () => records.failures();
  const remark = options.quiet ? () => {} : notice;
  await launch(work, { ...sharing, launcher, failures, progress, notice, remark, signal, wait });
  return "ended";
}

/** Ids of jobs that a message names. */
const MOST_NAMED = 8;
/** Milliseconds between two looks at the jobs of another command. */
const PAUSE = 15_000;

/**
 * Waits until no job of the same work is queued or runs, if it may `wait`; throws a {@linkcode LaunchError}
 * if not: a second job for the same share would compute it twice.
 */
async function untilAlone(
  launcher: SlurmLauncher,
  { wordsFor, plan, wait: mayWait, signal }: {
    readonly wordsFor: (file: string) => JobWords;
    /** The file of the plan of this command. */
    readonly plan: string;
    readonly wait: boolean;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  for (let looks = 0;; looks++) {
    const live = await launcher.live();
    signal.throwIfAborted();
    if (typeof live === "string") {
      notice(`cannot ask whether jobs of this work are queued (${live})`);
      return;
    }
    if (live.length === 0) return;
    const jobs = firstAndCount(live, MOST_NAMED).join(", ");
    if (!mayWait) {
      // Their shards leave their records beside their own plan.
      const logs = await launcher.logsOfLive();
      const own = logs === undefined ? plan : join(dirname(logs), "plan.json");
      const isThere = await Deno.stat(own).then(() => true, () => false);
      const { status } = wordsFor(isThere ? own : plan);
      throw new LaunchError(
        `jobs of the same work are queued or running (${jobs})\n` +
          `  follow     ${status.map(shellWord).join(" ")}\n` +
          (logs === undefined ? "" : `  logs       ${logs}\n`) +
          `  end them   scancel ${live.join(" ")}\n` +
          "  or repeat the command with --wait, which waits for them and then computes what is missing",
      );
    }
    if (looks === 0) {
      notice(`waiting for jobs of the same work that are queued or running (${jobs})`);
    }
    await wait(PAUSE, signal);
    signal.throwIfAborted();
  }
}

/** The plan in the store, where every job finds it, whatever becomes of the configs or of the file named. */
async function storedPlan(
  { requested, plan: given }: LaunchedRuns,
  store: Store,
): Promise<StoredPlan> {
  if (given !== undefined) {
    const records = new PlanRecords(store, given.sha256);
    await records.keepPlan(given.file);
    const name = `${records.folder}/plan.json`;
    const plan = await openPlan(await pathInside(store.root, name));
    return { plan, place: placeIn(requested.store, name) };
  }
  const first = await store.temporaryFor("plan.json");
  await makeFolder(dirname(first));
  try {
    await writePlan(first, requested.sweeps, { store, program: await programFiles() });
    const plan = await openPlan(first);
    const records = new PlanRecords(store, plan.sha256);
    const name = `${records.folder}/plan.json`;
    const last = await pathInside(store.root, name);
    await makeFolder(dirname(last));
    await records.unmarkMerged();
    await Deno.rename(first, last);
    return { plan, place: placeIn(requested.store, name) };
  } catch (error) {
    await Deno.remove(first).catch(() => {});
    throw error;
  }
}

/** The numbers of the tasks of each share of a rank. */
function sharesIn({ rows }: FrozenPlan, rank: number, of: number): number[][] {
  const shares = Array.from({ length: of }, (): number[] => []);
  for (const [i, shard] of shardsOf(rows, { rank, of }).entries()) shares[shard - 1]?.push(i + 1);
  return shares;
}

/** The launcher that is asked for, and the longest time of its jobs, minutes. */
async function openLauncher(
  launch: LaunchRequest,
  { name, logs, words }: {
    readonly name: string;
    readonly logs: Place;
    readonly words: JobWords;
  },
): Promise<{ readonly launcher: Launcher; readonly longest: number }> {
  const folder = resolve(PROJECT);
  const { threads } = launch;
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
      name,
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
