/**
 * Reads the files of the store, and tells what is damaged from what cannot be read now.
 *
 * @module
 */
import type { FoundInside } from "../files/inside.ts";
import { kindIn } from "../files/kind.ts";
import { isAbsent } from "../files/system_error.ts";
import { messageOf } from "../text/message_of.ts";
import { DamagedResultError, decodeHead, headEnd, type StoredHead } from "./stored_result.ts";

/** The store could not be read, for a reason that is no damage of a result. */
export class StoreError extends Error {
  /** The name of the class. */
  override readonly name = "StoreError";
}

/**
 * Opens a file that was found; `undefined` where it is gone meanwhile. Throws a
 * {@linkcode DamagedResultError} where it is something else.
 */
export async function openFound({ path, info }: FoundInside): Promise<Deno.FsFile | undefined> {
  // A pipe would never end, and so is not opened.
  const kind = kindIn(info);
  if (kind !== "a file") throw new DamagedResultError(`expected a file, found ${kind}`);
  try {
    return await Deno.open(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** How often what another machine replaces is looked for again. */
const LOOKS = 3;

/**
 * What `look` gives; again where another machine has replaced the file while it was read (ESTALE): an NFS
 * server then no longer has the one that was open.
 */
export async function unlessReplaced<Found>(look: () => Promise<Found>): Promise<Found> {
  for (let looks = 1;; looks++) {
    try {
      return await look();
    } catch (error) {
      if (looks === LOOKS || !/\(os error 116\)/.test(messageOf(error))) throw error;
    }
  }
}

/** The bytes of a file that was found, as {@linkcode openFound} opens it. */
export async function readFound(found: FoundInside | undefined): Promise<Uint8Array | undefined> {
  using file = found && await openFound(found);
  if (file === undefined) return undefined;
  return await readUpTo(file, (await file.stat()).size);
}

/** The next `count` bytes of `file`, or all that are left. */
export async function readUpTo(file: Deno.FsFile, count: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  let length = 0;
  while (length < count) {
    const more = await file.read(bytes.subarray(length));
    if (more === null) break;
    length += more;
  }
  return bytes.subarray(0, length);
}

/** Bytes of a file that are read at once to find its head. */
const HEAD_BYTES = 1 << 14;

/** The head of the result in `file`, from its beginning; throws a {@linkcode DamagedResultError}. */
export async function readHead(file: Deno.FsFile): Promise<StoredHead> {
  const begin = await readUpTo(file, HEAD_BYTES);
  const end = headEnd(begin);
  if (end <= begin.length) return decodeHead(begin);
  const { size } = await file.stat();
  const bytes = new Uint8Array(Math.min(end, size));
  bytes.set(begin);
  bytes.set(await readUpTo(file, bytes.length - begin.length), begin.length);
  return decodeHead(bytes);
}

/**
 * The damage that `error` is: a file that is not as it was written, or cannot be read at all. Throws
 * a {@linkcode StoreError} for every other error.
 */
export function damageIn(path: string, error: unknown): string {
  if (error instanceof DamagedResultError) return error.message;
  const reason = messageOf(error);
  const isUnreadable = error instanceof Deno.errors.PermissionDenied ||
    /\(os error 5\)/.test(reason);
  if (isUnreadable) return `it cannot be read: ${reason}`;
  throw new StoreError(`cannot read ${path}: ${reason}`, { cause: error });
}
