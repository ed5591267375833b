/**
 * Jobs that nobody waits for: those of all ranks, and one that writes the folders once they have ended.
 *
 * @module
 */
import { limitsFor } from "../launch/job_limits.ts";
import type { Job, JobLimits } from "../launch/launcher.ts";
import type { SlurmLauncher } from "../launch/slurm.ts";
import { cancelJobs, type SubmitOptions, submitRanks } from "../launch/submit.ts";
import type { TriedShare } from "../launch/tries.ts";
import type { WorkRows } from "../launch/work.ts";
import { report } from "../stages/report.ts";
import { formatCount } from "../text/format.ts";
import { shellWord } from "../text/shell_word.ts";
import type { JobWords } from "./job_words.ts";

/** The jobs to submit. */
export interface DetachedJobs {
  /** Submits them. */
  readonly launcher: SlurmLauncher;
  /** What they compute. */
  readonly shares: readonly TriedShare[];
  /** The limits of the one that writes the folders. */
  readonly limits: JobLimits;
  /** Their commands. */
  readonly words: JobWords;
}

/** Jobs that were submitted. */
export interface Submitted {
  /** Those of shares. */
  readonly jobs: readonly Job[];
  /** The id of the one that writes the folders. */
  readonly merge: string;
}

/** Submits the jobs of all ranks and the one that writes the folders; none where one is refused. */
export async function submitDetached(
  { launcher, shares, limits, words }: DetachedJobs,
  options: Omit<SubmitOptions, "launcher">,
): Promise<Submitted> {
  const submitting = { ...options, launcher };
  const started = await submitRanks(shares, submitting, (_, error) => {
    throw error;
  });
  const jobs = [...started.values()];
  try {
    const { id } = await launcher.submitLast([Deno.execPath(), ...words.merge], limits, jobs);
    return { jobs, merge: id };
  } catch (error) {
    await cancelJobs(jobs, submitting);
    throw error;
  }
}

/** The least memory of a merge, MiB: reports draw charts. */
const MERGE_MEMORY = 1024;
/** Tasks of a plan that take a MiB. */
const TASKS = 1024;
/** The least minutes of a merge: it reads all results, however slow their file system is. */
const MERGE_MINUTES = 60;

/** The limits of the job that writes the folders: what a person `given` set for jobs, or what the plan asks for. */
export function mergeLimits(
  rows: WorkRows,
  longest: number,
  given: Partial<JobLimits>,
): JobLimits {
  let [seconds, most] = [0, 0];
  for (const row of rows) {
    if (row.stage !== report.name) continue;
    seconds += row.seconds;
    most = Math.max(most, row.memory);
  }
  const { memory, minutes } = limitsFor({ seconds, memory: most }, 1);
  return {
    memory: given.memory ?? Math.max(MERGE_MEMORY, memory) + Math.floor(rows.length / TASKS),
    minutes: given.minutes ?? Math.min(Math.max(MERGE_MINUTES, minutes), longest),
  };
}

/** What is said of jobs that were submitted. */
export interface SubmittedPlan {
  /** How many tasks they compute. */
  readonly tasks: number;
  /** The file of the plan. */
  readonly plan: string;
  /** The folder of their logs. */
  readonly logs: string;
  /** Their commands. */
  readonly words: JobWords;
}

/** The jobs for a person. */
export function textOfSubmitted(submitted: Submitted, told: SubmittedPlan): string {
  const { jobs, merge } = submitted;
  const { tasks, plan, logs, words } = told;
  const arrays = arraysOf(jobs);
  const all = `${formatCount(tasks, "task")} in ${formatCount(jobs.length, "job")} of Slurm`;
  return [
    `submitted ${all}, and one that writes the folders then`,
    ...arrays.map(({ id, rank, jobs }) =>
      `  job ${id}: ${formatCount(jobs, "job")} of rank ${rank}`
    ),
    `  job ${merge}: merge`,
    `  plan     ${plan}`,
    `  logs     ${logs}`,
    `  status   ${words.status.map(shellWord).join(" ")}`,
    `  cancel   scancel ${[...arrays.map(({ id }) => id), merge].join(" ")}`,
  ].join("\n");
}

/** The jobs for a script. */
export function jsonOfSubmitted(
  { jobs, merge }: Submitted,
  { plan, logs }: SubmittedPlan,
): unknown {
  return { plan, logs, arrays: arraysOf(jobs), merge };
}

/** The arrays of jobs. */
function arraysOf(jobs: readonly Job[]) {
  return [...Map.groupBy(jobs, ({ id }) => id.split("_")[0] ?? id)]
    .map(([id, own]) => ({ id, rank: own[0]?.share.rank, jobs: own.length }));
}
