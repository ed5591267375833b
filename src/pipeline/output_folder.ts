// @ts-types="../declarations/path.d.ts"
import { join } from "@std/path";
import { writeError, writeWhole } from "./atomic_write.ts";

/** The name of the file that says what a finished run has left. */
const MANIFEST = "manifest.json";

/**
 * The folder that a run leaves its files in. While it is being written it has no manifest, so that
 * half of one run beside half of another is never taken for a whole.
 */
export class OutputFolder {
  /** The folder, as the user named it. */
  readonly path: string;
  readonly #written = new Set<string>();
  #previous: readonly string[] = [];

  private constructor(path: string) {
    this.path = path;
  }

  /** Makes sure that files can be written to `path`; throws a `WriteError` if not. */
  static async open(path: string): Promise<OutputFolder> {
    const probe = join(path, ".part");
    try {
      await Deno.mkdir(path, { recursive: true });
      await Deno.writeTextFile(probe, "");
      await Deno.remove(probe);
    } catch (error) {
      throw writeError(path, error);
    }
    return new OutputFolder(path);
  }

  /** Where the file `name` is or will be. */
  file(name: string): string {
    return join(this.path, name);
  }

  /** Writes the file `name`, whole. The first call takes the last run's manifest away. */
  async write(name: string, text: string): Promise<void> {
    if (this.#written.size === 0) {
      this.#previous = await this.#namesInManifest();
      await Deno.remove(this.file(MANIFEST)).catch(() => {});
    }
    await writeWhole(this.file(name), text);
    this.#written.add(name);
  }

  /** Writes the manifest, and takes away what the last run left and this one did not write. */
  async finish(manifest: string): Promise<void> {
    for (const name of this.#previous) {
      if (!this.#written.has(name)) await Deno.remove(this.file(name)).catch(() => {});
    }
    await this.write(MANIFEST, manifest);
  }

  /** The files that the last run's manifest names, if there is one that can be read. */
  async #namesInManifest(): Promise<string[]> {
    try {
      const { outputs } = JSON.parse(await Deno.readTextFile(this.file(MANIFEST)));
      // Only names such as a run gives: a manifest must not lead anywhere else.
      return Object.keys(outputs).filter((name) => /^(charts\/|checkpoints\/)?[\w.-]+$/.test(name));
    } catch {
      return [];
    }
  }
}
