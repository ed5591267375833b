import { type LockSystem, systemLocks } from "../../src/files/lock_system.ts";

/** The errors that calls for a lock end with where a file system has none. */
export const lockErrors: readonly [name: string, error: Error][] = [
  ["ENOLCK", new Error("No locks available (os error 37)")],
  ["EOPNOTSUPP", new Error("Operation not supported (os error 95)")],
  ["EINTR, again and again", new Deno.errors.Interrupted("Interrupted system call (os error 4)")],
];

/** The locks of a file system that has none: every call ends in `error`. Waits as `pause` does. */
export function noLocks(
  error: Error,
  pause: () => Promise<void> = () => Promise.reject(new Error("not to wait")),
): LockSystem {
  const fail = (): Promise<never> => Promise.reject(error);
  const failing = (file: Deno.FsFile) => Object.assign(file, { tryLock: fail, lock: fail });
  return {
    tryLock: (file, kind) => systemLocks.tryLock(failing(file), kind),
    lock: (file, kind) => systemLocks.lock(failing(file), kind),
    pause,
  };
}

/** A process of this machine that has ended. */
export async function endedProcess(): Promise<number> {
  const child = new Deno.Command("sh", { args: ["-c", "exit 0"] }).spawn();
  await child.status;
  return child.pid;
}
