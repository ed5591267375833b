import { basename, join } from "node:path";
import { type FoundInside, LooksInside, pathInside, pathInsideSync } from "../files/inside.ts";
import { kindIn } from "../files/kind.ts";
import { entriesOf } from "../files/listing.ts";
import { temporaryFor, writeError, writeWhole, writeWholeSync } from "../files/write_whole.ts";
import { messageOf } from "../text/message_of.ts";
import {
  filesIn,
  GROUP,
  groupOf,
  KEY,
  nameOf,
  olderFilesIn,
  olderNameOf,
  PROGRESS,
  type StoredFile,
  TEMPORARIES,
} from "./layout.ts";
import {
  damageIn,
  openFound,
  readFound,
  readHead,
  readUpTo,
  unlessReplaced,
} from "./read_stored.ts";
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

  /** Says what was lost; `also` has what was found to be lost at the same time. */
  constructor(message: string, readonly also: readonly LostResultError[] = []) {
    super(message);
  }
}

/** The keys of results by the two digits that they begin with. */
type OlderKeys = ReadonlyMap<string, ReadonlySet<string>>;

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
 *
 * No method but {@linkcode files}, {@linkcode keys} and {@linkcode heads} reads more of the store than it is asked for.
 */
export class Store {
  /** The folder. */
  readonly root: string;
  /** The folder as messages name it. */
  readonly shownAs: string;
  readonly #inside: LooksInside;
  /** For each stage, the results that lie where versions before this layout put them. */
  readonly #older = new Map<string, Promise<OlderKeys>>();

  /** The store in the folder `root`, which need not exist; messages call it `shownAs`. */
  constructor(root: string, shownAs = root) {
    this.root = root;
    this.shownAs = shownAs;
    this.#inside = new LooksInside(root);
  }

  /** The file that a result would be written to. */
  file(ref: Pick<ResultRef, "stage" | "key">): string {
    return join(this.root, nameOf(ref));
  }

  /** The path of a temporary file, through which a file of the store is written whole. */
  async temporaryFor(name: string): Promise<string> {
    return temporaryFor(join(await pathInside(this.root, TEMPORARIES), basename(name)));
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
        const found = await this.#inside.at(place);
        try {
          return await readFound(found);
        } catch (error) {
          return await setAside(damageIn(file, error)).then(() => undefined);
        }
      },
      save: (bytes) =>
        writeWholeSync(pathInsideSync(this.root, place), bytes, {
          temporary: temporaryFor(join(pathInsideSync(this.root, TEMPORARIES), key)),
        }),
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
  find(ref: Pick<ResultRef, "stage" | "key">): Promise<FoundResult> {
    return unlessReplaced(() => this.#find(ref));
  }

  async #find(ref: Pick<ResultRef, "stage" | "key">): Promise<FoundResult> {
    const there = await this.#look(ref);
    if (there === undefined) return { state: "absent" };
    try {
      using file = await openFound(there);
      if (file === undefined) return { state: "absent" };
      const { size } = await file.stat();
      const head = await readHead(file);
      if (head.bytes !== size) throw wrongSize(head.bytes, size);
      if (head.id.key !== ref.key) throw new DamagedResultError("it is another result");
      return { state: "whole", head };
    } catch (error) {
      return { state: "damaged", reason: damageIn(there.path, error) };
    }
  }

