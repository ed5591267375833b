/**
 * Texts that fit into so many columns of a terminal: wrapped, or cut.
 *
 * @module
 */
import { displayWidth, endOf } from "./display_width.ts";

/** The beginning of `text` that takes at most `width` columns. */
function beginning(text: string, width: number): string {
  let [columns, end] = [0, 0];
  for (const character of text) {
    columns += displayWidth(character);
    if (columns > width) break;
    end += character.length;
  }
  return text.slice(0, end);
}

/**
 * `text` in lines of at most `width` columns, broken at spaces; further lines begin with `indent`. A
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
    if (displayWidth(longer) <= width) {
      line = longer;
      isEmpty = false;
      continue;
    }
    if (!isEmpty) lines.push(line);
    line = (isEmpty ? line : indent) + word;
    while (displayWidth(line) > width) {
      const part = beginning(line, width);
      // A character that no line has room for sticks out.
      if (part.length <= indent.length) break;
      lines.push(part);
      line = indent + line.slice(part.length);
    }
    isEmpty = false;
  }
  return [...lines, line];
}

/** `text` if it takes at most `width` columns, else its beginning and an ellipsis. */
export function cutEnd(text: string, width: number): string {
  return displayWidth(text) <= width ? text : `${beginning(text, width - 1)}…`;
}

/** `text` if it takes at most `width` columns, else its beginning, an ellipsis and its end. */
export function cutMiddle(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  const kept = Math.max(0, width - 1);
  const end = Math.ceil(0.6 * kept);
  const last = endOf(text, end + 1);
  return beginning(text, width - displayWidth(last)) + last;
}

/**
 * As many of `items` as fit into `width` columns, with commas, and how many are left: `a, b, 3 more`;
 * at least one, cut if need be.
 */
export function listWithin(items: readonly string[], width: number): string {
  for (let shown = items.length; shown > 1; shown--) {
    const left = items.length - shown;
    const text = [...items.slice(0, shown), ...(left > 0 ? [`${left} more`] : [])].join(", ");
    if (displayWidth(text) <= width) return text;
  }
  const [first = "", ...others] = items;
  const more = others.length > 0 ? `, ${others.length} more` : "";
  return cutMiddle(first, Math.max(1, width - displayWidth(more))) + more;
}
