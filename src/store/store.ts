// @ts-types="../declarations/path.d.ts"
import { join } from "@std/path";
import { WriteError, writeWhole } from "../files/write_whole.ts";
import {
  decodeEntry,
  decodeHead,
  encodeEntry,
  type Entry,
  type EntryHead,
  type Stage,
  type StageId,
  STAGES,
} from "./stored_result.ts";

/** Something that the store was thought to hold, and does not. */
export class LostEntryError extends Error {
  /** Of the class. */
  override readonly name = "LostEntryError";
}

/** What an entry is called, beside its stage and key. */
const ENTRY = /^[0-9a-f]{64}$/;
/** Bytes of an entry's head that are read at once. */
const HEAD_BYTES = 1 << 16;

/** One file in the store's folders. */
export interface StoredFile {
  /** The file. */
  readonly path: string;
  /** Its stage; what is done of a training that is not done yet is in progress. */
  readonly stage: Stage | "progress";
  /** Its key; files without one are what was damaged, and what a killed run left. */
  readonly key: string | undefined;
  /** Its size. */
  readonly bytes: number;
}

/**
 * Results by the digest of what they depend on, a file each. Files appear whole and carry the digest of
 * their content, so that any number of runs may read and write them side by side.
 */
export class Store {
  /** The folder. */
  readonly root: string;

  /** The store in the folder `root`, which need not be there. */
  constructor(root: string) {
    this.root = root;
  }

  /** The file that an entry is or would be in. */
  file({ stage, key }: Pick<StageId, "stage" | "key">): string {
    return join(this.root, stage, key);
  }

  /** The file of what has been done of a training that is not done yet. */
  progressFile({ key }: Pick<StageId, "key">): string {
    return join(this.root, "progress", key);
  }

  /** Whether something has been done of a training that is not done yet. */
  async hasProgress(id: Pick<StageId, "key">): Promise<boolean> {
    return await Deno.stat(this.progressFile(id)).then(() => true, () => false);
  }

  /** Whether there is an entry, as far as its head and its size tell. */
  async has(id: Pick<StageId, "stage" | "key">): Promise<boolean> {
    return await this.head(id) !== undefined;
  }

  /** What an entry says of itself; nothing where there is none, or a part of one. */
  async head(id: Pick<StageId, "stage" | "key">): Promise<EntryHead | undefined> {
    let file: Deno.FsFile;
    try {
      file = await Deno.open(this.file(id));
    } catch {
      return undefined;
    }
    try {
      const { size } = await file.stat();
      const head = await readHead(file, size);
      return head?.id.key === id.key && head.bytes === size ? head : undefined;
    } finally {
      file.close();
    }
  }

  /**
   * An entry, verified. One that is damaged is set aside; then, and where there is none, a
   * {@linkcode LostEntryError} says so.
   */
  async read(id: StageId): Promise<Entry> {
    const file = this.file(id);
    let bytes: Uint8Array;
    try {
      bytes = await Deno.readFile(file);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) {
        throw new LostEntryError(`${file} (${id.stage} ${id.name}) is gone`);
      }
      throw error;
    }
    const entry = decodeEntry(bytes);
    if (entry?.id.key === id.key) return entry;
    const aside = await this.setAside(file);
    throw new LostEntryError(
      `${file} (${id.stage} ${id.name}) is damaged, and was set aside as ${aside}`,
    );
  }

  /** Renames a file that is not what it should be; its new name. */
  async setAside(file: string): Promise<string> {
    const aside = `${file}.damaged`;
    // Where two runs found it, one of them has renamed it.
    await Deno.rename(file, aside).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw new WriteError(String(error));
    });
    return aside;
  }

  /** Keeps an entry; throws a `WriteError`. */
  async write(entry: Entry): Promise<void> {
    await writeWhole(this.file(entry.id), encodeEntry(entry));
  }

  /** Every file in the folders of the stages, in the order of stages and names. */
  async *files(): AsyncGenerator<StoredFile> {
    for (const stage of [...STAGES, "progress" as const]) {
      const folder = join(this.root, stage);
      for (const name of (await namesIn(folder)).sort()) {
        const path = join(folder, name);
        const stat = await Deno.stat(path).catch(() => undefined);
        if (stat === undefined) continue;
        yield { path, stage, key: ENTRY.test(name) ? name : undefined, bytes: stat.size };
      }
    }
  }

  /** The heads of all entries of a stage. */
  async heads(stage: Stage): Promise<EntryHead[]> {
    const keys = (await namesIn(join(this.root, stage))).filter((name) => ENTRY.test(name));
    const heads: EntryHead[] = [];
    for (const key of keys.sort()) {
      const head = await this.head({ stage, key });
      if (head !== undefined) heads.push(head);
    }
    return heads;
  }
}

async function readHead(file: Deno.FsFile, size: number): Promise<EntryHead | undefined> {
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

async function namesIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name, isFile } of Deno.readDir(folder)) if (isFile) names.push(name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return names;
}
