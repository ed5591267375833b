/**
 * What starts the shards of a plan elsewhere: the words that every launcher shares.
 *
 * A _share_ is what one shard has to do: number 3 of 8 of the groups of a rank. A _job_ is one try at a
 * share. A launcher starts jobs, says what became of them, and cancels them; it knows no results. What
 * is done is asked of the store.
 *
 * @module
 */

/** What one shard of a plan has to do. */
export interface Share {
  /** The rank of its groups: they need results of lower ranks only. */
  readonly rank: number;
  /** Its number, from 1. */
  readonly number: number;
  /** How many shares the groups of that rank are cut into. */
  readonly of: number;
}

/** What a job may use. */
export interface JobLimits {
  /** Memory, MiB. */
  readonly memory: number;
  /** Time, minutes. */
  readonly minutes: number;
}

/** Jobs to start together. */
export interface JobRequest {
  /** Their shares, all of one rank. */
  readonly shares: readonly [Share, ...Share[]];
  /** The limits of each. */
  readonly limits: JobLimits;
  /** Jobs that must have ended before they start, well or not. */
  readonly after: readonly Job[];
}

/** One try at a share. */
export interface Job {
  /** As the launcher calls it, such as `123_4`. */
  readonly id: string;
  /** Its share. */
  readonly share: Share;
  /** The file that has what it printed, as messages show it. */
  readonly log: string;
  /** Its limits. */
  readonly limits: JobLimits;
}

/**
 * How a job ended: `done` is that its whole share is in the store, `failed` that it said that something
 * fails or waits, `refused` that it cannot be computed so at all, `stopped` that something else ended it:
 * a node, a person, another job.
 */
export type Ending = "done" | "failed" | "refused" | "out of memory" | "out of time" | "stopped";

/** The exit code of a shard that refuses its plan, or its command line. */
export const MISUSED = 2;

/** Where a job is, with the word for it that the launcher has: `PENDING`, `exit code 1`. */
export type JobState =
  | { readonly at: "waiting"; readonly word: string; readonly reason?: string }
  | { readonly at: "running"; readonly word: string }
  | {
    readonly at: "ended";
    readonly word: string;
    readonly ending: Ending;
    /** The error that its log ends with, if it was not done. */
    readonly error?: string;
  };

/** Starts shards. */
export interface Launcher {
  /** Its name, as the command line has it. */
  readonly name: LauncherName;
  /** Starts jobs, one for each share, in that order; throws a {@linkcode LaunchError} if it cannot. */
  submit(request: JobRequest): Promise<readonly Job[]>;
  /**
   * Where each of `jobs` is, by its id; a text with the reason where nobody can say it now, which means
   * neither that they have ended nor that they have not.
   */
  states(jobs: readonly Job[]): Promise<ReadonlyMap<string, JobState> | string>;
  /** Ends jobs that have not ended; a text with the reason where that is not sure. */
  cancel(jobs: readonly Job[]): Promise<string | undefined>;
}

/** The launchers. */
export const launcherNames = ["slurm", "local"] as const;

/** The name of a launcher. */
export type LauncherName = typeof launcherNames[number];

/** A launcher that cannot start what it is asked to. */
export class LaunchError extends Error {
  /** The name of the class. */
  override readonly name = "LaunchError";
  /** Whether the same request may succeed later: its scheduler did not answer. */
  readonly mayPass: boolean;

  /** Says `message`; `mayPass` if the same may succeed later. */
  constructor(message: string, { mayPass = false }: { readonly mayPass?: boolean } = {}) {
    super(message);
    this.mayPass = mayPass;
  }
}

/** `shard 3 of 8 of rank 1`. */
export function describeShare({ rank, number, of }: Share): string {
  return `shard ${number} of ${of} of rank ${rank}`;
}
