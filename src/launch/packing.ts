/**
 * Into how many jobs the tasks of a rank go: a job takes at least a while, since to queue and to start
 * one costs seconds, and as few of them are very long as there can be.
 *
 * @module
 */

/** What decides how many jobs there are. */
export interface Packing {
  /** The least seconds of a job by its estimate, if there is as much to do. */
  readonly jobSeconds: number;
  /** Jobs that may run at once. */
  readonly atOnce: number;
}

/** Seconds of a job, by its estimate, beyond which there are more jobs than may run at once. */
const LONG_JOB = 3600;

/** How many jobs do what takes `seconds` on one thread in all, on `threads` threads each. */
export function jobCount(
  seconds: number,
  threads: number,
  { jobSeconds, atOnce }: Packing,
): number {
  const own = seconds / threads;
  const most = jobSeconds > 0 ? Math.floor(own / jobSeconds) : Infinity;
  return Math.max(1, Math.min(most, Math.max(atOnce, Math.ceil(own / LONG_JOB))));
}

/** A cut of the groups of a rank, and how many of its shares have something left to do. */
export interface Cut<Shares> {
  /** The shares. */
  readonly shares: Shares;
  /** How many have something left. */
  readonly open: number;
}

/** Finer cuts that are tried. */
const TRIES = 8;

/**
 * The cut of a rank of which about `wanted` shares have something left to do: shares are cut from the
 * plan alone, so that where much is done already, few of them may hold all that is left. `cut` cuts into
 * so many shares; there are `groups` groups.
 */
export function cutFor<Shares>(
  wanted: number,
  groups: number,
  cut: (of: number) => Cut<Shares>,
): Shares {
  let of = Math.max(1, Math.min(wanted, groups));
  let best = cut(of);
  for (let tries = 0; tries < TRIES && best.open < wanted && of < groups; tries++) {
    of = Math.min(groups, Math.max(of + 1, Math.floor(of * wanted / Math.max(1, best.open))));
    const finer = cut(of);
    if (finer.open > wanted) break;
    if (finer.open > best.open) best = finer;
  }
  return best.shares;
}
