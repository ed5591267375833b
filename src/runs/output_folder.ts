// @ts-types="../declarations/path.d.ts"
import { join } from "@std/path";
import { fileNames } from "../files/listing.ts";
import { FolderLock, type LockOptions } from "../files/lock.ts";
import { Sha256 } from "../files/sha256.ts";
import { type Content, TEMPORARY, writeError, writeWhole } from "../files/write_whole.ts";
import { MANIFEST, type Manifest, readManifest } from "./manifest.ts";

/** The subfolders that a run writes to. */
const FOLDERS = ["", "charts", "checkpoints"];

/**
 * The folder that a run writes its files to, locked against other runs. While it is being written it
 * has no manifest, so that half of one run beside half of another never passes for a whole one.
 */
export class OutputFolder {
  /** The folder, as the user named it. */
  readonly path: string;
  readonly #lock: FolderLock;
  readonly #written = new Map<string, string>();
  #previous: Manifest | undefined;

  private constructor(path: string, lock: FolderLock, previous: Manifest | undefined) {
    this.path = path;
    this.#lock = lock;
    this.#previous = previous;
  }

  /**
   * Makes the folder `path` and takes its lock; throws a `WriteError` or a `HeldError` where that
   * fails. To be closed.
   */
  static async open(path: string, options: LockOptions): Promise<OutputFolder> {
    try {
      await Deno.mkdir(path, { recursive: true });
    } catch (error) {
      throw writeError(path, error);
    }
    const lock = await FolderLock.take(path, options);
    await removeTemporaries(path);
    return new OutputFolder(path, lock, await readManifest(path));
  }

  /** Where the file `name` is or will be. */
  file(name: string): string {
    return join(this.path, name);
  }

  /** Whether the folder has, unchanged, the files of a run with these results. */
  async holds(stages: Manifest["stages"]): Promise<boolean> {
    if (this.#previous === undefined) return false;
    if (JSON.stringify(this.#previous.stages) !== JSON.stringify(stages)) return false;
    for (const [name, sha256] of Object.entries(this.#previous.outputs)) {
      if (await this.#digest(name) !== sha256) return false;
    }
    return true;
  }

  /** Writes the file `name`, whole. The first call removes the last run's manifest. */
  async write(name: string, content: Content): Promise<void> {
    if (this.#written.size === 0) await Deno.remove(this.file(MANIFEST)).catch(() => {});
    const hash = new Sha256();
    await writeWhole(this.file(name), hashed(content, hash));
    this.#written.set(name, hash.hex());
  }

  /**
   * Writes the manifest, with the digests of all files but `timings.csv`, and removes what the last run
   * wrote and this one did not.
   */
  async finish(manifest: Omit<Manifest, "outputs">): Promise<void> {
    for (const name of Object.keys(this.#previous?.outputs ?? {})) {
      if (!this.#written.has(name)) await Deno.remove(this.file(name)).catch(() => {});
    }
    const outputs = Object.fromEntries(
      [...this.#written].filter(([name]) => name !== "timings.csv"),
    );
    const whole: Manifest = { ...manifest, outputs };
    await this.write(MANIFEST, JSON.stringify(whole, null, 2) + "\n");
    this.#previous = whole;
    this.#written.clear();
  }

  /** Releases the folder to other runs. */
  async close(): Promise<void> {
    await this.#lock.release();
  }

  async #digest(name: string): Promise<string | undefined> {
    try {
      const hash = new Sha256();
      using file = await Deno.open(this.file(name));
      for await (const part of file.readable) hash.update(part);
      return hash.hex();
    } catch {
      return undefined;
    }
  }
}

/** `content`, taken into `hash` as it passes. */
async function* hashed(
  content: Content,
  hash: Sha256,
): AsyncGenerator<Uint8Array> {
  const parts = typeof content === "string" ? [new TextEncoder().encode(content)] : content;
  for await (const part of parts) {
    hash.update(part);
    yield part;
  }
}

/** Removes half-written files of a killed run. */
async function removeTemporaries(path: string): Promise<void> {
  for (const folder of FOLDERS) {
    const names = await fileNames(join(path, folder));
    for (const name of names.filter((name) => TEMPORARY.test(name))) {
      await Deno.remove(join(path, folder, name)).catch(() => {});
    }
  }
}
