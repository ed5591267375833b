import type { Ending, Job, JobRequest, JobState, Launcher } from "../../src/launch/launcher.ts";
import { Work, type WorkRow } from "../../src/launch/work.ts";

/** A made-up plan: `tasks` names those of each rank; each needs all of the rank before. */
export function madeUpRows(tasks: readonly (readonly string[])[]): WorkRow[] {
  const rows: WorkRow[] = [];
  let before: number[] = [];
  for (const [rank, names] of tasks.entries()) {
    const own: number[] = [];
    for (const name of names) {
      const number = rows.length + 1;
      own.push(number);
      rows.push({
        ...{ number, stage: "train", name, key: name, needs: before, group: number, rank },
        ...{ seconds: 60, memory: 100 * 2 ** 20 },
      });
    }
    before = own;
  }
  return rows;
}

/** The work of rows, of which `there` has the names of those that are done; cut into equal parts. */
export function madeUpWork(rows: readonly WorkRow[], there: Set<string>): Work {
  return new Work(
    Object.assign(rows.slice(), { at: (number: number) => rowOf(rows, number) }),
    {
      has: ({ key }) => Promise.resolve(there.has(key)),
      cut: (rank, of) => {
        const own = rows.filter((row) => row.rank === rank).map(({ number }) => number);
        return Array.from(
          { length: of },
          (_, i) =>
            own.slice(Math.floor(i * own.length / of), Math.floor((i + 1) * own.length / of)),
        );
      },
    },
  );
}

function rowOf(rows: readonly WorkRow[], number: number): WorkRow {
  const row = rows[number - 1];
  if (row === undefined) throw new RangeError(`no task ${number}`);
  return row;
}

/** What a made-up job does: how it ends, and whether it has done its share by then. */
export interface MadeUpEnd {
  /** The launcher's word. */
  readonly word: string;
  /** Its end. */
  readonly ending: Ending;
  /** The error that its log ends with. */
  readonly error?: string;
  /** The names of the tasks that it has done. */
  readonly does?: readonly string[];
}

/** A launcher whose jobs end at the first look, as `end` says; what was asked of it. */
export class MadeUpLauncher implements Launcher {
  readonly name = "slurm";
  /** The requests, in order. */
  readonly requests: JobRequest[] = [];
  /** The ids of jobs that were cancelled. */
  readonly cancelled: string[] = [];
  readonly #there: Set<string>;
  readonly #end: (job: Job, request: number) => MadeUpEnd | string;
  readonly #requestOf = new Map<string, number>();

  /** `end` may say a text in place of states: nobody knows now. */
  constructor(there: Set<string>, end: (job: Job, request: number) => MadeUpEnd | string) {
    this.#there = there;
    this.#end = end;
  }

  /** Leaves the result of the task `name`. */
  leave(name: string): void {
    this.#there.add(name);
  }

  submit(request: JobRequest): Promise<readonly Job[]> {
    this.requests.push(request);
    const array = this.requests.length;
    return Promise.resolve(request.shares.map((share): Job => {
      const id = `${array}_${share.number}`;
      this.#requestOf.set(id, array);
      return { id, share, limits: request.limits, log: `${id}.log` };
    }));
  }

  states(jobs: readonly Job[]): Promise<ReadonlyMap<string, JobState> | string> {
    const states = new Map<string, JobState>();
    for (const job of jobs) {
      const end = this.#end(job, this.#requestOf.get(job.id) ?? 0);
      if (typeof end === "string") return Promise.resolve(end);
      for (const name of end.does ?? []) this.#there.add(name);
      const { does: _, ...state } = end;
      states.set(job.id, { at: "ended", ...state });
    }
    return Promise.resolve(states);
  }

  cancel(jobs: readonly Job[]): Promise<undefined> {
    this.cancelled.push(...jobs.map(({ id }) => id));
    return Promise.resolve(undefined);
  }
}
