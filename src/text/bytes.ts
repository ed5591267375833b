/**
 * Texts that need not be UTF-8: a model may stop in the middle of a character, or write bytes that are
 * none. Each byte that belongs to no character is kept as a lone surrogate, U+DC00 and the byte, as
 * Python's `surrogateescape` does: no character is that, so that different bytes are different texts.
 *
 * @module
 */

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** U+DC00: a lone surrogate of U+DC80 to U+DCFF is a byte. */
const ESCAPE = 0xdc00;
/** Those surrogates, wherever they are alone. */
const ESCAPED = /[\u{dc80}-\u{dcff}]/gu;

/** The text of `bytes`. */
export function textOfBytes(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return escaped(bytes);
  }
}

/** The bytes of a text that {@linkcode textOfBytes} gave, or of any other. */
export function bytesOfText(text: string): Uint8Array {
  if (text.isWellFormed()) return encoder.encode(text);
  const bytes: number[] = [];
  for (const character of text) {
    const codePoint = character.codePointAt(0) as number;
    if (isByte(codePoint)) bytes.push(codePoint - ESCAPE);
    else bytes.push(...encoder.encode(character));
  }
  return Uint8Array.from(bytes);
}

/** Whether `text` is the text of bytes: whether every lone surrogate in it is a byte. */
export function isTextOfBytes(text: string): boolean {
  return text.isWellFormed() || text.replaceAll(ESCAPED, "").isWellFormed();
}

/** How many bytes that is. */
export function byteCount(text: string): number {
  let count = 0;
  for (const character of text) {
    const codePoint = character.codePointAt(0) as number;
    count += isByte(codePoint) || codePoint < 0x80
      ? 1
      : codePoint < 0x800
      ? 2
      : codePoint < 0x10000
      ? 3
      : 4;
  }
  return count;
}

/**
 * How many characters begin in `text`: each counts once however a text is cut into pieces, even in the
 * middle of its bytes.
 */
export function charactersBegun(text: string): number {
  let count = 0;
  for (const character of text) {
    const codePoint = character.codePointAt(0) as number;
    if (!isByte(codePoint) || codePoint >= ESCAPE + 0xc0) count++;
  }
  return count;
}

/** `text` with `\xE2` for each byte that belongs to no character, for people to read. */
export function shownBytes(text: string): string {
  if (text.isWellFormed()) return text;
  return text.replaceAll(ESCAPED, (character) => {
    const byte = (character.codePointAt(0) as number) - ESCAPE;
    return `\\x${byte.toString(16).toUpperCase()}`;
  });
}

function isByte(codePoint: number): boolean {
  return codePoint >= ESCAPE + 0x80 && codePoint <= ESCAPE + 0xff;
}

/** The text of bytes that are not all UTF-8. */
function escaped(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length;) {
    const length = characterLength(bytes, at);
    if (length === 0) text += String.fromCharCode(ESCAPE + (bytes[at++] as number));
    else text += strict.decode(bytes.subarray(at, at += length));
  }
  return text;
}

/** How many bytes the character at `at` has; 0 if none begins there. */
function characterLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number;
  const length = first < 0x80
    ? 1
    : first < 0xc2
    ? 0
    : first < 0xe0
    ? 2
    : first < 0xf0
    ? 3
    : first < 0xf5
    ? 4
    : 0;
  if (length < 2) return length;
  const second = bytes[at + 1] ?? 0;
  // No overlong form, no surrogate, nothing above U+10FFFF.
  const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const most = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < least || second > most) return 0;
  for (let i = 2; i < length; i++) if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) return 0;
  return length;
}
