/**
 * A shard of a plan: computes what of its share it can, again and again until nothing more can be done,
 * and never waits for other shards.
 *
 * @module
 */
import type { ExperimentData } from "../stages/experiment_data.ts";
import type { StageTask } from "../stages/stage.ts";
import { Interrupted } from "../stages/stage.ts";
import { ExperimentTasks, phases, stages, type TaskGroup } from "../stages/stages.ts";
import { StoreError } from "../store/read_stored.ts";
import { LostResultError } from "../store/store.ts";
import { ComputingThreads } from "../threads/computing_threads.ts";
import {
  isOwnFailure,
  type Job,
  type JobRunner,
  type JobWatch,
} from "../threads/task_scheduler.ts";
import { PlanError } from "./plan_file.ts";
import { BEAT_SECONDS, PlanRecords, type ShardName, type ShardState } from "./plan_records.ts";
import type { PlanRow, PlanRows } from "./plan_rows.ts";
import { shareOf } from "./plan_share.ts";
import { compute, phaseOf } from "./run_phases.ts";
import { type RunOptions, RunState } from "./run_state.ts";
import { Share, type ShareState } from "./shard_state.ts";

/** The plan of a shard, and the experiments of its runs. */
export interface ShardPlan {
  /** The SHA-256 of the plan. */
  readonly sha256: string;
  /** Its tasks. */
  readonly rows: PlanRows;
  /** Makes the experiment of a run; throws a `PlanError`. */
  run(index: number): Promise<ExperimentData>;
}

/** The end of a shard. */
export interface ShardResult extends Omit<ShareState, "ready"> {
  /** The tasks of its share. */
  readonly tasks: number;
  /** Those whose results the store has. */
  readonly done: number;
  /** Those that it has computed itself. */
  readonly computed: number;
}

/** A shard of a plan, as it works. */
export class Shard {
  readonly #plan: ShardPlan;
  readonly #name: ShardName;
  readonly #store: RunOptions["store"];
  readonly #records: PlanRecords;
  readonly #share: Share;
  readonly #runs = new Map<number, Promise<ExperimentData>>();

  /** The shard called `name` of a plan whose results go to `store`. */
  constructor(plan: ShardPlan, name: ShardName, store: RunOptions["store"]) {
    this.#plan = plan;
    this.#name = name;
    this.#store = store;
    this.#records = new PlanRecords(store, plan.sha256);
    this.#share = new Share({
      rows: plan.rows,
      own: shareOf(plan.rows, name),
      run: (index) => this.#run(index),
      store,
      records: this.#records,
    });
  }

  /** The tasks of its share that the store lacks. */
  async lacking(): Promise<readonly PlanRow[]> {
    return await this.#share.lacking();
  }

  /**
   * Makes the experiments of those tasks, which reads their corpora, and keeps them: {@linkcode work} asks
   * for no others, unless the store loses what it had.
   */
  async prepare(rows: readonly PlanRow[]): Promise<void> {
    for (const index of new Set(rows.map(({ run }) => run))) await this.#run(index);
  }

  /** Computes what can be computed; throws what stops a run. */
  async work(options: RunOptions): Promise<ShardResult> {
    const state = new RunState(options);
    await this.#store.checkFolders(stages.map(({ name }) => name));
    const share = this.#share;
    const heart = await Heart.start(this.#records, this.#name, share);
    const threads = new ComputingThreads(this.#store);
    let end: ShardState = "stopped";
    try {
      const failedBefore = await this.#records.failures();
      for (;;) {
        options.signal.throwIfAborted();
        const { ready, ...others } = await share.look(state);
        if (ready.length === 0) {
          const { failed, waiting } = others;
          end = failed.length + waiting.length === 0 ? "done" : "unfinished";
          const computed = share.own.filter((row) => state.recomputed(row)).length;
          return { tasks: share.own.length, done: share.done, computed, ...others };
        }
        try {
          const groups = await this.#groupsOf(ready);
          const told = { share, heart, records: this.#records, failedBefore };
          await runByPhases(groups, state, threads, told);
        } catch (error) {
          if (!(error instanceof LostResultError)) throw error;
          state.lose(error);
          share.forget();
        }
      }
    } catch (error) {
      if (error instanceof Interrupted || options.signal.aborted) end = "interrupted";
      throw error;
    } finally {
      threads.close();
      await heart.stop(end);
    }
  }

  #run(index: number): Promise<ExperimentData> {
    const run = this.#runs.get(index) ?? this.#made(index);
    this.#runs.set(index, run);
    return run;
  }

  async #made(index: number): Promise<ExperimentData> {
    try {
      return await this.#plan.run(index);
    } catch (error) {
      // The permission to read corpora was given up, since nothing of this run was lacking then.
      if (!(error instanceof Deno.errors.NotCapable)) throw error;
      throw new StoreError("the store has lost a result that it had; repeat the command", {
        cause: error,
      });
    }
  }

  /** The groups of some rows, as tasks of their experiments. */
  async #groupsOf(
    ready: readonly (readonly [PlanRow, ...PlanRow[]])[],
  ): Promise<readonly NumberedGroup[]> {
    const tasksOf = new Map<number, ReadonlyMap<string, StageTask>>();
    const groups: NumberedGroup[] = [];
    for (const rows of ready) {
      const [{ run }] = rows;
      const data = await this.#run(run);
      const byKey = tasksOf.get(run) ??
        new Map(new ExperimentTasks(data).all().map((task) => [task.id.key, task]));
      tasksOf.set(run, byKey);
      const [first, ...others] = rows.map((row) => {
        const task = byKey.get(row.key);
        if (task !== undefined) return task;
        throw new PlanError(
          `this program computes another task ${row.number}; write the plan again`,
        );
      });
      if (first === undefined) continue;
      groups.push({ data, tasks: [first, ...others], numbers: rows.map(({ number }) => number) });
    }
    return groups;
  }
}

