/**
 * Computes a plan by jobs: starts one for each share, follows them, and starts those again that ended
 * without all of their results, a bounded number of times.
 *
 * @module
 */
import type { Progress } from "../runs/run_phases.ts";
import { firstAndCount, formatBytes, formatCount, formatDuration } from "../text/format.ts";
import {
  describeShare,
  type Ending,
  type Job,
  type JobLimits,
  type JobState,
  type Launcher,
  LaunchError,
} from "./launcher.ts";
import { isUnusual } from "./slurm_output.ts";
import {
  countTry,
  type EndedTry,
  MOST_TRIES,
  openShares,
  raiseOthers,
  sharesOf,
  type SharingOptions,
  type TriedShare,
} from "./tries.ts";
import type { Work } from "./work.ts";

/** How to compute a plan by jobs. */
export interface LaunchOptions extends SharingOptions {
  /** Starts the jobs. */
  readonly launcher: Launcher;
  /** The keys of the tasks whose records say that they failed. */
  readonly failures: () => Promise<{ has(key: string): boolean }>;
  /** Told how far it is. */
  readonly progress: Progress;
  /** Told what a person should know. */
  readonly notice: (message: string) => void;
  /** Ends it: the jobs are cancelled. */
  readonly signal: AbortSignal;
  /** Waits so many milliseconds, or until the signal is aborted. */
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** Milliseconds between two looks at the jobs, at first and at most. */
const PAUSES = { slurm: [1000, 15_000], local: [100, 1000] } as const;
const LONGER = 1.2;
/** Tasks of a running job that are asked for at each look, and of all jobs. */
const LOOKS = { ofJob: 64, ofAll: 2048 } as const;
/** Milliseconds to the next round after one in which nothing was done, at first; three times as many later. */
const AFTER_NOTHING = 5000;
/** Milliseconds to the next try, and tries, where the scheduler does not answer. */
const NO_ANSWER = { pause: 10_000, tries: 60 } as const;
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
      const started = await startRound(open, round, options);
      const ended = await followed(started, work, { ...options, before });
      work.markFailed(await options.failures());
      progress.advance(work.settled, before);
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

/** Submits the jobs of all ranks, each after those of the rank before; none where one is refused. */
export async function submitRanks(
  shares: readonly TriedShare[],
  { launcher }: Pick<LaunchOptions, "launcher">,
): Promise<ReadonlyMap<TriedShare, Job>> {
  const started = new Map<TriedShare, Job>();
  let [after, rank]: [readonly Job[], number | undefined] = [[], undefined];
  let own: Job[] = [];
  try {
    const alike = Map.groupBy(
      shares,
      ({ share: { rank, of }, limits: { memory, minutes } }) => [rank, of, memory, minutes].join(),
    );
    for (const some of alike.values()) {
      const [first, ...rest] = some;
      if (first === undefined) continue;
      if (first.share.rank !== rank) [after, own, rank] = [own, [], first.share.rank];
      const all = [first.share, ...rest.map(({ share }) => share)] as const;
      const jobs = await launcher.submit({ shares: all, limits: first.limits, after });
      own.push(...jobs);
      for (const [i, one] of some.entries()) {
        const job = jobs[i];
        if (job !== undefined) started.set(one, job);
      }
    }
  } catch (error) {
    await launcher.cancel([...started.values()]);
    throw error;
  }
  return started;
}

/** Starts the jobs of one round. In a later one a share whose job is refused is given up, which is said. */
async function startRound(
  open: readonly TriedShare[],
  round: number,
  options: LaunchOptions,
): Promise<ReadonlyMap<TriedShare, Job>> {
  const { notice, signal, wait } = options;
  for (let tries = 1;; tries++) {
    try {
      return await submitRanks(open, options);
    } catch (error) {
      if (!(error instanceof LaunchError) || round === 0) throw error;
      if (error.mayPass && tries < NO_ANSWER.tries) {
        if (tries === 1) notice(`${error.message}; trying again`);
        await wait(NO_ANSWER.pause, signal);
        signal.throwIfAborted();
        continue;
      }
      notice(error.message);
      for (const one of open) one.tries = MOST_TRIES;
      return new Map();
    }
  }
}

/** Follows jobs to their ends; cancels them where it is asked to end, or fails. */
async function followed(
  started: ReadonlyMap<TriedShare, Job>,
  work: Work,
  options: LaunchOptions & { readonly before: number },
): Promise<ReadonlyMap<TriedShare, EndedTry>> {
  const ended = new Map<TriedShare, EndedTry>();
  const live = new Map(started);
  try {
    await follow(live, ended, work, options);
    return ended;
  } catch (error) {
    const jobs = [...live.values()];
    const ids = firstAndCount(jobNames(jobs), MOST_NAMED).join(", ");
    const reason = await options.launcher.cancel(jobs);
    options.notice(
      reason === undefined
        ? `cancelled ${formatCount(jobs.length, "job")} (${ids})`
        : `could not cancel the jobs ${jobNames(jobs).join(" ")}: ${reason}`,
    );
    throw error;
  }
}

async function follow(
  live: Map<TriedShare, Job>,
  ended: Map<TriedShare, EndedTry>,
  work: Work,
  { launcher, notice, progress, signal, wait, before }: LaunchOptions & { readonly before: number },
): Promise<void> {
  const [shortest, longest] = PAUSES[launcher.name];
  let pause: number = shortest;
  let isUnknown = false;
  const reasons = new Set<string>();
  const cursors = new Map<TriedShare, number>();
  let places = "";
  for (;;) {
    signal.throwIfAborted();
    const states = await launcher.states([...live.values()]);
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
    progress.advance(work.settled, before);
    const isAllThere = [...live.keys()].every(({ tasks }) =>
      !tasks.some((number) => work.isOpen(number))
    );
    // Once every result is there, nobody has to say that the jobs have ended.
    if (live.size === 0 || isUnknown && isAllThere) return;
    const placesNow = typeof states === "string"
      ? ""
      : [...states.values()].map(({ at }) => at).join();
    const isMoving = work.settled > settled || placesNow !== places;
    places = placesNow;
    pause = isMoving ? shortest : Math.min(LONGER * pause, longest);
    await wait(pause, signal);
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

/** The names of jobs as a person cancels them: of the jobs of an array, that of the array. */
function jobNames(jobs: readonly Job[]): string[] {
  return [...new Set(jobs.map(({ id }) => id.split("_")[0] ?? id))];
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
    : `trying again (${next.tries} of ${MOST_TRIES - 1}) with ${limitsText(next.limits)}`;
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
