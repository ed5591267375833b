/**
 * `text` as one word of a shell: quoted unless it is plain, so that a command in a message does what it says
 * when it is pasted, whatever name a folder has.
 */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./~-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
