// @ts-types="../declarations/path.d.ts"
import { join } from "@std/path";
import { fileNames, folderNames } from "../files/listing.ts";
import { FolderLock, type LockOptions } from "../files/lock.ts";
import { Sha256 } from "../files/sha256.ts";
import { type Content, TEMPORARY, writeError, writeWhole } from "../files/write_whole.ts";
import type { Failure } from "../report/run/run_record.ts";
import project from "../../deno.json" with { type: "json" };

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

/** The name of the file that lists what a finished run consists of. */
export const MANIFEST = "manifest.json";

/** The results that a run consists of, and the files that it wrote. */
export interface Manifest {
  /** The kind of file. */
  readonly format: "microbeam-manifest";
  /** The version of the format. */
  readonly version: 2;
  /** The experiment's name. */
  readonly experiment: string;
  /** The programs that ran it. */
  readonly versions: { readonly microbeam: string; readonly deno: string };
  /** SHA-256 of its inputs. */
  readonly inputs: { readonly corpus: string };
  /** Keys of its results in the store, by stage and name. */
  readonly stages: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The results that failed, and why. */
  readonly failures: readonly Failure[];
  /** SHA-256 of every file that it wrote but this one and `timings.csv`, by name. */
  readonly outputs: Readonly<Record<string, string>>;
}

/** The manifest of a run called `experiment`, without its files. */
export function manifestOf(
  experiment: string,
  { corpus, stages, failures }:
    & Pick<Manifest, "stages" | "failures">
    & { readonly corpus: string },
): Omit<Manifest, "outputs"> {
  return {
    format: "microbeam-manifest",
    version: 2,
    experiment,
    versions: { microbeam: project.version, deno: Deno.version.deno },
    inputs: { corpus },
    stages,
    failures,
  };
}

/** The manifest of the finished run in `folder`, if there is one that can be read. */
export async function readManifest(folder: string): Promise<Manifest | undefined> {
  try {
    const manifest: unknown = JSON.parse(await Deno.readTextFile(join(folder, MANIFEST)));
    return isManifest(manifest) ? manifest : undefined;
  } catch {
    return undefined;
  }
}

/** Whether `value` is safe to use: file names such as a run writes, and digests. */
function isManifest(value: unknown): value is Manifest {
  if (typeof value !== "object" || value === null) return false;
  const { format, version, outputs, stages } = value as Partial<Manifest>;
  return format === "microbeam-manifest" && version === 2 && isRecordOfText(outputs) &&
    Object.keys(outputs).every((name) => /^(charts\/|checkpoints\/)?[\w.-]+$/.test(name)) &&
    typeof stages === "object" && stages !== null && Object.values(stages).every(isRecordOfText);
}

function isRecordOfText(value: unknown): value is Readonly<Record<string, string>> {
  return typeof value === "object" && value !== null &&
    Object.values(value).every((item) => typeof item === "string");
}

/** The keys of the results that the finished runs in `folder` and below it consist of. */
export async function referencedKeys(folder: string): Promise<Set<string>> {
  const keys = new Set<string>();
  const manifest = await readManifest(folder);
  for (const stage of Object.values(manifest?.stages ?? {})) {
    for (const key of Object.values(stage)) keys.add(key);
  }
  for (const name of await folderNames(folder)) {
    if (name.startsWith(".")) continue;
    for (const key of await referencedKeys(join(folder, name))) keys.add(key);
  }
  return keys;
}
