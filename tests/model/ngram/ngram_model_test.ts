// @ts-types="../../declarations/assert.d.ts"
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import type { TextSpec, Token } from "../../../src/model/language_model.ts";
import { NgramModel } from "../../../src/model/ngram/ngram_model.ts";
import { testLanguageModel } from "../language_model_contract.ts";

testLanguageModel("NgramModel", ({ spec }) => {
  const { vocabSize: V } = spec;
  const documents = Array.from(
    { length: 20 },
    (_, i) => Array.from({ length: 12 }, (_, j) => (i * i + 7 * j + (j >> 1)) % V),
  );
  return NgramModel.count(documents, 3, spec);
});

/** Tokens 0 and 1 are letters, 2 is BOS. */
const spec: TextSpec = { vocabSize: 3, blockSize: 16 };
const BOS = 2;

/** P(w | text) for every token w. */
function probabilities(model: NgramModel, text: readonly Token[]): number[] {
  const [logits] = model.forward([{ sequence: model.open(), tokens: text, rows: 1 }]);
  return [...logits ?? []].map(Math.exp);
}

// Two documents, "00" and "01". Without context: 0 thrice, 1 once, BOS twice, 3 different of 6, so
// P(0) = (3 + 3 · 1/3) / 9. After 0: 0, 1 and BOS once each, so P(0 | 0) = (1 + 3 · 4/9) / 6. After
// BOS: 0 twice. After BOS 0: 0 and 1 once each. After 1: BOS once.
const documents = [[BOS, 0, 0, BOS], [BOS, 0, 1, BOS]];
const cases: readonly [string, number, readonly Token[], readonly number[]][] = [
  ["order 1 takes no notice of what was read", 1, [BOS, 0], [4 / 9, 2 / 9, 3 / 9]],
  ["order 2 after 0", 2, [BOS, 0], [7 / 18, 5 / 18, 6 / 18]],
  ["order 2 after BOS", 2, [BOS], [(2 + 4 / 9) / 3, 2 / 27, 3 / 27]],
  ["order 2 after 1", 2, [BOS, 1], [4 / 18, 2 / 18, (1 + 3 / 9) / 2]],
  [
    "order 3 after BOS 0",
    3,
    [BOS, 0],
    [(1 + 2 * 7 / 18) / 4, (1 + 2 * 5 / 18) / 4, (2 * 6 / 18) / 4],
  ],
  ["order 3 after a context that was never seen is order 2", 3, [1, 1], [4 / 18, 2 / 18, 12 / 18]],
  ["order 3 has as much context as there is", 3, [BOS], [(2 + 4 / 9) / 3, 2 / 27, 3 / 27]],
];
for (const [name, order, text, expected] of cases) {
  Deno.test(`NgramModel: ${name} (1e-15)`, () => {
    const found = probabilities(NgramModel.count(documents, order, spec), text);
    expected.forEach((value, token) => assertAlmostEquals(found[token] ?? NaN, value, 1e-15));
  });
}

Deno.test("NgramModel: of no documents is uniform", () => {
  assertEquals(probabilities(NgramModel.count([], 3, spec), [BOS, 1]), [1 / 3, 1 / 3, 1 / 3]);
});

Deno.test("NgramModel: a vocabulary of one token leaves nothing to guess", () => {
  const model = NgramModel.count([[0, 0]], 2, { vocabSize: 1, blockSize: 4 });
  assertEquals(probabilities(model, [0, 0]), [1]);
});

/** The formula as it is written, by looking through all documents. */
function wittenBell(
  documents: readonly (readonly Token[])[],
  context: readonly Token[],
  token: Token,
): number {
  const followers = documents.flatMap((document) =>
    document.filter((_, i) =>
      i >= Math.max(1, context.length) &&
      context.every((c, j) => document[i - context.length + j] === c)
    )
  );
  const shorter = context.length === 0
    ? 1 / spec.vocabSize
    : wittenBell(documents, context.slice(1), token);
  const different = new Set(followers).size;
  if (different === 0) return shorter;
  return (followers.filter((other) => other === token).length + different * shorter) /
    (followers.length + different);
}

Deno.test("NgramModel: is the formula, sums to 1 and is nowhere 0 (property, 1e-12)", () => {
  const document = fc.array(fc.nat({ max: 1 }), { maxLength: 8 })
    .map((letters) => [BOS, ...letters, BOS]);
  const text = fc.array(fc.nat({ max: 2 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(
      fc.array(document, { maxLength: 12 }),
      fc.integer({ min: 1, max: 5 }),
      text,
      (documents, order, text) => {
        const found = probabilities(NgramModel.count(documents, order, spec), text);
        const context = order === 1 ? [] : text.slice(-(order - 1));
        found.forEach((p, token) => {
          assert(p > 0);
          assertAlmostEquals(p, wittenBell(documents, context, token), 1e-12);
        });
        assertAlmostEquals(found.reduce((sum, p) => sum + p), 1, 1e-12);
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("NgramModel.logProbAfter: is what the logits have, to the bit, however many tokens followed (2 kinds)", () => {
  const vocabSize = 150;
  // BOS is followed by every token, and so is the context of no tokens: more than are looked through.
  const documents = Array.from({ length: vocabSize }, (_, i) => [0, i, i * i % vocabSize, 0]);
  for (const order of [2, 7]) {
    const model = NgramModel.count(documents, order, { vocabSize, blockSize: 8 });
    for (const text of [[0], [0, 3], [0, 12, 144], [5, 5, 5, 5]]) {
      const sequence = model.open();
      const [logits] = model.forward([{ sequence, tokens: text, rows: 1 }]);
      const found = Array.from(
        { length: vocabSize },
        (_, token) => model.logProbAfter([...text, 9], text.length, token),
      );
      assertEquals(found, [...logits ?? []]);
    }
    assertThrows(() => model.logProbAfter([0], 1, vocabSize), RangeError);
  }
});

const refused: readonly [string, number, readonly Token[], string][] = [
  ["an order of 0", 0, [BOS], "Cannot count 0-grams: expected a whole number of at least 1"],
  ["half an order", 1.5, [BOS], "Cannot count 1.5-grams"],
  ["a token past the vocabulary", 2, [BOS, 3], "Cannot count token 3: the vocabulary has 3"],
];
for (const [name, order, document, message] of refused) {
  Deno.test(`NgramModel: ${name} is refused`, () => {
    assertThrows(() => NgramModel.count([document], order, spec), RangeError, message);
  });
}
