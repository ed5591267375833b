/** A file that cannot be read, or should not be; the message is the reason alone, without the file. */
export class UnreadableError extends Error {
  /** Of the class. */
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
 * The bytes of the file at `path`, which is looked at first: what is no regular file (a folder, a pipe,
 * a device) might never end, and one of more than `mostBytes` is not read at all. Throws an
 * {@linkcode UnreadableError}.
 */
export async function readRegularFile(
  path: string,
  mostBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const { isFile, isDirectory, size } = await Deno.stat(path);
    if (isDirectory) throw new UnreadableError("expected a file, found a folder");
    if (!isFile) throw new UnreadableError("expected a file, found a pipe, a device or the like");
    if (size > mostBytes) {
      throw new UnreadableError(
        `expected at most ${mebibytes(mostBytes)}, found ${mebibytes(size)}`,
      );
    }
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof UnreadableError) throw error;
    const missing = error instanceof Deno.errors.NotFound;
    const reason = missing
      ? "there is no such file"
      : error instanceof Error
      ? error.message
      : String(error);
    throw new UnreadableError(reason, { missing, cause: error });
  }
}

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MiB`;
}
