/** The message of `error`, which may be anything: that is what JavaScript lets a program throw. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
