/**
 * The digest by which a file is known before it is there.
 *
 * @module
 */
import { createHash } from "node:crypto";

/** SHA-256 of a file's bytes, or the name that git gives it; lower-case hexadecimal. */
export type ExpectedDigest =
  | { readonly sha256: string }
  /** SHA-1 of `blob`, a space, the number of bytes, a NUL, and the bytes. */
  | { readonly gitBlob: string };

/** Bytes that are read at once. */
const PART = 2 ** 20;

/** The digests of a file that is there. */
export interface FoundDigest {
  /** SHA-256 of its bytes. */
  readonly sha256: string;
  /** The one of the kind that was expected. */
  readonly found: string;
  /** Whether that is the one that was expected. */
  readonly isExpected: boolean;
}

/** The digests of all bytes of an open file. */
export async function digestOf(
  file: Deno.FsFile,
  expected: ExpectedDigest,
): Promise<FoundDigest> {
  const hash = createHash("sha256");
  const { size } = await file.stat();
  const git = "gitBlob" in expected ? createHash("sha1").update(`blob ${size}\0`) : undefined;
  for await (const part of partsOf(file)) {
    hash.update(part);
    git?.update(part);
  }
  const sha256 = hash.digest("hex");
  const found = git?.digest("hex") ?? sha256;
  const wanted = "sha256" in expected ? expected.sha256 : expected.gitBlob;
  return { sha256, found, isExpected: found === wanted };
}

/** The bytes of an open file from its beginning, in parts that are gone with the next. */
export async function* partsOf(file: Deno.FsFile): AsyncGenerator<Uint8Array> {
  await file.seek(0, Deno.SeekMode.Start);
  const part = new Uint8Array(PART);
  for (let count = await file.read(part); count !== null; count = await file.read(part)) {
    yield part.subarray(0, count);
  }
}

/** `SHA-256 0123…` or `the git blob 0123…`, for a message. */
export function expectedText(expected: ExpectedDigest): string {
  return "sha256" in expected ? `SHA-256 ${expected.sha256}` : `the git blob ${expected.gitBlob}`;
}
