// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Documents } from "../../src/data/documents.ts";
import { CharacterVocabulary } from "../../src/data/character_vocabulary.ts";
import { longDocumentsIn, textsToCount, Windows } from "../../src/data/windows.ts";
import type { Token } from "../../src/model/language_model.ts";
import { type NgramCounts, ROOT } from "../../src/model/ngram/ngram_counts.ts";
import { countNgrams } from "../../src/model/ngram/ngram_model.ts";

/** Characters of one to four bytes. */
const letters = ["a", "b", "é", "ﬀ", "😀"];
const vocabulary = new CharacterVocabulary(letters);
const { bos } = vocabulary;

/** Texts of up to five blocks, empty ones among them, and the size of the block. */
const corpora = fc.integer({ min: 1, max: 9 }).chain((blockSize) =>
  fc.record({
    blockSize: fc.constant(blockSize),
    texts: fc.array(
      fc.string({ unit: fc.constantFrom(...letters), maxLength: 5 * blockSize }),
      { minLength: 1, maxLength: 6 },
    ),
  })
);

/** The tokens of a whole document. */
const whole = (text: string): Token[] => [...vocabulary.encodePrompt(text), bos];

Deno.test("Windows: each token and the stop is predicted exactly once, after the token before it (1,000 corpora)", () => {
  fc.assert(
    fc.property(corpora, ({ texts, blockSize }) => {
      const documents = Documents.of(texts);
      const windows = Windows.of(documents, vocabulary, { blockSize, longDocuments: "windows" });
      const read: Token[][] = texts.map(() => []);
      let last = 0;
      for (let i = 0; i < windows.length; i++) {
        const [given, ...predicted] = windows.at(i) ?? [];
        const document = windows.documentOf(i);
        const own = read[document];
        // Those of a document are side by side, and the documents in order.
        assertEquals(document === last || document === last + 1, true);
        last = document;
        assertEquals(given, own?.at(-1) ?? bos);
        assertEquals(predicted.length >= 1 && predicted.length <= blockSize, true);
        own?.push(...predicted);
      }
      assertEquals(read, texts.map((text) => whole(text).slice(1)));
      assertEquals(windows.at(windows.length), undefined);
    }),
    { numRuns: 1000, seed: 1 },
  );
});

Deno.test("Windows: a cut has the first window of each document, and in any order they are the same (300 corpora)", () => {
  fc.assert(
    fc.property(corpora, ({ texts, blockSize }) => {
      const documents = Documents.of(texts);
      const cut = Windows.of(documents, vocabulary, { blockSize, longDocuments: "cut" });
      const found = Array.from({ length: cut.length }, (_, i) => cut.at(i));
      assertEquals(found, texts.map((text) => whole(text).slice(0, blockSize + 1)));
      const all = Windows.of(documents, vocabulary, { blockSize, longDocuments: "windows" });
      const turned = all.inOrder((places) => places.reverse());
      for (let i = 0; i < all.length; i++) {
        const other = all.length - 1 - i;
        assertEquals([turned.at(i), turned.documentOf(i)], [all.at(other), all.documentOf(other)]);
      }
    }),
    { numRuns: 300, seed: 2 },
  );
});

for (
  const [length, lengths] of [
    [0, [1]],
    [3, [4]],
    // EOS has no room.
    [4, [4, 1]],
    [5, [4, 2]],
    [8, [4, 4, 1]],
  ] as const
) {
  Deno.test(`Windows: ${length} characters in a block of 4 are windows of ${lengths} tokens to predict`, () => {
    const documents = Documents.of(["a", "é".repeat(length), "b"]);
    const options = { blockSize: 4, longDocuments: "windows" } as const;
    const windows = Windows.of(documents, vocabulary, options);
    const found = Array.from({ length: windows.length }, (_, i) => windows.at(i) ?? []);
    assertEquals(found.map((tokens) => tokens.length - 1), [2, ...lengths, 2]);
    const long = longDocumentsIn(documents, vocabulary, 4);
    const isLong = lengths.length > 1;
    assertEquals(long, {
      documents: isLong ? 1 : 0,
      tokens: isLong ? length + 1 : 0,
      pastBlock: isLong ? length - 3 : 0,
      windows: isLong ? lengths.length : 0,
      longest: isLong ? length + 1 : 0,
      ...(isLong && { first: { document: 1, tokens: length + 1 } }),
    });
  });
}

Deno.test("longDocumentsIn: what is past the block is what a cut lacks (300 corpora)", () => {
  fc.assert(
    fc.property(corpora, ({ texts, blockSize }) => {
      const found = longDocumentsIn(Documents.of(texts), vocabulary, blockSize);
      const lengths = texts.map((text) => [...text].length + 1).filter((one) => one > blockSize);
      const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0);
      assertEquals(
        [found.documents, found.tokens, found.pastBlock, found.windows, found.longest],
        [
          lengths.length,
          sum(lengths),
          sum(lengths.map((length) => length - blockSize)),
          sum(lengths.map((length) => Math.ceil(length / blockSize))),
          Math.max(0, ...lengths),
        ],
      );
    }),
    { numRuns: 300, seed: 3 },
  );
});

/** How often what followed each context that `texts` have, oldest token first. */
function followed(counts: NgramCounts, texts: readonly string[], order: number): unknown[] {
  return texts.flatMap((text) => {
    const tokens = whole(text);
    return tokens.map((_, end) => {
      let context = ROOT;
      const found: unknown[] = [];
      for (let back = 0; back < order && context >= 0; back++) {
        const row = new Float64Array(vocabulary.size);
        counts.addTo(row, context, 1);
        found.push(counts.total(context), counts.distinct(context), row.join(" "));
        context = end - back < 0 ? -1 : counts.longer(context, tokens[end - back] as Token);
      }
      return found;
    });
  });
}

Deno.test("textsToCount: n-grams counted in pieces are those of whole documents (200 corpora, orders 1 to 4)", () => {
  fc.assert(
    fc.property(corpora, fc.integer({ min: 1, max: 4 }), ({ texts, blockSize }, order) => {
      const options = { blockSize, longDocuments: "windows", order, atOnce: 1 } as const;
      const pieces = textsToCount(Documents.of(texts), vocabulary, options);
      const found = countNgrams(pieces, order, vocabulary.size);
      // A vocabulary this large is counted in tables.
      const tables = countNgrams(pieces, order, 10 ** 8);
      const expected = countNgrams(texts.map(whole), order, vocabulary.size);
      assertEquals([found.size, tables.size], [expected.size, expected.size]);
      assertEquals(followed(found, texts, order), followed(expected, texts, order));
    }),
    { numRuns: 200, seed: 4 },
  );
});

Deno.test("textsToCount: of a cut, n-grams are counted up to the end of the block", () => {
  const documents = Documents.of(["abab", "é"]);
  const options = { blockSize: 2, longDocuments: "cut", order: 5 } as const;
  const texts = textsToCount(documents, vocabulary, options);
  assertEquals([texts.at(0), texts.at(1), texts.length], [[bos, 0, 1], [bos, 2, bos], 2]);
});

for (const given of [0, 4]) {
  Deno.test(`Windows: ${given} given tokens in a block of 2 are refused`, () => {
    const options = { blockSize: 2, longDocuments: "windows", given } as const;
    const message = `Cannot give ${given} tokens`;
    assertThrows(() => Windows.of(Documents.of(["a"]), vocabulary, options), RangeError, message);
  });
}
