// @ts-types="../declarations/path.d.ts"
import { basename, dirname } from "@std/path";
import { suggestion } from "../text/suggestions.ts";
import { fileNames } from "../files/listing.ts";
import { readBoundedInto, UnreadableError } from "../files/read_bounded.ts";
import { sha256Hex } from "../files/sha256.ts";
import { writeWhole } from "../files/write_whole.ts";
import { CorpusError, parseDocuments } from "./corpus_text.ts";
import type { Documents } from "./documents.ts";

/** The documents of a file, and its digest. */
export interface Corpus {
  /** One per line, without surrounding white space; never empty. */
  readonly documents: Documents;
  /** SHA-256 of the file's bytes, lower-case hexadecimal. */
  readonly sha256: string;
}

/** The origin of a corpus; a `sha256` is verified. */
export type CorpusLocation =
  | { readonly path: string; readonly sha256?: string | undefined }
  | { readonly url: string; readonly sha256: string; readonly cacheFolder: string };

/** The most bytes of a corpus. */
const MOST_BYTES = 256 * 2 ** 20;

/** Reads a corpus; throws a {@linkcode CorpusError} that says what to do where it cannot. */
export async function loadCorpus(location: CorpusLocation): Promise<Corpus> {
  const { file, bytes } = "path" in location
    ? { file: location.path, bytes: await readFile(location.path) }
    : await cached(location.url, location.sha256, location.cacheFolder);
  const sha256 = sha256Hex(bytes);
  if (location.sha256 !== undefined && location.sha256 !== sha256) {
    const remedy = "url" in location ? "; delete it to have it downloaded again" : "";
    throw new CorpusError(
      `cannot use the corpus ${file}: expected SHA-256 ${location.sha256}, found ${sha256}${remedy}`,
    );
  }
  return { documents: parseDocuments(file, bytes), sha256 };
}

/** Room for a file that threads share, and that its documents stay in. */
function sharedBytes(size: number): Uint8Array<SharedArrayBuffer> {
  return new Uint8Array(new SharedArrayBuffer(size));
}

async function readFile(path: string): Promise<Uint8Array> {
  try {
    return await readBoundedInto(path, MOST_BYTES, sharedBytes);
  } catch (error) {
    const missing = error instanceof UnreadableError && error.missing;
    const nearest = missing
      ? suggestion(basename(path), await fileNames(dirname(path)).catch(() => []))
      : "";
    throw new CorpusError(`cannot read the corpus ${path}: ${text(error)}${nearest}`);
  }
}

/** The corpus at `url` from the cache, where the first call for it puts it. */
async function cached(
  url: string,
  sha256: string,
  folder: string,
): Promise<{ file: string; bytes: Uint8Array }> {
  const file = `${folder}/${sha256}.txt`;
  try {
    return { file, bytes: await readBoundedInto(file, MOST_BYTES, sharedBytes) };
  } catch (error) {
    if (!(error instanceof UnreadableError && error.missing)) {
      throw new CorpusError(`cannot read the corpus ${file}: ${text(error)}`);
    }
  }
  const bytes = await download(url, sha256, file);
  try {
    await writeWhole(file, [bytes]);
  } catch (error) {
    throw new CorpusError(`cannot store the corpus ${url} at ${file}: ${text(error)}`);
  }
  return { file, bytes };
}

async function download(url: string, sha256: string, file: string): Promise<Uint8Array> {
  const byHand = `without a network, put the file with SHA-256 ${sha256} at ${file}`;
  let bytes: Uint8Array;
  try {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    bytes = await response.bytes();
  } catch (error) {
    throw new CorpusError(`cannot download the corpus ${url}: ${text(error)}; ${byHand}`);
  }
  const found = sha256Hex(bytes);
  if (found !== sha256) {
    throw new CorpusError(
      `cannot use the corpus ${url}: expected SHA-256 ${sha256}, found ${found}; ${byHand}`,
    );
  }
  return bytes;
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