  /**
   * A result, verified. A damaged file is set aside; then, and where there is none, throws a
   * {@linkcode LostResultError}.
   */
  read(ref: ResultRef): Promise<StoredResult> {
    return unlessReplaced(() => this.#read(ref));
  }

  async #read(ref: ResultRef): Promise<StoredResult> {
    const there = await this.#look(ref);
    let reason: string;
    try {
      const bytes = await readFound(there);
      if (bytes === undefined) throw new LostResultError(`${this.#title(ref)} is gone`);
      const stored = decodeStored(bytes);
      if (stored.id.key === ref.key) return stored;
      reason = "it is another result";
    } catch (error) {
      if (error instanceof LostResultError) throw error;
      reason = damageIn(there?.path ?? this.file(ref), error);
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

  /** Renames what is damaged in the folder `stage`, at the path `name` in it; its new path. */
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
    const path = await pathInside(this.root, nameOf(result.id));
    const temporary = await this.temporaryFor(result.id.key);
    await writeWhole(path, encodeStored(result), { temporary });
  }

  /** Everything in the store's folders, sorted by folder and name. Links are `foreign`. */
  files(): AsyncGenerator<StoredFile> {
    return filesIn(this.root);
  }

  /**
   * What lies in the folders of the stages where versions before this layout wrote their results; of a
   * store that none of them has used that is nothing.
   */
  olderFiles(): AsyncGenerator<StoredFile> {
    return olderFilesIn(this.root);
  }

  /** The half-written files of those who write now, and of those who were killed. */
  async *temporaries(): AsyncGenerator<{ readonly path: string; readonly name: string }> {
    const folder = await pathInside(this.root, TEMPORARIES);
    for (const { name, kind } of await entriesOf(folder)) {
      if (kind === "file") yield { path: join(folder, name), name };
    }
  }

  /** The version of the format of a file in the store; `undefined` where it is none of ours. */
  async formatVersion({ stage, name }: StoredFile): Promise<number | undefined> {
    const found = await this.#inside.at(`${stage}/${name}`);
    if (found === undefined) return undefined;
    try {
      using file = await openFound(found);
      return file === undefined ? undefined : formatVersion(await readUpTo(file, FIRST_BYTES));
    } catch (error) {
      damageIn(found.path, error);
      return undefined;
    }
  }

  /**
   * Why a file that has a key is not as it was written, or what `check` throws for its content;
   * `undefined` where there is nothing wrong with it.
   */
  async problemOf(
    { path, stage, name, kind, key }: StoredFile,
    check: (content: Uint8Array) => void,
  ): Promise<string | undefined> {
    const found = await this.#inside.at(`${stage}/${name}`);
    let content: Uint8Array;
    try {
      const bytes = await readFound(found);
      if (bytes === undefined) return undefined;
      if (kind === "progress") content = bytes;
      else {
        const { id, body } = decodeStored(bytes);
        if (id.key !== key || id.stage !== stage) return "it is another result";
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
    for (const key of await this.keys(stage)) {
      const head = await this.head({ stage, key });
      if (head !== undefined) heads.push(head);
    }
    return heads;
  }

  /** The first `most` keys of results of a stage, by default all, sorted; by the names of files. */
  async keys(stage: string, most = Infinity): Promise<string[]> {
    const keys: string[] = [];
    const groups = (await entriesOf(await pathInside(this.root, stage)))
      .filter(({ name, kind }) => kind === "folder" && GROUP.test(name)).map(({ name }) => name);
    const older = await this.#olderKeys(stage);
    for (const group of [...new Set([...groups, ...older.keys()])].sort()) {
      if (keys.length >= most) break;
      for (const key of [...await this.keysIn(stage, group)].sort()) keys.push(key);
    }
    return keys.slice(0, most);
  }

  /** The keys of the results of a stage that begin with the two digits `group`, by the names of files. */
  async keysIn(stage: string, group: string): Promise<ReadonlySet<string>> {
    const entries = await entriesOf(await pathInside(this.root, `${stage}/${group}`));
    const older = (await this.#olderKeys(stage)).get(group) ?? [];
    return new Set([...entries.map(({ name }) => name).filter((name) => KEY.test(name)), ...older]);
  }

  /** The keys of the unfinished results that have progress. */
  async progressKeys(): Promise<ReadonlySet<string>> {
    const entries = await entriesOf(await pathInside(this.root, PROGRESS));
    return new Set(entries.filter(({ kind }) => kind === "file").map(({ name }) => name));
  }

  /**
   * Checks, before a run's first step, that the folders `stages` may be used. Throws a
   * `LinkedPathError` where a link is in the place of one, or of what this program would write there,
   * and a `WriteError` where something else than a folder is. A link in the place of a result is found
   * when the run asks for that result.
   */
  async checkFolders(stages: readonly string[]): Promise<void> {
    for (const stage of [...stages, PROGRESS, TEMPORARIES]) {
      const folder = await pathInside(this.root, stage);
      const there = await Deno.lstat(folder).catch(() => undefined);
      if (there === undefined) continue;
      if (!there.isDirectory) throw noFolder(folder, kindIn(there));
      for (const { name, kind } of await entriesOf(folder)) {
        if (!KEY.test(name) && !GROUP.test(name)) continue;
        const path = kind === "link" ? await pathInside(folder, name) : join(folder, name);
        if (kind !== "folder" && GROUP.test(name)) throw noFolder(path, "something else");
      }
    }
  }

  /** What there is in the place of a result, or in the one that an older version gave it. */
  async #look(ref: Pick<ResultRef, "stage" | "key">): Promise<FoundInside | undefined> {
    const found = await this.#inside.at(nameOf(ref));
    if (found !== undefined) return found;
    const isOlder = (await this.#olderKeys(ref.stage)).get(groupOf(ref))?.has(ref.key) === true;
    return isOlder ? await this.#inside.at(olderNameOf(ref)) : undefined;
  }

  /** The keys of a stage's results that an older version has written, as the store was when first asked. */
  #olderKeys(stage: string): Promise<OlderKeys> {
    const known = this.#older.get(stage) ?? pathInside(this.root, stage).then(async (folder) => {
      const keys = (await entriesOf(folder)).map(({ name }) => name).filter((name) =>
        KEY.test(name)
      );
      const byGroup = Map.groupBy(keys, (key) => groupOf({ key }));
      return new Map([...byGroup].map(([group, own]) => [group, new Set(own)]));
    });
    this.#older.set(stage, known);
    return known;
  }

  async #lost(ref: ResultRef, reason: string): Promise<LostResultError> {
    const { stage, key } = ref;
    const older = olderNameOf(ref);
    const isOlder = await this.#inside.at(nameOf(ref)) === undefined &&
      await this.#inside.at(older) !== undefined;
    const title = this.#title(ref, isOlder ? older : nameOf(ref));
    const aside = await this.setAside(stage, isOlder ? key : `${groupOf(ref)}/${key}`);
    return new LostResultError(`${title} is damaged, and was set aside as ${aside}: ${reason}`);
  }

  #title({ stage, name, key }: ResultRef, at = nameOf({ stage, key })): string {
    return `${join(this.shownAs, at)} (${stage} ${name})`;
  }
}

function noFolder(path: string, found: string): Error {
  return writeError(path, new Error(`expected a folder, found ${found}`));
}
