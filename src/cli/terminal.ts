/**
 * Printing: results on stdout, everything else on stderr.
 *
 * @module
 */
import { writeError } from "../files/write_whole.ts";

/**
 * Prints results or help. If nobody reads them any more, nothing happens; if they cannot be written, as
 * to a file on a full disk, a `WriteError` is thrown.
 */
export function print(text: string): void {
  try {
    // deno-lint-ignore no-console
    console.log(text);
  } catch (error) {
    throw writeError("to stdout", error);
  }
}

/** Prints a remark on stderr, where it is not mixed with results. */
export function notice(text: string): void {
  // deno-lint-ignore no-console
  console.error(text);
}

/** Whether `stream` is a terminal that obeys escapes, such as those that redraw a line or colour it. */
export function obeysEscapes(stream: { isTerminal(): boolean }): boolean {
  if (!stream.isTerminal()) return false;
  // Asked first: a start without a task's permissions would stop here at Deno's question for it.
  const { state } = Deno.permissions.querySync({ name: "env", variable: "TERM" });
  return state === "granted" && Deno.env.get("TERM") !== "dumb";
}
