/**
 * This machine as a launcher: every job is a process, so many at once.
 *
 * @module
 */
import { join } from "node:path";
import type { Place } from "../files/place.ts";
import { stateWithLog } from "./job_log.ts";
import {
  type Job,
  type JobRequest,
  type JobState,
  type Launcher,
  MISUSED,
  type Share,
} from "./launcher.ts";
import { startProgram } from "./program.ts";

/** The program that jobs are processes of: this one, by the name under which the task may start it. */
export const LOCAL_PROGRAM = "deno";

/** How to run jobs here. */
export interface LocalOptions {
  /** The arguments of {@linkcode LOCAL_PROGRAM} for a share. */
  readonly args: (share: Share) => readonly string[];
  /** The folder that they run in. */
  readonly folder: string;
  /** The folder of the logs, which is there. */
  readonly logs: Place;
  /** Processes at once. */
  readonly atOnce: number;
  /** Starts a program; {@linkcode startProgram} if left out. */
  readonly start?: typeof startProgram;
}

/** A job that waits, runs or has ended. */
interface LocalJob {
  readonly job: Job;
  readonly after: readonly Job[];
  state: JobState;
  process?: Deno.ChildProcess;
  ended?: Promise<void>;
}

/** Exit codes of a program that was asked to end. */
const INTERRUPTED: readonly number[] = [129, 130, 143];

/** Runs jobs as processes. */
export class LocalLauncher implements Launcher {
  /** Its name. */
  readonly name = "local";
  readonly #options: LocalOptions;
  readonly #jobs = new Map<string, LocalJob>();
  #running = 0;

  /** Has started nothing yet. */
  constructor(options: LocalOptions) {
    this.#options = options;
  }

  /** Starts as many as may run at once; the others once there is room. */
  submit({ shares, limits, after }: JobRequest): Promise<readonly Job[]> {
    const jobs = shares.map((share): Job => {
      const id = String(this.#jobs.size + 1);
      const name = `local-${Deno.pid}-${id}.log`;
      const job = { id, share, limits, log: join(this.#options.logs.shown, name) };
      this.#jobs.set(id, { job, after, state: { at: "waiting", word: "waiting" } });
      return job;
    });
    this.#startNext();
    return Promise.resolve(jobs);
  }

  /** Where jobs are. */
  states(jobs: readonly Job[]): Promise<ReadonlyMap<string, JobState>> {
    return Promise.resolve(
      new Map(jobs.flatMap(({ id }) => {
        const own = this.#jobs.get(id);
        return own === undefined ? [] : [[id, own.state]];
      })),
    );
  }

  /** Asks processes to end, and waits until they have saved their progress. */
  async cancel(jobs: readonly Job[]): Promise<undefined> {
    const own = jobs.flatMap(({ id }) => this.#jobs.get(id) ?? []);
    for (const one of own) {
      if (one.state.at === "waiting") {
        one.state = { at: "ended", word: "cancelled", ending: "stopped" };
      }
    }
    for (const { state, process } of own) {
      if (state.at !== "running") continue;
      try {
        process?.kill("SIGTERM");
      } catch {
        // It has ended just now.
      }
    }
    await Promise.all(own.map(({ ended }) => ended));
  }

  #startNext(): void {
    for (const one of this.#jobs.values()) {
      if (this.#running >= this.#options.atOnce) return;
      if (one.state.at !== "waiting") continue;
      const isFree = one.after.every(({ id }) => this.#jobs.get(id)?.state.at === "ended");
      if (!isFree) continue;
      try {
        this.#start(one);
      } catch (error) {
        // Where the first cannot start, none can; a later one may lack memory or a number for a process.
        const isFirst = ![...this.#jobs.values()].some(({ process }) => process !== undefined);
        if (isFirst || !(error instanceof Error)) throw error;
        one.state = { at: "ended", word: "not started", ending: "stopped", error: error.message };
      }
    }
  }

  #start(one: LocalJob): void {
    const { args, folder, logs, start = startProgram } = this.#options;
    const { id, share } = one.job;
    const process = start(LOCAL_PROGRAM, {
      args: [...args(share)],
      cwd: folder,
      // As if a task had started it: once this process is gone, it ends, too.
      env: { INIT_CWD: folder },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    });
    one.process = process;
    one.state = { at: "running", word: "running" };
    this.#running++;
    const log = join(logs.path, `local-${Deno.pid}-${id}.log`);
    one.ended = this.#follow(one, process, log);
  }

  async #follow(one: LocalJob, process: Deno.ChildProcess, log: string): Promise<void> {
    const [status] = await Promise.all([process.status, writeLog(log, process)]);
    one.state = await stateWithLog(log, endOf(status));
    this.#running--;
    this.#startNext();
  }
}

function endOf({ code, signal }: Deno.CommandStatus): JobState {
  const word = signal === null ? `exit code ${code}` : signal;
  const ending = code === 0
    ? "done"
    : code === MISUSED
    ? "refused"
    : signal !== null || INTERRUPTED.includes(code)
    ? "stopped"
    : "failed";
  return { at: "ended", word, ending };
}

/** Writes what a process prints to `path` as it comes; a full disk ends the log, not the process. */
async function writeLog(path: string, { stdout, stderr }: Deno.ChildProcess): Promise<void> {
  const file = await Deno.open(path, { write: true, create: true, truncate: true })
    .catch(() => undefined);
  const write = async (stream: ReadableStream<Uint8Array>): Promise<void> => {
    for await (const bytes of stream) {
      for (let done = 0; file !== undefined && done < bytes.length;) {
        const count = await file.write(bytes.subarray(done)).catch(() => bytes.length - done);
        done += count;
      }
    }
  };
  await Promise.all([write(stdout), write(stderr)]);
  file?.close();
}