/** A group of tasks, and their numbers in the plan. */
interface NumberedGroup extends TaskGroup {
  readonly numbers: readonly number[];
}

/** Who is told what happens to tasks. */
interface Told {
  readonly share: Share;
  readonly heart: Heart;
  readonly records: PlanRecords;
  readonly failedBefore: Awaited<ReturnType<PlanRecords["failures"]>>;
}

/** Computes `groups`, phase by phase. */
async function runByPhases(
  groups: readonly NumberedGroup[],
  state: RunState,
  threads: ComputingThreads,
  told: Told,
): Promise<void> {
  const numbers = new Map(
    groups.flatMap(({ tasks, numbers }) =>
      tasks.map(({ id }, i) => [id.key, numbers[i] ?? 0] as const)
    ),
  );
  const all = phases.flatMap((phase) => {
    const [stage] = phase;
    const own = groups.filter(({ tasks: [{ id }] }) => phase.some(({ name }) => name === id.stage));
    return stage === undefined || own.length === 0 ? [] : [phaseOf(stage, () => own)];
  });
  await compute(all, state, { runner: new ToldRunner(threads, numbers, told) });
}

/** Runs jobs, and tells what happens to each task. */
class ToldRunner implements JobRunner {
  readonly #runner: JobRunner;
  readonly #numbers: ReadonlyMap<string, number>;
  readonly #told: Told;

  constructor(runner: JobRunner, numbers: ReadonlyMap<string, number>, told: Told) {
    this.#runner = runner;
    this.#numbers = numbers;
    this.#told = told;
  }

  async run(job: Job, watch: JobWatch): Promise<void> {
    const { share, heart, records, failedBefore } = this.#told;
    const left = [...job.tasks];
    const numbers = left.map(({ id }) => this.#numbers.get(id.key) ?? 0);
    heart.begin(numbers);
    const isOver: Promise<void>[] = [];
    try {
      await this.#runner.run(job, {
        ...watch,
        onTask: (task) => {
          left.shift();
          const number = this.#numbers.get(task.id.key) ?? 0;
          share.add(number);
          heart.end([number]);
          if (failedBefore.has(task.id.key)) isOver.push(records.succeed(task.id));
          watch.onTask(task);
        },
      });
    } catch (error) {
      const [failed] = left;
      if (failed !== undefined && isOwnFailure(error)) await records.fail(failed.id, error.message);
      throw error;
    } finally {
      heart.end(numbers);
      await Promise.all(isOver);
    }
  }

  interrupt(): void {
    this.#runner.interrupt();
  }
}

/** The least time between two heartbeats that say what was begun and ended, milliseconds. */
const LEAST_WAIT = 3000;

/** The heartbeat of a shard that works. */
class Heart {
  /** The numbers of the tasks that are being computed. */
  readonly #computing = new Set<number>();
  readonly #records: PlanRecords;
  readonly #name: ShardName;
  readonly #share: Share;
  readonly #timer: ReturnType<typeof setInterval>;
  #last: Promise<void> = Promise.resolve();
  /** The heartbeat that comes before its time, since something was begun or ended. */
  #early: ReturnType<typeof setTimeout> | undefined;
  #lastEarly = -Infinity;

  private constructor(records: PlanRecords, name: ShardName, share: Share) {
    this.#records = records;
    this.#name = name;
    this.#share = share;
    this.#timer = setInterval(() => this.#beat("running"), 1000 * BEAT_SECONDS);
  }

  /** The first heartbeat; throws a `WriteError` where the store cannot be written to. */
  static async start(records: PlanRecords, name: ShardName, share: Share): Promise<Heart> {
    const heart = new Heart(records, name, share);
    try {
      await heart.#write("running");
      return heart;
    } catch (error) {
      clearInterval(heart.#timer);
      throw error;
    }
  }

  /** The tasks with these numbers are computed from now on. */
  begin(numbers: readonly number[]): void {
    for (const number of numbers) this.#computing.add(number);
    this.#tellSoon();
  }

  /** Those are over. */
  end(numbers: readonly number[]): void {
    for (const number of numbers) this.#computing.delete(number);
    this.#tellSoon();
  }

  /** The last one, which says how the shard ended. */
  async stop(state: ShardState): Promise<void> {
    clearInterval(this.#timer);
    clearTimeout(this.#early);
    this.#beat(state);
    await this.#last;
  }

  /** A heartbeat at once, or as soon as the last such one is old enough. */
  #tellSoon(): void {
    if (this.#early !== undefined) return;
    this.#early = setTimeout(() => {
      [this.#early, this.#lastEarly] = [undefined, performance.now()];
      this.#beat("running");
    }, Math.max(0, this.#lastEarly + LEAST_WAIT - performance.now()));
  }

  /** A heartbeat that cannot be written, since the disk is full for a while, is left out. */
  #beat(state: ShardState): void {
    this.#last = this.#last.then(() => this.#write(state)).catch(() => {});
  }

  async #write(state: ShardState): Promise<void> {
    const { own, done } = this.#share;
    const computing = [...this.#computing];
    await this.#records.beat({ ...this.#name, state, tasks: own.length, done, computing });
  }
}
