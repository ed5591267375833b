import { createHash, hash } from "node:crypto";

/** SHA-256 of `content` (text as UTF-8), lower-case hexadecimal. */
export function sha256Hex(content: string | Uint8Array): string {
  return hash("sha256", content, "hex");
}

/** SHA-256 of content that comes part by part. */
export class Sha256 {
  readonly #hash = createHash("sha256");

  /** Takes the next part in. */
  update(part: string | Uint8Array): this {
    this.#hash.update(part);
    return this;
  }

  /** The digest of all parts, lower-case hexadecimal; the last call. */
  hex(): string {
    return this.#hash.digest("hex");
  }

  /** The 32 bytes of the digest of all parts; the last call. */
  bytes(): Uint8Array {
    return this.#hash.digest();
  }
}
