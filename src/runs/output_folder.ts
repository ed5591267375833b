// @ts-types="../declarations/path.d.ts"
import { dirname } from "@std/path/dirname";
// @ts-types="../declarations/path.d.ts"
import { join } from "@std/path/join";
import { pathInside } from "../files/inside.ts";
import { kindOf } from "../files/kind.ts";
import { makeFolder } from "../files/lasting_folder.ts";
import { fileNames } from "../files/listing.ts";
import { FolderLock, LOCK, type LockOptions } from "../files/lock.ts";
import { Sha256 } from "../files/sha256.ts";
import { sideBySide } from "../files/side_by_side.ts";
import {
  type Content,
  listFilesOf,
  TEMPORARY,
  WriteError,
  writeError,
  writeUnlisted,
  writeWhole,
} from "../files/write_whole.ts";
import {
  CHART,
  type Claim,
  FOLDERS,
  foreignError,
  foreignIn,
  isInTheWay,
  isLock,
} from "./folder_claim.ts";
import { MANIFEST, type Manifest, manifestOf, manifestText, VERSION } from "./manifest.ts";
import {
  BEGUN,
  type Damage,
  damagedFiles,
  type FoundManifest,
  readManifest,
  runTextIn,
  verifyRunFolder,
  WRITING,
} from "./run_folder.ts";

/** How to open a folder. */
export interface OpenOptions extends LockOptions {
  /** Where its path leads, links followed; left out where there are none. */
  readonly resolved?: string;
}

/** A file's name in its folder, and what will be in it. */
export type NamedContent = readonly [name: string, content: Content];

/** How many files are written side by side: few contents are in memory. */
const MOST_AT_ONCE = 8;
/** The remedy where nothing can be written to a run's folder. */
const ELSEWHERE = "; --output DIR writes the results elsewhere";

/**
 * The folder that a run writes its files to, locked against other runs. While it is being written it
 * has a mark in place of a manifest, so that half of one run beside half of another never passes for a
 * whole one. Only what a run wrote is overwritten or removed, and no link in it is followed.
 */
export class OutputFolder {
  /** The folder, as the user named it. */
  readonly path: string;
  readonly #root: string;
  readonly #lock: FolderLock;
  /** Whether this run made it. */
  readonly #isNew: boolean;
  #claim: Claim = { files: [], charts: false };
  /**
   * The digests of the files that this run has written, by name, in the order in which they were begun:
   * `undefined` of those that are not there yet. None before it writes.
   */
  #written: Map<string, string | undefined> | undefined;
  /** The digests of files that earlier runs wrote, as far as whole manifests tell. */
  #older: ReadonlyMap<string, string> = new Map();
  #manifest: FoundManifest;
  #mark: FoundManifest;
  /** Whether the mark of a run that computes results lies there. */
  #hasBegun: boolean;
  /** Whether this run has left it. */
  #isMarked = false;

  private constructor(
    path: string,
    { root, lock, isNew, manifest, mark, hasBegun }: {
      readonly root: string;
      readonly lock: FolderLock;
      readonly isNew: boolean;
      readonly manifest: FoundManifest;
      readonly mark: FoundManifest;
      readonly hasBegun: boolean;
    },
  ) {
    this.path = path;
    this.#root = root;
    this.#lock = lock;
    this.#isNew = isNew;
    this.#manifest = manifest;
    this.#mark = mark;
    this.#hasBegun = hasBegun;
  }

