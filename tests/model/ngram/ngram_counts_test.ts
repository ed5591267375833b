// @ts-types="../../declarations/assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import type { Token } from "../../../src/model/language_model.ts";
import { type NgramCounts, ROOT } from "../../../src/model/ngram/ngram_counts.ts";
import { countNgrams } from "../../../src/model/ngram/ngram_model.ts";
import { fitsKeys, PackedCounts } from "../../../src/model/ngram/packed_counts.ts";
import { TableCounts } from "../../../src/model/ngram/table_counts.ts";

/** Every context by its tokens, oldest first, and what followed it. */
function contextsOf(counts: NgramCounts, vocabSize: number, order: number) {
  const found: Record<string, unknown> = {};
  const visit = (context: number, tokens: readonly Token[]): void => {
    const row = new Float64Array(vocabSize);
    counts.addTo(row, context, 1);
    const [total, distinct] = [counts.total(context), counts.distinct(context)];
    found[tokens.join(" ")] = { total, distinct, row: [...row] };
    for (let token = 0; token < vocabSize; token++) {
      const longer = counts.longer(context, token);
      if (longer >= 0) visit(longer, [token, ...tokens]);
      if (tokens.length === order - 1) assertEquals(longer, -1);
    }
  };
  visit(ROOT, []);
  return found;
}

/** Texts, the vocabulary of their tokens and the longest n-gram that is counted. */
const cases = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 6 }))
  .chain(([vocabSize, order]) =>
    fc.record({
      vocabSize: fc.constant(vocabSize),
      order: fc.constant(order),
      texts: fc.array(fc.array(fc.nat(vocabSize - 1), { maxLength: 14 }), { maxLength: 30 }),
    })
  );

Deno.test("PackedCounts: are those of hash tables, with keys of 32 bits and of 53 (1,000 corpora)", () => {
  fc.assert(
    fc.property(cases, ({ vocabSize, order, texts }) => {
      const packed = contextsOf(new PackedCounts(texts, order, vocabSize), vocabSize, order);
      assertEquals(packed, contextsOf(new TableCounts(texts, order, vocabSize), vocabSize, order));
    }),
    { numRuns: 1000, seed: 1 },
  );
});

Deno.test("PackedCounts: are those of hash tables where keys are merged several times (600,000 tokens)", () => {
  for (const [vocabSize, order] of [[9, 4], [300, 4], [3000, 4]] as const) {
    let state = 1;
    const next = (): number => (state = Math.imul(state, 1103515245) + 12345 >>> 0) / 2 ** 32;
    const texts = Array.from(
      { length: 1000 },
      () => Array.from({ length: 600 }, () => Math.floor(next() ** 4 * vocabSize)),
    );
    const packed = new PackedCounts(texts, order, vocabSize);
    const table = new TableCounts(texts, order, vocabSize);
    for (let t = 0; t < texts.length; t += 97) {
      const text = texts[t] ?? [];
      for (let i = order; i < text.length; i++) {
        let [a, b] = [ROOT, ROOT];
        for (let back = 1; back < order; back++) {
          a = packed.longer(a, text[i - back] ?? NaN);
          b = table.longer(b, text[i - back] ?? NaN);
          const found = [packed.total(a), packed.distinct(a)];
          assertEquals(found, [table.total(b), table.distinct(b)]);
        }
      }
    }
  }
});

Deno.test("countNgrams: has keys as long as they are exact, and tables beyond", () => {
  assertEquals([fitsKeys(5, 27), fitsKeys(5, 1600), fitsKeys(3, 30_000)], [true, false, true]);
  assertEquals(countNgrams([[0, 1]], 5, 27) instanceof PackedCounts, true);
  assertEquals(countNgrams([[0, 1]], 5, 30_000) instanceof TableCounts, true);
});

for (const vocabSize of [3, 30_000]) {
  Deno.test(`countNgrams: a token past a vocabulary of ${vocabSize} is refused`, () => {
    const message = `Cannot count token ${vocabSize}: the vocabulary has ${vocabSize}`;
    assertThrows(() => countNgrams([[0, vocabSize]], 5, vocabSize), RangeError, message);
  });
}
