/**
 * The flags of launchers: what starts the shards of a run elsewhere, and with what limits.
 *
 * @module
 */
import { type LauncherName, launcherNames } from "../launch/launcher.ts";
import { mebibytesIn, minutesOf } from "../launch/job_limits.ts";
import { refusedArgument, SLURM_PROGRAMS } from "../launch/slurm.ts";
import { LOCAL_PROGRAM } from "../launch/local.ts";
import { shellWords } from "../text/shell_word.ts";
import { expectedOneOf, shown } from "../text/suggestions.ts";
import { type Arguments, wholeNumber } from "./args.ts";
import { UsageError } from "./command.ts";
import type { Program } from "./permissions.ts";
import { requestedThreads } from "./requested_runs.ts";

/** The flags. */
export const LAUNCH_FLAGS = {
  values: ["launcher", "partition", "time", "memory", "concurrency", "job-seconds"],
  lists: ["sbatch"],
  switches: ["detach"],
} as const;

/** Seconds that a job takes at least, unless the command line says it. */
const JOB_SECONDS = 30;

/** Their help. */
export const LAUNCH_HELP =
  `  --launcher NAME     compute the run by jobs that share the store, and write its folders then:
                      slurm submits arrays of jobs to Slurm, local starts processes of this machine;
                      --workers is the threads of a job (default: 1)
  --concurrency N     jobs at once (default: local as many as the cores are enough for, slurm any
                      number, which the cluster limits)
  --job-seconds N     the least time of a job by estimate; tasks are packed together
                      (default: ${JOB_SECONDS})
  --partition NAME, --time T, --memory M
                      slurm: where jobs run, and their limits, such as 2:00:00 and 4G (default: the
                      cluster's partition, and estimates with a margin; a job that reaches a limit
                      is started again with at least twice as much, unless --detach is given)
  --sbatch 'ARGS'     slurm: more arguments of sbatch, such as '--account=abc'
  --detach            slurm: submit the jobs and one that writes the folders, and return; what such
                      jobs leave out is not started again, unless the command is repeated
                      While jobs of the same work are queued or run, a command that would submit
                      them again is refused; --wait waits for them, and computes what is missing`;

/** How to launch a run. */
export type LaunchRequest =
  & {
    /** The least seconds of a job by its estimate. */
    readonly jobSeconds: number;
    /** Threads of a job. */
    readonly threads: number;
    /** Jobs at once. */
    readonly concurrency?: number;
  }
  & ({
    /** Processes of this machine. */
    readonly launcher: "local";
  } | {
    /** Jobs of Slurm. */
    readonly launcher: "slurm";
    /** Their partition. */
    readonly partition?: string;
    /** Their limit of time. */
    readonly minutes?: number;
    /** Their limit of memory, MiB. */
    readonly memory?: number;
    /** More arguments of `sbatch`. */
    readonly more: readonly string[];
    /** Whether nobody waits for them. */
    readonly detach: boolean;
  });

/** A parsed command line with {@linkcode LAUNCH_FLAGS}. */
export type LaunchArguments = Arguments<
  | typeof LAUNCH_FLAGS["values"][number]
  | typeof LAUNCH_FLAGS["lists"][number]
  | typeof LAUNCH_FLAGS["switches"][number]
  | "fresh"
  | "fail-fast"
  | "task"
  | "shard"
  | "rank"
  | "status"
  | "workers"
>;

/** Flags of a run that mean nothing to one that is launched, and why. */
const REFUSED = {
  fresh: "jobs go on from what the store has; --store with a new folder computes all again",
  "fail-fast": "jobs do not know of the failures of others",
  task: "one task needs no launcher",
  shard: "the launcher makes the shards itself",
  rank: "the launcher computes all ranks",
  status: "--status without it shows how far a plan is",
} as const;
/** The flags that only Slurm understands. */
const OF_SLURM = ["partition", "time", "memory", "sbatch", "detach"] as const;

/** The programs that a launcher starts. */
export const launcherPrograms: Readonly<Record<LauncherName, readonly Program[]>> = {
  slurm: SLURM_PROGRAMS,
  local: [LOCAL_PROGRAM],
};

