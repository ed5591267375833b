/**
 * A lock that is a file: who creates it has the lock. It works on every file system, but the system
 * does not release it when its process ends, and so it says whose it is: where that process has ended
 * on this machine, the next one takes it.
 *
 * @module
 */
import { isRunning, type ProcessName, thisProcess } from "./this_process.ts";
import { readBounded } from "./read_bounded.ts";
import { writeError } from "./write_whole.ts";

/** Who holds a lock, as its file says. */
export interface Holder {
  /** The process, its machine and since when: words of our own, whatever is in the file. */
  readonly words: string;
  /** Whether it still runs; `undefined` where that cannot be known. */
  readonly running: boolean | undefined;
}

/** The most bytes of a lock's file. */
const MOST_BYTES = 1000;
/** Its content; before there were machines' names and tokens in it, the process and the time alone. */
const RECORD =
  /^(process (\d{1,10})(?: on ([\w-]{1,32}))?, since [-\d: ]+UTC)(?:, token ([0-9a-f]{8}))?$/;

/** The line that says that this process holds a lock, with a token if one is given. */
export function lockRecord(token?: string): string {
  const { host, pid } = thisProcess();
  const since = new Date().toISOString().replace(/\..*/, " UTC").replace("T", " ");
  return `process ${pid} on ${host}, since ${since}${
    token === undefined ? "" : `, token ${token}`
  }`;
}

/** Who holds the lock whose file is `path`, as it says; `undefined` where there is none, or it is empty. */
export async function holderIn(path: string): Promise<Holder | undefined> {
  const text = await textIn(path);
  if (text === undefined || text === "") return undefined;
  return holderOf(text);
}

/** A lock that this process holds since it has created its file. */
export class CreatedLock {
  readonly #path: string;
  readonly #content: string;

  private constructor(path: string, content: string) {
    this.#path = path;
    this.#content = content;
  }

  /**
   * Takes the lock by creating `path`, or from a process that has ended on this machine, who is told
   * to `onTaken`; otherwise who holds it. Throws a `WriteError`.
   */
  static async take(
    path: string,
    onTaken: (from: Holder) => void = () => {},
  ): Promise<CreatedLock | Holder> {
    const token = crypto.randomUUID().slice(0, 8);
    const lock = new CreatedLock(path, lockRecord(token));
    for (;;) {
      if (await create(path, lock.#content)) return lock;
      const found = await textIn(path);
      // Released meanwhile.
      if (found === undefined) continue;
      const holder = holderOf(found);
      if (holder.running !== false) return holder;
      const claim = await takeOver(path, found, lock.#content);
      if (claim === "taken") {
        onTaken(holder);
        return lock;
      }
      if (claim !== "changed") return claim;
    }
  }

  /** Releases the lock, unless a person has removed it and it is another's by now. */
  async release(): Promise<void> {
    if (await textIn(this.#path) === this.#content) await Deno.remove(this.#path).catch(() => {});
  }
}

/**
 * Replaces the lock of a process that has ended, whose content is `old`. Of several that try, the one
 * does it that creates the claim to just that lock, and only while the lock is still the same.
 */
async function takeOver(
  path: string,
  old: string,
  content: string,
): Promise<"taken" | "changed" | Holder> {
  const [, , , , token = "none"] = RECORD.exec(old) ?? [];
  const claim = `${path}.${token}`;
  if (!await create(claim, content)) {
    const holder = await holderIn(claim);
    // It lasts for as long as a file takes to be renamed, or was left by a process that was killed then.
    return holder === undefined ? "changed" : { ...holder, words: `${holder.words}, in ${claim}` };
  }
  if (await textIn(path) !== old) {
    await Deno.remove(claim).catch(() => {});
    return "changed";
  }
  await Deno.rename(claim, path);
  return "taken";
}

/** Creates the file `path`; whether there was none. */
async function create(path: string, content: string): Promise<boolean> {
  try {
    await Deno.writeTextFile(path, `${content}\n`, { createNew: true });
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw writeError(path, error);
  }
}

/** The line in the file `path`; `undefined` where there is no file. */
async function textIn(path: string): Promise<string | undefined> {
  try {
    const { isFile } = await Deno.lstat(path);
    return isFile ? new TextDecoder().decode(await readBounded(path, MOST_BYTES)).trim() : "?";
  } catch (error) {
    return error instanceof Deno.errors.NotFound ? undefined : "?";
  }
}

function holderOf(text: string): Holder {
  const [, words, pid, host] = RECORD.exec(text) ?? [];
  if (words === undefined || pid === undefined) {
    return { words: "unknown process", running: undefined };
  }
  const process: ProcessName | undefined = host === undefined
    ? undefined
    : { host, pid: Number(pid) };
  return { words, running: process && isRunning(process) };
}
