import { basename, dirname, join } from "node:path";
import { makeFolder, syncFolder } from "./lasting_folder.ts";
import { folderNames } from "./listing.ts";
import { isAbsent } from "./system_error.ts";
import { isRunning } from "./this_process.ts";
import {
  type Content,
  TEMPORARY,
  temporaryFor,
  temporaryProcess,
  WriteError,
  writeError,
  writeWhole,
} from "./write_whole.ts";

/**
 * Writes the folder `folder` with these `files`, by name, and no others, so that a reader, or a crash,
 * sees either what was there before or all of the new: a folder beside it is filled and renamed. What is
 * there before, whoever wrote it, is put aside first and removed then; a process that is killed between
 * the two renames leaves nothing there. Makes the folders that it lies in, and removes what killed
 * processes left beside it. Throws a `WriteError`, or what a content throws.
 */
export async function writeFolderWhole(
  folder: string,
  files: ReadonlyMap<string, Content>,
): Promise<void> {
  const [filled, aside] = [temporaryFor(folder), temporaryFor(folder)];
  try {
    await makeFolder(dirname(folder)).catch((error) => fail(dirname(folder), error));
    await removeLeftovers(folder);
    for (const [name, content] of files) {
      await writeWhole(join(filled, name), content).catch((error) => {
        // Said of the folder: the one beside it is gone when anybody looks.
        throw error instanceof WriteError ? writeError(join(folder, name), error.cause) : error;
      });
    }
    await putInPlace(folder, filled, aside).catch((error) => fail(folder, error));
  } finally {
    for (const path of [filled, aside]) {
      await Deno.remove(path, { recursive: true }).catch(() => {});
    }
  }
}

function fail(path: string, error: unknown): never {
  throw writeError(path, error);
}

/** Renames `filled` to `folder`, and before that what is there to `aside`; all or nothing. */
async function putInPlace(folder: string, filled: string, aside: string): Promise<void> {
  const isThere = await Deno.rename(folder, aside).then(() => true, (error) => {
    if (!isAbsent(error)) throw error;
    return false;
  });
  try {
    await Deno.rename(filled, folder);
  } catch (error) {
    if (isThere) await Deno.rename(aside, folder);
    throw error;
  }
  await syncFolder(dirname(folder));
}

/** Removes the folders beside `folder` that processes left there which do not run any more. */
async function removeLeftovers(folder: string): Promise<void> {
  const above = dirname(folder);
  for (const name of await folderNames(above)) {
    const process = temporaryProcess(name);
    if (process === undefined || isRunning(process) !== false) continue;
    if (name.replace(TEMPORARY, "") !== basename(folder)) continue;
    await Deno.remove(join(above, name), { recursive: true }).catch(() => {});
  }
}
