// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  byteCount,
  bytesOfText,
  isTextOfBytes,
  shownBytes,
  textOfBytes,
} from "../../src/text/bytes.ts";
import { escapeControl } from "../../src/text/characters.ts";

const runs = { numRuns: 1000, seed: 1 };

/** Bytes of which many are the beginning of a character. */
const bytes = fc.uint8Array({ maxLength: 12 }).map((own) =>
  own.map((byte) => byte < 100 ? byte : byte < 180 ? 0x80 + byte % 64 : byte)
);

Deno.test("textOfBytes: any bytes come back, so that different ones are different texts (1,000)", () => {
  fc.assert(
    fc.property(bytes, (own) => {
      const text = textOfBytes(own);
      assertEquals(bytesOfText(text), own);
      assertEquals(byteCount(text), own.length);
      assert(isTextOfBytes(text));
    }),
    runs,
  );
});

Deno.test("textOfBytes: UTF-8 is its text, and that of a text its bytes (1,000)", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const utf8 = new TextEncoder().encode(text);
      assertEquals(textOfBytes(utf8), text);
      assertEquals(bytesOfText(text), utf8);
      assertEquals(byteCount(text), utf8.length);
      assertEquals(shownBytes(text), text);
    }),
    runs,
  );
});

// The examples of bad forms are those of Unicode's standard, section 3.9.
const cases: readonly (readonly [what: string, bytes: readonly number[], shown: string])[] = [
  ["a character that is cut off", [0x61, 0xe2, 0x82], "a\\xE2\\x82"],
  ["the middle of one", [0x82, 0xac, 0x61], "\\x82\\xACa"],
  ["an overlong form", [0xc0, 0xaf], "\\xC0\\xAF"],
  ["an overlong form of three bytes", [0xe0, 0x80, 0xaf], "\\xE0\\x80\\xAF"],
  ["a surrogate", [0xed, 0xa0, 0x80], "\\xED\\xA0\\x80"],
  ["more than U+10FFFF", [0xf4, 0x91, 0x92, 0x93], "\\xF4\\x91\\x92\\x93"],
  ["bytes that begin nothing", [0xff, 0xfe], "\\xFF\\xFE"],
  ["a whole character beside", [0xe2, 0x82, 0xac, 0xe2], "€\\xE2"],
];

for (const [what, bad, shown] of cases) {
  Deno.test(`shownBytes: ${what} is written as bytes`, () => {
    const text = textOfBytes(Uint8Array.from(bad));
    assertEquals(shownBytes(text), shown);
    assertEquals(escapeControl(text), shown);
    assert(!text.isWellFormed());
  });
}

Deno.test("isTextOfBytes: a lone surrogate that is no byte is not", () => {
  for (const text of ["\ud800", "a\udc7f", "\udd00b"]) assert(!isTextOfBytes(text), text);
});
