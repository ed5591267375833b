/**
 * Printing: results on stdout, everything else on stderr. Nothing leaves the program but through here,
 * where what a terminal would obey is written out (paths, settings and texts of files are foreign), and
 * the secrets of URLs are cut from messages.
 *
 * @module
 */
// @ts-types="../declarations/colors.d.ts"
import { bold, red } from "@std/fmt/colors";
import { withoutSecretsIn } from "../data/secret_url.ts";
import { writeError } from "../files/write_whole.ts";
import { escapeJson, escapeLines, escapeMessage } from "../text/characters.ts";

/**
 * Prints results or help. If nobody reads them any more, nothing happens; if they cannot be written, as
 * to a file on a full disk, a `WriteError` is thrown.
 */
export function print(text: string): void {
  write(escapeLines(text));
}

/** Prints JSON: the same values, with what a terminal would obey as escapes of JSON. */
export function printJson(json: string): void {
  write(escapeJson(json));
}

/** Bold, dim, red, yellow, and their ends. */
// deno-lint-ignore no-control-regex
const PAINT = /(\x1b\[(?:1|2|22|31|33|39)m)/;

/** Prints results with the colours that the program itself gives them. */
export function printPainted(text: string): void {
  write(text.split(PAINT).map((part, i) => i % 2 === 1 ? part : escapeLines(part)).join(""));
}

function write(text: string): void {
  try {
    // deno-lint-ignore no-console
    console.log(text);
  } catch (error) {
    throw writeError("to stdout", error);
  }
}

/** Prints a remark on stderr, where it is not mixed with results. */
export function notice(text: string): void {
  remark(messageText(text));
}

/** Prints on stderr that something went wrong. */
export function complain(message: string): void {
  const prefix = obeysEscapes(Deno.stderr) ? red(bold("error")) : "error";
  remark(`${prefix}: ${messageText(message)}`);
}

function messageText(message: string): string {
  return escapeMessage(withoutSecretsIn(message));
}

function remark(text: string): void {
  try {
    // deno-lint-ignore no-console
    console.error(text);
  } catch {
    // Nobody can be told that nobody can be told: the disk is full or the terminal gone.
  }
}

/** Whether `stream` is a terminal that obeys escapes, such as those that redraw a line or colour it. */
export function obeysEscapes(stream: { isTerminal(): boolean }): boolean {
  if (!stream.isTerminal()) return false;
  // Asked first: a start without a task's permissions would stop here at Deno's question for it.
  const { state } = Deno.permissions.querySync({ name: "env", variable: "TERM" });
  return state === "granted" && Deno.env.get("TERM") !== "dumb";
}

/** Columns where the terminal says of none. */
const USUAL_WIDTH = 80;

/** How many columns the terminal on stdout has; 80 where stdout is none. */
export function terminalWidth(): number {
  if (!Deno.stdout.isTerminal()) return USUAL_WIDTH;
  try {
    return Deno.consoleSize().columns || USUAL_WIDTH;
  } catch {
    return USUAL_WIDTH;
  }
}
