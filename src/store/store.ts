// @ts-types="../declarations/path.d.ts"
import { join } from "@std/path";
import { pathInside, pathInsideSync } from "../files/inside.ts";
import { kindIn } from "../files/kind.ts";
import { entriesOf, type EntryKind } from "../files/listing.ts";
import { TEMPORARY, writeError, writeWhole, writeWholeSync } from "../files/write_whole.ts";
import { messageOf } from "../text/message_of.ts";
import { damageIn, openIfThere, readHead, readIfThere, readUpTo } from "./read_stored.ts";
import {
  DamagedResultError,
  decodeStored,
  encodeStored,
  FIRST_BYTES,
  formatVersion,
  type ResultRef,
  type StoredHead,
  type StoredResult,
  wrongSize,
} from "./stored_result.ts";

/** A result that the store was expected to have is gone or damaged. */
export class LostResultError extends Error {
  /** The name of the class. */
  override readonly name = "LostResultError";
}

/** A result's file name: its key. */
const KEY = /^[0-9a-f]{64}$/;
/** The name of a damaged file that was set aside. */
const ASIDE = /^[0-9a-f]{64}(\.[0-9a-f]{8})?\.damaged$/;
/** The folder of the progress of unfinished results. */
export const PROGRESS = "progress";

/** One thing in the store's folders. */
export interface StoredFile {
  /** The file. */
  readonly path: string;
  /** Its folder: a stage, or {@linkcode PROGRESS} for the progress of an unfinished result. */
  readonly stage: string;
  /** Its name. */
  readonly name: string;
  /** Its kind, by its name; what this program gives no such name is `foreign`, as is no file. */
  readonly kind: "result" | "progress" | "damaged" | "temporary" | "foreign";
  /** The key of a result, or of the progress of one. */
  readonly key: string | undefined;
  /** Its size. */
  readonly bytes: number;
}

/** A result in the store, as far as its head and its size tell. */
export type FoundResult =
  | { readonly state: "whole"; readonly head: StoredHead }
  | { readonly state: "absent" }
  | { readonly state: "damaged"; readonly reason: string };

/** How far an unfinished result is, from which its computation can resume. */
export interface SavedProgress {
  /** The file it is in. */
  readonly file: string;
  /** Its bytes; `undefined` where there is none. What is no file is set aside. */
  read(): Promise<Uint8Array | undefined>;
  /** Replaces it; throws a `WriteError`. */
  save(bytes: Uint8Array): void;
  /** Renames it, since it is damaged, for the `reason` that is said. */
  setAside(reason: string): Promise<void>;
}

/**
 * Results by the SHA-256 of what they depend on, one file each. Files appear whole and carry digests
 * of their heads and contents, so that any number of runs may read and write them side by side. No
 * link below the store's folder is followed: a method that meets one throws a `LinkedPathError`.
 */
export class Store {
  /** The folder. */
  readonly root: string;
  /** The folder as messages name it. */
  readonly shownAs: string;

  /** The store in the folder `root`, which need not exist; messages call it `shownAs`. */
  constructor(root: string, shownAs = root) {
    this.root = root;
    this.shownAs = shownAs;
  }

  /** The file that a result is or would be in. */
  file({ stage, key }: Pick<ResultRef, "stage" | "key">): string {
    return join(this.root, stage, key);
  }

  /** The progress of an unfinished result; `notice` is told where it was damaged and set aside. */
  progress(
    { key, name }: Pick<ResultRef, "key" | "name">,
    notice: (message: string) => void = () => {},
  ): SavedProgress {
    const place = `${PROGRESS}/${key}`;
    const file = join(this.root, place);
    const setAside = async (reason: string): Promise<void> => {
      const aside = await this.setAside(PROGRESS, key);
      notice(
        `${join(this.shownAs, place)} (progress of ${name}) is damaged, and was set aside as ` +
          `${aside}: ${reason}; it starts over`,
      );
    };
    return {
      file,
      read: async () => {
        const path = await pathInside(this.root, place);
        try {
          return await readIfThere(path);
        } catch (error) {
          return await setAside(damageIn(path, error)).then(() => undefined);
        }
      },
      save: (bytes) => writeWholeSync(pathInsideSync(this.root, place), bytes),
      setAside,
    };
  }

