/**
 * A download that is not whole yet: its bytes and what they are the beginning of, beside the place of
 * the whole file, so that an interrupted download goes on where it stopped.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { pathInside } from "../files/inside.ts";
import { makeFolder, syncFolder } from "../files/lasting_folder.ts";
import { readBounded } from "../files/read_bounded.ts";
import { NoLocksError, systemLocks } from "../files/lock_system.ts";
import { writeError, writeWhole } from "../files/write_whole.ts";
import { digestOf, type ExpectedDigest, type FoundDigest, partsOf } from "./file_digest.ts";

/** The file that the bytes are the beginning of. */
interface Origin {
  /** The URL, without secrets. */
  readonly url: string;
  /** The ETag, or else the time of the last change, of the file that is being sent. */
  readonly validator: string;
}

/** The most bytes of what is known about a download. */
const MOST_NOTE = 10_000;

/** The bytes that have come so far. */
export class PartialFile {
  readonly #path: string;
  readonly #note: string;
  readonly #url: string;
  readonly #file: Deno.FsFile;
  /** Whether no other process can have it open: some file systems have no locks. */
  readonly #isAlone: boolean;
  #isWhole = false;
  #bytes = 0;
  #validator: string | undefined;

  private constructor(path: string, note: string, url: string, { file, isAlone }: OpenFile) {
    this.#path = path;
    this.#note = note;
    this.#url = url;
    this.#file = file;
    this.#isAlone = isAlone;
  }

  /**
   * Opens what there is of the download of `url` (without secrets) for the file `name` in `folder`, once
   * no other process has it open, before which `waits` is called. Throws what the file system does.
   */
  static async open(
    folder: string,
    name: string,
    url: string,
    waits: () => void = () => {},
  ): Promise<PartialFile> {
    await makeFolder(folder);
    const path = await pathInside(folder, `${name}.download`);
    const note = await pathInside(folder, `${name}.download.json`);
    const open = await openAlone(path, waits);
    try {
      const partial = new PartialFile(path, note, url, open);
      const origin = await originIn(note);
      if (origin?.url === url) {
        partial.#bytes = await open.file.seek(0, Deno.SeekMode.End);
        partial.#validator = origin.validator;
      }
      return partial;
    } catch (error) {
      open.file.close();
      throw error;
    }
  }

  /** How many bytes there are. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The validator of the file that they begin, if the server may be asked for the rest. */
  get validator(): string | undefined {
    return this.#bytes > 0 ? this.#validator : undefined;
  }

  /** Throws away what there is; what comes now is kept if it is interrupted and has a `validator`. */
  async restart(validator?: string): Promise<void> {
    this.#validator = undefined;
    await Deno.remove(this.#note).catch(() => {});
    await this.#file.truncate();
    await this.#file.seek(0, Deno.SeekMode.Start);
    this.#bytes = 0;
    if (validator === undefined) return;
    const origin: Origin = { url: this.#url, validator };
    await Deno.writeTextFile(this.#note, JSON.stringify(origin));
    this.#validator = validator;
  }

  /** Adds bytes. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let written = 0; written < bytes.length;) {
      written += await this.#file.write(bytes.subarray(written));
    }
    this.#bytes += bytes.length;
  }

  /** The digests of all bytes. */
  async digest(expected: ExpectedDigest): Promise<FoundDigest> {
    return await digestOf(this.#file, expected);
  }

  /** Makes it the whole file `name`, in the place of what was there; throws a `WriteError`. */
  async become(name: string): Promise<void> {
    const whole = join(dirname(this.#path), name);
    // Another process that writes to it would write to the whole file.
    if (!this.#isAlone) return await writeWhole(whole, partsOf(this.#file));
    try {
      await this.#file.sync();
      await Deno.remove(this.#note).catch(() => {});
      await Deno.rename(this.#path, whole);
      // What is at its path now is of another process.
      this.#isWhole = true;
      await syncFolder(dirname(whole));
    } catch (error) {
      throw writeError(whole, error);
    }
  }

  /** Ends the work on it: what can be resumed is kept, unless it is `done` with. */
  async close({ done }: { readonly done: boolean }): Promise<void> {
    if (!this.#isWhole && (done || this.validator === undefined)) {
      await Deno.remove(this.#path).catch(() => {});
      await Deno.remove(this.#note).catch(() => {});
    }
    this.#file.close();
  }
}

/** An open file, and whether no other process has it. */
interface OpenFile {
  readonly file: Deno.FsFile;
  readonly isAlone: boolean;
}

/** Opens the file at `path`, or makes it, and waits until no other process has it. */
async function openAlone(path: string, waits: () => void): Promise<OpenFile> {
  let told = false;
  const tell = (): void => {
    if (!told) waits();
    told = true;
  };
  for (;;) {
    const file = await Deno.open(path, { read: true, write: true, create: true });
    try {
      // Where the file system has no locks, two downloads at once end with another digest, and are refused.
      const isAlone = await lockAlone(file, tell);
      // The process that had it may have made it the whole file, or removed it.
      if (!isAlone || await isAt(file, path)) return { file, isAlone };
    } catch (error) {
      file.close();
      throw error;
    }
    file.close();
  }
}

/** Locks `file` for this process alone; whether the file system has locks. */
async function lockAlone(file: Deno.FsFile, waits: () => void): Promise<boolean> {
  try {
    if (await systemLocks.tryLock(file, "alone")) return true;
    waits();
    await systemLocks.lock(file, "alone");
    return true;
  } catch (error) {
    if (error instanceof NoLocksError) return false;
    throw error;
  }
}

/** Whether `file` is what is at `path` now. */
async function isAt(file: Deno.FsFile, path: string): Promise<boolean> {
  const now = await Deno.stat(path).catch(() => undefined);
  const { ino, dev } = await file.stat();
  return now !== undefined && now.ino === ino && now.dev === dev;
}

async function originIn(note: string): Promise<Origin | undefined> {
  try {
    const found: unknown = JSON.parse(
      new TextDecoder().decode(await readBounded(note, MOST_NOTE)),
    );
    return isOrigin(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

function isOrigin(found: unknown): found is Origin {
  return typeof found === "object" && found !== null && "url" in found && "validator" in found &&
    typeof found.url === "string" && typeof found.validator === "string";
}
