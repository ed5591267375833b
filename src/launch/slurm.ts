/**
 * Slurm as a launcher: job arrays by `sbatch`, their states by `squeue`, which is all that a person has
 * where no accounting is kept.
 *
 * @module
 */
import { dirname, isAbsolute, join } from "node:path";
import type { Place } from "../files/place.ts";
import { expectedOneOf } from "../text/suggestions.ts";
import { shellWord } from "../text/shell_word.ts";
import {
  type Job,
  type JobLimits,
  type JobRequest,
  type JobState,
  type Launcher,
  LaunchError,
  type Share,
} from "./launcher.ts";
import { stateWithLog } from "./job_log.ts";
import type { ProgramEnd, RunProgram } from "./program.ts";
import {
  largestArray,
  type Partition,
  partitionsIn,
  QUEUE_FORMAT,
  queuedStates,
  submittedId,
  timeText,
} from "./slurm_output.ts";

/** The programs of Slurm that are started. */
export const SLURM_PROGRAMS = ["sbatch", "squeue", "scancel", "scontrol"] as const;

/** How to submit to Slurm. */
export interface SlurmOptions {
  /** The name of the jobs, by which a later launcher of the same work finds them. */
  readonly name: string;
  /** The command of a share, whose number stands in it as {@linkcode NUMBER}, at the beginning of a word. */
  readonly command: (share: Pick<Share, "rank" | "of">) => readonly string[];
  /** The folder that the command runs in. */
  readonly folder: string;
  /** The folder of the logs. */
  readonly logs: Place;
  /** The threads of a job. */
  readonly threads: number;
  /** The partition; the cluster's own choice if left out. */
  readonly partition?: string;
  /** Jobs of an array that may run at once; any number if left out. */
  readonly concurrency?: number;
  /** More arguments of `sbatch`. */
  readonly more: readonly string[];
  /** Runs a program. */
  readonly run: RunProgram;
}

/** Stands in a command for the number of the share. */
export const NUMBER = "{number}";

/** Arguments of `sbatch` that the launcher itself sets: it finds jobs by their name, and errors in their logs. */
const OWN_ARGUMENTS =
  /^(?:--(?:array|dependency|job-name|output|error|open-mode|parsable|wrap|wait|clusters|chdir|test-only)(?:=.*)?|-[adJoeMWD].*)$/;

/** The first of `words` that is no argument which a person may add to those of `sbatch`, if any is. */
export function refusedArgument(words: readonly string[]): string | undefined {
  return words.find((word) => OWN_ARGUMENTS.test(word));
}

/** Milliseconds that the first questions to a cluster may take. */
const LONGEST_QUESTION = 30_000;
/** What a person may look at where nobody answers them. */
const IS_IT_HERE = "is SLURM_CONF set, and is this a login node of the cluster?";
/** The usual MaxArraySize, where the cluster does not say its own. */
const USUAL_ARRAY = 1001;
/** What `sbatch` says where the controller does not answer, which passes. */
const PASSES =
  /unable to contact slurm controller|timed out|connection refused|zero bytes were transmitted|try again|temporarily/i;

/** Submits to a cluster. */
export class SlurmLauncher implements Launcher {
  /** Its name. */
  readonly name = "slurm";
  /** The longest time of a job, minutes. */
  readonly longest: number;
  readonly #options: SlurmOptions;
  readonly #arraySize: number;

  private constructor(options: SlurmOptions, longest: number, arraySize: number) {
    this.#options = options;
    this.longest = longest;
    this.#arraySize = arraySize;
  }

  /**
   * Asks the cluster what it allows. Throws a {@linkcode LaunchError} where there is none, or no such
   * partition.
   */
  static async open(options: SlurmOptions): Promise<SlurmLauncher> {
    const { run, partition: given } = options;
    const bounded = { longest: LONGEST_QUESTION };
    const version = await run("sbatch", ["--version"], bounded).catch((error) => {
      if (!(error instanceof LaunchError)) throw error;
      throw new LaunchError(
        `${error.message}: --launcher slurm needs Slurm's ${SLURM_PROGRAMS.join(", ")}; ` +
          "--launcher local runs the same shards as processes of this machine",
      );
    });
    const config = version.code === 0
      ? await run("scontrol", ["show", "config"], bounded)
      : version;
    if (config.code !== 0) {
      throw new LaunchError(`cannot reach Slurm: ${reasonOf(config)}; ${IS_IT_HERE}`);
    }
    const listed = await run("scontrol", ["--oneliner", "show", "partition"]);
    const partitions = partitionsIn(listed.stdout);
    const partition = partitions.find(({ name, isDefault }) =>
      given === undefined ? isDefault : name === given
    );
    // Some sites hide partitions, and several may be named at once: what cannot be seen, sbatch judges.
    if (
      listed.code === 0 && given !== undefined && partition === undefined && !given.includes(",")
    ) {
      checkPartition(given, partitions);
    }
    const size = largestArray(config.stdout) ?? USUAL_ARRAY;
    return new SlurmLauncher(options, partition?.minutes ?? Infinity, Math.max(1, size));
  }

