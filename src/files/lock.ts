import { join } from "node:path";
import { CreatedLock, type Holder, holderIn, lockRecord } from "./created_lock.ts";
import { pathInside } from "./inside.ts";
import { makeFolder } from "./lasting_folder.ts";
import { type LockSystem, NoLocksError, openToLock, systemLocks } from "./lock_system.ts";
import { writeError } from "./write_whole.ts";

/** A folder that another run is writing to. */
export class HeldError extends Error {
  /** The name of the class. */
  override readonly name = "HeldError";
}

/** The file that is locked. */
export const LOCK = ".lock";
/** The file that is the lock where the file system has none. */
export const CREATED_LOCK = ".lock-held";

/** How to handle a folder that is locked. */
export interface LockOptions {
  /** Whether to wait until it is free. */
  readonly wait: boolean;
  /** Told who holds it, before waiting; and who held it last, if that one did not end well. */
  readonly notice: (message: string) => void;
  /** Ends the waiting, with its reason. */
  readonly signal: AbortSignal;
  /** The end of the message where nothing can be written to the folder: how to write elsewhere. */
  readonly elsewhere?: string;
}

/**
 * The right to write to a folder: a lock on a file that says whose it is. The system releases it when
 * its process ends, however it ends. Where the file system has no locks it is a
 * {@linkcode CreatedLock}.
 */
export class FolderLock {
  readonly #release: () => Promise<void>;

  private constructor(release: () => Promise<void>) {
    this.#release = release;
  }

  /**
   * Takes the lock of `folder`, which is made where it is missing: its last holder may have removed it.
   * Throws a {@linkcode HeldError} that says who holds it, or waits.
   */
  static async take(
    folder: string,
    options: LockOptions,
    system: LockSystem = systemLocks,
  ): Promise<FolderLock> {
    const path = await pathInside(folder, LOCK);
    const created = await pathInside(folder, CREATED_LOCK);
    const wait = waiting(folder, options, system);
    const { elsewhere } = options;
    for (;;) {
      await makeFolder(folder);
      const file = await openToLock(path, elsewhere);
      try {
        if (!await system.tryLock(file, "alone")) {
          const { words } = await holderIn(path) ?? UNKNOWN;
          await wait(words, () => system.lock(file, "alone"));
        }
        // Its last holder removed the file meanwhile: then this is a lock on a file without a name.
        if (!await isAt(file, path)) {
          file.close();
          continue;
        }
        const other = await holderIn(created);
        if (other !== undefined && other.running !== false) {
          file.close();
          await wait(wordsOf(other, created, "that machine finds no locks in the file system"));
          continue;
        }
        if ((await file.stat()).size > 0) {
          const { words } = await holderIn(path) ?? UNKNOWN;
          options.notice(`${folder}: taking over from a run that did not end (${words})`);
        }
        await sign(file, path);
        return new FolderLock(async () => {
          await Deno.remove(path).catch(() => {});
          file.close();
        });
      } catch (error) {
        closeOnce(file);
        if (!(error instanceof NoLocksError)) throw error;
        const noLocks = `the file system has no locks: ${error.message}`;
        return await this.#create({ folder, path, created, noLocks }, wait, options.notice);
      }
    }
  }

  /** Takes the lock by creating a file. */
  static async #create(
    { folder, path, created, noLocks }: {
      readonly folder: string;
      readonly path: string;
      readonly created: string;
      readonly noLocks: string;
    },
    wait: Wait,
    notice: LockOptions["notice"],
  ): Promise<FolderLock> {
    // What was opened to be locked; other machines may find locks, and then something is in it.
    const left = await Deno.lstat(path).catch(() => undefined);
    if (left?.size === 0) await Deno.remove(path).catch(() => {});
    for (;;) {
      await makeFolder(folder);
      const taken = await CreatedLock.take(created, ({ words }) =>
        notice(
          `${folder}: taking over ${created} from a run that did not end (${words}; ${noLocks})`,
        ));
      if (!(taken instanceof CreatedLock)) {
        await wait(wordsOf(taken, created, noLocks));
        continue;
      }
      const other = await holderIn(path);
      if (other === undefined || other.running === false) {
        return new FolderLock(() => taken.release());
      }
      await taken.release();
      await wait(wordsOf(other, path, noLocks));
    }
  }

  /** Releases the lock. */
  async release(): Promise<void> {
    await this.#release();
  }
}

/** Whether a process that is known to run holds the lock of `folder`, of either kind. */
export async function isHeld(folder: string): Promise<boolean> {
  const holders = await Promise.all(
    [LOCK, CREATED_LOCK].map((name) => holderIn(join(folder, name))),
  );
  return holders.some((holder) => holder?.running === true);
}

const UNKNOWN: Holder = { words: "unknown process", running: undefined };

/** Throws a {@linkcode HeldError}, or says for whom it waits and waits. */
type Wait = (holder: string, until?: () => Promise<void>) => Promise<void>;

function waiting(folder: string, { wait, notice, signal }: LockOptions, system: LockSystem): Wait {
  let said = "";
  let stopped: Promise<never> | undefined;
  return async (holder, until = system.pause) => {
    if (!wait) {
      throw new HeldError(
        `cannot write to ${folder}: another run is (${holder}); --wait waits for it`,
      );
    }
    const message = `waiting for another run to be done with ${folder} (${holder})`;
    if (message !== said) notice(message);
    said = message;
    stopped ??= interruption(signal);
    await Promise.race([until(), stopped]);
  };
}

/** Who holds a lock that is a file, why it is one, and what to do where nobody can know more. */
export function wordsOf({ words, running }: Holder, path: string, why: string): string {
  const removal = running === undefined ? `; if that process has ended, remove ${path}` : "";
  return `${words}; its lock is the file ${path}, because ${why}${removal}`;
}

/** Never resolves; throws the reason of `signal` when it is aborted. */
function interruption(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

function closeOnce(file: Deno.FsFile): void {
  try {
    file.close();
  } catch {
    // It is closed.
  }
}

/** Whether `file` is what is at `path` now. */
async function isAt(file: Deno.FsFile, path: string): Promise<boolean> {
  const now = await Deno.stat(path).catch(() => undefined);
  const { ino, dev } = await file.stat();
  return now !== undefined && now.ino === ino && now.dev === dev;
}

/** Writes whose lock it is into the locked file. */
async function sign(file: Deno.FsFile, path: string): Promise<void> {
  try {
    await file.truncate();
    await file.write(new TextEncoder().encode(`${lockRecord()}\n`));
  } catch (error) {
    throw writeError(path, error);
  }
}
