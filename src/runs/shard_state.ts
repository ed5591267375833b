/**
 * How the tasks of a shard stand, as far as the store and the records of other shards tell: done, ready to
 * be computed, waiting for other tasks, or failed.
 *
 * @module
 */
import { report } from "../stages/report.ts";
import type { ExperimentData } from "../stages/experiment_data.ts";
import { ExperimentTasks, stages } from "../stages/stages.ts";
import type { Store } from "../store/store.ts";
import { failDependents, type Failures } from "./jobs.ts";
import type { PlanRecords } from "./plan_records.ts";
import type { PlanRow, PlanRows } from "./plan_rows.ts";
import type { RunState } from "./run_state.ts";

/** A task that failed, itself or one that it needs. */
export interface FailedRow {
  /** The task. */
  readonly row: PlanRow;
  /** Why, as a run on one machine reports it. */
  readonly message: string;
}

/** A task that waits. */
export interface WaitingRow {
  /** The task. */
  readonly row: PlanRow;
  /** Those that it needs and the store lacks. */
  readonly needs: readonly PlanRow[];
}

/** The tasks of a share. */
export interface ShareState {
  /** Those that can be computed now: of each group those that the store lacks. */
  readonly ready: readonly (readonly [PlanRow, ...PlanRow[]])[];
  /** Those that wait for tasks that the store lacks. */
  readonly waiting: readonly WaitingRow[];
  /** Those that failed in this process, and those that need a task that failed. */
  readonly failed: readonly FailedRow[];
  /**
   * Those that are left to merging: reports that lack something, and what a run computes in another way
   * where some task failed.
   */
  readonly left: readonly PlanRow[];
}

/** What a share is looked at with. */
export interface ShareOf {
  /** All tasks of the plan. */
  readonly rows: PlanRows;
  /** Those of the share, in their order. */
  readonly own: readonly PlanRow[];
  /** Makes the experiment with that index. */
  readonly run: (index: number) => Promise<ExperimentData>;
  /** The store. */
  readonly store: Store;
  /** The records of all shards. */
  readonly records: PlanRecords;
}

/** Questions to the store at once. */
const AT_ONCE = 32;

/** What stands in the way of a task. */
type Fate = "there" | "failed" | "missing";

/** A share, and what is known of it; the store is not asked again for what it has. */
export class Share {
  /** Its tasks, in their order. */
  readonly own: readonly PlanRow[];
  readonly #of: ShareOf;
  readonly #numbers: ReadonlySet<number>;
  readonly #there = new Set<number>();

  /** The share that `of` says. */
  constructor(of: ShareOf) {
    this.#of = of;
    this.own = of.own;
    this.#numbers = new Set(of.own.map(({ number }) => number));
  }

