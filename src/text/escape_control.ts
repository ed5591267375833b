/** `text` on one line, with what a terminal would obey or a reader not see written out: `\u{1b}`. */
export function visible(text: string): string {
  return text.replaceAll(
    /\p{C}|[\u2028\u2029]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}
