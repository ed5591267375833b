/**
 * Aligned columns on a terminal: texts by the width that they take there, in which a wide character
 * counts twice and a combining mark not at all.
 *
 * @module
 */

/** The width of a terminal that everything fits into. */
export const TERMINAL_WIDTH = 80;

/** Characters that a terminal puts on the one before them. */
const NARROW = /\p{Mn}|\p{Me}/u;
/** Characters that take two columns: of the scripts that are written in squares, and pictures. */
const WIDE =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u;

/**
 * How many columns `text`, without control characters, takes. Written here since the npm build of
 * `@std/cli/unicode-width` lacks its table.
 */
export function displayWidth(text: string): number {
  let columns = 0;
  for (const character of text) {
    if (character >= " " && character <= "~") columns++;
    else if (!NARROW.test(character)) columns += WIDE.test(character) ? 2 : 1;
  }
  return columns;
}

/** `text` with spaces before it, if it takes less than `width` columns. */
export function paddedLeft(text: string, width: number): string {
  return " ".repeat(Math.max(0, width - displayWidth(text))) + text;
}

/** `text` with spaces after it, if it takes less than `width` columns. */
export function paddedRight(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - displayWidth(text)));
}

/**
 * Rows with aligned columns, two spaces between them, and none at the end of a line; `alignments` has a
 * letter for each column, `l` or `r`: `lrr`.
 */
export function inColumns(
  rows: readonly (readonly string[])[],
  alignments: string,
): string[] {
  const widths = [...alignments].map((_, column) =>
    Math.max(0, ...rows.map((row) => displayWidth(row[column] ?? "")))
  );
  return rows.map((row) =>
    row.map((text, column) => {
      const isRight = alignments[column] === "r";
      return (isRight ? paddedLeft : paddedRight)(text, widths[column] ?? 0);
    }).join("  ").trimEnd()
  );
}

/** `text`, or where it takes more than `width` columns its end after `…`: of a text, what is new. */
export function endOf(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  const characters = [...text];
  let [left, from] = [width - 1, characters.length];
  while (from > 0) {
    left -= displayWidth(characters[from - 1] ?? "");
    if (left < 0) break;
    from--;
  }
  return `…${characters.slice(from).join("")}`;
}

/** `words`, with `gap` between them, on as few lines of `width` columns as they fit on. */
export function wrappedWords(words: readonly string[], width: number, gap = " "): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const line = lines.at(-1);
    if (line === undefined || displayWidth(line + gap + word) > width) lines.push(word);
    else lines[lines.length - 1] = line + gap + word;
  }
  return lines;
}
