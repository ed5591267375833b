// @ts-types="../declarations/path.d.ts"
import { join } from "@std/path";
import { writeError } from "./write_whole.ts";

/** A folder that another run is writing to. */
export class HeldError extends Error {
  /** The name of the class. */
  override readonly name = "HeldError";
}

/** The file that is locked. */
const LOCK = ".lock";

/** How to handle a folder that is locked. */
export interface LockOptions {
  /** Whether to wait until it is free. */
  readonly wait: boolean;
  /** Told who holds it, before waiting; and who held it last, if that one did not end well. */
  readonly notice: (message: string) => void;
  /** Ends the waiting, with its reason. */
  readonly signal: AbortSignal;
}

/**
 * The right to write to a folder: a lock on a file that says whose it is. The system releases it when
 * its process ends, however it ends.
 */
export class FolderLock {
  readonly #path: string;
  readonly #file: Deno.FsFile;

  private constructor(path: string, file: Deno.FsFile) {
    this.#path = path;
    this.#file = file;
  }

  /**
   * Takes the lock of `folder`, which must be there. Throws a {@linkcode HeldError} that says who holds
   * it, or waits.
   */
  static async take(folder: string, { wait, notice, signal }: LockOptions): Promise<FolderLock> {
    const path = join(folder, LOCK);
    for (;;) {
      const file = await openLock(path);
      if (!await file.tryLock(true)) {
        const holder = await holderIn(path);
        if (!wait) {
          file.close();
          throw new HeldError(
            `cannot write to ${folder}: another run is (${holder}); --wait waits for it`,
          );
        }
        notice(`waiting for another run to be done with ${folder} (${holder})`);
        await Promise.race([file.lock(true), interruption(signal)]);
      }
      // Its last holder removed the file meanwhile: then this is a lock on a file without a name.
      if (!await isAt(file, path)) {
        file.close();
        continue;
      }
      if ((await file.stat()).size > 0) {
        notice(`${folder}: taking over from a run that did not end (${await holderIn(path)})`);
      }
      await sign(file, path);
      return new FolderLock(path, file);
    }
  }

  /** Releases the lock. */
  async release(): Promise<void> {
    await Deno.remove(this.#path).catch(() => {});
    this.#file.close();
  }
}

/** Never resolves; throws the reason of `signal` when it is aborted. */
function interruption(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

async function openLock(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path, { read: true, write: true, create: true });
  } catch (error) {
    throw writeError(path, error);
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
    const since = new Date().toISOString().replace(/\..*/, " UTC").replace("T", " ");
    await file.write(new TextEncoder().encode(`process ${Deno.pid}, since ${since}\n`));
  } catch (error) {
    file.close();
    throw writeError(path, error);
  }
}

async function holderIn(path: string): Promise<string> {
  const text = (await Deno.readTextFile(path).catch(() => "")).trim();
  return /^process \d+, since [-\d: ]+UTC$/.test(text) ? text : "unknown process";
}