  /** Whether there is progress of an unfinished result. */
  async hasProgress({ key }: Pick<ResultRef, "key">): Promise<boolean> {
    const path = await pathInside(this.root, `${PROGRESS}/${key}`);
    return await Deno.lstat(path).then(({ isFile }) => isFile, () => false);
  }

  /** Removes the progress of a result that is finished. */
  async removeProgress({ key }: Pick<ResultRef, "key">): Promise<void> {
    await Deno.remove(await pathInside(this.root, `${PROGRESS}/${key}`)).catch(() => {});
  }

  /** Whether there is such a result, judging by its head and size. */
  async has(ref: Pick<ResultRef, "stage" | "key">): Promise<boolean> {
    return (await this.find(ref)).state === "whole";
  }

  /** The head of a result; `undefined` where there is none, or a damaged one. */
  async head(ref: Pick<ResultRef, "stage" | "key">): Promise<StoredHead | undefined> {
    const found = await this.find(ref);
    return found.state === "whole" ? found.head : undefined;
  }

  /** The state of a result, judging by its head and size. */
  async find({ stage, key }: Pick<ResultRef, "stage" | "key">): Promise<FoundResult> {
    const path = await pathInside(this.root, `${stage}/${key}`);
    try {
      using file = await openIfThere(path);
      if (file === undefined) return { state: "absent" };
      const { size } = await file.stat();
      const head = await readHead(file);
      if (head.bytes !== size) throw wrongSize(head.bytes, size);
      if (head.id.key !== key) throw new DamagedResultError("it is another result");
      return { state: "whole", head };
    } catch (error) {
      return { state: "damaged", reason: damageIn(path, error) };
    }
  }

  /**
   * A result, verified. A damaged file is set aside; then, and where there is none, throws a
   * {@linkcode LostResultError}.
   */
  async read(ref: ResultRef): Promise<StoredResult> {
    const path = await pathInside(this.root, `${ref.stage}/${ref.key}`);
    let reason: string;
    try {
      const bytes = await readIfThere(path);
      if (bytes === undefined) throw new LostResultError(`${this.#title(ref)} is gone`);
      const stored = decodeStored(bytes);
      if (stored.id.key === ref.key) return stored;
      reason = "it is another result";
    } catch (error) {
      if (error instanceof LostResultError) throw error;
      reason = damageIn(path, error);
    }
    throw await this.#lost(ref, reason);
  }

  /**
   * Sets the file of a result aside whose bytes its stage cannot read, and throws a
   * {@linkcode LostResultError}.
   */
  async refuse(ref: ResultRef): Promise<never> {
    throw await this.#lost(ref, "its content is not that of such a result");
  }

  /** Sets a damaged result aside; the error that says so, if it was damaged. */
  async setAsideIfDamaged(ref: ResultRef): Promise<LostResultError | undefined> {
    const found = await this.find(ref);
    return found.state === "damaged" ? await this.#lost(ref, found.reason) : undefined;
  }

  /** Renames what is damaged in the folder `stage`; its new path. */
  async setAside(stage: string, name: string): Promise<string> {
    const path = await pathInside(this.root, `${stage}/${name}`);
    const names = [`${name}.damaged`, `${name}.${crypto.randomUUID().slice(0, 8)}.damaged`];
    let failed: unknown;
    for (const aside of names) {
      try {
        await Deno.rename(path, await pathInside(this.root, `${stage}/${aside}`));
        return join(this.shownAs, stage, aside);
      } catch (error) {
        // Where two runs found it, one of them has renamed it.
        if (error instanceof Deno.errors.NotFound) return join(this.shownAs, stage, aside);
        // A folder cannot replace a file, nor a file a folder: then the name is taken.
        failed = error;
      }
    }
    throw writeError(path, failed);
  }

  /** Stores a result; throws a `WriteError`. */
  async write(result: StoredResult): Promise<void> {
    const { stage, key } = result.id;
    await writeWhole(await pathInside(this.root, `${stage}/${key}`), encodeStored(result));
  }

