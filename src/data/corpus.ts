// @ts-types="../declarations/path.d.ts"
import { basename, dirname } from "@std/path";
import { suggestion } from "../text/suggestions.ts";
import { fileNames } from "../files/listing.ts";
import { readBounded, UnreadableError } from "../files/read_bounded.ts";
import { sha256Hex } from "../files/sha256.ts";
import { WriteError } from "../files/write_whole.ts";
import type { DownloadWatch } from "./download.ts";
import { withoutSecrets } from "./secret_url.ts";

/** A corpus that is not usable, or not to be found. */
export class CorpusError extends Error {
  /** The name of the class. */
  override readonly name = "CorpusError";
}

/** The documents of a file, and its digest. */
export interface Corpus {
  /** One per line, without surrounding white space; never empty. */
  readonly documents: readonly string[];
  /** SHA-256 of the file's bytes, lower-case hexadecimal. */
  readonly sha256: string;
}

/** The origin of a corpus; a `sha256` is verified. */
export type CorpusLocation =
  | { readonly path: string; readonly sha256?: string | undefined }
  | DownloadedCorpus;

/** A corpus that is downloaded once. */
export interface DownloadedCorpus {
  /** Where it is, with its secrets. */
  readonly url: string;
  /** SHA-256 of its file, lower-case hexadecimal. */
  readonly sha256: string;
  /** The folder that it is kept in. */
  readonly cacheFolder: string;
  /** Told how a download goes. */
  readonly watch?: DownloadWatch | undefined;
}

/** The most bytes of a corpus: its documents in memory take some five times as many. */
const MOST_BYTES = 256 * 2 ** 20;

/** Reads a corpus; throws a {@linkcode CorpusError} that says what to do where it cannot. */
export async function loadCorpus(location: CorpusLocation): Promise<Corpus> {
  const { file, bytes } = "path" in location
    ? { file: location.path, bytes: await readFile(location.path) }
    : await cached(location);
  const sha256 = sha256Hex(bytes);
  if (location.sha256 !== undefined && location.sha256 !== sha256) {
    const remedy = "url" in location ? "; delete it to have it downloaded again" : "";
    throw new CorpusError(
      `cannot use the corpus ${file}: expected SHA-256 ${location.sha256}, found ${sha256}${remedy}`,
    );
  }
  return { documents: parseDocuments(file, bytes), sha256 };
}

/**
 * The documents in the bytes of a text file: one per line, whatever ends the lines, without a BOM,
 * surrounding white space and blank lines. Throws a {@linkcode CorpusError} for bytes that are not
 * UTF-8 text and for a file with no documents.
 */
export function parseDocuments(file: string, bytes: Uint8Array): string[] {
  const text = decodeText(file, bytes);
  const documents: string[] = [];
  for (let start = 0; start < text.length;) {
    const end = endOfLine(text, start);
    const document = stripped(text, start, end);
    if (document !== "") documents.push(document);
    start = end + 1;
  }
  if (documents.length === 0) {
    throw new CorpusError(
      `cannot use the corpus ${file}: expected one document per line, found none`,
    );
  }
  return documents;
}

/** Where the line that begins at `start` ends: at LF or CR; that of CRLF leaves an empty line after. */
function endOfLine(text: string, start: number): number {
  let end = start;
  while (end < text.length && text.charCodeAt(end) !== 10 && text.charCodeAt(end) !== 13) end++;
  return end;
}

/** White space to JavaScript's `trim` or to Python's `strip`, which takes five characters more. */
// deno-lint-ignore no-control-regex
const WHITE_SPACE = /^[\s\x1c-\x1f\x85]$/;

/** A part of `text` without white space around it. */
function stripped(text: string, start: number, end: number): string {
  // In one pass from either side: a regular expression takes time quadratic in white space inside.
  while (start < end && WHITE_SPACE.test(text.charAt(start))) start++;
  while (start < end && WHITE_SPACE.test(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}

function decodeText(file: string, bytes: Uint8Array): string {
  const zero = bytes.indexOf(0);
  if (zero >= 0) {
    throw new CorpusError(
      `cannot use the corpus ${file}: expected text, found a NUL at byte ${zero}`,
    );
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new CorpusError(
      `cannot use the corpus ${file}: expected UTF-8 text, found other bytes on line ${
        lineOfBadBytes(bytes)
      }`,
    );
  }
}

/** The first line, from 1, that is not UTF-8 by itself. */
function lineOfBadBytes(bytes: Uint8Array): number {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let line = 1;
  for (let start = 0; start < bytes.length; line++) {
    const end = bytes.indexOf(10, start);
    const stop = end < 0 ? bytes.length : end;
    try {
      decoder.decode(bytes.subarray(start, stop));
    } catch {
      return line;
    }
    start = stop + 1;
  }
  return line;
}

async function readFile(path: string): Promise<Uint8Array> {
  try {
    return await readBounded(path, MOST_BYTES);
  } catch (error) {
    const missing = error instanceof UnreadableError && error.missing;
    const nearest = missing
      ? suggestion(basename(path), await fileNames(dirname(path)).catch(() => []))
      : "";
    throw new CorpusError(`cannot read the corpus ${path}: ${text(error)}${nearest}`);
  }
}

/** The corpus at `url` from the cache, where the first call for it puts it. */
async function cached(location: DownloadedCorpus): Promise<{ file: string; bytes: Uint8Array }> {
  const { sha256, cacheFolder } = location;
  const file = `${cacheFolder}/${sha256}.txt`;
  const there = await fromCache(file);
  if (there !== undefined) return { file, bytes: there };
  await download(location, file);
  const bytes = await fromCache(file);
  if (bytes !== undefined) return { file, bytes };
  throw new CorpusError(`cannot read the corpus ${file}: it was deleted meanwhile`);
}

async function fromCache(file: string): Promise<Uint8Array | undefined> {
  try {
    return await readBounded(file, MOST_BYTES);
  } catch (error) {
    if (error instanceof UnreadableError && error.missing) return undefined;
    throw new CorpusError(`cannot read the corpus ${file}: ${text(error)}`);
  }
}

async function download(location: DownloadedCorpus, file: string): Promise<void> {
  const { url, sha256, cacheFolder, watch } = location;
  // Only now is it worth loading what few runs need.
  const { download } = await import("./download.ts");
  try {
    const name = `${sha256}.txt`;
    await download({ url, sha256, folder: cacheFolder, name, mostBytes: MOST_BYTES, watch });
  } catch (error) {
    const shown = withoutSecrets(url);
    if (error instanceof WriteError) {
      throw new CorpusError(`cannot store the corpus ${shown} at ${file}: ${error.message}`);
    }
    throw new CorpusError(
      `cannot download the corpus ${shown}: ${text(error)}; without a network, ` +
        `put the file with SHA-256 ${sha256} at ${file}`,
    );
  }
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
