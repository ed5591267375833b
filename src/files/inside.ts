/**
 * Paths inside a folder that is the program's own: no link below it is ever followed, so that nothing
 * outside is read, written, listed or deleted, whoever put a link there.
 *
 * @module
 */
// @ts-types="../declarations/path.d.ts"
import { join } from "@std/path";
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
