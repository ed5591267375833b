/**
 * From the bytes of a file to documents, in passes over the bytes.
 *
 * @module
 */
import { bytesOfCharacter, codePointAt, Documents, sharedWords } from "./documents.ts";

/** A corpus that is not usable, or not to be found. */
export class CorpusError extends Error {
  /** The name of the class. */
  override readonly name = "CorpusError";
}

/** The words for a file of texts, one per line, and for one of them. */
export interface TextKind {
  /** Such as `corpus`. */
  readonly file: string;
  /** Such as `document`. */
  readonly line: string;
}

const CORPUS: TextKind = { file: "corpus", line: "document" };

/**
 * The documents in the bytes of a text file: one per line, whatever ends the lines, without a BOM,
 * surrounding white space and blank lines. Bytes in shared memory become those of the documents, and
 * are changed; others are copied. Throws a {@linkcode CorpusError} for bytes that are not UTF-8 text
 * and for a file with no documents, which it calls what `kind` says.
 */
export function parseDocuments(
  file: string,
  bytes: Uint8Array,
  kind: TextKind = CORPUS,
): Documents {
  checkText(`${kind.file} ${file}`, bytes);
  const text = shared(bytes);
  const bounds = sharedWords(linesIn(text) + 1);
  let count = 0;
  let written = 0;
  for (let start = beginsWithMark(text) ? 3 : 0; start < text.length;) {
    const end = endOfLine(text, start);
    const first = firstInk(text, start, end);
    const last = lastInk(text, first, end);
    if (first < last) {
      if (written !== first) text.copyWithin(written, first, last);
      written += last - first;
      bounds[++count] = written;
    }
    start = end + 1;
  }
  if (count === 0) {
    throw new CorpusError(
      `cannot use the ${kind.file} ${file}: expected one ${kind.line} per line, found none`,
    );
  }
  return new Documents({
    text: text.subarray(0, written),
    bounds: bounds.subarray(0, count + 1),
  });
}

/** The line, from 1, of a document, from 0, in the bytes of a file: see {@linkcode parseDocuments}. */
export function lineOfDocument(bytes: Uint8Array, document: number): number {
  let [before, last] = [0, 1];
  for (const line of linesOfDocuments(bytes)) {
    last = line;
    if (before++ === document) break;
  }
  return last;
}

/** The line, from 1, of one document after another in the bytes of a file. */
export function* linesOfDocuments(bytes: Uint8Array): Generator<number> {
  let line = 1;
  for (let start = beginsWithMark(bytes) ? 3 : 0; start < bytes.length; line++) {
    const end = endOfLine(bytes, start);
    if (firstInk(bytes, start, end) < end) yield line;
    const isPair = bytes[end] === CR && bytes[end + 1] === LF;
    start = end + (isPair ? 2 : 1);
  }
}

/** `bytes` if threads can share them, else a copy that they can. */
function shared(bytes: Uint8Array): Uint8Array<SharedArrayBuffer> {
  const { buffer, byteOffset, length } = bytes;
  if (buffer instanceof SharedArrayBuffer) return new Uint8Array(buffer, byteOffset, length);
  const copy = new Uint8Array(new SharedArrayBuffer(length));
  copy.set(bytes);
  return copy;
}

const LF = 10;
const CR = 13;

/** How many lines there are at most. */
function linesIn(bytes: Uint8Array): number {
  let count = 1;
  for (let i = 0; i < bytes.length; i++) if (bytes[i] === LF || bytes[i] === CR) count++;
  return count;
}

/** Where the line that begins at `start` ends: at LF or CR; that of CRLF leaves an empty line after. */
function endOfLine(bytes: Uint8Array, start: number): number {
  let end = start;
  while (end < bytes.length && bytes[end] !== LF && bytes[end] !== CR) end++;
  return end;
}

/** Whether a byte order mark comes first, which is no text. */
function beginsWithMark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

/** Where the white space ends that `start` to `end` begins with. */
function firstInk(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && isWhiteSpace(codePointAt(bytes, at))) {
    at += bytesOfCharacter(bytes[at] as number);
  }
  return at;
}

/** Where the white space begins that `start` to `end` ends with. */
function lastInk(bytes: Uint8Array, start: number, end: number): number {
  for (let last = end; last > start;) {
    let at = last - 1;
    while (((bytes[at] as number) & 0xc0) === 0x80) at--;
    if (!isWhiteSpace(codePointAt(bytes, at))) return last;
    last = at;
  }
  return start;
}

