import { kindIn } from "./kind.ts";
import { isAbsent, reasonOf } from "./system_error.ts";

/** A file that cannot be read, or should not be; the message is the reason alone, without the file. */
export class UnreadableError extends Error {
  /** The name of the class. */
  override readonly name = "UnreadableError";
  /** Whether there is nothing of that name. */
  readonly missing: boolean;

  /** For `reason`. */
  constructor(reason: string, options: { missing?: boolean; cause?: unknown } = {}) {
    super(reason, { cause: options.cause });
    this.missing = options.missing ?? false;
  }
}

/**
 * The bytes of the file at `path`, which is looked at first: something other than a regular file (a
 * folder, a pipe, a device) might never end, and a file that grows while it is read is refused. Throws
 * an {@linkcode UnreadableError}.
 */
export function readBounded(path: string, mostBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  return readBoundedInto(path, mostBytes, (size) => new Uint8Array(size));
}

/** Like {@linkcode readBounded}, into what `room` makes for so many bytes. */
export async function readBoundedInto<Buffer extends ArrayBufferLike>(
  path: string,
  mostBytes: number,
  room: (size: number) => Uint8Array<Buffer>,
): Promise<Uint8Array<Buffer>> {
  try {
    const size = checkedSize(await Deno.stat(path), mostBytes);
    using file = await Deno.open(path);
    const bytes = room(size + 1);
    for (let length = 0; length <= size;) {
      const count = await file.read(bytes.subarray(length));
      if (count === null) return bytes.subarray(0, length);
      length += count;
    }
    throw new UnreadableError("it grew while it was read");
  } catch (error) {
    throw unreadable(error);
  }
}

/** Synchronous {@linkcode readBounded}. */
export function readBoundedSync(path: string, mostBytes: number): Uint8Array<ArrayBuffer> {
  try {
    const size = checkedSize(Deno.statSync(path), mostBytes);
    using file = Deno.openSync(path);
    const bytes = new Uint8Array(size + 1);
    for (let length = 0; length <= size;) {
      const count = file.readSync(bytes.subarray(length));
      if (count === null) return bytes.subarray(0, length);
      length += count;
    }
    throw new UnreadableError("it grew while it was read");
  } catch (error) {
    throw unreadable(error);
  }
}

/** The size of a file that may be read. */
function checkedSize(info: Deno.FileInfo, mostBytes: number): number {
  const kind = kindIn(info);
  if (kind !== "a file") throw new UnreadableError(`expected a file, found ${kind}`);
  if (info.size > mostBytes) throw tooLarge(mostBytes, info.size);
  return info.size;
}

/** The error of a file of `size` bytes where at most `mostBytes` are read. */
export function tooLarge(mostBytes: number, size: number): UnreadableError {
  return new UnreadableError(`expected at most ${sizeText(mostBytes)}, found ${sizeText(size)}`);
}

function unreadable(error: unknown): UnreadableError {
  if (error instanceof UnreadableError) return error;
  const missing = isAbsent(error);
  const isDenied = error instanceof Deno.errors.NotCapable;
  const reason = missing
    ? "there is no such file"
    : isDenied
    ? "it is where this task may not read"
    : reasonOf(error);
  return new UnreadableError(reason, { missing, cause: error });
}

function sizeText(bytes: number): string {
  return bytes < 2 ** 24
    ? `${(bytes / 1e6).toFixed(1).replace(/\.0$/, "")} MB`
    : `${Math.ceil(bytes / 2 ** 20)} MiB`;
}
