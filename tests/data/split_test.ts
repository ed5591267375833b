// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { splitByContent } from "../../src/data/split.ts";

const documents = Array.from({ length: 10_000 }, (_, i) => `document ${i}`);

// SHA-256 of "abc" begins ba7816bf 8f01 (FIPS 180-2, appendix B.1): 0xba7816bf8f01 / 2⁴⁸ = .72839….
Deno.test("splitByContent: a document goes by the first 48 bits of its SHA-256", () => {
  assertEquals(0xba7816bf8f01 / 2 ** 48, 0.7283949105903993);
  assertEquals(splitByContent(["abc"], 0.7284), { training: [], heldOut: ["abc"] });
  assertEquals(splitByContent(["abc"], 0.7283), { training: ["abc"], heldOut: [] });
});

Deno.test("splitByContent: holds out about the share (false alarm 1e-9)", () => {
  for (const share of [0.01, 0.1, 0.5, 0.9]) {
    const { heldOut } = splitByContent(documents, share);
    const deviation = Math.sqrt(documents.length * share * (1 - share));
    assert(Math.abs(heldOut.length - documents.length * share) < 6.1 * deviation);
  }
});

Deno.test("splitByContent: 0 holds nothing out", () => {
  assertEquals(splitByContent(documents, 0), { training: documents, heldOut: [] });
});

Deno.test("splitByContent: equal documents go the same way, nothing is lost, order is kept (property)", () => {
  const corpus = fc.array(fc.constantFrom(..."abcdefghij", "", "é", "日本"), { maxLength: 40 });
  fc.assert(fc.property(corpus, fc.double({ min: 0, max: 0.999, noNaN: true }), (texts, share) => {
    const { training, heldOut } = splitByContent(texts, share);
    const seen = new Set(training);
    assert(heldOut.every((text) => !seen.has(text)));
    assertEquals(training, texts.filter((text) => seen.has(text)));
    assertEquals(heldOut, texts.filter((text) => !seen.has(text)));
  }));
});

Deno.test("splitByContent: a larger share holds out what a smaller one does, and more", () => {
  const larger = new Set(splitByContent(documents, 0.3).heldOut);
  assert(splitByContent(documents, 0.2).heldOut.every((text) => larger.has(text)));
});
