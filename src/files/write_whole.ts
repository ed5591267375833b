// @ts-types="../declarations/path.d.ts"
import { dirname } from "@std/path/dirname";
import { makeFolder, makeFolderSync, syncFolder, syncFolderSync } from "./lasting_folder.ts";
import { isAbsent, isUnwritable, reasonOf } from "./system_error.ts";
import { type ProcessName, thisProcess } from "./this_process.ts";

/** A file that could not be written: no space, no permission, something else of that name. */
export class WriteError extends Error {
  /** The name of the class. */
  override readonly name = "WriteError";
}

/**
 * The error of not being able to write `file`. Where nothing can be written there, the message ends with
 * `elsewhere`.
 */
export function writeError(file: string, cause: unknown, elsewhere = ""): WriteError {
  const reason = cause instanceof Deno.errors.NotCapable
    ? "it is where this task may not write"
    : reasonOf(cause);
  const hint = isUnwritable(cause) ? elsewhere : "";
  return new WriteError(`cannot write ${file}: ${reason}${hint}`, { cause });
}

/**
 * The end of a temporary file's name: the host and the process that write it and a random number;
 * before those, a random number alone.
 */
export const TEMPORARY = /\.([\w-]{1,32}-\d+-[0-9a-f]{8}|[0-9a-f]{8}-[0-9a-f-]{27})\.part$/;

/** The process that a temporary file's name names; `undefined` for a name without one. */
export function temporaryProcess(name: string): ProcessName | undefined {
  const [, host, pid] = /\.([\w-]{1,32})-(\d+)-[0-9a-f]{8}\.part$/.exec(name) ?? [];
  return host === undefined ? undefined : { host, pid: Number(pid) };
}

/** The content of a file: all of it, or part after part. */
export type Content = string | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** How to write a file whole. */
export interface WriteOptions {
  /**
   * The path of the temporary file, on the same file system; if left out, one beside the file, as
   * {@linkcode temporaryFor} names it.
   */
  readonly temporary?: string;
}

/**
 * Writes `content` to `file` so that a reader, or a crash, sees either what was there before or all of
 * the new content: a temporary file is filled, flushed to the disk and renamed, and then the file's
 * folder flushed. Makes the folders it needs; throws a {@linkcode WriteError}, or what `content` throws.
 */
export async function writeWhole(
  file: string,
  content: Content,
  options: WriteOptions = {},
): Promise<void> {
  await writeUnlisted(file, content, options);
  await listFilesOf(dirname(file), file);
}

/**
 * Flushes a folder's names to the disk: of all files in it that {@linkcode writeUnlisted} wrote. Throws a
 * {@linkcode WriteError} that names `file`.
 */
export async function listFilesOf(folder: string, file = folder): Promise<void> {
  await syncFolder(folder).catch((error) => {
    throw writeError(file, error);
  });
}

/**
 * Writes `content` as {@linkcode writeWhole} does, but does not flush the file's folder: its name may be gone
 * after a loss of power, or still be that of what was there before, until {@linkcode listFilesOf} has.
 */
export async function writeUnlisted(
  file: string,
  content: Content,
  { temporary = temporaryFor(file) }: WriteOptions = {},
): Promise<void> {
  try {
    const handle = await inFolderOf(temporary, () => Deno.open(temporary, NEW));
    try {
      for await (const part of partsOf(content)) {
        for (let written = 0; written < part.length;) {
          written += await handle.write(part.subarray(written));
        }
      }
      await handle.sync();
    } finally {
      handle.close();
    }
    await inFolderOf(file, () => Deno.rename(temporary, file));
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw error instanceof ContentError ? error.cause : writeError(file, error);
  }
}

/** Synchronous {@linkcode writeWhole}. */
export function writeWholeSync(
  file: string,
  content: Uint8Array,
  { temporary = temporaryFor(file) }: WriteOptions = {},
): void {
  try {
    const handle = inFolderOfSync(temporary, () => Deno.openSync(temporary, NEW));
    try {
      for (let written = 0; written < content.length;) {
        written += handle.writeSync(content.subarray(written));
      }
      handle.syncSync();
    } finally {
      handle.close();
    }
    inFolderOfSync(file, () => Deno.renameSync(temporary, file));
    syncFolderSync(dirname(file));
  } catch (error) {
    try {
      Deno.removeSync(temporary);
    } catch {
      // It was never made.
    }
    throw writeError(file, error);
  }
}

const NEW = { write: true, createNew: true } as const;

/** What `make` gives, which makes `file`: again with its folder where that is missing. */
async function inFolderOf<Made>(file: string, make: () => Promise<Made>): Promise<Made> {
  try {
    return await make();
  } catch (error) {
    // Most often the folder is there, and so is not looked for first.
    if (!isAbsent(error)) throw error;
    await makeFolder(dirname(file));
    return await make();
  }
}

/** Synchronous {@linkcode inFolderOf}. */
function inFolderOfSync<Made>(file: string, make: () => Made): Made {
  try {
    return make();
  } catch (error) {
    if (!isAbsent(error)) throw error;
    makeFolderSync(dirname(file));
    return make();
  }
}

/** A name beside `file`, of its own: two runs may write the same result side by side. */
export function temporaryFor(file: string): string {
  const { host, pid } = thisProcess();
  return `${file}.${host}-${pid}-${crypto.randomUUID().slice(0, 8)}.part`;
}

/** An error of the source of the content, and not of its destination. */
class ContentError extends Error {}

async function* partsOf(content: Content): AsyncGenerator<Uint8Array> {
  if (typeof content === "string") return yield new TextEncoder().encode(content);
  try {
    yield* content;
  } catch (error) {
    throw new ContentError("", { cause: error });
  }
}
