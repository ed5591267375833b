import { basename, dirname } from "node:path";
import { messageOf } from "../text/message_of.ts";
import { suggestion } from "../text/suggestions.ts";
import { fileNames } from "../files/listing.ts";
import { readBoundedInto, UnreadableError } from "../files/read_bounded.ts";
import { sha256Hex } from "../files/sha256.ts";
import { WriteError } from "../files/write_whole.ts";
import { CorpusError, lineOfDocument, parseDocuments } from "./corpus_text.ts";
import type { Documents } from "./documents.ts";
import type { DownloadWatch } from "./download.ts";
import { withoutSecrets } from "./secret_url.ts";

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

/** The most bytes of a corpus. */
const MOST_BYTES = 256 * 2 ** 20;

/** A corpus whose SHA-256 is not the one that it is expected to have. */
export class ChangedCorpusError extends CorpusError {
  /** That of `file`; `problem` has both digests, and perhaps what to do. */
  constructor(readonly file: string, readonly problem: string) {
    super(`cannot use the corpus ${file}: ${problem}`);
  }
}

/** Reads a corpus; throws a {@linkcode CorpusError} that says what to do where it cannot. */
export async function loadCorpus(location: CorpusLocation): Promise<Corpus> {
  const { file, bytes } = await fileOf(location);
  const sha256 = sha256Hex(bytes);
  if (location.sha256 !== undefined && location.sha256 !== sha256) {
    const remedy = "url" in location ? "; delete it to have it downloaded again" : "";
    throw new ChangedCorpusError(
      file,
      `expected SHA-256 ${location.sha256}, found ${sha256}${remedy}`,
    );
  }
  return { documents: parseDocuments(file, bytes), sha256 };
}

/** A document's place for a message: `line 3 of names.txt`. Reads the corpus again, which costs no room before. */
export async function placeOfDocument(location: CorpusLocation, document: number): Promise<string> {
  const { file, bytes } = await fileOf(location);
  return `line ${lineOfDocument(bytes, document)} of ${file}`;
}

async function fileOf(location: CorpusLocation): Promise<{ file: string; bytes: Uint8Array }> {
  if (!("path" in location)) return await cached(location);
  return { file: location.path, bytes: await readFile(location.path) };
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
    throw new CorpusError(`cannot read the corpus ${path}: ${messageOf(error)}${nearest}`, {
      cause: error,
    });
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
    return await readBoundedInto(file, MOST_BYTES, sharedBytes);
  } catch (error) {
    if (error instanceof UnreadableError && error.missing) return undefined;
    throw new CorpusError(`cannot read the corpus ${file}: ${messageOf(error)}`);
  }
}

async function download(location: DownloadedCorpus, file: string): Promise<void> {
  const { url, sha256, cacheFolder, watch } = location;
  // Only now is it worth loading what few runs need.
  const { download } = await import("./download.ts");
  try {
    const name = `${sha256}.txt`;
    await download({
      what: "the corpus",
      url,
      digest: { sha256 },
      folder: cacheFolder,
      name,
      mostBytes: MOST_BYTES,
      watch,
    });
  } catch (error) {
    const shown = withoutSecrets(url);
    if (error instanceof WriteError) {
      throw new CorpusError(`cannot store the corpus ${shown} at ${file}: ${error.message}`);
    }
    throw new CorpusError(
      `cannot download the corpus ${shown}: ${messageOf(error)}; without a network, ` +
        `put the file with SHA-256 ${sha256} at ${file}`,
    );
  }
}
