/**
 * The records that shards of a plan leave in the store beside their results: which tasks failed, and a
 * heartbeat of each shard. No result depends on them; merging reports the failures, and `--status`
 * shows both.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { pathInside } from "../files/inside.ts";
import { makeFolder } from "../files/lasting_folder.ts";
import { fileNames } from "../files/listing.ts";
import { readBounded } from "../files/read_bounded.ts";
import { type ProcessName, thisProcess } from "../files/this_process.ts";
import { type Content, writeError, writeWhole } from "../files/write_whole.ts";
import { hasFields } from "../stages/stage.ts";
import { stages } from "../stages/stages.ts";
import { PLANS } from "../store/layout.ts";
import type { Store } from "../store/store.ts";
import type { ResultRef } from "../store/stored_result.ts";

/** The digits of a plan's SHA-256 in the name of its folder. */
const DIGITS = 16;

/** The part of a plan that a shard has to do. */
export interface ShardName {
  /** Its number, from 1. */
  readonly shard: number;
  /** How many shards there are. */
  readonly of: number;
  /** The rank of its tasks; all ranks if left out. */
  readonly rank?: number;
}

/** What a shard is doing, or how it ended. */
export const shardStates = ["running", "done", "unfinished", "interrupted", "stopped"] as const;

/** One of {@linkcode shardStates}. */
export type ShardState = typeof shardStates[number];

/** What a shard says of itself. */
export interface ShardBeat extends ShardName {
  /**
   * Whether it is running, its share is done, or it ended before that: since tasks wait or failed
   * (`unfinished`), by a signal (`interrupted`) or by an error (`stopped`).
   */
  readonly state: ShardState;
  /** The tasks of its share. */
  readonly tasks: number;
  /** Those of them whose results the store has, as far as it knows. */
  readonly done: number;
  /** The numbers of the tasks that it is computing now. */
  readonly computing: readonly number[];
}

/** A shard as its last heartbeat says. */
export interface ShardRecord extends ShardBeat, ProcessName {
  /** Seconds since that heartbeat, by the clock of the file system that has it. */
  readonly age: number;
}

/** A task that failed. */
export interface FailureRecord {
  /** Its stage. */
  readonly stage: string;
  /** The name of its result. */
  readonly name: string;
  /** The error, as a run on one machine reports it. */
  readonly message: string;
}

/** Seconds between two heartbeats of a shard. */
export const BEAT_SECONDS = 10;
/** The most bytes of one record. */
const MOST_BYTES = 1 << 20;
/** The most characters of a message. */
const MOST_CHARACTERS = 100_000;
/** Records that are read at once. */
const AT_ONCE = 32;
const FAILED = /^([0-9a-f]{64})\.json$/;
const SHARD = /^\d+-of-\d+(-rank-\d+)?\.json$/;

/** The records of one plan in a store. */
export class PlanRecords {
  readonly #store: Store;
  /** The folder of the plan in the store: `plans/0123456789abcdef`. */
  readonly folder: string;

  /** Those of the plan with that SHA-256, in `store`. */
  constructor(store: Store, sha256: string) {
    this.#store = store;
    this.folder = `${PLANS}/${sha256.slice(0, DIGITS)}`;
  }

  /** Records that a task failed; throws a `WriteError`. */
  async fail({ stage, name, key }: ResultRef, message: string): Promise<void> {
    const record: FailureRecord = { stage, name, message: message.slice(0, MOST_CHARACTERS) };
    await this.#write(`failed/${key}.json`, JSON.stringify(record) + "\n");
  }

