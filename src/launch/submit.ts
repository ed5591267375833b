/**
 * The jobs of shares: submitted rank by rank, as often as it takes where the scheduler does not answer, and
 * cancelled together.
 *
 * @module
 */
import { firstAndCount, formatCount } from "../text/format.ts";
import { type Job, type JobRequest, type Launcher, LaunchError } from "./launcher.ts";
import type { TriedShare } from "./tries.ts";

/** How to submit jobs. */
export interface SubmitOptions {
  /** Starts the jobs. */
  readonly launcher: Launcher;
  /** Told what a person should know. */
  readonly notice: (message: string) => void;
  /** Ends it: the jobs are cancelled. */
  readonly signal: AbortSignal;
  /** Waits so many milliseconds, or until the signal is aborted. */
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** Milliseconds to the next try, and tries, where the scheduler does not answer. */
const NO_ANSWER = { pause: 10_000, tries: 60 } as const;
/** Jobs named of several. */
const MOST_NAMED = 3;

/**
 * Submits the jobs of all ranks, each after those of the rank before. `refused` is told of shares whose jobs
 * are refused; where it throws, and where the signal is aborted, all jobs are cancelled.
 */
export async function submitRanks(
  shares: readonly TriedShare[],
  options: SubmitOptions,
  refused: (shares: readonly TriedShare[], error: LaunchError) => void,
): Promise<ReadonlyMap<TriedShare, Job>> {
  const started = new Map<TriedShare, Job>();
  let [after, rank]: [readonly Job[], number | undefined] = [[], undefined];
  let own: Job[] = [];
  const alike = Map.groupBy(
    shares,
    ({ share: { rank, of }, limits: { memory, minutes } }) => [rank, of, memory, minutes].join(),
  );
  try {
    for (const some of alike.values()) {
      const [first, ...rest] = some;
      if (first === undefined) continue;
      if (first.share.rank !== rank) {
        // Where all jobs of a rank are refused, the next one follows the one before.
        if (own.length > 0) after = own;
        [own, rank] = [[], first.share.rank];
      }
      const all = [first.share, ...rest.map(({ share }) => share)] as const;
      try {
        const jobs = await submitted({ shares: all, limits: first.limits, after }, options);
        own.push(...jobs);
        for (const [i, one] of some.entries()) {
          const job = jobs[i];
          if (job !== undefined) started.set(one, job);
        }
      } catch (error) {
        if (!(error instanceof LaunchError)) throw error;
        refused(some, error);
      }
    }
    options.signal.throwIfAborted();
  } catch (error) {
    await cancelJobs([...started.values()], options);
    throw error;
  }
  return started;
}

/** Submits jobs; while the scheduler does not answer, again and again. */
async function submitted(
  request: JobRequest,
  { launcher, notice, signal, wait }: SubmitOptions,
): Promise<readonly Job[]> {
  for (let tries = 1;; tries++) {
    signal.throwIfAborted();
    try {
      return await launcher.submit(request);
    } catch (error) {
      const isOver = !(error instanceof LaunchError) || !error.mayPass || tries >= NO_ANSWER.tries;
      if (isOver) throw error;
      if (tries === 1) notice(`${error.message}; trying again`);
      await wait(NO_ANSWER.pause, signal);
    }
  }
}

/** Cancels jobs, and says so. */
export async function cancelJobs(
  jobs: readonly Job[],
  { launcher, notice }: Pick<SubmitOptions, "launcher" | "notice">,
): Promise<void> {
  if (jobs.length === 0) return;
  const reason = await launcher.cancel(jobs);
  notice(
    reason !== undefined
      ? `could not cancel the jobs ${jobNames(jobs).join(" ")}: ${reason}`
      : launcher.name === "local"
      ? `cancelled ${formatCount(jobs.length, "shard")}: their processes have ended`
      : `cancelled ${countAndNames(jobs)}`,
  );
}

/** `5 jobs (12, 13)`. */
export function countAndNames(jobs: readonly Job[]): string {
  const names = firstAndCount(jobNames(jobs), MOST_NAMED).join(", ");
  return `${formatCount(jobs.length, "job")} (${names})`;
}

/** The names of jobs as a person cancels them: of the jobs of an array, that of the array. */
function jobNames(jobs: readonly Job[]): string[] {
  return [...new Set(jobs.map(({ id }) => id.split("_")[0] ?? id))];
}