/** How `parsed` asks to launch a run, if it does; throws a {@linkcode UsageError}. */
export function requestedLaunch(parsed: LaunchArguments): LaunchRequest | undefined {
  const given = parsed.value("launcher");
  const flags = [...LAUNCH_FLAGS.values, ...LAUNCH_FLAGS.lists, ...LAUNCH_FLAGS.switches];
  const others = flags.filter((flag) => flag !== "launcher" && parsed.list(flag).length > 0);
  if (given === undefined) {
    const [first] = others;
    if (first === undefined) return undefined;
    const needed = isOfSlurm(first) ? "--launcher slurm" : "--launcher";
    throw new UsageError(`expected ${needed} with --${first}, found --${first} alone`);
  }
  const launcher = launcherNames.find((name) => name === given);
  if (launcher === undefined) {
    throw new UsageError(`unknown launcher: ${expectedOneOf(given, launcherNames)}`);
  }
  for (const flag of ["fresh", "fail-fast", "task", "shard", "rank", "status"] as const) {
    if (parsed.list(flag).length === 0) continue;
    throw new UsageError(
      `expected --launcher without --${flag}, found both: ${REFUSED[flag]}`,
    );
  }
  const number = (flag: "concurrency" | "job-seconds", least: number): number | undefined => {
    const value = parsed.value(flag);
    return value === undefined ? undefined : wholeNumber(flag, value, { least, most: 1_000_000 });
  };
  const concurrency = number("concurrency", 1);
  const shared = {
    jobSeconds: number("job-seconds", 0) ?? JOB_SECONDS,
    threads: parsed.value("workers") === undefined ? 1 : requestedThreads(parsed),
    ...concurrency === undefined ? {} : { concurrency },
  };
  if (launcher === "slurm") return { launcher, ...shared, ...slurmOptions(parsed) };
  const foreign = others.find(isOfSlurm);
  if (foreign === undefined) return { launcher, ...shared };
  throw new UsageError(`expected --launcher slurm with --${foreign}, found --launcher ${launcher}`);
}

function isOfSlurm(flag: string): boolean {
  return OF_SLURM.some((name) => name === flag);
}

function slurmOptions(parsed: LaunchArguments) {
  const [partition, time, memory] = [
    parsed.value("partition"),
    parsed.value("time"),
    parsed.value("memory"),
  ];
  const minutes = time === undefined ? undefined : minutesOf(time);
  if (time !== undefined && minutes === undefined) {
    throw new UsageError(
      `expected minutes, hours:minutes:seconds or days-hours after --time, found ${shown(time)}`,
    );
  }
  const mebibytes = memory === undefined ? undefined : mebibytesIn(memory);
  if (memory !== undefined && mebibytes === undefined) {
    throw new UsageError(
      `expected a size such as 4G or 500M after --memory, found ${shown(memory)}`,
    );
  }
  return {
    more: parsed.list("sbatch").flatMap(sbatchWords),
    detach: parsed.has("detach"),
    ...partition === undefined ? {} : { partition },
    ...minutes === undefined ? {} : { minutes },
    ...mebibytes === undefined ? {} : { memory: mebibytes },
  };
}

/** The arguments of `sbatch` in one value of `--sbatch`. */
function sbatchWords(text: string): string[] {
  const words = wordsOf(text);
  const refused = refusedArgument(words);
  if (refused !== undefined) {
    throw new UsageError(
      `expected arguments after --sbatch that do not concern names, arrays, dependencies, outputs ` +
        `and folders, which the launcher sets, found ${shown(refused)}`,
    );
  }
  const [first] = words;
  if (first === undefined || first.startsWith("-")) return words;
  // A first word that is none of sbatch's options would be a script.
  throw new UsageError(`expected arguments that begin with - after --sbatch, found ${shown(text)}`);
}

function wordsOf(text: string): string[] {
  try {
    return shellWords(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UsageError(`cannot read the value of --sbatch ${shown(text)}: ${error.message}`);
  }
}
