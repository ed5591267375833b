/**
 * Texts that fit into a width, in characters: wrapped, or cut.
 *
 * @module
 */
import { characterCount, firstCharacters } from "./characters.ts";

/**
 * `text` in lines of at most `width` characters, broken at spaces; further lines begin with `indent`. A
 * word that is longer than a line is broken where the line ends. No-break spaces break nothing, and
 * spaces at the beginning stay.
 */
export function wrapped(text: string, width: number, indent = ""): string[] {
  const lines: string[] = [];
  const [start = ""] = /^ */.exec(text) ?? [];
  let line = start;
  let isEmpty = true;
  for (const word of text.slice(start.length).split(" ")) {
    const longer = line + (isEmpty ? "" : " ") + word;
    if (characterCount(longer) <= width) {
      line = longer;
      isEmpty = false;
      continue;
    }
    if (!isEmpty) lines.push(line);
    line = (isEmpty ? line : indent) + word;
    while (characterCount(line) > width) {
      const part = firstCharacters(line, width);
      lines.push(part);
      line = indent + line.slice(part.length);
    }
    isEmpty = false;
  }
  return [...lines, line];
}

/** `text` if it has at most `width` characters, else its beginning and an ellipsis. */
export function cutEnd(text: string, width: number): string {
  return characterCount(text) <= width ? text : `${firstCharacters(text, Math.max(0, width - 1))}…`;
}

/** `text` if it has at most `width` characters, else its beginning, an ellipsis and its end. */
export function cutMiddle(text: string, width: number): string {
  const characters = [...text];
  if (characters.length <= width) return text;
  const kept = Math.max(0, width - 1);
  const end = Math.ceil(0.6 * kept);
  return `${characters.slice(0, kept - end).join("")}…${
    end === 0 ? "" : characters.slice(-end).join("")
  }`;
}

/**
 * As many of `items` as fit into `width` characters, with commas, and how many are left: `a, b, 3 more`;
 * at least one, cut if need be.
 */
export function listWithin(items: readonly string[], width: number): string {
  for (let shown = items.length; shown > 1; shown--) {
    const left = items.length - shown;
    const text = [...items.slice(0, shown), ...(left > 0 ? [`${left} more`] : [])].join(", ");
    if (characterCount(text) <= width) return text;
  }
  const [first = "", ...others] = items;
  const more = others.length > 0 ? `, ${others.length} more` : "";
  return cutMiddle(first, Math.max(1, width - characterCount(more))) + more;
}
