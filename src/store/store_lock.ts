// @ts-types="../declarations/path.d.ts"
import { join } from "@std/path";
import { CreatedLock, holderIn } from "../files/created_lock.ts";
import { pathInside } from "../files/inside.ts";
import { makeFolder } from "../files/lasting_folder.ts";
import { fileNames } from "../files/listing.ts";
import { CREATED_LOCK, LOCK, wordsOf } from "../files/lock.ts";
import { type LockSystem, NoLocksError, openToLock, systemLocks } from "../files/lock_system.ts";
import { isRunning, thisProcess } from "../files/this_process.ts";
import { TEMPORARY, temporaryProcess, writeError } from "../files/write_whole.ts";
import { nameOlderResults } from "./older_results.ts";
import { StoreError } from "./read_stored.ts";
import type { Store } from "./store.ts";

/** The beginning of the name of a file by which a run shares a store where there are no locks. */
const USER = ".user-";
/** Why a file says who uses a store. */
const BY_FILES = "some processes share the store by files alone";

/**
 * The right to use a store: shared by any number of runs, or held alone to prune it. The system
 * releases it when the process ends, however it ends; where the file system has no locks, files say
 * who has it.
 */
export class StoreLock {
  readonly #release: () => Promise<void>;

  private constructor(release: () => Promise<void>) {
    this.#release = release;
  }

  /**
   * Shares `store` with other runs; waits while it is pruned. Removes what killed runs left. Tells
   * `notice` why it waits, and what older versions left.
   */
  static async share(
    store: Store,
    notice: (message: string) => void = () => {},
    system: LockSystem = systemLocks,
  ): Promise<StoreLock> {
    const file = await open(store);
    try {
      if (await system.tryLock(file, "alone")) {
        const found = [...await temporaries(store), ...await olderTemporaries(store)];
        await removeWhereAlone(store, found);
      }
      await system.lock(file, "shared");
      await pruned(store, notice, system);
      await nameOlderResults(store, notice);
      return new StoreLock(async () => {
        // What threads had half written when they were ended.
        if (await system.tryLock(file, "alone")) {
          await removeWhereAlone(store, await temporaries(store));
        }
        file.close();
      });
    } catch (error) {
      file.close();
      if (!(error instanceof NoLocksError)) throw error;
    }
    await removeOver(await olderTemporaries(store), hasEnded);
    return await StoreLock.shareBySign(store, notice, system);
  }

  /**
   * Shares `store` as {@linkcode share} does where there are no locks, whatever the file system has: by a
   * file that says that this process is there, which every machine sees.
   */
  static async shareBySign(
    store: Store,
    notice: (message: string) => void = () => {},
    system: LockSystem = systemLocks,
  ): Promise<StoreLock> {
    await makeRoot(store);
    // First the sign that a run is here, then the look for one that prunes, which does the reverse.
    const { host, pid } = thisProcess();
    const name = `${USER}${host}-${pid}-${crypto.randomUUID().slice(0, 8)}`;
    const user = await CreatedLock.take(await pathInside(store.root, name));
    if (!(user instanceof CreatedLock)) throw new StoreError(`cannot use ${store.shownAs}`);
    try {
      await pruned(store, notice, system);
      await removeOver(await temporaries(store), hasEnded);
      await nameOlderResults(store, notice);
    } catch (error) {
      await user.release();
      throw error;
    }
    return new StoreLock(async () => {
      await removeOver(await temporaries(store), (name) => hasEnded(name) || isOwn(name));
      await user.release();
    });
  }

  /** Takes `store` for itself. While a run uses it, throws a {@linkcode StoreError} that says which. */
  static async takeAlone(store: Store, system: LockSystem = systemLocks): Promise<StoreLock> {
    const file = await open(store);
    let why = BY_FILES;
    try {
      if (!await system.tryLock(file, "alone")) throw inUse("");
    } catch (error) {
      if (!(error instanceof NoLocksError)) {
        file.close();
        throw error;
      }
      why = `the file system has no locks: ${error.message}`;
    }
    let taken: CreatedLock | undefined;
    const release = async (): Promise<void> => {
      await taken?.release();
      file.close();
    };
    try {
      const path = await pathInside(store.root, CREATED_LOCK);
      const lock = await CreatedLock.take(path);
      if (!(lock instanceof CreatedLock)) throw inUse(` (${wordsOf(lock, path, why)})`);
      taken = lock;
      await endedUsers(store);
      return new StoreLock(release);
    } catch (error) {
      await release();
      throw error;
    }
  }

