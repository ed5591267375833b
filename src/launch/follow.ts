/**
 * Jobs from their start to their end: asked for again and again, with the results that come.
 *
 * @module
 */
import { formatCount } from "../text/format.ts";
import type { Job, JobState } from "./launcher.ts";
import { isUnusual } from "./slurm_output.ts";
import { cancelJobs, type SubmitOptions } from "./submit.ts";
import type { EndedTry, TriedShare } from "./tries.ts";
import type { Work } from "./work.ts";

/** How to follow jobs. */
export interface FollowOptions extends SubmitOptions {
  /** The keys of the tasks whose records say that they failed. */
  readonly failures: () => Promise<{ has(key: string): boolean }>;
}

/** Milliseconds between two looks at the jobs, at first and at most. */
const PAUSES = { slurm: [1000, 15_000], local: [100, 1000] } as const;
const LONGER = 1.2;
/** Tasks of a running job that are asked for at each look, and of all jobs. */
const LOOKS = { ofJob: 64, ofAll: 2048 } as const;
/** Looks at jobs that are said to run although nothing of theirs is left to do. */
const IDLE_LOOKS = 20;

/** Follows jobs to their ends; cancels them where it is asked to end, or fails. `tell` is told of each look. */
export async function followJobs(
  started: ReadonlyMap<TriedShare, Job>,
  work: Work,
  options: FollowOptions & { readonly tell: () => void },
): Promise<ReadonlyMap<TriedShare, EndedTry>> {
  const ended = new Map<TriedShare, EndedTry>();
  const live = new Map(started);
  try {
    await follow(live, ended, work, options);
    return ended;
  } catch (error) {
    await cancelJobs([...live.values()], options);
    throw error;
  }
}

async function follow(
  live: Map<TriedShare, Job>,
  ended: Map<TriedShare, EndedTry>,
  work: Work,
  { launcher, notice, failures, tell, signal, wait }: FollowOptions & { readonly tell: () => void },
): Promise<void> {
  const [shortest, longest] = PAUSES[launcher.name];
  let pause: number = shortest;
  let isUnknown = false;
  const reasons = new Set<string>();
  const cursors = new Map<TriedShare, number>();
  let places = "";
  let idle = 0;
  for (;;) {
    signal.throwIfAborted();
    const states = await unlessAborted(launcher.states([...live.values()]), signal);
    const settled = work.settled;
    if (typeof states === "string") {
      if (!isUnknown) notice(`cannot ask for the jobs now (${states}); they are still waited for`);
      isUnknown = true;
    } else {
      isUnknown = false;
      for (const [own, job] of [...live]) {
        const state = states.get(job.id);
        if (state === undefined) continue;
        if (state.at === "ended") {
          live.delete(own);
          ended.set(own, { job, ...state });
          if (state.ending === "done") work.markThere(own.tasks);
          else await work.look(own.tasks);
        } else tellReason(job, state, reasons, notice);
      }
    }
    const running = [...live].filter(([, { id }]) =>
      typeof states === "string" || states.get(id)?.at !== "waiting"
    );
    await lookAround(running.map(([own]) => own), work, cursors);
    // A job may never end: what failed in it is known before.
    if (pause === longest) work.markFailed(await failures());
    tell();
    if (live.size === 0) return;
    const isIdle = ![...live.keys()].some(({ tasks }) =>
      tasks.some((number) => work.isOpen(number))
    );
    // Once every result is there, nobody has to say that the jobs have ended.
    if (isIdle && isUnknown) return;
    idle = isIdle ? idle + 1 : 0;
    if (idle > IDLE_LOOKS) {
      // A controller that crashed, or a node that does not answer, may leave such jobs for ever.
      const jobs = formatCount(live.size, "job");
      notice(`${jobs} did not end although nothing of theirs is left to do`);
      await cancelJobs([...live.values()], { launcher, notice });
      return;
    }
    const placesNow = typeof states === "string"
      ? ""
      : [...states.values()].map(({ at }) => at).join();
    const isMoving = work.settled > settled || placesNow !== places;
    places = placesNow;
    pause = isMoving ? shortest : Math.min(LONGER * pause, longest);
    await wait(pause, signal);
  }
}

/** What `work` gives; throws the reason of `signal` where that is aborted before: `squeue` may take minutes. */
async function unlessAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener("abort", abort);
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** Says once for which unusual reason jobs wait. */
function tellReason(
  { id }: Job,
  state: JobState,
  told: Set<string>,
  notice: (message: string) => void,
): void {
  if (state.at !== "waiting" || state.reason === undefined) return;
  if (!isUnusual(state.reason) || told.has(state.reason)) return;
  told.add(state.reason);
  notice(`the job ${id} waits, since Slurm says ${state.reason}; Ctrl-C cancels all jobs`);
}

/** Asks the store for some tasks of jobs that may be running, in turn, so that a look takes a bounded time. */
async function lookAround(
  live: readonly TriedShare[],
  work: Work,
  cursors: Map<TriedShare, number>,
): Promise<void> {
  if (live.length === 0) return;
  const most = Math.max(1, Math.min(LOOKS.ofJob, Math.floor(LOOKS.ofAll / live.length)));
  for (const own of live) {
    const { tasks } = own;
    const some: number[] = [];
    let at = cursors.get(own) ?? 0;
    for (let i = 0; i < tasks.length && some.length < most; i++) {
      const number = tasks[at % tasks.length];
      at++;
      if (number !== undefined && work.isOpen(number)) some.push(number);
    }
    cursors.set(own, at % Math.max(1, tasks.length));
    await work.look(some);
  }
}
