import { join } from "node:path";
import { CreatedLock, type Holder, holderIn } from "../files/created_lock.ts";
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

/** The beginning of the name of a file by which a run shares a store without a lock. */
const USER = ".user-";
/** The whole name: the host and the process, and a random number. */
const SIGN = /^\.user-([\w-]{1,32})-(\d+)-[0-9a-f]{8}$/;
/** Why a file says who uses a store. */
const SIGNED = "not every run has locks of the file system";

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
      if (await system.tryLock(file, "alone")) await removeLeft(store, "older");
      await system.lock(file, "shared");
      await pruned(store, notice, system);
      await nameOlderResults(store, notice);
      return new StoreLock(async () => {
        // What threads had half written when they were ended.
        if (await system.tryLock(file, "alone")) await removeLeft(store);
        file.close();
      });
    } catch (error) {
      file.close();
      if (!(error instanceof NoLocksError)) throw error;
    }
    await removeAll((await olderTemporaries(store)).filter(({ name }) => hasEnded(name)));
    return await StoreLock.shareBySigns(store, notice, system);
  }

  /**
   * Shares `store` as {@linkcode share} does, by a sign alone, which is a file: no lock is asked for, on
   * which machines that share a file system might not agree. Where a process ends without removing it,
   * the next one on that machine does.
   */
  static async shareBySigns(
    store: Store,
    notice: (message: string) => void = () => {},
    system: LockSystem = systemLocks,
  ): Promise<StoreLock> {
    await makeStore(store);
    // First the sign that a run is here, then the look for one that prunes, which does the reverse.
    const { host, pid } = thisProcess();
    const name = `${USER}${host}-${pid}-${crypto.randomUUID().slice(0, 8)}`;
    const user = await CreatedLock.take(await pathInside(store.root, name));
    if (!(user instanceof CreatedLock)) throw new StoreError(`cannot use ${store.shownAs}`);
    try {
      await pruned(store, notice, system);
      await removeTemporaries(store, hasEnded);
      await nameOlderResults(store, notice);
    } catch (error) {
      await user.release();
      throw error;
    }
    return new StoreLock(async () => {
      await removeTemporaries(store, (name) => hasEnded(name) || isOwn(name));
      await user.release();
    });
  }

  /**
   * Takes `store` for itself: with a lock, where the file system has them, and with a file for those
   * who only sign. While a run uses it, throws a {@linkcode StoreError} that says which.
   */
  static async takeAlone(store: Store, system: LockSystem = systemLocks): Promise<StoreLock> {
    const file = await open(store);
    try {
      if (!await system.tryLock(file, "alone")) throw inUse("");
    } catch (error) {
      if (!(error instanceof NoLocksError)) {
        file.close();
        throw error;
      }
    }
    let taken: CreatedLock | undefined;
    const release = async (): Promise<void> => {
      await taken?.release();
      file.close();
    };
    try {
      const path = await pathInside(store.root, CREATED_LOCK);
      const created = await CreatedLock.take(path);
      if (!(created instanceof CreatedLock)) throw inUse(` (${wordsOf(created, path, SIGNED)})`);
      taken = created;
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
    const words = wordsOf(holder, path, SIGNED);
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
    const user = await holderIn(path) ?? holderNamedBy(name);
    if (user.running !== false && await isThere(path)) {
      throw inUse(` (${wordsOf(user, path, SIGNED)})`);
    }
    await Deno.remove(path).catch(() => {});
  }
}

/** Who has made the sign of that name, which is still empty, or gone. */
function holderNamedBy(name: string): Holder {
  const [, host, pid] = SIGN.exec(name) ?? [];
  if (host === undefined) return { words: "unknown process", running: undefined };
  return {
    words: `process ${pid} on ${host}`,
    running: isRunning({ host, pid: Number(pid) }),
  };
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
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
  await makeStore(store);
  return await openToLock(path, ELSEWHERE);
}

async function makeStore(store: Store): Promise<void> {
  try {
    await makeFolder(store.root);
  } catch (error) {
    throw writeError(store.shownAs, error, ELSEWHERE);
  }
}

/**
 * Removes what others have half written and left, with `older` also where versions before this layout
 * left it: nobody has the lock, but some may only sign.
 */
async function removeLeft(store: Store, older: "older" | "none" = "none"): Promise<void> {
  const found = await temporaries(store);
  if (older === "older") found.push(...await olderTemporaries(store));
  // Looked for later: who has written one of them has signed before.
  const isSigned = (await fileNames(store.root)).some((name) => name.startsWith(USER));
  await removeAll(found.filter(({ name }) => !isSigned || hasEnded(name)));
}

/** Removes the half-written files whose names `are` those of nobody who writes now. */
async function removeTemporaries(store: Store, are: (name: string) => boolean): Promise<void> {
  await removeAll((await temporaries(store)).filter(({ name }) => are(name)));
}

async function removeAll(files: readonly Temporary[]): Promise<void> {
  for (const { path } of files) await Deno.remove(path).catch(() => {});
}

/** A half-written file. */
interface Temporary {
  readonly path: string;
  readonly name: string;
}

/** Those in the folders of the stages, where versions before this layout wrote. */
async function olderTemporaries(store: Store): Promise<Temporary[]> {
  const found: Temporary[] = [];
  for await (const file of store.olderFiles()) if (file.kind === "temporary") found.push(file);
  return found;
}

/** The half-written files in the store. */
async function temporaries(store: Store): Promise<Temporary[]> {
  const found: Temporary[] = [];
  for await (const file of store.temporaries()) if (TEMPORARY.test(file.name)) found.push(file);
  for (const name of await fileNames(store.root)) {
    if (TEMPORARY.test(name)) found.push({ path: join(store.root, name), name });
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