  /** Releases the lock, and removes what threads had half written when they were ended. */
  async release(): Promise<void> {
    await this.#release();
  }
}

/** Waits while a process that found no locks prunes the store. */
async function pruned(
  store: Store,
  notice: (message: string) => void,
  system: LockSystem,
): Promise<void> {
  const path = await pathInside(store.root, CREATED_LOCK);
  let said = "";
  for (;;) {
    const holder = await holderIn(path);
    if (holder === undefined || holder.running === false) return;
    const words = wordsOf(holder, path, BY_FILES);
    const message = `waiting until ${store.shownAs} is pruned (${words})`;
    if (message !== said) notice(message);
    said = message;
    await system.pause();
  }
}

/** Removes the signs of runs that have ended; throws a {@linkcode StoreError} for another's. */
async function endedUsers(store: Store): Promise<void> {
  for (const name of await fileNames(store.root)) {
    if (!name.startsWith(USER)) continue;
    const path = await pathInside(store.root, name);
    const user = await holderIn(path);
    if (user !== undefined && user.running !== false) {
      throw inUse(` (${wordsOf(user, path, BY_FILES)})`);
    }
    await Deno.remove(path).catch(() => {});
  }
}

function inUse(who: string): StoreError {
  return new StoreError(
    `cannot prune the cache: a run is in progress that may need its results${who}`,
  );
}

/** The remedy where nothing can be written to the store. */
const ELSEWHERE = "; --store DIR (or MICROBEAM_STORE) keeps results elsewhere";

async function open(store: Store): Promise<Deno.FsFile> {
  const path = await pathInside(store.root, LOCK);
  await makeRoot(store);
  return await openToLock(path, ELSEWHERE);
}

async function makeRoot(store: Store): Promise<void> {
  try {
    await makeFolder(store.root);
  } catch (error) {
    throw writeError(store.shownAs, error, ELSEWHERE);
  }
}

/** Says, by the name of a half-written file, whether nobody writes it any more. */
type Over = (name: string) => boolean;

/** A half-written file. */
interface HalfWritten {
  readonly path: string;
  readonly name: string;
}

/** Removes what is half written while no run has the lock: all of it, but for those who share by signs. */
async function removeWhereAlone(store: Store, found: readonly HalfWritten[]): Promise<void> {
  // Looked for after the files: whoever has written one of them had signed before.
  const isSigned = (await fileNames(store.root)).some((name) => name.startsWith(USER));
  await removeOver(found, isSigned ? hasEnded : () => true);
}

/** Removes those of the half-written files that are over. */
async function removeOver(found: readonly HalfWritten[], isOver: Over): Promise<void> {
  for (const { path, name } of found) {
    if (isOver(name)) await Deno.remove(path).catch(() => {});
  }
}

/** The half-written files. */
async function temporaries(store: Store): Promise<HalfWritten[]> {
  const found: HalfWritten[] = [];
  for await (const { path, name } of store.temporaries()) {
    if (TEMPORARY.test(name)) found.push({ path, name });
  }
  for (const name of await fileNames(store.root)) {
    if (TEMPORARY.test(name)) found.push({ path: join(store.root, name), name });
  }
  return found;
}

/** Those that versions have left which had no folder for them. */
async function olderTemporaries(store: Store): Promise<HalfWritten[]> {
  const found: HalfWritten[] = [];
  for await (const { path, name, kind } of store.olderFiles()) {
    if (kind === "temporary") found.push({ path, name });
  }
  return found;
}

/** Whether the process that wrote a temporary file has ended, as far as can be known. */
function hasEnded(name: string): boolean {
  const process = temporaryProcess(name);
  return process !== undefined && isRunning(process) === false;
}

function isOwn(name: string): boolean {
  const process = temporaryProcess(name);
  const { host, pid } = thisProcess();
  return process?.host === host && process.pid === pid;
}
