import { shownBytes } from "./bytes.ts";

/** How many characters (code points) `text` has, however long it is. */
export function characterCount(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** The first `count` characters of `text`, or all if there are fewer. */
export function firstCharacters(text: string, count: number): string {
  let end = 0;
  for (let i = 0; i < count && end < text.length; i++) {
    end += (text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1;
  }
  return text.slice(0, end);
}

/**
 * Characters that a terminal would obey or a reader not see: control characters (C0, DEL, C1), bidirectional
 * marks and isolates, characters without width, unpaired surrogates, ends of lines and paragraphs, and
 * those that Unicode has given no meaning to.
 */
const UNSEEN = /\p{C}|[\u2028\u2029]/gu;

/**
 * A foreign text as it may be said: `text` on one line, with the characters that a terminal would obey or
 * a reader not see written out: `\u{1b}`, and bytes that are no UTF-8: `\xE2`. Everything that a command
 * prints goes through it.
 */
export function escapeControl(text: string): string {
  return shownBytes(text).replaceAll(
    UNSEEN,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}

/**
 * A message as it may be said, with foreign texts in it. Its own further lines are indented, as in a list
 * of problems; any other end of a line came with a foreign text and is written out, too.
 */
export function escapeMessage(message: string): string {
  return message.split(/\n(?= {2})/).map(escapeControl).join("\n");
}

/** Lines as they may be printed, whatever they have but the ends of lines. */
export function escapeLines(text: string): string {
  return text.split("\n").map(escapeControl).join("\n");
}

/** The same JSON with each character written out that a terminal would obey or a reader not see. */
export function escapeJson(json: string): string {
  const escaped = (unit: string): string =>
    `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return json.split("\n")
    .map((line) => line.replaceAll(UNSEEN, (character) => character.replace(/[^]/g, escaped)))
    .join("\n");
}
