/**
 * Downloads a file whose digest is known: once, whole, and resumed where it was interrupted.
 *
 * @module
 */
import { pathInside } from "../files/inside.ts";
import { WriteError } from "../files/write_whole.ts";
import { digestOf, type ExpectedDigest, expectedText, type FoundDigest } from "./file_digest.ts";
import {
  answerTo,
  bytesOf,
  DownloadError,
  downloadError,
  reasonOf,
  Refused,
  requestIn,
  StatusError,
  TimeLimit,
  type World,
  world,
} from "./guarded_request.ts";
import { PartialFile } from "./partial_file.ts";
import { type Requested, withoutSecrets } from "./secret_url.ts";

/** A file to download. */
export interface Download {
  /** In words, for its watch: `the corpus`. */
  readonly what: string;
  /** Where it is, with secrets and variables as in `requestOf`. */
  readonly url: string;
  /** The digest that it must have. */
  readonly digest: ExpectedDigest;
  /** The folder that it comes to. */
  readonly folder: string;
  /** Its name there. */
  readonly name: string;
  /** The most bytes that it may have. */
  readonly mostBytes: number;
  /** Told how it goes. */
  readonly watch?: DownloadWatch | undefined;
}

/** Told how a download goes, in bytes. */
export interface DownloadWatch {
  /** Another process downloads `what`, and is waited for. */
  wait(what: string): void;
  /**
   * The one of `what` begins: there will be `most` bytes, or, unless the server says it `exactly`, at
   * most so many; `before` were there.
   */
  begin(what: string, most: number, before: number, exactly: boolean): void;
  /** So many bytes are there. */
  advance(bytes: number): void;
  /** It ended, well or not. */
  end(): void;
}

/**
 * Downloads a file, unless it is there, and gives its SHA-256. One that is interrupted is resumed by
 * the next call, if the server says how to know the same file again (a strong ETag or the time of its
 * last change). The file is there once its digest is right, and whole. Where another process downloads
 * it, that one is waited for. Throws a {@linkcode DownloadError}, a `CredentialsError`, or a `WriteError`.
 */
export async function download(what: Download, around: World = world): Promise<string> {
  const request = requestIn(what.url, around);
  const partial = await opened(what);
  let done = true;
  try {
    const there = await digestThere(what);
    if (there?.isExpected === true) return there.sha256;
    // A file that was resumed and came out wrong is asked for once more, from its beginning.
    for (let attempt = 0;; attempt++) {
      const resumed = partial.validator !== undefined;
      done = false;
      await receive(what, request, partial, around);
      done = true;
      const { sha256, found, isExpected } = await partial.digest(what.digest);
      if (isExpected) {
        await partial.become(what.name);
        return sha256;
      }
      if (!resumed || attempt > 0) {
        throw new DownloadError(`expected ${expectedText(what.digest)}, found ${found}`);
      }
      await partial.restart();
    }
  } catch (error) {
    if (error instanceof Refused) done = true;
    if (error instanceof WriteError) throw error;
    throw downloadError(error);
  } finally {
    await partial.close({ done });
  }
}

/** The digest of a file that is there, as where the process that was waited for has downloaded it. */
async function digestThere(
  { folder, name, digest }: Download,
): Promise<FoundDigest | undefined> {
  const path = await pathInside(folder, name);
  const there = await Deno.lstat(path).catch(() => undefined);
  if (there?.isFile !== true) return undefined;
  using file = await Deno.open(path);
  return await digestOf(file, digest);
}

async function opened({ what, folder, name, url, watch }: Download): Promise<PartialFile> {
  try {
    return await PartialFile.open(folder, name, withoutSecrets(url), () => watch?.wait(what));
  } catch (error) {
    throw new WriteError(`cannot write ${folder}/${name}: ${reasonOf(error)}`, { cause: error });
  }
}

/** Fills `partial` with all bytes of the answer. */
async function receive(
  { what, mostBytes, watch }: Download,
  request: Requested,
  partial: PartialFile,
  around: World,
): Promise<void> {
  const limit = new TimeLimit(around);
  try {
    const response = await fileOrRest(request, partial, limit, around);
    const { total, content } = await bytesOf(response, partial.bytes, mostBytes, limit);
    watch?.begin(what, total ?? mostBytes, partial.bytes, total !== undefined);
    try {
      for await (const bytes of content) {
        await partial.write(bytes);
        watch?.advance(partial.bytes);
      }
    } finally {
      watch?.end();
    }
  } catch (error) {
    throw limit.error ?? error;
  } finally {
    limit.clear();
  }
}

/** The answer with the file, or with the rest of it where `partial` has its beginning. */
async function fileOrRest(
  request: Requested,
  partial: PartialFile,
  limit: TimeLimit,
  around: World,
): Promise<Response> {
  const { validator, bytes } = partial;
  const range: Record<string, string> = validator === undefined
    ? {}
    : { range: `bytes=${bytes}-`, "if-range": validator };
  const response = await answerTo(request, range, limit, around);
  const begin = Number(/^bytes (\d+)-/.exec(response.headers.get("content-range") ?? "")?.[1]);
  if (validator !== undefined && response.status === 206 && begin === bytes) return response;
  if (response.status === 200) {
    await partial.restart(validatorOf(response));
    return response;
  }
  await response.body?.cancel();
  // What there is has another end than the file, or the rest of something else came.
  if (validator !== undefined && [206, 416].includes(response.status)) {
    await partial.restart();
    return await fileOrRest(request, partial, limit, around);
  }
  throw new StatusError(response);
}

/** The validator by which the server knows the same file again, where nothing was packed. */
function validatorOf({ headers }: Response): string | undefined {
  if ((headers.get("content-encoding") ?? "identity") !== "identity") return undefined;
  const etag = headers.get("etag");
  return etag !== null && !etag.startsWith("W/") ? etag : headers.get("last-modified") ?? undefined;
}