  /** Submits job arrays: as many as the largest that the cluster allows makes necessary. */
  async submit({ shares, limits, after }: JobRequest): Promise<readonly Job[]> {
    const chunks = Map.groupBy(shares, ({ number }) => Math.floor(number / this.#arraySize));
    const jobs: Job[] = [];
    const earlier = new Set(after.map(({ id }) => arrayOf(id)));
    try {
      for (const [chunk, some] of chunks) {
        const offset = chunk * this.#arraySize;
        const id = await this.#submitArray(some, offset, limits, [...earlier]);
        for (const share of some) {
          const index = share.number - offset;
          const log = join(this.#options.logs.shown, `${id}_${index}.log`);
          jobs.push({ id: `${id}_${index}`, share, limits, log });
        }
        // So many at once holds for an array: where there are several, they follow one another.
        if (this.#options.concurrency !== undefined) earlier.add(id);
      }
    } catch (error) {
      if (jobs.length > 0) await this.cancel(jobs);
      throw error;
    }
    return jobs;
  }

  async #submitArray(
    shares: readonly Share[],
    offset: number,
    limits: JobLimits,
    after: readonly string[],
  ): Promise<string> {
    const { concurrency, command } = this.#options;
    const [{ rank, of } = { rank: 0, of: 1 }] = shares;
    const indices = rangesOf(shares.map(({ number }) => number - offset));
    const atOnce = concurrency === undefined ? "" : `%${concurrency}`;
    const number = offset === 0 ? "$SLURM_ARRAY_TASK_ID" : `$((SLURM_ARRAY_TASK_ID + ${offset}))`;
    return await this.#sbatch(
      scriptOf(command({ rank, of }), number),
      [`--array=${indices}${atOnce}`, `--output=${this.#pattern("%A_%a.log")}`],
      { limits, threads: this.#options.threads, after },
    );
  }

  /**
   * Submits one job that starts once all of `after` have ended, and does `command`; its id and log. Throws a
   * {@linkcode LaunchError}.
   */
  async submitLast(
    command: readonly string[],
    limits: JobLimits,
    after: readonly Job[],
  ): Promise<{ readonly id: string; readonly log: string }> {
    const arrays = [...new Set(after.map(({ id }) => arrayOf(id)))];
    const output = [`--output=${this.#pattern("%j.log")}`];
    const id = await this.#sbatch(scriptOf(command), output, {
      ...{ limits, threads: 1, after: arrays },
    });
    return { id, log: join(this.#options.logs.shown, `${id}.log`) };
  }

  async #sbatch(
    script: string,
    args: readonly string[],
    { limits: { memory, minutes }, threads, after }: {
      readonly limits: JobLimits;
      readonly threads: number;
      readonly after: readonly string[];
    },
  ): Promise<string> {
    const { name, folder, partition, more, run } = this.#options;
    const all = [
      "--parsable",
      `--job-name=${name}`,
      ...args,
      // A job that is started again by Slurm itself keeps what its log had.
      "--open-mode=append",
      `--chdir=${folder}`,
      "--ntasks=1",
      `--cpus-per-task=${threads}`,
      `--mem=${memory}M`,
      `--time=${timeText(minutes)}`,
      ...partition === undefined ? [] : [`--partition=${partition}`],
      ...after.length === 0 ? [] : [`--dependency=afterany:${after.join(":")}`],
      ...more,
    ];
    const end = await run("sbatch", all, { input: script });
    const id = end.code === 0 ? submittedId(end.stdout) : undefined;
    if (id !== undefined) return id;
    throw new LaunchError(`sbatch refuses the job: ${reasonOf(end)}`, {
      mayPass: PASSES.test(end.stderr),
    });
  }

  /** Where jobs are; those that Slurm has forgotten have ended. */
  async states(jobs: readonly Job[]): Promise<ReadonlyMap<string, JobState> | string> {
    const queued = await this.#queued();
    if (typeof queued === "string") return queued;
    const states = new Map<string, JobState>();
    for (const job of jobs) {
      const state = queued.get(job.id) ??
        { at: "ended", word: "no longer known to Slurm", ending: "stopped" } as const;
      const log = join(this.#options.logs.path, `${job.id}.log`);
      states.set(job.id, await stateWithLog(log, state));
    }
    return states;
  }

  /**
   * The ids of the jobs and arrays of this name that wait or run, whoever submitted them; a text with the
   * reason where nobody can say it now.
   */
  async live(): Promise<readonly string[] | string> {
    const queued = await this.#queued();
    if (typeof queued === "string") return queued;
    // One that was cancelled is ending, and does nothing more.
    const live = [...queued].filter(([, { at, word }]) => at !== "ended" && word !== "COMPLETING");
    return [...new Set(live.map(([id]) => arrayOf(id)))].sort((a, b) => Number(a) - Number(b));
  }

  /** The path of the folder of their logs; `undefined` where nobody says it. */
  async logsOfLive(): Promise<string | undefined> {
    const { code, stdout } = await this.#squeue("--Format=StdOut:4096");
    const [log = ""] = stdout.trim().split(/\s*\n/);
    return code === 0 && isAbsolute(log) ? dirname(log) : undefined;
  }

  /** The jobs of this name; a text with the reason where nobody can say it now. */
  async #queued(): Promise<ReadonlyMap<string, JobState> | string> {
    const end = await this.#squeue("--states=all", "--array", `--Format=${QUEUE_FORMAT}`);
    return end.code === 0 ? queuedStates(end.stdout) : reasonOf(end);
  }

  /** Asks for the jobs of this name. */
  async #squeue(...args: readonly string[]): Promise<ProgramEnd> {
    const { run, name } = this.#options;
    const all = ["--me", `--name=${name}`, "--noheader", ...args];
    return await run("squeue", all).catch((error): ProgramEnd => {
      if (!(error instanceof LaunchError)) throw error;
      return { code: 1, stdout: "", stderr: error.message };
    });
  }

  /** Cancels the arrays of `jobs` that may not have ended. */
  async cancel(jobs: readonly Job[]): Promise<string | undefined> {
    const arrays = [...new Set(jobs.map(({ id }) => arrayOf(id)))];
    if (arrays.length === 0) return undefined;
    const end = await this.#options.run("scancel", ["--quiet", ...arrays]);
    return end.code === 0 ? undefined : reasonOf(end);
  }

  #pattern(name: string): string {
    return join(this.#options.logs.path.replaceAll("%", "%%"), name);
  }
}

function checkPartition(given: string, partitions: readonly Partition[]): void {
  const names = partitions.map(({ name }) => name);
  throw new LaunchError(`unknown partition: ${expectedOneOf(given, names)}`);
}

/** The job id of the array that `123_4` belongs to. */
function arrayOf(id: string): string {
  return id.split("_")[0] ?? id;
}

/** Whole numbers as the shortest list of ranges: `1-4,7`. */
export function rangesOf(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const number of numbers.toSorted((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] + 1 === number) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([first, last]) => first === last ? `${first}` : `${first}-${last}`).join(",");
}

/**
 * The script of a job, in which {@linkcode NUMBER} at the beginning of a word is `number`. It becomes the
 * command, so that the signals of Slurm reach it.
 */
function scriptOf(command: readonly string[], number?: string): string {
  const [program = "", ...args] = command;
  const words = args.map((arg) =>
    number !== undefined && arg.startsWith(NUMBER)
      ? `"${number}"${shellWord(arg.slice(NUMBER.length))}`
      : shellWord(arg)
  ).join(" ");
  return [
    "#!/bin/sh",
    "# A part of a plan of microbeam.",
    // Of the task that submitted it: this process is that of no task.
    "unset INIT_CWD",
    `program=${shellWord(program)}`,
    `[ -x "$program" ] || program=deno`,
    `exec "$program" ${words}`,
    "",
  ].join("\n");
}

/** What a program of Slurm complained of, in one line. */
function reasonOf({ code, stderr }: ProgramEnd): string {
  const lines = stderr.split("\n").map((line) => line.replace(/^\w+: (error|fatal): /, "").trim());
  const said = lines.filter((line) => line !== "").join("; ");
  return said === "" ? `it ended with ${code} and said nothing` : said;
}
