// @ts-types="../declarations/path.d.ts"
import { join } from "@std/path";
import { fileNames, folderNames } from "../files/listing.ts";
import {
  TEMPORARY,
  WriteError,
  writeError,
  writeWhole,
  writeWholeSync,
} from "../files/write_whole.ts";
import {
  decodeHead,
  decodeStored,
  encodeStored,
  type ResultRef,
  type StoredHead,
  type StoredResult,
} from "./stored_result.ts";

/** A result that the store was expected to have is gone or damaged. */
export class LostResultError extends Error {
  /** The name of the class. */
  override readonly name = "LostResultError";
}

/** A result's file name: its key. */
const KEY = /^[0-9a-f]{64}$/;
/** Bytes of a file that are read at once to find its head. */
const HEAD_BYTES = 1 << 16;
/** The folder of the progress of unfinished results. */
export const PROGRESS = "progress";

/** One file in the store's folders. */
export interface StoredFile {
  /** The file. */
  readonly path: string;
  /** Its folder: a stage, or {@linkcode PROGRESS} for the progress of an unfinished result. */
  readonly stage: string;
  /** Its key; files without one are damaged results and what a killed run left. */
  readonly key: string | undefined;
  /** Its size. */
  readonly bytes: number;
}

/** How far an unfinished result is, from which its computation can resume. */
export interface SavedProgress {
  /** The file it is in. */
  readonly file: string;
  /** Its bytes; `undefined` where there is none. */
  read(): Promise<Uint8Array | undefined>;
  /** Replaces it; throws a `WriteError`. */
  save(bytes: Uint8Array): void;
  /** Renames it, since it is damaged. */
  setAside(): Promise<void>;
}

/**
 * Results by the SHA-256 of what they depend on, one file each. Files appear whole and carry a digest
 * of their content, so that any number of runs may read and write them side by side.
 */
export class Store {
  /** The folder. */
  readonly root: string;

  /** The store in the folder `root`, which need not exist. */
  constructor(root: string) {
    this.root = root;
  }

  /** The file that a result is or would be in. */
  file({ stage, key }: Pick<ResultRef, "stage" | "key">): string {
    return join(this.root, stage, key);
  }

  /** The progress of an unfinished result. */
  progress({ key }: Pick<ResultRef, "key">): SavedProgress {
    const file = join(this.root, PROGRESS, key);
    return {
      file,
      read: () => readIfThere(file),
      save: (bytes) => writeWholeSync(file, bytes),
      setAside: async () => void await this.setAside(file),
    };
  }

  /** Whether there is progress of an unfinished result. */
  async hasProgress(ref: Pick<ResultRef, "key">): Promise<boolean> {
    return await Deno.stat(this.progress(ref).file).then(() => true, () => false);
  }

  /** Removes the progress of a result that is finished. */
  async removeProgress(ref: Pick<ResultRef, "key">): Promise<void> {
    await Deno.remove(this.progress(ref).file).catch(() => {});
  }

  /** Whether there is such a result, judging by its head and size. */
  async has(ref: Pick<ResultRef, "stage" | "key">): Promise<boolean> {
    return await this.head(ref) !== undefined;
  }

  /** The head of a result; `undefined` where there is none, or only a part of one. */
  async head({ stage, key }: Pick<ResultRef, "stage" | "key">): Promise<StoredHead | undefined> {
    let file: Deno.FsFile;
    try {
      file = await Deno.open(this.file({ stage, key }));
    } catch {
      return undefined;
    }
    try {
      const { size } = await file.stat();
      const head = await readHead(file, size);
      return head?.id.key === key && head.bytes === size ? head : undefined;
    } finally {
      file.close();
    }
  }

  /**
   * A result, verified. A damaged file is set aside; then, and where there is none, throws a
   * {@linkcode LostResultError}.
   */
  async read(ref: ResultRef): Promise<StoredResult> {
    const bytes = await readIfThere(this.file(ref));
    if (bytes === undefined) throw new LostResultError(`${this.#title(ref)} is gone`);
    const stored = decodeStored(bytes);
    return stored?.id.key === ref.key ? stored : await this.refuse(ref);
  }

  /** Sets the file of a damaged result aside and throws a {@linkcode LostResultError}. */
  async refuse(ref: ResultRef): Promise<never> {
    const aside = await this.setAside(this.file(ref));
    throw new LostResultError(`${this.#title(ref)} is damaged, and was set aside as ${aside}`);
  }

  /** Renames a damaged file; its new name. */
  async setAside(file: string): Promise<string> {
    const aside = `${file}.damaged`;
    // Where two runs found it, one of them has renamed it.
    await Deno.rename(file, aside).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw new WriteError(String(error));
    });
    return aside;
  }

  /** Stores a result; throws a `WriteError`. */
  async write(result: StoredResult): Promise<void> {
    await writeWhole(this.file(result.id), encodeStored(result));
  }

  /** Every file in the store's folders, sorted by folder and name. */
  async *files(): AsyncGenerator<StoredFile> {
    for (const stage of await folderNames(this.root)) {
      for (const name of await fileNames(join(this.root, stage))) {
        const path = join(this.root, stage, name);
        const stat = await Deno.stat(path).catch(() => undefined);
        if (stat === undefined) continue;
        yield { path, stage, key: KEY.test(name) ? name : undefined, bytes: stat.size };
      }
    }
  }

  /** The heads of all results of a stage, sorted by key. */
  async heads(stage: string): Promise<StoredHead[]> {
    const heads: StoredHead[] = [];
    for (const key of await fileNames(join(this.root, stage))) {
      const head = KEY.test(key) ? await this.head({ stage, key }) : undefined;
      if (head !== undefined) heads.push(head);
    }
    return heads;
  }

  #title(ref: ResultRef): string {
    return `${this.file(ref)} (${ref.stage} ${ref.name})`;
  }
}

async function readIfThere(file: string): Promise<Uint8Array | undefined> {
  try {
    return await Deno.readFile(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function readHead(file: Deno.FsFile, size: number): Promise<StoredHead | undefined> {
  let bytes: Uint8Array = new Uint8Array(0);
  while (bytes.length < size) {
    const more = new Uint8Array(Math.min(size - bytes.length, HEAD_BYTES + bytes.length));
    const count = await file.read(more);
    if (count === null) return undefined;
    const longer = new Uint8Array(bytes.length + count);
    longer.set(bytes);
    longer.set(more.subarray(0, count), bytes.length);
    bytes = longer;
    const lines = bytes.indexOf(10) + 1;
    if (lines > 0 && bytes.indexOf(10, lines) >= 0) return decodeHead(bytes);
  }
  return undefined;
}

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
  for await (const { path } of store.files()) {
    if (TEMPORARY.test(path)) await Deno.remove(path).catch(() => {});
  }
}
