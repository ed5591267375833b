/**
 * `text` as one word of a shell: quoted unless it is plain, so that a command in a message does what it says
 * when it is pasted, whatever name a folder has.
 */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./~-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * The words of `text` as a shell would split it, with quotes and backslashes but without variables,
 * patterns or commands. Throws a `SyntaxError` where a quote is not closed.
 */
export function shellWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  const characters = [...text];
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i] ?? "";
    if (quote === "'" || quote === '"') {
      if (character === quote) quote = "";
      else if (quote === '"' && character === "\\" && /["\\]/.test(characters[i + 1] ?? "")) {
        word = (word ?? "") + characters[++i];
      } else word = (word ?? "") + character;
    } else if (character === "'" || character === '"') {
      quote = character;
      word ??= "";
    } else if (character === "\\" && i + 1 < characters.length) {
      word = (word ?? "") + characters[++i];
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + character;
  }
  if (quote !== "") throw new SyntaxError(`expected a closing ${quote}`);
  return word === undefined ? words : [...words, word];
}
