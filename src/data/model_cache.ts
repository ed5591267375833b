/**
 * Where downloaded models are: `FOLDER/OWNER--NAME/COMMIT/` has the files of one, `COMMIT.json` beside
 * it says, once all are there, which they are, and `revisions.json` which commits branches and tags
 * were when they were first asked for.
 *
 * @module
 */
import { join } from "node:path";
import { pathInside } from "../files/inside.ts";
import { readBounded, UnreadableError } from "../files/read_bounded.ts";
import { writeWhole } from "../files/write_whole.ts";
import { isObject } from "../model/hugging_face/json_object.ts";
import { digestOfFiles, type FileDigest } from "../model/hugging_face/model_folder.ts";
import { isCommit } from "./hub_source.ts";

/** The most bytes of what is noted about a model. */
const MOST_NOTE = 2 ** 20;
const REVISIONS = "revisions.json";

/** The downloaded commits of one model. */
export class ModelCache {
  readonly #root: string;
  readonly #model: string;

  /** Of the model `repository` (`OWNER/NAME`) below the folder `root`. */
  constructor(root: string, repository: string) {
    this.#root = root;
    this.#model = repository.replace("/", "--");
  }

  /** The folder of the files at `commit`. */
  folderOf(commit: string): string {
    return join(this.#root, this.#model, commit);
  }

  /** The path of a file at `commit`; throws a `LinkedPathError`. */
  async pathOf(commit: string, name: string): Promise<string> {
    return await pathInside(this.#root, `${this.#model}/${commit}/${name}`);
  }

  /** The commit that `revision` is, or was when it was first asked for; `undefined` if it never was. */
  async commitOf(revision: string): Promise<string | undefined> {
    if (isCommit(revision)) return revision;
    const commit = (await this.#revisions()).get(revision);
    return typeof commit === "string" && isCommit(commit) ? commit : undefined;
  }

  /** Keeps the commit that `revision`, a branch or a tag, is. */
  async keepRevision(revision: string, commit: string): Promise<void> {
    const all = (await this.#revisions()).set(revision, commit);
    const text = JSON.stringify(Object.fromEntries([...all].sort()), null, 2);
    await writeWhole(await this.#note(REVISIONS), `${text}\n`);
  }

  /** The digest of the files at `commit`, if every one is there, in its size; else `undefined`. */
  async digestOf(commit: string): Promise<string | undefined> {
    const receipt = await this.#read(`${commit}.json`);
    const files: readonly unknown[] = Array.isArray(receipt?.files) ? receipt.files : [];
    const received = files.filter(isReceived);
    if (received.length === 0 || received.length < files.length) return undefined;
    for (const { name, bytes } of received) {
      const there = await Deno.lstat(await this.pathOf(commit, name)).catch(() => undefined);
      if (there?.isFile !== true || there.size !== bytes) return undefined;
    }
    return digestOfFiles(received);
  }

  /** Notes that the files at `commit` are these, and all there; gives their digest. */
  async finish(commit: string, files: readonly FileDigest[]): Promise<string> {
    const text = JSON.stringify({ files }, null, 2);
    await writeWhole(await this.#note(`${commit}.json`), `${text}\n`);
    return digestOfFiles(files);
  }

  async #revisions(): Promise<Map<string, unknown>> {
    return new Map(Object.entries(await this.#read(REVISIONS) ?? {}));
  }

  async #note(name: string): Promise<string> {
    return await pathInside(this.#root, `${this.#model}/${name}`);
  }

  /** What the note `name` says; `undefined` where there is none, or it is damaged. */
  async #read(name: string): Promise<Readonly<Record<string, unknown>> | undefined> {
    try {
      const bytes = await readBounded(await this.#note(name), MOST_NOTE);
      const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
      return isObject(value) ? value : undefined;
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof UnreadableError && error.missing) {
        return undefined;
      }
      throw error;
    }
  }
}

function isReceived(value: unknown): value is FileDigest {
  return isObject(value) && typeof value.name === "string" && /^[\w-][\w.-]*$/.test(value.name) &&
    typeof value.bytes === "number" && typeof value.sha256 === "string";
}