  /**
   * Makes the folder `path` and takes its lock; throws a `WriteError` or a `HeldError` where that
   * fails. To be closed.
   */
  static async open(path: string, options: OpenOptions): Promise<OutputFolder> {
    const root = options.resolved ?? path;
    let isNew: boolean;
    try {
      isNew = await makeFolder(root);
      const locked = await kindOf(root, LOCK);
      if (isInTheWay(locked)) throw foreignError(path, [`${LOCK} (${locked})`]);
      const found = [await readManifest(root), await readManifest(root, WRITING)];
      if (locked === "a file" && !found.some(isOwn) && !await isLock(root)) {
        throw foreignError(path, [LOCK]);
      }
    } catch (error) {
      throw error instanceof WriteError ? error : writeError(path, error, ELSEWHERE);
    }
    const lock = await FolderLock.take(root, { elsewhere: ELSEWHERE, ...options });
    try {
      const [manifest, mark] = [await readManifest(root), await readManifest(root, WRITING)];
      const begun = await readManifest(root, BEGUN);
      const hasBegun = begun.kind !== "none";
      if (begun.kind === "damaged") {
        options.notice(`${join(path, BEGUN)}: ${begun.problem}; it is written again`);
      }
      return new OutputFolder(path, { root, lock, isNew, manifest, mark, hasBegun });
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** Opens the folder `name` in this one, as those of a sweep's variants are; it may not be a link. */
  async openInside(name: string, options: LockOptions): Promise<OutputFolder> {
    const path = join(this.path, name);
    const there = await kindOf(this.#root, name).catch((error) => {
      throw writeError(path, error);
    });
    if (there !== "none" && there !== "a folder") {
      throw foreignError(this.path, [`${name} (${there})`]);
    }
    return await OutputFolder.open(path, { ...options, resolved: join(this.#root, name) });
  }

  /** Where the file `name` is or will be, for messages. */
  file(name: string): string {
    return join(this.path, name);
  }

  /**
   * Checks that all files of `claim` may be written; throws a `WriteError` that names those that this
   * program did not write, and what else is in the way. Removes what a killed run had half written.
   */
  async claim(claim: Claim): Promise<void> {
    this.#claim = claim;
    await this.#refuseForeign();
    if (this.#isOwn()) await this.#removeTemporaries();
  }

  /** The damage to the files of the last run that ended; none once this run writes. */
  async damage(): Promise<readonly Damage[]> {
    if (this.#written !== undefined || this.isUnfinished) return [];
    return await verifyRunFolder(this.#root);
  }

  /** The whole manifest of the last run, if there is one. */
  last(): Manifest | undefined {
    return this.#manifest.kind === "whole" ? this.#manifest.manifest : undefined;
  }

  /** Whether a run was writing the folder, and did not end. */
  get isUnfinished(): boolean {
    return this.#manifest.kind === "none" && this.#mark.kind !== "none";
  }

  /** Whether the folder has the results of a run that ended, be they damaged since. */
  get hasResults(): boolean {
    return isOwn(this.#manifest);
  }

  /** The text of `config.yaml` of the last run, if there is one that ended. */
  async lastConfig(): Promise<string | undefined> {
    return this.#manifest.kind === "whole" ? await runTextIn(this.#root, "config.yaml") : undefined;
  }

  /** The text of `findings.json` of the last run, if there is one that ended. */
  async lastFindings(): Promise<string | undefined> {
    return this.#manifest.kind === "whole"
      ? await runTextIn(this.#root, "findings.json")
      : undefined;
  }

  /** Whether the folder has, as far as its manifest tells, a run with these results. */
  isOf(stages: Manifest["stages"]): boolean {
    const found = this.#manifest;
    return this.#written === undefined && found.kind === "whole" && found.version === VERSION &&
      JSON.stringify(found.manifest.stages) === JSON.stringify(stages);
  }

  /** Removes the marks of a run whose manifest stands. */
  async removeMarks(): Promise<void> {
    if (this.#mark.kind !== "none") await this.#remove(WRITING);
    this.#mark = { kind: "none" };
    if (this.#hasBegun) await this.#remove(BEGUN);
    [this.#hasBegun, this.#isMarked] = [false, false];
  }

  async #remove(name: string): Promise<void> {
    await Deno.remove(await pathInside(this.#root, name)).catch(() => {});
  }

  /**
   * Leaves the mark of a run that computes these results, unless this run has left it. It says which
   * results are needed, and makes nothing in the folder the program's own. Throws a `WriteError`.
   */
  async markBegun(stages: Manifest["stages"]): Promise<void> {
    if (this.#isMarked) return;
    const run = manifestOf("", { inputs: { corpus: "" }, stages, failures: [] });
    const text = manifestText({ ...run, outputs: {} });
    await writeWhole(await pathInside(this.#root, BEGUN), text);
    [this.#hasBegun, this.#isMarked] = [true, true];
  }

  /**
   * Puts the mark of a run with these results in the place of the last run's manifest. Throws a
   * `WriteError` where something came to lie there, since the claim, that this program did not write.
   */
  async begin(stages: Manifest["stages"]): Promise<void> {
    this.#manifest = await readManifest(this.#root);
    this.#mark = await readManifest(this.#root, WRITING);
    await this.#refuseForeign();
    this.#older = new Map([...this.#listed(), ...this.#whole()]);
    this.#written = new Map();
    const run = manifestOf("", { inputs: { corpus: "" }, stages, failures: [] });
    const mark: Manifest = { ...run, outputs: Object.fromEntries(this.#older) };
    await writeWhole(await pathInside(this.#root, WRITING), manifestText(mark));
    this.#mark = wholeManifest(mark);
    if (this.#manifest.kind !== "none") {
      await Deno.remove(await pathInside(this.#root, MANIFEST)).catch(() => {});
      await listFilesOf(this.#root);
    }
    this.#manifest = { kind: "none" };
    await this.#removeTemporaries();
  }

  /**
   * Writes files of its claim, by name, each whole and some side by side, once it has begun. Throws a
   * `WriteError`, or what a content throws; then nothing is being written any more.
   */
  async write(files: Iterable<NamedContent> | AsyncIterable<NamedContent>): Promise<void> {
    const written = this.#begun();
    await sideBySide(files, MOST_AT_ONCE, async ([name, content]) => {
      const { files, charts } = this.#claim;
      if (!files.includes(name) && !(charts && CHART.test(name))) {
        throw new Error(`Cannot write ${name} to ${this.path}: it was not claimed`);
      }
      written.set(name, undefined);
      const there = await kindOf(this.#root, name);
      if (isInTheWay(there)) throw foreignError(this.path, [`${name} (${there})`]);
      const hash = new Sha256();
      await writeUnlisted(await pathInside(this.#root, name), hashed(content, hash));
      written.set(name, hash.hex());
    });
  }

  /**
   * Removes what an earlier run wrote and this one did not, flushes the folders of all files, and only then
   * writes the manifest, with the digests of all but `timings.csv`; gives the names of files of earlier runs
   * that were changed since, and stay.
   */
  async finish(manifest: Omit<Manifest, "outputs">): Promise<string[]> {
    this.#begun();
    const written = new Map(this.#whole());
    const changed = await this.#removeOlder(written);
    const outputs = Object.fromEntries([...written].filter(([name]) => name !== "timings.csv"));
    for (const folder of new Set([...written.keys()].map((name) => dirname(name)))) {
      await listFilesOf(await pathInside(this.#root, folder === "." ? "" : folder));
    }
    const whole: Manifest = { ...manifest, outputs };
    await writeWhole(await pathInside(this.#root, MANIFEST), manifestText(whole));
    await this.removeMarks();
    this.#manifest = wholeManifest(whole);
    this.#written = undefined;
    return changed;
  }

  /** Releases the folder to other runs; removes it where this one made it and nothing is in it. */
  async close(): Promise<void> {
    await this.#lock.release();
    // Fails where anything is in it.
    if (this.#isNew) await Deno.remove(this.#root).catch(() => {});
  }

  #begun(): Map<string, string | undefined> {
    if (this.#written === undefined) throw new Error(`Cannot write to ${this.path}: not begun`);
    return this.#written;
  }

  /** The digests of the files that this run has written, and that are there. */
  #whole(): [name: string, sha256: string][] {
    return [...this.#written ?? []].flatMap(([name, sha256]) =>
      sha256 === undefined ? [] : [[name, sha256]]
    );
  }

  /** The digests of the files that whole manifests list of earlier runs, by name. */
  #listed(): Map<string, string> {
    return new Map(
      [this.#mark, this.#manifest].flatMap((found) =>
        found.kind === "whole" ? Object.entries(found.manifest.outputs) : []
      ),
    );
  }

  /** Removes the files of earlier runs that this one did not write; the names of those that stay. */
  async #removeOlder(written: ReadonlyMap<string, string>): Promise<string[]> {
    const older = [...this.#older].filter(([name]) => !written.has(name));
    const outputs = Object.fromEntries(older);
    const damaged = await damagedFiles(this.#root, { outputs });
    const stay = new Set(damaged.map(({ name }) => name));
    for (const [name] of older) {
      if (stay.has(name)) continue;
      await Deno.remove(await pathInside(this.#root, name)).catch(() => {});
    }
    return damaged.filter(({ state }) => state !== "gone").map(({ name }) => name);
  }

  /** Whether a run wrote the folder, or began to. */
  #isOwn(): boolean {
    return isOwn(this.#manifest) || isOwn(this.#mark);
  }

  /** Throws a `WriteError` that names what is in the way of the claim. */
  async #refuseForeign(): Promise<void> {
    const begun: FoundManifest = this.#hasBegun
      ? await readManifest(this.#root, BEGUN)
      : { kind: "none" };
    const foreign = await foreignIn(this.#root, this.#claim, {
      marks: [[MANIFEST, this.#manifest], [WRITING, this.#mark], [BEGUN, begun]],
      isOwn: this.#isOwn(),
    });
    if (foreign.length > 0) throw foreignError(this.path, foreign);
  }

  async #removeTemporaries(): Promise<void> {
    for (const folder of FOLDERS) {
      if (folder !== "" && await kindOf(this.#root, folder) !== "a folder") continue;
      const path = join(this.#root, folder);
      for (const name of (await fileNames(path)).filter((name) => TEMPORARY.test(name))) {
        await Deno.remove(join(path, name)).catch(() => {});
      }
    }
  }
}

function wholeManifest(manifest: Manifest): FoundManifest {
  return { kind: "whole", manifest, version: VERSION, otherLineEndings: false };
}

/** Whether a run wrote a manifest or mark, whole as it is or damaged. */
function isOwn({ kind }: FoundManifest): boolean {
  return kind === "whole" || kind === "damaged";
}

/** `content`, taken into `hash` as it passes. */
async function* hashed(content: Content, hash: Sha256): AsyncGenerator<Uint8Array> {
  const parts = typeof content === "string" ? [new TextEncoder().encode(content)] : content;
  for await (const part of parts) {
    hash.update(part);
    yield part;
  }
}
