import { isAbsent, reasonOf } from "./system_error.ts";

/** A folder whose files cannot be listed. */
export class ListingError extends Error {
  /** The name of the class. */
  override readonly name = "ListingError";
}

/** The kind of a thing in a folder: what is neither of the first three is a pipe, a device or the like. */
export type EntryKind = "file" | "folder" | "link" | "other";

/** One thing in a folder. */
export interface Entry {
  /** Its name. */
  readonly name: string;
  /** Its own kind: a link is a link, wherever it leads. */
  readonly kind: EntryKind;
}

/**
 * Everything directly in `folder`, sorted by name; nothing where there is no such folder. Throws a
 * {@linkcode ListingError} where that cannot be said: a list that lacks some is never given.
 */
export async function entriesOf(folder: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  try {
    // Not the synchronous one, which ends at an error of the disk as if that were the end.
    for await (const entry of Deno.readDir(folder)) {
      entries.push({ name: entry.name, kind: kindOf(entry) });
    }
  } catch (error) {
    if (isAbsent(error)) return [];
    throw new ListingError(`cannot list the folder ${folder}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
  return entries.sort((a, b) => a.name < b.name ? -1 : 1);
}

/** The names of the files directly in `folder`, sorted; none where there is no such folder. */
export async function fileNames(folder: string): Promise<string[]> {
  return await namesOf(folder, "file");
}

/** The names of the folders directly in `folder`, sorted; none where there is no such folder. */
export async function folderNames(folder: string): Promise<string[]> {
  return await namesOf(folder, "folder");
}

async function namesOf(folder: string, kind: EntryKind): Promise<string[]> {
  return (await entriesOf(folder)).filter((entry) => entry.kind === kind).map(({ name }) => name);
}

function kindOf({ isFile, isDirectory, isSymlink }: Deno.DirEntry): EntryKind {
  return isSymlink ? "link" : isFile ? "file" : isDirectory ? "folder" : "other";
}