  /** Removes the record of a failure, since a later try has succeeded. */
  async succeed({ key }: Pick<ResultRef, "key">): Promise<void> {
    await Deno.remove(await this.#path(`failed/${key}.json`)).catch(() => {});
  }

  /**
   * The failures, by the keys of the results. One whose result the store has by now has been computed
   * since then: who asks looks there first. What depends on a failed task has no record of its own.
   */
  async failures(): Promise<ReadonlyMap<string, FailureRecord>> {
    const found = await this.#read("failed", FAILED, isFailure);
    return new Map(found.map(({ name, record }) => [name.replace(FAILED, "$1"), record]));
  }

  /**
   * Copies the plan from `file` into the store, unless it is there: until its folders are written, or
   * written again, its results are not pruned. Throws a `WriteError`, and what reading `file` throws.
   */
  async keepPlan(file: string): Promise<void> {
    await this.unmarkMerged();
    const path = await this.#path("plan.json");
    if (await Deno.lstat(path).then(() => true, () => false)) return;
    using plan = await Deno.open(file);
    await this.#write("plan.json", plan.readable);
  }

  /**
   * Says that the output folders of the plan are written, and so keep its results from pruning, where
   * its launcher keeps the plan itself here; throws a `WriteError`.
   */
  async markMerged(): Promise<void> {
    const plan = await Deno.lstat(await this.#path("plan.json")).catch(() => undefined);
    if (plan !== undefined) await this.#write("merged", "");
  }

  /** Takes the mark of a merge away, since results are computed again. */
  async unmarkMerged(): Promise<void> {
    await Deno.remove(await this.#path("merged")).catch(() => {});
  }

  /** Writes the heartbeat of a shard; a later one of the same share replaces it. Throws a `WriteError`. */
  async beat(beat: ShardBeat): Promise<void> {
    const path = await this.#path(`shards/${fileOf(beat)}`);
    const temporary = await this.#store.temporaryFor("beat");
    const { host, pid } = thisProcess();
    try {
      for (const one of [path, temporary]) await makeFolder(dirname(one));
      // Not flushed: after a loss of power there is nobody whose sign of life it could be.
      const text = JSON.stringify({ ...beat, host, pid });
      await Deno.writeTextFile(temporary, text + "\n", { createNew: true });
      await Deno.rename(temporary, path);
    } catch (error) {
      await Deno.remove(temporary).catch(() => {});
      throw writeError(path, error);
    }
  }

  /** The last heartbeat of each share that ever had one, in the order of ranks and numbers. */
  async shards(): Promise<readonly ShardRecord[]> {
    const found = await this.#read("shards", SHARD, isBeat);
    if (found.length === 0) return [];
    const now = await this.#now();
    return found.map(({ record, mtime }) => ({
      ...record,
      age: Math.max(0, (now - mtime) / 1000),
    })).sort((a, b) => (a.rank ?? -1) - (b.rank ?? -1) || a.of - b.of || a.shard - b.shard);
  }

  async #write(name: string, content: Content): Promise<void> {
    const temporary = await this.#store.temporaryFor(name);
    await writeWhole(await this.#path(name), content, { temporary });
  }

  /** The path of a file in the plan's folder; no link on the way is followed. */
  async #path(name: string): Promise<string> {
    return await pathInside(this.#store.root, `${this.folder}/${name}`);
  }

  /** The records in a folder whose names match; what is damaged, or is no record, is left out. */
  async #read<Record>(
    folder: string,
    names: RegExp,
    is: (value: unknown) => value is Record,
  ): Promise<
    readonly { readonly name: string; readonly record: Record; readonly mtime: number }[]
  > {
    const path = await this.#path(folder);
    const files = (await fileNames(path)).filter((name) => names.test(name));
    const found: { readonly name: string; readonly record: Record; readonly mtime: number }[] = [];
    for (let i = 0; i < files.length; i += AT_ONCE) {
      const some = files.slice(i, i + AT_ONCE).map(async (name) => {
        const read = await recordIn(join(path, name));
        if (read === undefined || !is(read.value)) return [];
        return [{ name, record: read.value, mtime: read.mtime }];
      });
      found.push(...(await Promise.all(some)).flat());
    }
    return found;
  }

  /**
   * The time by the clock that sets the times of the records: that of a file server may differ from
   * this machine's, which is asked where nothing can be written.
   */
  async #now(): Promise<number> {
    const path = await this.#store.temporaryFor("now");
    try {
      await makeFolder(dirname(path));
      await Deno.writeTextFile(path, "", { createNew: true });
      return (await Deno.lstat(path)).mtime?.getTime() ?? Date.now();
    } catch {
      return Date.now();
    } finally {
      await Deno.remove(path).catch(() => {});
    }
  }
}

function fileOf({ shard, of, rank }: ShardName): string {
  return `${shard}-of-${of}${rank === undefined ? "" : `-rank-${rank}`}.json`;
}

/** The JSON in a file and the time of its last change; `undefined` where it cannot be read. */
async function recordIn(
  path: string,
): Promise<{ readonly value: unknown; readonly mtime: number } | undefined> {
  try {
    if (!(await Deno.lstat(path)).isFile) return undefined;
    const value: unknown = JSON.parse(
      new TextDecoder().decode(await readBounded(path, MOST_BYTES)),
    );
    // Asked once the file was open: only then does an NFS client ask its server for the time.
    const { mtime } = await Deno.lstat(path);
    return { value, mtime: mtime?.getTime() ?? 0 };
  } catch {
    // Replaced or removed meanwhile, or damaged.
    return undefined;
  }
}

function isFailure(value: unknown): value is FailureRecord {
  return hasFields(value, { stage: "string", name: "string", message: "string" }) &&
    stages.some(({ name }) => name === value["stage"]);
}

function isBeat(value: unknown): value is ShardBeat & ProcessName {
  return hasFields(value, {
    ...{ shard: "number", of: "number", tasks: "number", done: "number" },
    ...{ state: "string", host: "string", pid: "number", computing: "array" },
  }) && shardStates.some((state) => state === value["state"]) &&
    (value["rank"] === undefined || typeof value["rank"] === "number") &&
    Array.isArray(value["computing"]) &&
    value["computing"].every((number) => Number.isSafeInteger(number));
}
