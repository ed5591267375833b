// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  bytesOfCharacter,
  codePointAt,
  Documents,
  sharedWords,
  textsAmong,
} from "../../src/data/documents.ts";
import { parseDocuments } from "../../src/data/corpus_text.ts";
import { characterCount, firstCharacters } from "../../src/text/characters.ts";

const texts = ["", "abc", "é😀", "日本語", "a\uFEFF", "abc"];
const all = Documents.of(texts);
const words = (...values: number[]): ReturnType<typeof sharedWords> => {
  const shared = sharedWords(values.length);
  shared.set(values);
  return shared;
};

Deno.test("Documents: give the texts back, one by one and in order", () => {
  assertEquals([all.length, [...all]], [texts.length, texts]);
  assertEquals(texts.map((_, i) => all.at(i)), texts);
});

Deno.test("Documents: a subset has those documents, and a subset of it those of them", () => {
  const some = all.subset(words(3, 1, 2));
  assertEquals([...some], ["日本語", "abc", "é😀"]);
  assertEquals([...some.subset(words(2, 0))], ["é😀", "日本語"]);
  assertEquals([...all.subset(words())], []);
});

Deno.test("Documents: as plain data they are the same documents, in the same memory", () => {
  const some = all.subset(words(2, 1));
  const sent = structuredClone(some.data);
  assertEquals([...new Documents(sent)], ["é😀", "abc"]);
  sent.text[sent.bounds[1] ?? NaN] = 65;
  assertEquals(some.at(1), "Abc");
  sent.text[sent.bounds[1] ?? NaN] = 97;
});

Deno.test("Documents: characters and beginnings are counted in code points (any texts)", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary" })), fc.nat(6), (texts, count) => {
      const documents = Documents.of(texts);
      texts.forEach((text, i) => {
        assertEquals(documents.characters(i), characterCount(text));
        assertEquals(documents.characters(i, count), Math.min(count, characterCount(text)));
        assertEquals(documents.beginning(i, count), firstCharacters(text, count));
      });
    }),
    { seed: 1 },
  );
});

Deno.test("codePointAt: every code point and its length (1,112,064)", () => {
  for (let codePoint = 0; codePoint <= 0x10ffff; codePoint++) {
    if (codePoint === 0xd800) codePoint = 0xe000;
    const bytes = new TextEncoder().encode(String.fromCodePoint(codePoint));
    const found = [codePointAt(bytes, 0), bytesOfCharacter(bytes[0] ?? 0)];
    if (found[0] !== codePoint || found[1] !== bytes.length) assertEquals(found, [codePoint]);
  }
});

Deno.test("parseDocuments: takes as white space what JavaScript's trim and Python's strip do (1,112,062 lines)", () => {
  // deno-lint-ignore no-control-regex -- Python's strip takes these away, too
  const white = /^[\s\x1c-\x1f\x85]$/u;
  const lines: string[] = [];
  const kept: string[] = [];
  for (let codePoint = 1; codePoint <= 0x10ffff; codePoint++) {
    if (codePoint === 0xd800) codePoint = 0xe000;
    const character = String.fromCodePoint(codePoint);
    lines.push(character);
    if (!white.test(character)) kept.push(character);
  }
  const documents = parseDocuments("c.txt", new TextEncoder().encode(lines.join("\n")));
  assertEquals(documents.length, kept.length);
  assert([...documents].join("\n") === kept.join("\n"));
});

Deno.test("textsAmong: are those that a set of the documents has (any texts)", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "é"), maxLength: 12 });
  fc.assert(
    fc.property(fc.array(text), fc.array(text), (texts, asked) => {
      const set = new Set(texts);
      const all = [...asked, ...texts.slice(0, 2)];
      const expected = Uint8Array.from(all, (one) => set.has(one) ? 1 : 0);
      assertEquals(textsAmong([Documents.of(texts), Documents.of([])], all), [
        expected,
        new Uint8Array(all.length),
      ]);
    }),
    { numRuns: 1000, seed: 1 },
  );
});
