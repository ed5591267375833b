/**
 * What of a plan is done: asked of the store task by task, and of the records of the shards for what
 * failed. Reports are left out: they are computed once everything else is there.
 *
 * @module
 */
import { Sha256 } from "../files/sha256.ts";
import type { ResultRef } from "../store/stored_result.ts";
import { report } from "../stages/report.ts";

/** A task of a plan, as far as it takes to share it out and to ask for its result. */
export interface WorkRow extends ResultRef {
  /** Its number, from 1: each after those that it needs. */
  readonly number: number;
  /** The numbers of the tasks that it needs. */
  readonly needs: readonly number[];
  /** The number of the first task of its group. */
  readonly group: number;
  /** 1 more than the highest rank of the groups that it needs. */
  readonly rank: number;
  /** Estimated time on one thread, seconds. */
  readonly seconds: number;
  /** Estimated memory at its peak on one thread, bytes. */
  readonly memory: number;
}

/** The tasks of a plan, in order. */
export interface WorkRows extends Iterable<WorkRow> {
  /** How many there are. */
  readonly length: number;
  /** The task with that number. */
  at(number: number): WorkRow;
}

/**
 * SHA-256 of what there is to compute, and of the folder `store` that it goes to. Plans of the same work
 * share it, though other results in the store give them other estimates.
 */
export function digestOfWork(rows: Iterable<ResultRef>, store: string): string {
  const digest = new Sha256().update(`${store}\n`);
  for (const { stage, key } of rows) if (stage !== report.name) digest.update(key);
  return digest.hex();
}

/** How to look at the tasks of a plan. */
export interface WorkOptions {
  /** Whether the store has a result. */
  readonly has: (ref: ResultRef) => Promise<boolean>;
  /** The cut of a rank: for each of so many shares the numbers of its tasks, in order. */
  readonly cut: (rank: number, of: number) => readonly (readonly number[])[];
}

/** What a rank has left to do. */
export interface OpenRank {
  /** The rank. */
  readonly rank: number;
  /** Its groups, done or not. */
  readonly groups: number;
  /** Estimated time of its open tasks on one thread, seconds. */
  readonly seconds: number;
}

/** Where a task is. */
const Standing = { open: 0, there: 1, failed: 2, later: 3 } as const;

/** Results that are asked for at once. */
const AT_ONCE = 32;

/** The tasks of a plan and where they are. */
export class Work {
  readonly #rows: WorkRows;
  readonly #options: WorkOptions;
  /** For each task, from 0, one of {@linkcode Standing}. */
  readonly #standing: Uint8Array;
  #settled = 0;
  /** The tasks but for reports. */
  readonly total: number;

  /** Has asked for nothing yet. */
  constructor(rows: WorkRows, options: WorkOptions) {
    this.#rows = rows;
    this.#options = options;
    this.#standing = new Uint8Array(rows.length);
    let later = 0;
    for (const { number, stage } of rows) {
      if (stage !== report.name) continue;
      this.#standing[number - 1] = Standing.later;
      later++;
    }
    this.total = rows.length - later;
  }

  /** How many tasks are done or have failed. */
  get settled(): number {
    return this.#settled;
  }

  /** The ranks that have open tasks, lowest first. */
  openRanks(): OpenRank[] {
    const ranks = new Map<number, { groups: Set<number>; seconds: number; open: number }>();
    for (const { number, rank, group, seconds } of this.#rows) {
      const own = ranks.get(rank) ?? { groups: new Set(), seconds: 0, open: 0 };
      ranks.set(rank, own);
      own.groups.add(group);
      if (!this.isOpen(number)) continue;
      own.seconds += seconds;
      own.open++;
    }
    return [...ranks].filter(([, { open }]) => open > 0).sort(([a], [b]) => a - b)
      .map(([rank, { groups, seconds }]) => ({ rank, groups: groups.size, seconds }));
  }

  /** For each of `of` shares of a rank the numbers of its tasks. */
  cut(rank: number, of: number): readonly (readonly number[])[] {
    return this.#options.cut(rank, of);
  }

  /** The task with that number. */
  row(number: number): WorkRow {
    return this.#rows.at(number);
  }

  /** Whether a task is neither done nor failed. */
  isOpen(number: number): boolean {
    return this.#standing[number - 1] === Standing.open;
  }

  /** Whether an open task could be computed now: all that it needs is there, or of its own group. */
  isReady(number: number): boolean {
    const { needs, group } = this.#rows.at(number);
    return needs.every((need) =>
      this.#standing[need - 1] === Standing.there || this.#rows.at(need).group === group
    );
  }

  /** Asks the store for those of the tasks `numbers` that are open. */
  async look(numbers: Iterable<number>, tell: () => void = () => {}): Promise<void> {
    let some: number[] = [];
    for (const number of numbers) {
      if (!this.isOpen(number)) continue;
      some.push(number);
      if (some.length < AT_ONCE) continue;
      await this.#ask(some);
      some = [];
      tell();
    }
    await this.#ask(some);
  }

  /** Asks the store for all open tasks. */
  async lookAtAll(tell: () => void = () => {}): Promise<void> {
    await this.look(numbersTo(this.#rows.length), tell);
  }

  async #ask(numbers: readonly number[]): Promise<void> {
    const found = await Promise.all(numbers.map((number) => {
      const { stage, name, key } = this.#rows.at(number);
      return this.#options.has({ stage, name, key });
    }));
    this.markThere(numbers.filter((_, i) => found[i] === true));
  }

  /** Records that the results of the tasks `numbers` are there. */
  markThere(numbers: readonly number[]): void {
    for (const number of numbers) this.#settle(number, Standing.there);
  }

  /** Records that the open tasks failed that `keys` has, and with them those that need them. */
  markFailed(keys: { has(key: string): boolean }): void {
    for (const { number, key, needs } of this.#rows) {
      if (!this.isOpen(number)) continue;
      const isLost = keys.has(key) ||
        needs.some((need) => this.#standing[need - 1] === Standing.failed);
      if (isLost) this.#settle(number, Standing.failed);
    }
  }

  /**
   * The open tasks that cannot be done any more once `lost` says so of some: these, and those that need
   * them; asked by number.
   */
  stuck(lost: (number: number) => boolean): { has(number: number): boolean } {
    const stuck = new Uint8Array(this.#rows.length);
    for (const { number, needs } of this.#rows) {
      if (!this.isOpen(number)) continue;
      if (lost(number) || needs.some((need) => stuck[need - 1] === 1)) stuck[number - 1] = 1;
    }
    return { has: (number) => stuck[number - 1] === 1 };
  }

  #settle(number: number, standing: number): void {
    if (!this.isOpen(number)) return;
    this.#standing[number - 1] = standing;
    this.#settled++;
  }
}

function* numbersTo(last: number): Generator<number> {
  for (let number = 1; number <= last; number++) yield number;
}
