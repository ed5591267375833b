/**
 * Computes a plan by jobs: starts one for each share, follows them, and starts those again that ended
 * without all of their results, a bounded number of times.
 *
 * @module
 */
import { dirname } from "node:path";
import type { Progress } from "../runs/progress.ts";
import { formatBytes, formatCount, formatDuration } from "../text/format.ts";
import { followJobs, type FollowOptions } from "./follow.ts";
import {
  describeShare,
  type Ending,
  type Job,
  type JobLimits,
  type LauncherName,
} from "./launcher.ts";
import { countAndNames, submitRanks } from "./submit.ts";
import {
  countTry,
  MOST_TRIES,
  openShares,
  raiseOthers,
  sharesOf,
  type SharingOptions,
  type TriedShare,
} from "./tries.ts";
import type { Work } from "./work.ts";

/** How to compute a plan by jobs. */
export interface LaunchOptions extends SharingOptions, FollowOptions {
  /** Told how far it is. */
  readonly progress: Progress;
}

/** Milliseconds to the next round after one in which nothing was done, at first; three times as many later. */
const AFTER_NOTHING = 5000;
/** What is named of several. */
const MOST_NAMED = 3;

/**
 * Computes what is open of `work`. Throws a {@linkcode LaunchError} where the first jobs cannot be started,
 * and the signal's reason once the jobs are cancelled; says of shares that it gives up why, and where the
 * logs are.
 */
export async function launch(work: Work, options: LaunchOptions): Promise<void> {
  const { launcher, progress, notice, signal, wait } = options;
  const shares = sharesOf(work, options);
  if (shares.length === 0) return;
  const where = launcher.name === "slurm" ? "on Slurm" : "by processes";
  const before = work.settled;
  progress.begin(`computing ${where}`, work.total, "tasks", before);
  let pause = AFTER_NOTHING;
  try {
    for (let round = 0;; round++) {
      const open = openShares(shares, work);
      if (open.length === 0) break;
      signal.throwIfAborted();
      const settled = work.settled;
      const started = await submitRanks(open, options, (some, error) => {
        if (round === 0) throw error;
        notice(`${error.message}; ${formatCount(some.length, "share")} given up`);
        for (const own of some) own.tries = MOST_TRIES;
      });
      const jobs = [...started.values()];
      if (jobs.length > 0) options.remark(submittedText(jobs, launcher.name));
      const tell = (): void => progress.advance(work.settled, before);
      const ended = await followJobs(started, work, { ...options, tell });
      work.markFailed(await options.failures());
      tell();
      const counted = open.filter((own) => {
        const end = ended.get(own);
        return end !== undefined && countTry(own, end, work, options.longest);
      });
      raiseOthers(shares);
      if (counted.length > 0) notice(roundText(counted, open.length));
      const isOver = counted.every(({ tries }) => tries >= MOST_TRIES);
      if (isOver || work.settled > settled) continue;
      await wait(pause, signal);
      pause *= 3;
    }
  } finally {
    progress.end();
  }
  for (const line of givenUp(shares, work)) notice(line);
}

/** What was started, and where its logs are. */
function submittedText(jobs: readonly Job[], launcher: LauncherName): string {
  const logs = dirname(jobs[0]?.log ?? "");
  return launcher === "slurm"
    ? `submitted ${countAndNames(jobs)}; logs in ${logs}`
    : `computing ${
      formatCount(jobs.length, "shard")
    } by processes of this machine; logs in ${logs}`;
}

/** `3 of 8 jobs ended without all of their results (TIMEOUT, 2 × NODE_FAIL): …`. */
function roundText(counted: readonly TriedShare[], all: number): string {
  const ends = counted.flatMap(({ last }) => last ?? []);
  const words = [...Map.groupBy(ends, ({ word, ending }) => wordOf(word, ending))]
    .map(([word, some]) => some.length === 1 ? word : `${some.length} × ${word}`);
  const left = counted.filter(({ tries }) => tries < MOST_TRIES);
  const [next] = left;
  const again = next === undefined
    ? "they are given up"
    : `next is try ${next.tries + 1} of ${MOST_TRIES}, with ${limitsText(next.limits)}`;
  const error = ends.find(({ error }) => error !== undefined)?.error;
  return `${counted.length} of ${formatCount(all, "job")} ended without all of their results ` +
    `(${words.join(", ")}; ${error === undefined ? "" : `${error}; `}log: ${
      ends[0]?.job.log
    }); ${again}`;
}

function wordOf(word: string, ending: Ending): string {
  return ending === "out of memory" || ending === "out of time" ? `${word}: ${ending}` : word;
}

function limitsText({ memory, minutes }: JobLimits): string {
  return `${formatBytes(memory * 2 ** 20)} and ${formatDuration(60 * minutes)}`;
}

/** Why shares were given up, and where their logs are. */
function givenUp(shares: readonly TriedShare[], work: Work): string[] {
  const open = shares.filter(({ tasks, last }) =>
    last !== undefined && tasks.some((number) => work.isOpen(number))
  );
  const lines = open.slice(0, MOST_NAMED).flatMap(({ share, last, jobs }) => {
    if (last === undefined) return [];
    const { word, ending, error, job } = last;
    const how = jobs === 1 ? "its job ended as" : `${jobs} jobs, of which the last ended as`;
    const said = error === undefined ? "" : `: ${error}`;
    return [
      `error: ${describeShare(share)} is not done: ${how} ${wordOf(word, ending)}${said} ` +
      `(log: ${job.log})`,
    ];
  });
  const more = open.length - lines.length;
  return more > 0 ? [...lines, `error: ${formatCount(more, "more share")} likewise`] : lines;
}
