import { messageOf } from "../text/message_of.ts";

/** The system's errors about files, by their numbers (Linux's and macOS's), in plain words. */
const PLAIN_WORDS: Readonly<Record<string, string>> = {
  "13": "this user may not do that there",
  "20": "a part of its path is no folder",
  "30": "the file system is read-only",
};

/** Why something failed, for a message: in plain words where the system's own are known. */
export function reasonOf(error: unknown): string {
  const message = messageOf(error);
  return PLAIN_WORDS[systemNumber(message)] ?? message;
}

/** Whether the system lets this user, or this process, write nothing at a place. */
export function isUnwritable(error: unknown): boolean {
  return error instanceof Deno.errors.NotCapable ||
    ["13", "30"].includes(systemNumber(messageOf(error)));
}

function systemNumber(message: string): string {
  const [, number = ""] = /\(os error (\d+)\)/.exec(message) ?? [];
  return number;
}

/**
 * Whether `error` is the system's refusal of a call that this program made: the disk fails, or too many
 * files are open. It says what is wrong with the machine, and is no bug of the program.
 */
export function isSystemError(error: unknown): error is Error {
  return error instanceof Error && systemNumber(error.message) !== "";
}

/** Whether `error` says that there is nothing at a path: no such name, or a file on the way to it. */
export function isAbsent(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
}
