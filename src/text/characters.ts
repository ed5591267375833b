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
 * `text` on one line, with the characters that a terminal would obey or a reader not see written out:
 * `\u{1b}`.
 */
export function escapeControl(text: string): string {
  return text.replaceAll(
    /\p{C}|[\u2028\u2029]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}
