// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Documents } from "../../src/data/documents.ts";
import { drawPrompts, longEnough, longestOf, splitByContent } from "../../src/data/selection.ts";
import { CounterStream } from "../../src/random/counter_stream.ts";

const documents = Documents.of(Array.from({ length: 10_000 }, (_, i) => `document ${i}`));

/** The texts of both sides. */
const split = (texts: readonly string[] | Documents, share: number) => {
  const { training, heldOut } = splitByContent(
    texts instanceof Documents ? texts : Documents.of(texts),
    share,
  );
  return { training: [...training], heldOut: [...heldOut] };
};

// SHA-256 of "abc" begins ba7816bf 8f01 (FIPS 180-2, appendix B.1): 0xba7816bf8f01 / 2⁴⁸ = .72839….
Deno.test("splitByContent: a document goes by the first 48 bits of its SHA-256", () => {
  assertEquals(0xba7816bf8f01 / 2 ** 48, 0.7283949105903993);
  assertEquals(split(["abc"], 0.7284), { training: [], heldOut: ["abc"] });
  assertEquals(split(["abc"], 0.7283), { training: ["abc"], heldOut: [] });
});

Deno.test("splitByContent: holds out about the share (false alarm 1e-9)", () => {
  for (const share of [0.01, 0.1, 0.5, 0.9]) {
    const { heldOut } = splitByContent(documents, share);
    const deviation = Math.sqrt(documents.length * share * (1 - share));
    assert(Math.abs(heldOut.length - documents.length * share) < 6.1 * deviation);
  }
});

Deno.test("splitByContent: 0 holds nothing out", () => {
  assertEquals(split(documents, 0), { training: [...documents], heldOut: [] });
});

Deno.test("splitByContent: equal documents go the same way, nothing is lost, order is kept (property)", () => {
  const corpus = fc.array(fc.constantFrom(..."abcdefghij", "", "é", "日本"), { maxLength: 40 });
  fc.assert(fc.property(corpus, fc.double({ min: 0, max: 0.999, noNaN: true }), (texts, share) => {
    const { training, heldOut } = split(texts, share);
    const seen = new Set(training);
    assert(heldOut.every((text) => !seen.has(text)));
    assertEquals(training, texts.filter((text) => seen.has(text)));
    assertEquals(heldOut, texts.filter((text) => !seen.has(text)));
  }));
});

Deno.test("splitByContent: a larger share holds out what a smaller one does, and more", () => {
  const larger = new Set(split(documents, 0.3).heldOut);
  assert(split(documents, 0.2).heldOut.every((text) => larger.has(text)));
});

const letters = [..."abcdefghijklmnopqrstuvwxyz"];
const random = (seed = 1): CounterStream => CounterStream.fromSeed(seed);

Deno.test("longEnough: counts characters, not code units", () => {
  assertEquals([...longEnough(Documents.of(["a", "ab", "🙂", "🙂b"]), 2)], ["ab", "🙂b"]);
  assertEquals([...longEnough(Documents.of(["a", "b"]), 0)], ["a", "b"]);
});

Deno.test("longestOf: counts characters, not bytes; of none it is 0", () => {
  assertEquals(longestOf(Documents.of(["a", "🙂", "abc", "🙂🙂"])), 3);
  assertEquals(longestOf(Documents.of([])), 0);
});

Deno.test("drawPrompts: of all documents, each once, in order", () => {
  assertEquals(
    drawPrompts(Documents.of(letters.toReversed()), { count: 26, length: 1 }, random()),
    letters,
  );
});

Deno.test("drawPrompts: documents that begin alike give the same prompt again", () => {
  const drawn = drawPrompts(
    Documents.of(["ann", "anna", "🙂x", "bob"]),
    { count: 4, length: 1 },
    random(),
  );
  assertEquals(drawn, ["a", "a", "b", "🙂"]);
});

Deno.test("drawPrompts: a length of 0 is the empty prompt as often as there are draws", () => {
  assertEquals(drawPrompts(Documents.of(letters), { count: 3, length: 0 }, random()), ["", "", ""]);
});

Deno.test("drawPrompts: more are the same and more; another seed draws others", () => {
  const draw = (count: number, seed = 1) =>
    drawPrompts(Documents.of(letters), { count, length: 1 }, random(seed));
  const ten = new Set(draw(10));
  assert(draw(6).every((prompt) => ten.has(prompt)));
  assert(draw(10, 2).some((prompt) => !ten.has(prompt)));
});

// Each of 26 is drawn with 1/2: 1,300 of 2,600 draws of a letter, ±6.1 deviations of 25.5.
Deno.test("drawPrompts: every document is drawn equally often (false alarm 3e-8)", () => {
  const counts = new Map<string, number>();
  const source = random(3);
  for (let i = 0; i < 2_600; i++) {
    for (const prompt of drawPrompts(Documents.of(letters), { count: 13, length: 1 }, source)) {
      counts.set(prompt, (counts.get(prompt) ?? 0) + 1);
    }
  }
  for (const letter of letters) {
    assert(Math.abs((counts.get(letter) ?? 0) - 1_300) < 6.1 * 25.5, letter);
  }
});

Deno.test("drawPrompts: more than there are documents is refused", () => {
  assertThrows(
    () => drawPrompts(Documents.of(["a"]), { count: 2, length: 1 }, random()),
    RangeError,
    "Cannot draw 2 prompts: there are 1 documents",
  );
});
