import { messageOf } from "../text/message_of.ts";
import { kindIn } from "./kind.ts";
import { writeError } from "./write_whole.ts";

/** Why a file cannot be locked where it is; the message is the reason alone. */
export class NoLocksError extends Error {
  /** The name of the class. */
  override readonly name = "NoLocksError";
}

/** Locks of open files, as the system has them, and how long to wait before looking again. */
export interface LockSystem {
  /**
   * Locks `file`, for this process alone or shared with others that share it; whether that could be
   * done at once. Throws a {@linkcode NoLocksError} where its file system has no locks.
   */
  tryLock(file: Deno.FsFile, kind: "alone" | "shared"): Promise<boolean>;
  /** Locks `file` as soon as that can be done; throws a {@linkcode NoLocksError}. */
  lock(file: Deno.FsFile, kind: "alone" | "shared"): Promise<void>;
  /** Waits a while for what no lock tells of. */
  pause(): Promise<void>;
}

/** Milliseconds between two looks at a lock that is only a file. */
const PAUSE = 500;
/** How often a call that a signal interrupts is made again. */
const ATTEMPTS = 10;

/** The locks of the system. On NFS and Lustre there may be none (ENOLCK, EOPNOTSUPP, ENOSYS). */
export const systemLocks: LockSystem = {
  tryLock: (file, kind) => uninterrupted(() => file.tryLock(kind === "alone")),
  lock: (file, kind) => uninterrupted(() => file.lock(kind === "alone")),
  pause: () => new Promise((resolve) => setTimeout(resolve, PAUSE)),
};

/** The result of `call`, made again where a signal interrupts it (EINTR). */
async function uninterrupted<Result>(call: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1;; attempt++) {
    try {
      return await call();
    } catch (error) {
      if (error instanceof Deno.errors.Interrupted && attempt < ATTEMPTS) continue;
      throw new NoLocksError(messageOf(error), { cause: error });
    }
  }
}

/**
 * Opens the file `path` to be locked, and makes it where there is none; throws a `WriteError`, with
 * `elsewhere` as {@linkcode writeError} has it.
 */
export async function openToLock(path: string, elsewhere = ""): Promise<Deno.FsFile> {
  try {
    const there = await Deno.lstat(path).catch(() => undefined);
    // A pipe would never open.
    if (there?.isFile === false) throw new Error(`expected a file, found ${kindIn(there)}`);
    return await Deno.open(path, { read: true, write: true, create: true });
  } catch (error) {
    throw writeError(path, error, elsewhere);
  }
}
