// @ts-types="../declarations/path.d.ts"
import { join } from "@std/path";
import { writeError } from "../files/write_whole.ts";
import type { Store } from "./store.ts";

/**
 * The right to use a store: shared by any number of runs, or held alone to prune it. The system
 * releases it when the process ends, however it ends.
 */
export class StoreLock {
  readonly #store: Store;
  readonly #file: Deno.FsFile;

  private constructor(store: Store, file: Deno.FsFile) {
    this.#store = store;
    this.#file = file;
  }

  /** Shares `store` with other runs; waits while it is pruned. Removes what killed runs left. */
  static async share(store: Store): Promise<StoreLock> {
    const file = await open(store);
    if (await file.tryLock(true)) await removeTemporaries(store);
    await file.lock(false);
    return new StoreLock(store, file);
  }

  /** Takes `store` for itself; `undefined` while a run uses it. */
  static async takeAlone(store: Store): Promise<StoreLock | undefined> {
    const file = await open(store);
    if (await file.tryLock(true)) return new StoreLock(store, file);
    file.close();
    return undefined;
  }

  /** Releases the lock, and removes what threads had half written when they were ended. */
  async release(): Promise<void> {
    if (await this.#file.tryLock(true)) await removeTemporaries(this.#store);
    this.#file.close();
  }
}

async function open(store: Store): Promise<Deno.FsFile> {
  const path = join(store.root, ".lock");
  try {
    await Deno.mkdir(store.root, { recursive: true });
    return await Deno.open(path, { read: true, write: true, create: true });
  } catch (error) {
    throw writeError(path, error);
  }
}

/** Removes half-written files, which nobody else is writing now. */
async function removeTemporaries(store: Store): Promise<void> {
  for await (const { path, kind } of store.files()) {
    if (kind === "temporary") await Deno.remove(path).catch(() => {});
  }
}
