import { LinkedPathError, pathInside } from "./inside.ts";
import { isAbsent } from "./system_error.ts";

/** The kind of something that may be there, in words. */
export type Kind = "none" | KindFound;

/** The kind of something that is there, in words. */
export type KindFound = "a file" | "a folder" | "a link" | "a pipe, a device or the like";

/** The kind of what `info` tells of. */
export function kindIn(
  { isFile, isDirectory, isSymlink }: Pick<Deno.FileInfo, "isFile" | "isDirectory" | "isSymlink">,
): KindFound {
  if (isSymlink) return "a link";
  return isFile ? "a file" : isDirectory ? "a folder" : "a pipe, a device or the like";
}

/** The kind of the entry `name` in `folder`; a link below it is not followed. */
export async function kindOf(folder: string, name: string): Promise<Kind> {
  try {
    return kindIn(await Deno.lstat(await pathInside(folder, name)));
  } catch (error) {
    if (error instanceof LinkedPathError) return "a link";
    if (isAbsent(error)) return "none";
    throw error;
  }
}
