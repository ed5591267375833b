// @ts-types="../declarations/path.d.ts"
import { dirname } from "@std/path";

/** A file that could not be written: no space, no permission, something else of that name. */
export class WriteError extends Error {
  /** Of the class. */
  override readonly name = "WriteError";
}

/** The error of not being able to write `file`. */
export function writeError(file: string, cause: unknown): WriteError {
  const reason = cause instanceof Deno.errors.NotCapable
    ? "it is where this task may not write"
    : cause instanceof Error
    ? cause.message
    : String(cause);
  return new WriteError(`cannot write ${file}: ${reason}`, { cause });
}

/**
 * Writes `text` to `file` so that a reader, or a crash, sees either what was there before or all of
 * the new content: a temporary file beside it is filled, flushed to the disk and renamed. Makes the
 * folders it needs; throws a {@linkcode WriteError}.
 */
export async function writeWhole(file: string, text: string): Promise<void> {
  const temporary = `${file}.part`;
  try {
    await Deno.mkdir(dirname(file), { recursive: true });
    const handle = await Deno.open(temporary, { write: true, create: true, truncate: true });
    try {
      const bytes = new TextEncoder().encode(text);
      for (let written = 0; written < bytes.length;) {
        written += await handle.write(bytes.subarray(written));
      }
      await handle.sync();
    } finally {
      handle.close();
    }
    await Deno.rename(temporary, file);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw writeError(file, error);
  }
}
