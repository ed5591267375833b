/**
 * The shares of a plan and the tries at them: which jobs are started, and again, and with which limits.
 *
 * @module
 */
import { type Estimate, limitsAfter, limitsFor } from "./job_limits.ts";
import type { Ending, Job, JobLimits, Share } from "./launcher.ts";
import { cutFor, jobCount, type Packing } from "./packing.ts";
import type { Work } from "./work.ts";

/** The most jobs for one share. */
export const MOST_TRIES = 4;

/** How a try ended. */
export interface EndedTry {
  /** The job. */
  readonly job: Job;
  /** The launcher's word for its end. */
  readonly word: string;
  /** Its end. */
  readonly ending: Ending;
  /** The error that its log ends with. */
  readonly error?: string;
}

/** A share with the tries at it. */
export interface TriedShare {
  /** The share. */
  readonly share: Share;
  /** The numbers of its tasks. */
  readonly tasks: readonly number[];
  /** The limits that its estimate asks for. */
  readonly estimate: JobLimits;
  /** The limits of its next job. */
  limits: JobLimits;
  /** How many jobs ended that could have done something and left something open. */
  jobs: number;
  /** So many of the tries that it has are over. */
  tries: number;
  /** The last of them. */
  last?: EndedTry;
}

/** What decides how the work is shared out. */
export interface SharingOptions extends Packing {
  /** Threads of a job. */
  readonly threads: number;
  /** Limits that a person has set, in place of estimates. */
  readonly given: Partial<JobLimits>;
  /** The longest time that a job may ask for, minutes. */
  readonly longest: number;
}

/** The shares with something to do, by rank. */
export function sharesOf(work: Work, options: SharingOptions): TriedShare[] {
  return work.openRanks().flatMap(({ rank, groups, seconds }) => {
    const wanted = jobCount(seconds, options.threads, options);
    const parts = cutFor(wanted, groups, (of) => {
      const shares = work.cut(rank, of);
      const open = shares.filter((tasks) => tasks.some((number) => work.isOpen(number))).length;
      return { shares, open };
    });
    const estimate = limitsOfAll(parts.map((tasks) => estimateOf(tasks, work)), options);
    const limits = { ...estimate, ...options.given };
    return parts.map((tasks, i): TriedShare => ({
      share: { rank, number: i + 1, of: parts.length },
      tasks,
      estimate,
      limits,
      jobs: 0,
      tries: 0,
    }));
  }).filter(({ tasks }) => tasks.some((number) => work.isOpen(number)));
}

/** What is left of a share: its time in all, and the task that takes the most memory. */
function estimateOf(tasks: readonly number[], work: Work): Estimate {
  let [seconds, memory] = [0, 0];
  for (const number of tasks) {
    if (!work.isOpen(number)) continue;
    const row = work.row(number);
    seconds += row.seconds;
    memory = Math.max(memory, row.memory);
  }
  return { seconds, memory };
}

/** The limits of the jobs of a rank, which are one array. */
function limitsOfAll(
  estimates: readonly Estimate[],
  { threads, longest }: SharingOptions,
): JobLimits {
  const most = estimates.reduce((a, b) => ({
    seconds: Math.max(a.seconds, b.seconds),
    memory: Math.max(a.memory, b.memory),
  }), { seconds: 0, memory: 0 });
  const { memory, minutes } = limitsFor(most, threads);
  return { memory, minutes: Math.min(minutes, longest) };
}

/** The shares that may be tried now: they have something open that can still be done, and tries left. */
export function openShares(shares: readonly TriedShare[], work: Work): TriedShare[] {
  const lost = new Set(
    shares.filter(({ tries }) => tries >= MOST_TRIES).flatMap(({ tasks }) => tasks),
  );
  const stuck = work.stuck((number) => lost.has(number));
  return shares.filter(({ tasks }) =>
    tasks.some((number) => work.isOpen(number) && !stuck.has(number))
  );
}

/**
 * Counts a job at `own` that has ended with something open, and gives the next one what this one lacked.
 * A job that could do nothing, since what it needs is not there, does not count.
 */
export function countTry(own: TriedShare, end: EndedTry, work: Work, longest: number): boolean {
  const isLeft = own.tasks.some((number) => work.isOpen(number) && work.isReady(number));
  if (!isLeft) return false;
  // The same would be refused again.
  own.tries = end.ending === "refused" ? MOST_TRIES : own.tries + 1;
  own.jobs++;
  own.last = end;
  own.limits = limitsAfter(end.ending, own.limits, { estimate: own.estimate, longest });
  return true;
}

/**
 * Gives the other shares the memory of their estimates once a job had too little: a person who set less
 * did so for all.
 */
export function raiseOthers(shares: readonly TriedShare[]): void {
  if (!shares.some(({ last }) => last?.ending === "out of memory")) return;
  for (const own of shares) {
    const memory = Math.max(own.limits.memory, own.estimate.memory);
    own.limits = { ...own.limits, memory };
  }
}