  /** Everything in the store's folders, sorted by folder and name. Links are `foreign`. */
  async *files(): AsyncGenerator<StoredFile> {
    for (const { name: stage, kind } of await entriesOf(this.root)) {
      if (kind !== "folder") continue;
      for (const entry of await entriesOf(join(this.root, stage))) {
        const path = join(this.root, stage, entry.name);
        const stat = await Deno.lstat(path).catch(() => undefined);
        if (stat === undefined) continue;
        yield { path, stage, name: entry.name, bytes: stat.size, ...kindOf(stage, entry) };
      }
    }
  }

  /** The version of the format of a file in the store; `undefined` where it is none of ours. */
  async formatVersion({ stage, name }: StoredFile): Promise<number | undefined> {
    const path = await pathInside(this.root, `${stage}/${name}`);
    try {
      using file = await openIfThere(path);
      return file === undefined ? undefined : formatVersion(await readUpTo(file, FIRST_BYTES));
    } catch (error) {
      damageIn(path, error);
      return undefined;
    }
  }

  /**
   * Why a file that has a key is not as it was written, or what `check` throws for its content;
   * `undefined` where there is nothing wrong with it.
   */
  async problemOf(
    { stage, name, kind }: StoredFile,
    check: (content: Uint8Array) => void,
  ): Promise<string | undefined> {
    const path = await pathInside(this.root, `${stage}/${name}`);
    let content: Uint8Array;
    try {
      const bytes = await readIfThere(path);
      if (bytes === undefined) return undefined;
      if (kind === "progress") content = bytes;
      else {
        const { id, body } = decodeStored(bytes);
        if (id.key !== name || id.stage !== stage) return "it is another result";
        content = body;
      }
    } catch (error) {
      return damageIn(path, error);
    }
    try {
      check(content);
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  }

  /** A file of the store as messages name it. */
  shown({ stage, name }: Pick<StoredFile, "stage" | "name">): string {
    return join(this.shownAs, stage, name);
  }

  /** The heads of all results of a stage, sorted by key. */
  async heads(stage: string): Promise<StoredHead[]> {
    const heads: StoredHead[] = [];
    for (const { name, kind } of await entriesOf(await pathInside(this.root, stage))) {
      const head = kind === "file" && KEY.test(name)
        ? await this.head({ stage, key: name })
        : undefined;
      if (head !== undefined) heads.push(head);
    }
    return heads;
  }

  /**
   * Checks, before a run's first step, that the folders `stages` may be used. Throws a
   * `LinkedPathError` where a link is in the place of one, or of what this program would write there,
   * and a `WriteError` where something else than a folder is.
   */
  async checkFolders(stages: readonly string[]): Promise<void> {
    for (const stage of [...stages, PROGRESS]) {
      const path = await pathInside(this.root, stage);
      const there = await Deno.lstat(path).catch(() => undefined);
      if (there?.isDirectory === false) {
        throw writeError(path, new Error(`expected a folder, found ${kindIn(there)}`));
      }
      for (const { name, kind } of await entriesOf(await pathInside(this.root, stage))) {
        if (kind === "link" && KEY.test(name)) await pathInside(this.root, `${stage}/${name}`);
      }
    }
  }

  async #lost(ref: ResultRef, reason: string): Promise<LostResultError> {
    const aside = await this.setAside(ref.stage, ref.key);
    return new LostResultError(
      `${this.#title(ref)} is damaged, and was set aside as ${aside}: ${reason}`,
    );
  }

  #title({ stage, name, key }: ResultRef): string {
    return `${join(this.shownAs, stage, key)} (${stage} ${name})`;
  }
}

function kindOf(
  stage: string,
  { name, kind }: { readonly name: string; readonly kind: EntryKind },
): Pick<StoredFile, "kind" | "key"> {
  if (kind !== "file") return { kind: "foreign", key: undefined };
  if (KEY.test(name)) return { kind: stage === PROGRESS ? "progress" : "result", key: name };
  if (ASIDE.test(name)) return { kind: "damaged", key: undefined };
  const isPart = TEMPORARY.test(name) && KEY.test(name.replace(TEMPORARY, ""));
  return { kind: isPart ? "temporary" : "foreign", key: undefined };
}
