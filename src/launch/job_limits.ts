/**
 * What jobs may use: as a person says it, as estimates say it, and more of it after a job that had too
 * little.
 *
 * @module
 */
import type { Ending, JobLimits } from "./launcher.ts";
import { minutesIn } from "./slurm_output.ts";

/** MiB of a process before it computes anything, threads and garbage included. */
const PROGRAM = 512;
/** What estimates are multiplied by. */
const MEMORY_MARGIN = 1.5;
const TIME_MARGIN = 4;
/** Minutes of every job besides its estimate: a node may be slow, and its file system, too. */
const MINUTES = 10;
/** Limits are whole multiples of so many MiB. */
const STEP = 256;
/** What a limit is multiplied by after a job that reached it. */
const MORE = 2;

/** The estimates of a job's share. */
export interface Estimate {
  /** Seconds of all its tasks, on one thread. */
  readonly seconds: number;
  /** Bytes at the peak of the task that takes the most, on one thread. */
  readonly memory: number;
}

/** The limits for a job of that estimate on `threads` threads, with a margin. */
export function limitsFor({ seconds, memory }: Estimate, threads: number): JobLimits {
  const mebibytes = PROGRAM + MEMORY_MARGIN * threads * memory / 2 ** 20;
  // A share may be one long task: threads do not have to help.
  const minutes = MINUTES + Math.ceil(TIME_MARGIN * seconds / 60);
  return { memory: STEP * Math.ceil(mebibytes / STEP), minutes };
}

/**
 * The limits for another try at the share of a job with `limits`: more of what it lacked, at least as much
 * as the `estimate` says, and of time at most what jobs may have.
 */
export function limitsAfter(
  ending: Ending,
  { memory, minutes }: JobLimits,
  { estimate, longest }: { readonly estimate: JobLimits; readonly longest: number },
): JobLimits {
  const time = Math.min(Math.max(MORE * minutes, estimate.minutes), longest);
  return {
    memory: ending === "out of memory" ? Math.max(MORE * memory, estimate.memory) : memory,
    minutes: ending === "out of time" ? Math.max(minutes, time) : minutes,
  };
}

const UNITS: Readonly<Record<string, number>> = { K: 2 ** -10, M: 1, G: 2 ** 10, T: 2 ** 20 };

/** The MiB of `4G`, `4GB`, `4GiB` or `500M`; a number alone is MiB, as for Slurm; `undefined` otherwise. */
export function mebibytesIn(text: string): number | undefined {
  const [, digits = "", unit = "M"] = /^(\d{1,9})(?:([KMGT])(?:i?B)?)?$/i.exec(text) ?? [];
  if (digits === "") return undefined;
  const mebibytes = Math.ceil(Number(digits) * (UNITS[unit.toUpperCase()] ?? 1));
  return mebibytes >= 1 && mebibytes < 2 ** 40 ? mebibytes : undefined;
}

/** The minutes of a time as `--time` takes it, at least one; `undefined` for what is none. */
export function minutesOf(text: string): number | undefined {
  const minutes = minutesIn(text);
  return minutes === undefined || minutes < 1 ? undefined : minutes;
}
