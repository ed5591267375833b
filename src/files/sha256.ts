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

/** The round constants (FIPS 180-4, section 4.2.2). */
// deno-fmt-ignore
const ROUND = Int32Array.of(
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
);
/** The digest before the first block (section 5.3.3). */
// deno-fmt-ignore
const INITIAL = Int32Array.of(
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
);
/** Bytes of a block. */
const BLOCK = 64;

/**
 * SHA-256 of many short texts. The library behind {@linkcode sha256Hex} takes longer for one of them,
 * and keeps some 250 bytes of memory for each call: gigabytes for the lines of a large file.
 */
export class ShortSha256 {
  readonly #digest = new Int32Array(8);
  readonly #words = new Int32Array(64);
  readonly #end = new Uint8Array(2 * BLOCK);

  /**
   * The digest of `bytes` from `begin` to `end` as eight words, the most significant first: an array
   * that the next call writes to.
   */
  digest(bytes: Uint8Array, begin: number, end: number): Int32Array {
    this.#digest.set(INITIAL);
    let at = begin;
    for (; at + BLOCK <= end; at += BLOCK) this.#block(bytes, at);
    const last = this.#end;
    const left = end - at;
    last.fill(0);
    for (let i = 0; i < left; i++) last[i] = bytes[at + i] as number;
    last[left] = 0x80;
    const blocks = left + 9 <= BLOCK ? BLOCK : 2 * BLOCK;
    const length = end - begin;
    // The number of bits, of which the upper half is beyond any text.
    const bits = 8 * length;
    for (let i = 0, rest = bits; i < 8; i++, rest = Math.floor(rest / 256)) {
      last[blocks - 1 - i] = rest % 256;
    }
    for (let i = 0; i < blocks; i += BLOCK) this.#block(last, i);
    return this.#digest;
  }

  /** Takes in the 64 bytes at `at` (section 6.2.2). */
  #block(bytes: Uint8Array, at: number): void {
    const w = this.#words;
    const h = this.#digest;
    for (let t = 0; t < 16; t++, at += 4) {
      w[t] = (bytes[at] as number) << 24 | (bytes[at + 1] as number) << 16 |
        (bytes[at + 2] as number) << 8 | (bytes[at + 3] as number);
    }
    for (let t = 16; t < 64; t++) {
      const x = w[t - 15] as number;
      const y = w[t - 2] as number;
      const s0 = (x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ x >>> 3;
      const s1 = (y >>> 17 | y << 15) ^ (y >>> 19 | y << 13) ^ y >>> 10;
      w[t] = (w[t - 16] as number) + s0 + (w[t - 7] as number) + s1 | 0;
    }
    let a = h[0] as number;
    let b = h[1] as number;
    let c = h[2] as number;
    let d = h[3] as number;
    let e = h[4] as number;
    let f = h[5] as number;
    let g = h[6] as number;
    let k = h[7] as number;
    for (let t = 0; t < 64; t++) {
      const s1 = (e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7);
      const t1 = k + s1 + (e & f ^ ~e & g) + (ROUND[t] as number) + (w[t] as number) | 0;
      const s0 = (a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10);
      const t2 = s0 + (a & b ^ a & c ^ b & c) | 0;
      k = g;
      g = f;
      f = e;
      e = d + t1 | 0;
      d = c;
      c = b;
      b = a;
      a = t1 + t2 | 0;
    }
    h[0] = (h[0] as number) + a;
    h[1] = (h[1] as number) + b;
    h[2] = (h[2] as number) + c;
    h[3] = (h[3] as number) + d;
    h[4] = (h[4] as number) + e;
    h[5] = (h[5] as number) + f;
    h[6] = (h[6] as number) + g;
    h[7] = (h[7] as number) + k;
  }
}
