// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { sha256Hex, ShortSha256 } from "../../src/files/sha256.ts";

function hex(words: Int32Array): string {
  return Array.from(words, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

Deno.test("ShortSha256: the digest of abc is the standard's (FIPS 180-2, appendix B.1)", () => {
  const abc = new TextEncoder().encode("abc");
  const expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  assertEquals(hex(new ShortSha256().digest(abc, 0, 3)), expected);
  assertEquals(sha256Hex("abc"), expected);
});

Deno.test("ShortSha256: is node:crypto's, for every length to 300 bytes and at any place (1,200 texts)", () => {
  const hash = new ShortSha256();
  const bytes = new Uint8Array(2000);
  // Every byte and every length meets many others.
  for (let i = 0, state = 1; i < bytes.length; i++) {
    state = Math.imul(state, 1103515245) + 12345 | 0;
    bytes[i] = state >>> 16;
  }
  for (let length = 0; length < 300; length++) {
    for (const begin of [0, 1, 333, bytes.length - length]) {
      const end = begin + length;
      const expected = createHash("sha256").update(bytes.subarray(begin, end)).digest("hex");
      assertEquals(hex(hash.digest(bytes, begin, end)), expected, `${begin} to ${end}`);
    }
  }
});