/** Whether JavaScript's `trim` takes it away or Python's `strip`, which takes five characters more. */
function isWhiteSpace(codePoint: number): boolean {
  if (codePoint < 0x80) {
    return codePoint === 0x20 || (codePoint >= 0x09 && codePoint <= 0x0d) ||
      (codePoint >= 0x1c && codePoint <= 0x1f);
  }
  if (codePoint < 0x1680) return codePoint === 0x85 || codePoint === 0xa0;
  return codePoint === 0x1680 || (codePoint >= 0x2000 && codePoint <= 0x200a) ||
    codePoint === 0x2028 || codePoint === 0x2029 || codePoint === 0x202f ||
    codePoint === 0x205f || codePoint === 0x3000 || codePoint === 0xfeff;
}

/** Throws unless the bytes of `file`, as a message names it, are text in UTF-8. */
function checkText(file: string, bytes: Uint8Array): void {
  const encoding = otherEncoding(bytes);
  if (encoding !== undefined) {
    throw new CorpusError(
      `cannot use the ${file}: expected UTF-8 text, found ${encoding}; convert it, such as ` +
        `with: iconv -f ${encoding} -t UTF-8`,
    );
  }
  const zero = bytes.indexOf(0);
  if (zero >= 0) {
    throw new CorpusError(
      `cannot use the ${file}: expected text, found a NUL at byte ${zero}`,
    );
  }
  const line = lineOfBadBytes(bytes);
  if (line !== undefined) {
    throw new CorpusError(
      `cannot use the ${file}: expected UTF-8 text, found other bytes on line ${line}`,
    );
  }
}

/** Bytes at the beginning of a file that show its encoding. */
const SEEN = 4096;

/**
 * The encoding with two or four bytes for each character that a byte order mark names, or, without
 * one, that every other byte shows: of most characters one of the two is 0.
 */
function otherEncoding(bytes: Uint8Array): string | undefined {
  const [a, b, c, d] = bytes;
  if (a === 0xff && b === 0xfe) return c === 0 && d === 0 ? "UTF-32" : "UTF-16";
  if (a === 0xfe && b === 0xff) return "UTF-16";
  if (a === 0 && b === 0 && c === 0xfe && d === 0xff) return "UTF-32";
  const pairs = Math.floor(Math.min(bytes.length, SEEN) / 2);
  let [upper, lower] = [0, 0];
  for (let i = 0; i < pairs; i++) {
    if (bytes[2 * i] === 0) upper++;
    if (bytes[2 * i + 1] === 0) lower++;
  }
  if (pairs < 2) return undefined;
  if (upper === 0 && lower > pairs / 2) return "UTF-16LE";
  return lower === 0 && upper > pairs / 2 ? "UTF-16BE" : undefined;
}

/** Bytes that are decoded at once: no string is as long as a corpus may be. */
const PART = 2 ** 20;

/** The first line, from 1, that is not UTF-8 by itself; nothing if all are. */
function lineOfBadBytes(bytes: Uint8Array): number | undefined {
  let line = 1;
  for (let start = 0; start < bytes.length;) {
    // Parts end with a line, so that a character cut off there is the line's fault.
    const end = Math.min(bytes.length, start + PART);
    const stop = end === bytes.length ? end : bytes.lastIndexOf(LF, end - 1) + 1;
    const next = stop > start ? stop : endAfter(bytes, end);
    const part = bytes.subarray(start, next);
    if (!isUtf8(part)) return line + badLineIn(part);
    for (let i = 0; i < part.length; i++) if (part[i] === LF) line++;
    start = next;
  }
  return undefined;
}

/** After the first LF from `at` on, or the end. */
function endAfter(bytes: Uint8Array, at: number): number {
  const end = bytes.indexOf(LF, at);
  return end < 0 ? bytes.length : end + 1;
}

/** The first line of a part that is not UTF-8, from 0. */
function badLineIn(part: Uint8Array): number {
  let line = 0;
  for (let start = 0; start < part.length; line++) {
    const end = endAfter(part, start);
    if (!isUtf8(part.subarray(start, end))) return line;
    start = end;
  }
  return line;
}

function isUtf8(bytes: Uint8Array): boolean {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  try {
    for (let start = 0; start < bytes.length; start += PART) {
      decoder.decode(bytes.subarray(start, start + PART), { stream: true });
    }
    decoder.decode();
    return true;
  } catch {
    return false;
  }
}
