/**
 * Folders whose entries outlast a loss of power: a file that was made or renamed is only there for
 * certain once its folder is on the disk, too.
 *
 * @module
 */
import { dirname } from "node:path";
import { kindIn } from "./kind.ts";
import { isAbsent } from "./system_error.ts";

/**
 * Makes the folder `path` and those that it lies in, as far as they are missing; whether it was. Where
 * one of them is no folder, the error says so.
 */
export async function makeFolder(path: string): Promise<boolean> {
  const missing = missingFolders(path);
  await Deno.mkdir(path, { recursive: true }).catch((error) => {
    throw inTheWay(path) ?? error;
  });
  for (const folder of missing) await syncFolder(dirname(folder));
  return missing.length > 0;
}

/** Synchronous {@linkcode makeFolder}, which does not say it. */
export function makeFolderSync(path: string): void {
  const missing = missingFolders(path);
  try {
    Deno.mkdirSync(path, { recursive: true });
  } catch (error) {
    throw inTheWay(path) ?? error;
  }
  for (const folder of missing) syncFolderSync(dirname(folder));
}

/** Flushes the names in the folder `path` to the disk, where the system can. */
export async function syncFolder(path: string): Promise<void> {
  try {
    using folder = await Deno.open(path);
    await folder.sync();
  } catch (error) {
    if (!isUnsupported(error)) throw error;
  }
}

/** Synchronous {@linkcode syncFolder}. */
export function syncFolderSync(path: string): void {
  try {
    using folder = Deno.openSync(path);
    folder.syncSync();
  } catch (error) {
    if (!isUnsupported(error)) throw error;
  }
}

/** The error of something on the way to `path`, or there, that is no folder. */
function inTheWay(path: string): Error | undefined {
  for (let above = path;; above = dirname(above)) {
    try {
      const there = Deno.statSync(above);
      if (there.isDirectory) return undefined;
      const at = above === path ? "" : ` at ${above}`;
      return new Error(`expected a folder${at}, found ${kindIn(there)}`);
    } catch (error) {
      if (!isAbsent(error) || dirname(above) === above) return undefined;
    }
  }
}

/** The folders on the way to `path`, and itself, that are not there. */
function missingFolders(path: string): string[] {
  const missing: string[] = [];
  for (let folder = path; isMissing(folder); folder = dirname(folder)) missing.push(folder);
  return missing;
}

function isMissing(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return false;
  } catch (error) {
    return error instanceof Deno.errors.NotFound;
  }
}

/**
 * Whether folders cannot be flushed here: on Windows, on some network file systems (EINVAL, ENOTSUP),
 * and where this process may only write.
 */
function isUnsupported(error: unknown): boolean {
  return Deno.build.os === "windows" || error instanceof Deno.errors.NotCapable ||
    error instanceof Deno.errors.PermissionDenied ||
    error instanceof Error && /\(os error (22|45|95|102)\)/.test(error.message);
}
