import { createHash } from "node:crypto";
// @ts-types="../declarations/path.d.ts"
import { join } from "@std/path";
import { type Content, TEMPORARY, writeError, writeWhole } from "../files/write_whole.ts";
import { MANIFEST, type Manifest, readManifest } from "./manifest.ts";
import { FolderLock, type LockOptions } from "../files/lock.ts";

/** Folders below that a run writes to. */
const FOLDERS = ["", "charts", "checkpoints"];

/**
 * The folder that a run leaves its files in, locked against other runs. While it is being written it
 * has no manifest, so that half of one run beside half of another is never taken for a whole.
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
   * Makes sure that files can be written to `path`, and by nobody else; throws a `WriteError` or a
   * `HeldError` if not. To be closed.
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

  /** Whether the folder holds, unchanged, what a run of these stages leaves. */
  async holds(stages: Manifest["stages"]): Promise<boolean> {
    if (this.#previous === undefined) return false;
    if (JSON.stringify(this.#previous.stages) !== JSON.stringify(stages)) return false;
    for (const [name, sha256] of Object.entries(this.#previous.outputs)) {
      if (await this.#digest(name) !== sha256) return false;
    }
    return true;
  }

  /** Writes the file `name`, whole. The first call takes the last run's manifest away. */
  async write(name: string, content: Content): Promise<void> {
    if (this.#written.size === 0) await Deno.remove(this.file(MANIFEST)).catch(() => {});
    const hash = createHash("sha256");
    await writeWhole(this.file(name), hashed(content, hash));
    this.#written.set(name, hash.digest("hex"));
  }

  /**
   * Writes the manifest, with the digests of what was written but for `timings.csv`, and takes away what
   * the last run left and this one did not write.
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

  /** Gives the folder back to other runs. */
  async close(): Promise<void> {
    await this.#lock.release();
  }

  async #digest(name: string): Promise<string | undefined> {
    try {
      const hash = createHash("sha256");
      using file = await Deno.open(this.file(name));
      for await (const part of file.readable) hash.update(part);
      return hash.digest("hex");
    } catch {
      return undefined;
    }
  }
}

/** `content`, which `hash` sees pass. */
async function* hashed(
  content: Content,
  hash: ReturnType<typeof createHash>,
): AsyncGenerator<Uint8Array> {
  const parts = typeof content === "string" ? [new TextEncoder().encode(content)] : content;
  for await (const part of parts) {
    hash.update(part);
    yield part;
  }
}

/** Removes what a killed run was about to write. */
async function removeTemporaries(path: string): Promise<void> {
  for (const folder of FOLDERS) {
    const names: string[] = [];
    try {
      for await (const { name } of Deno.readDir(join(path, folder))) names.push(name);
    } catch {
      // It is not there yet.
    }
    for (const name of names.filter((name) => TEMPORARY.test(name))) {
      await Deno.remove(join(path, folder, name)).catch(() => {});
    }
  }
}
