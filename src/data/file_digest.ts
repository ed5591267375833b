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

/** The digest, of the kind that `expected` is of, of all bytes of an open file. */
export async function digestOf(file: Deno.FsFile, expected: ExpectedDigest): Promise<string> {
  const hash = createHash("sha256" in expected ? "sha256" : "sha1");
  const { size } = await file.stat();
  if ("gitBlob" in expected) hash.update(`blob ${size}\0`);
  await file.seek(0, Deno.SeekMode.Start);
  const part = new Uint8Array(Math.min(PART, size + 1));
  for (;;) {
    const count = await file.read(part);
    if (count === null) return hash.digest("hex");
    hash.update(part.subarray(0, count));
  }
}

/** Whether the digest that was found is the one that was expected. */
export function isExpected(found: string, expected: ExpectedDigest): boolean {
  return found === ("sha256" in expected ? expected.sha256 : expected.gitBlob);
}

/** `SHA-256 0123…` or `the git blob 0123…`, for a message. */
export function expectedText(expected: ExpectedDigest): string {
  return "sha256" in expected ? `SHA-256 ${expected.sha256}` : `the git blob ${expected.gitBlob}`;
}
