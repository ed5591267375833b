/**
 * Paths inside a folder that is the program's own: no link below it is ever followed, so that nothing
 * outside is read, written, listed or deleted, whoever put a link there.
 *
 * @module
 */
import { join } from "node:path";
import { isAbsent } from "./system_error.ts";

/** A symbolic link, which is not followed, where a file or folder should be. */
export class LinkedPathError extends Error {
  /** The name of the class. */
  override readonly name = "LinkedPathError";
}

/**
 * The path of `name`, such as `charts/a.svg`, inside the folder `root`, whose own path is followed
 * wherever it leads; whether there is anything of that name does not matter. Throws a
 * {@linkcode LinkedPathError} where a part of `name` is a symbolic link, and what looking at it throws.
 */
export async function pathInside(root: string, name: string): Promise<string> {
  let path = root;
  for (const part of partsOf(name)) {
    path = join(path, part);
    const info = await Deno.lstat(path).catch(undefinedIfMissing);
    if (info === undefined) break;
    if (info.isSymlink) throw linked(path);
  }
  return join(root, name);
}

/** What is at a path inside a folder. */
export interface FoundInside {
  /** The path. */
  readonly path: string;
  /** Its kind, size and more. */
  readonly info: Deno.FileInfo;
}

/**
 * Looks again and again for files inside a folder that is the program's own, as {@linkcode pathInside}
 * does: but each folder on the way is looked at once, and known from then on. For reading only: what
 * writes, renames or removes has to look at them each time.
 */
export class LooksInside {
  readonly #root: string;
  readonly #folders = new Set<string>();

  /** Inside the folder `root`, whose own path is followed wherever it leads. */
  constructor(root: string) {
    this.#root = root;
  }

  /**
   * What is at `name`; `undefined` where there is nothing. Throws a {@linkcode LinkedPathError} where a
   * part of `name` is a symbolic link, and what looking at it throws.
   */
  async at(name: string): Promise<FoundInside | undefined> {
    const parts = partsOf(name);
    let path = this.#root;
    for (const [i, part] of parts.entries()) {
      path = join(path, part);
      const isLast = i === parts.length - 1;
      if (!isLast && this.#folders.has(path)) continue;
      const info = await Deno.lstat(path).catch(undefinedIfMissing);
      if (info === undefined) return undefined;
      if (info.isSymlink) throw linked(path);
      if (isLast) return { path, info };
      if (info.isDirectory) this.#folders.add(path);
    }
    return undefined;
  }
}

/** Synchronous {@linkcode pathInside}. */
export function pathInsideSync(root: string, name: string): string {
  let path = root;
  for (const part of partsOf(name)) {
    path = join(path, part);
    const info = lstatSync(path);
    if (info === undefined) break;
    if (info.isSymlink) throw linked(path);
  }
  return join(root, name);
}

/** The folders of `name` and the file. */
function partsOf(name: string): readonly string[] {
  if (name === "") return [];
  const parts = name.split("/");
  if (parts.some((part) => ["", ".", ".."].includes(part) || part.includes("\\"))) {
    throw new RangeError(
      `Cannot find "${name}" inside a folder: expected names of folders and files`,
    );
  }
  return parts;
}

function lstatSync(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    return undefinedIfMissing(error);
  }
}

/** `undefined` for the error of a file, or a folder on the way to it, that is not there. */
function undefinedIfMissing(error: unknown): undefined {
  if (!isAbsent(error)) throw error;
}

function linked(path: string): LinkedPathError {
  return new LinkedPathError(
    `expected a file or folder of its own at ${path}, found a symbolic link`,
  );
}
