/**
 * What the programs of Slurm print, read without trust: a line that is not understood says nothing.
 *
 * @module
 */
import { type Ending, type JobState, MISUSED } from "./launcher.ts";

/** The number of the job that `sbatch --parsable` printed, `123` or `123;cluster`. */
export function submittedId(stdout: string): string | undefined {
  // A site's own filter of submissions may print more.
  return stdout.split("\n").map((line) => /^(\d+)(?:;\S*)?\s*$/.exec(line)?.[1])
    .findLast((id) => id !== undefined);
}

/** The columns of `squeue`, by `--Format`, that {@linkcode queuedStates} reads: the last may have spaces. */
export const QUEUE_FORMAT = "JobArrayID:60 ,State:30 ,exit_code:20 ,Reason:120 ";

/** How jobs end, by Slurm's word for it. */
const ENDINGS: Readonly<Record<string, Ending>> = {
  COMPLETED: "done",
  FAILED: "failed",
  OUT_OF_MEMORY: "out of memory",
  TIMEOUT: "out of time",
  DEADLINE: "out of time",
  CANCELLED: "stopped",
  NODE_FAIL: "stopped",
  BOOT_FAIL: "stopped",
  PREEMPTED: "stopped",
  REVOKED: "stopped",
};

/** Words for jobs that have not started, or will start again. */
const WAITING: readonly string[] = [
  "PENDING",
  "CONFIGURING",
  "REQUEUED",
  "REQUEUE_HOLD",
  "REQUEUE_FED",
  "SPECIAL_EXIT",
  "RESV_DEL_HOLD",
  "POWER_UP_NODE",
];

/**
 * The states of jobs in what `squeue --array --states=all` printed with {@linkcode QUEUE_FORMAT}, by
 * their ids, such as `123_4`. A state of an unknown name is that of a job which has not ended.
 */
export function queuedStates(stdout: string): Map<string, JobState> {
  const states = new Map<string, JobState>();
  for (const line of stdout.split("\n")) {
    const [, id = "", word = "", code = "", reason = ""] =
      /^(\d+(?:_\d+)?)\s+([A-Z_]+)\s+([\d:]+)\s(.*)$/.exec(line) ?? [];
    if (id !== "") states.set(id, stateOf(word, code, reason.trim()));
  }
  return states;
}

function stateOf(word: string, code: string, reason: string): JobState {
  if (word === "FAILED" && exitCode(code) === MISUSED) {
    return { at: "ended", word: `exit code ${MISUSED}`, ending: "refused" };
  }
  const ending = Object.hasOwn(ENDINGS, word) ? ENDINGS[word] : undefined;
  if (ending !== undefined) return { at: "ended", word, ending };
  if (!WAITING.includes(word)) return { at: "running", word };
  return { at: "waiting", word, ...reason !== "" && reason !== "None" ? { reason } : {} };
}

/** The exit code in the status `512` of a process, or in `2:0`. */
function exitCode(code: string): number | undefined {
  const [first = "", signal] = code.split(":");
  return signal === undefined ? Number(first) >> 8 : Number(first);
}

/** Reasons for which a job waits that pass by themselves. */
const USUAL_REASONS: readonly string[] = [
  "Priority",
  "Resources",
  "Dependency",
  "JobArrayTaskLimit",
  "BeginTime",
  "Prolog",
  "Cleaning",
  "Nodes_required_for_job_are_DOWN,_DRAINED_or_reserved_for_jobs_in_higher_priority_partitions",
];

/** Whether a person has to know that a job waits for `reason`, such as a time limit that is too long. */
export function isUnusual(reason: string): boolean {
  // With spaces in some versions.
  const name = reason.replaceAll(" ", "_");
  return !USUAL_REASONS.includes(name) && !/^(Assoc|QOS|Qos)\w*Limit$/.test(name);
}

/** The largest number of an array and one more, in what `scontrol show config` printed. */
export function largestArray(stdout: string): number | undefined {
  const [, digits] = /^MaxArraySize\s*=\s*(\d+)\s*$/m.exec(stdout) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/** A partition of a cluster. */
export interface Partition {
  /** Its name. */
  readonly name: string;
  /** Whether jobs go there that name none. */
  readonly isDefault: boolean;
  /** The longest time of its jobs, minutes; none where any is allowed. */
  readonly minutes?: number;
}

/** The partitions in what `scontrol show partition --oneliner` printed. */
export function partitionsIn(stdout: string): Partition[] {
  return stdout.split("\n").flatMap((line) => {
    const value = (field: string): string | undefined =>
      new RegExp(`(?:^|\\s)${field}=(\\S*)`).exec(line)?.[1];
    const name = value("PartitionName");
    if (name === undefined) return [];
    const minutes = minutesIn(value("MaxTime") ?? "");
    const isDefault = value("Default") === "YES";
    return [{ name, isDefault, ...minutes === undefined ? {} : { minutes } }];
  });
}

/**
 * The minutes of a time as Slurm writes and reads it: `30`, `30:00`, `1:30:00`, `2-12`, `2-12:30`,
 * `2-12:30:00`, rounded up; `undefined` for any other text.
 */
export function minutesIn(text: string): number | undefined {
  const [, days, rest = ""] = /^(?:(\d{1,4})-)?(\d{1,6}(?::\d{1,2}){0,2})$/.exec(text) ?? [];
  const parts = rest.split(":").map(Number);
  if (rest === "") return undefined;
  const [a = 0, b = 0, c = 0] = parts;
  if (days !== undefined) return Math.ceil((Number(days) * 24 + a) * 60 + b + c / 60);
  return Math.ceil(parts.length === 1 ? a : parts.length === 2 ? a + b / 60 : a * 60 + b + c / 60);
}

/** `minutes` as Slurm reads it, `90` as `1:30:00`. */
export function timeText(minutes: number): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:00`;
}
