/**
 * The logs of jobs: what a shard printed last, and what Slurm itself writes there where it kills one.
 *
 * @module
 */
import type { Ending, JobState } from "./launcher.ts";

/** The last bytes of a log that say how its job ended. */
const END_OF_LOG = 4096;

/** `state` with what the log in the file `path` says of it, where a job has ended and is not done. */
export async function stateWithLog(path: string, state: JobState): Promise<JobState> {
  if (state.at !== "ended" || state.ending === "done") return state;
  const log = await endOf(path);
  const error = errorInLog(log);
  const isUnsure = state.ending === "failed" || state.ending === "stopped";
  const ending = isUnsure ? endingInLog(log) ?? state.ending : state.ending;
  return { ...state, ending, ...error === undefined ? {} : { error } };
}

async function endOf(path: string): Promise<string> {
  try {
    using file = await Deno.open(path);
    const { size } = await file.stat();
    await file.seek(Math.max(0, size - END_OF_LOG), Deno.SeekMode.Start);
    const bytes = new Uint8Array(END_OF_LOG);
    const count = await file.read(bytes) ?? 0;
    return new TextDecoder().decode(bytes.subarray(0, count));
  } catch {
    return "";
  }
}

/** The last error that a shard has told, without its further lines. */
export function errorInLog(log: string): string | undefined {
  return log.split("\n").map((line) => /^error: (.+)$/.exec(line)?.[1])
    .findLast((error) => error !== undefined);
}

/**
 * How a job ended, by the last lines of its log, where Slurm itself writes why it killed one; `undefined`
 * where they do not say. The state does not say it where memory is counted without cgroups, nor once
 * Slurm has forgotten the job.
 */
export function endingInLog(log: string): Exclude<Ending, "done" | "failed"> | undefined {
  const lines = log.split("\n").filter((line) => /^(slurmstepd|slurmd|srun)\b.*error: /.test(line));
  const said = (pattern: RegExp): boolean => lines.some((line) => pattern.test(line));
  if (said(/exceeded (job|step) memory limit|exceeded memory limit|oom[_-]?kill|out of memory/i)) {
    return "out of memory";
  }
  if (said(/DUE TO TIME LIMIT/i)) return "out of time";
  return said(/CANCELLED AT|DUE TO (NODE FAILURE|PREEMPTION)/i) ? "stopped" : undefined;
}