  /** How many of its tasks are done, as far as is known. */
  get done(): number {
    let count = 0;
    for (const number of this.#there) if (this.#numbers.has(number)) count++;
    return count;
  }

  /** Its tasks whose results the store lacks, or has damaged. */
  async lacking(): Promise<readonly PlanRow[]> {
    const { store } = this.#of;
    return await this.#without((row) => store.has(row));
  }

  /** Notes that the store has the result of a task now. */
  add(number: number): void {
    this.#there.add(number);
  }

  /** Forgets what the store is said to have, since it has lost a result. */
  forget(): void {
    this.#there.clear();
  }

  /** How its tasks stand, given what `state` has computed and what failed; damaged results are set aside. */
  async look(state: RunState): Promise<ShareState> {
    const lacking = await this.#without((row) => state.has(row));
    const failures = lacking.length === 0 ? new Map<string, Error>() : await this.#failures(state);
    const known = new Map<number, Fate>();
    const runs = new Map<number, Promise<RunFailures>>();
    const groups = new Map<number, [PlanRow, ...PlanRow[]]>();
    const ready = new Set<number>();
    const [waiting, failed, left]: [WaitingRow[], FailedRow[], PlanRow[]] = [[], [], []];
    for (const row of lacking) {
      const own = state.failure(row);
      const needs: PlanRow[] = [];
      let isBlocked = false;
      for (const number of own === undefined ? row.needs : []) {
        const need = this.#of.rows.at(number);
        // A task is computed right after those of its group.
        if (need.group === row.group && ready.has(number)) continue;
        const fate = await this.#fate(number, failures, known);
        if (fate === "failed") isBlocked = true;
        if (fate === "missing") needs.push(need);
      }
      known.set(row.number, own !== undefined || isBlocked ? "failed" : "missing");
      if (own !== undefined) failed.push({ row, message: own.message });
      else if (isBlocked) {
        const found = runs.get(row.run) ?? this.#failuresOfRun(row.run, failures);
        runs.set(row.run, found);
        const message = (await found).get(row.key);
        if (message === undefined) left.push(row);
        else failed.push({ row, message });
      } else if (needs.length === 0) {
        ready.add(row.number);
        const group = groups.get(row.group);
        if (group === undefined) groups.set(row.group, [row]);
        else group.push(row);
      } else if (row.stage === report.name) left.push(row);
      else waiting.push({ row, needs });
    }
    return { ready: [...groups.values()], waiting, failed, left };
  }

  /** Its tasks that are not there, of which `has` is asked. */
  async #without(has: (row: PlanRow) => Promise<boolean>): Promise<readonly PlanRow[]> {
    const unknown = this.own.filter(({ number }) => !this.#there.has(number));
    const lacking = await lackingOf(unknown, has);
    const isLacking = new Set(lacking);
    for (const row of unknown) if (!isLacking.has(row)) this.#there.add(row.number);
    return lacking;
  }

  /**
   * The failures of this process, and those that others have recorded, whose results are still lacking.
   * The share's own that are on record are tried again.
   */
  async #failures(state: RunState): Promise<ReadonlyMap<string, Error>> {
    const { own, store, records } = this.#of;
    const found = new Map<string, Error>();
    const keys = new Set(own.map(({ key }) => key));
    const ofOthers = [...await records.failures()].filter(([key]) => !keys.has(key))
      .map(([key, { stage, message }]) => ({ stage, key, message }));
    for (const { key, message } of await lackingOf(ofOthers, (one) => store.has(one))) {
      found.set(key, new Error(message));
    }
    for (const row of own) {
      const error = state.failure(row);
      if (error !== undefined) found.set(row.key, error);
    }
    return found;
  }

  /** What stands in the way of a task that needs the one with that number. */
  async #fate(
    number: number,
    failures: ReadonlyMap<string, Error>,
    known: Map<number, Fate>,
  ): Promise<Fate> {
    if (this.#there.has(number)) return "there";
    const before = known.get(number);
    if (before !== undefined) return before;
    const { rows, store } = this.#of;
    const row = rows.at(number);
    let fate: Fate = failures.has(row.key) ? "failed" : "missing";
    if (fate === "missing" && await store.has(row)) {
      this.#there.add(number);
      return "there";
    }
    for (const need of fate === "missing" ? row.needs : []) {
      if (await this.#fate(need, failures, known) === "failed") fate = "failed";
    }
    known.set(number, fate);
    return fate;
  }

  /** The tasks that a run with these failures cannot compute, by their keys, and why. */
  async #failuresOfRun(
    index: number,
    failures: ReadonlyMap<string, Error>,
  ): Promise<RunFailures> {
    const found = new Map<string, Error>(failures);
    const tasks = new ExperimentTasks(await this.#of.run(index), ({ key }) => found.get(key));
    const known: Failures = {
      failure: ({ key }) => found.get(key),
      fail: ({ key }, error) => void found.set(key, error),
    };
    // Stage by stage, since the tasks of later stages depend on what failed before them.
    for (const stage of stages) failDependents(tasks.of(stage), known);
    return new Map([...found].map(([key, { message }]) => [key, message]));
  }
}

type RunFailures = ReadonlyMap<string, string>;

/** Those of `asked` that are not there, of which `has` is asked: some at once, in their order. */
async function lackingOf<Asked>(
  asked: readonly Asked[],
  has: (one: Asked) => Promise<boolean>,
): Promise<Asked[]> {
  const lacking: Asked[] = [];
  for (let i = 0; i < asked.length; i += AT_ONCE) {
    const some = asked.slice(i, i + AT_ONCE);
    const found = await Promise.all(some.map(has));
    lacking.push(...some.filter((_, j) => found[j] !== true));
  }
  return lacking;
}
