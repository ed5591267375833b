/**
 * Whether `error` is the system's refusal of a call that this program made: the disk fails, or too many
 * files are open. It says what is wrong with the machine, and is no bug of the program.
 */
export function isSystemError(error: unknown): error is Error {
  return error instanceof Error && /\(os error \d+\)/.test(error.message);
}

/** Whether `error` says that there is nothing at a path: no such name, or a file on the way to it. */
export function isAbsent(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
}
