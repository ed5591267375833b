// @ts-types="../declarations/assert.d.ts"
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { corpusLoss, documentLosses } from "../../src/measure/corpus_loss.ts";
import {
  documentCosts,
  ngramDocumentCosts,
  type TextSize,
} from "../../src/measure/document_costs.ts";
import type { LanguageModel, Token, TokenTexts } from "../../src/model/language_model.ts";
import { countNgrams, NgramModel } from "../../src/model/ngram/ngram_model.ts";
import { loadQuantiles } from "../../src/measure/quantiles.ts";
import { EOS, known } from "../decode/known_model.ts";
import { MockModel, type NextProbabilities } from "../decode/mock_model.ts";

await loadQuantiles();

/** A character for each token but EOS. */
const sizeOf = (tokens: readonly Token[]): TextSize => ({
  characters: tokens.filter((token) => token !== EOS).length,
});

function loss(documents: TokenTexts, blockSize = 16, next = known) {
  const model = new MockModel(4, blockSize, next);
  const costs = documentCosts(model, documents, { sizeOf });
  assert(model.sequences.every(({ closed }) => closed), "a sequence was left open");
  return { ...corpusLoss(costs), byDocument: documentLosses(costs), model };
}

// P(0 1 EOS) = .6 · .5 · .9, P(1 EOS) = .4 · .9: 5 tokens, of them 3 characters.
const documents = [[EOS, 0, 1, EOS], [EOS, 1, EOS]];
const nats = -Math.log(.6 * .5 * .9) - Math.log(.4 * .9);

Deno.test("corpusLoss: is pooled over tokens, EOS among them; bits are over characters alone (1e-12)", () => {
  const { documents: count, tokens, natsPerToken, bitsPerCharacter } = loss(documents);
  assertEquals([count, tokens], [2, 5]);
  assertAlmostEquals(natsPerToken.value, nats / 5, 1e-12);
  assertAlmostEquals(bitsPerCharacter.value, nats / Math.LN2 / 3, 1e-12);
});

Deno.test("corpusLoss: what is past the block is not predicted (1e-12)", () => {
  // Two tokens are read, so two predicted: 0 1 without EOS, and 1 EOS.
  const { tokens, natsPerToken, bitsPerCharacter } = loss(documents, 2);
  const cut = -Math.log(.6 * .5) - Math.log(.4 * .9);
  assertEquals(tokens, 4);
  assertAlmostEquals(natsPerToken.value, cut / 4, 1e-12);
  assertAlmostEquals(bitsPerCharacter.value, cut / Math.LN2 / 3, 1e-12);
});

Deno.test("corpusLoss: an interval is over documents (1e-6)", () => {
  const { natsPerToken } = loss(documents);
  // Two documents: without one of them the other is left, and t.975 of one degree of freedom is 12.706.
  const [long, short] = [-Math.log(.6 * .5 * .9) / 3, -Math.log(.4 * .9) / 2];
  const reach = 12.706205 * Math.abs(long - short) / 2;
  assertAlmostEquals(natsPerToken.interval?.low ?? NaN, natsPerToken.value - reach, 1e-6);
  assertAlmostEquals(natsPerToken.interval?.high ?? NaN, natsPerToken.value + reach, 1e-6);
});

Deno.test("corpusLoss: reads 128 documents in a pass, and all of them", () => {
  const { documents: count, model } = loss(Array(300).fill(documents[0]));
  assertEquals([count, ...model.batches], [300, 128, 128, 44]);
});

Deno.test("corpusLoss: the windows of a document are added, and an interval is over documents (1e-12)", () => {
  const texts = [[EOS, 0, 1], [1, EOS], [EOS, 1, EOS]];
  const windows: TokenTexts = {
    length: texts.length,
    at: (i) => texts[i],
    documentOf: (i) => Math.max(0, i - 1),
  };
  // The next token depends on the last one alone, so that a window takes nothing from the model.
  const next: NextProbabilities = (prefix) =>
    [[0, 0.5, 0.5, 0], [0, 0, 0.1, 0.9], [1, 0, 0, 0], [0.6, 0.4, 0, 0]][prefix.at(-1) ?? EOS] ??
      [];
  const [whole, found] = [loss(documents, 16, next), loss(windows, 16, next)];
  assertEquals([found.documents, found.tokens], [2, 5]);
  assertAlmostEquals(found.natsPerToken.value, nats / 5, 1e-12);
  for (const measure of ["natsPerToken", "bitsPerCharacter"] as const) {
    assertAlmostEquals(found[measure].value, whole[measure].value, 1e-12);
    const [own, others] = [found[measure].interval, whole[measure].interval];
    assertAlmostEquals(own?.low ?? NaN, others?.low ?? NaN, 1e-9);
    assertAlmostEquals(own?.high ?? NaN, others?.high ?? NaN, 1e-9);
  }
});

Deno.test("corpusLoss: bits per byte are the same sum over bytes, where these are counted (1e-12)", () => {
  const model = new MockModel(4, 16, known);
  const costs = documentCosts(model, documents, {
    // Each token is a character of two bytes.
    sizeOf: (tokens) => ({ ...sizeOf(tokens), bytes: 2 * sizeOf(tokens).characters }),
  });
  const { bitsPerByte, bitsPerCharacter } = corpusLoss(costs);
  assertAlmostEquals(bitsPerByte?.value ?? NaN, nats / Math.LN2 / 6, 1e-12);
  assertAlmostEquals(bitsPerByte?.value ?? NaN, bitsPerCharacter.value / 2, 1e-12);
  assertEquals(documentLosses(costs).bytes, [4, 2]);
  assertEquals("bitsPerByte" in corpusLoss(documentCosts(model, documents, { sizeOf })), false);
});

Deno.test("documentCosts: a document is told where it begins, whatever window it is in", () => {
  const model = new MockModel(4, 16, known);
  const texts = [[EOS, 0, 1], [1, EOS], [EOS, 1, EOS]];
  const windows: TokenTexts = {
    length: texts.length,
    at: (i) => texts[i],
    documentOf: (i) => Math.max(0, i - 1),
  };
  const begun: boolean[] = [];
  documentCosts(model, windows, {
    sizeOf(tokens, isFirst) {
      begun.push(isFirst);
      return sizeOf(tokens);
    },
  });
  assertEquals(begun, [true, false, true]);
});

Deno.test("documentCosts: any of several stops ends a document: their probabilities are added (1e-12)", () => {
  const next: NextProbabilities = () => [0.5, 0, 0.2, 0.3];
  const costs = documentCosts(new MockModel(4, 16, next), [[EOS, 0, EOS], [EOS, 0, 2]], {
    sizeOf,
    stops: [2, EOS],
  });
  const expected = -Math.log(0.5) - Math.log(0.5);
  for (const cost of costs.nats) assertAlmostEquals(cost, expected, 1e-12);
});

Deno.test("documentCosts: of a large vocabulary the logits of a pass stay few, and the costs are the same", () => {
  // Each pass may have 64 MiB of logits: of so many tokens those after 16 rows.
  const vocabSize = 2 ** 19;
  const rows: number[] = [];
  const model = uniformModel(vocabSize, 64, (asked) => rows.push(asked));
  const long = Array.from({ length: 41 }, (_, i) => i);
  const { nats } = documentCosts(model, [long, long.slice(0, 3)], { sizeOf });
  assertAlmostEquals(nats[0] ?? NaN, 40 * Math.log(vocabSize), 1e-9);
  assertAlmostEquals(nats[1] ?? NaN, 2 * Math.log(vocabSize), 1e-9);
  assertEquals(rows, [16, 16, 8, 2]);
});

/** A model that finds every token equally probable; `onRows` is told of the rows of each pass. */
function uniformModel(
  vocabSize: number,
  blockSize: number,
  onRows: (rows: number) => void,
): LanguageModel {
  const model: LanguageModel = {
    spec: { vocabSize, blockSize },
    forward(batch) {
      onRows(batch.reduce((sum, { rows }) => sum + rows, 0));
      return batch.map(({ rows }) => new Float64Array(rows * vocabSize));
    },
    open: () => ({
      model,
      length: 0,
      truncate: () => {},
      fork: () => model.open(),
      close: () => {},
    }),
  };
  return model;
}

/** The same model, but no n-gram model, so that its rows are read. */
function byRows(model: NgramModel): LanguageModel {
  return { spec: model.spec, open: () => model.open(), forward: (batch) => model.forward(batch) };
}

Deno.test("documentCosts: an n-gram model of many tokens is asked for those that came, with the same answer (1e-9)", () => {
  const spec = { vocabSize: 5000, blockSize: 16 };
  const texts = [[0, 7, 8, 7, 4999, 0], [0, 8, 0], [0, 7, 7, 7, 0]];
  const model = NgramModel.count(texts, 3, spec);
  const direct = documentCosts(model, texts, { sizeOf });
  const rows = documentCosts(byRows(model), texts, { sizeOf });
  direct.nats.forEach((cost, i) => assertAlmostEquals(cost, rows.nats[i] ?? NaN, 1e-9));
});

// In windows of 3 tokens to predict, of texts that n-grams were counted in and of others.
const [V, SECOND_STOP] = [40, 1];
const counted = Array.from(
  { length: 60 },
  (_, i) => [0, ...Array.from({ length: i % 9 }, (_, j) => 2 + (i * i + 5 * j * i) % 30), 0],
);
const others = Array.from(
  { length: 40 },
  (_, i) => [0, ...Array.from({ length: i % 7 }, (_, j) => 2 + (3 * i + j * j) % 38), i % 2],
);
const read = [...counted, ...others].flatMap((text, document) =>
  Array.from(
    { length: Math.ceil((text.length - 1) / 3) },
    (_, i) => ({ document, tokens: text.slice(3 * i, 3 * i + 4) }),
  )
);
const windows: TokenTexts = {
  length: read.length,
  at: (i) => read[i]?.tokens,
  documentOf: (i) => read[i]?.document ?? 0,
};
const kinds: readonly [string, number, readonly Token[]][] = [
  ["exact keys", 5, []],
  ["exact keys, one stop", 5, [0]],
  ["exact keys, two stops", 5, [0, SECOND_STOP]],
  ["hash tables", 12, []],
];
for (const [name, most, stops] of kinds) {
  Deno.test(`ngramDocumentCosts: of all orders at once are those of each by its rows, to the bit (${name}, ${most} orders)`, () => {
    const counts = countNgrams(counted, most, V);
    const orders = Array.from({ length: most }, (_, i) => most - i);
    const models = orders.map((order) =>
      new NgramModel(counts, order, { vocabSize: V, blockSize: 3 })
    );
    const options = { sizeOf, stops };
    const found = ngramDocumentCosts(models, windows, options);
    assertEquals(found, models.map((model) => documentCosts(byRows(model), windows, options)));
    assertEquals(found[0], documentCosts(models[0] as NgramModel, windows, options));
  });
}

Deno.test("ngramDocumentCosts: models by different counts are refused", () => {
  const models = [2, 3].map((order) =>
    NgramModel.count(counted, order, { vocabSize: V, blockSize: 3 })
  );
  assertThrows(
    () => ngramDocumentCosts(models, windows, { sizeOf }),
    TypeError,
    "different counts",
  );
});

Deno.test("documentLosses: each document's own (1e-12), and of too many some that are evenly spread", () => {
  const { byDocument } = loss(documents);
  assertEquals(byDocument.documents, [0, 1]);
  assertEquals([byDocument.tokens, byDocument.characters], [[3, 2], [2, 1]]);
  assertAlmostEquals(byDocument.nats[0] ?? NaN, -Math.log(.6 * .5 * .9), 1e-12);
  assertAlmostEquals(byDocument.nats[1] ?? NaN, -Math.log(.4 * .9), 1e-12);
  const many = Float64Array.from({ length: 250_000 }, (_, i) => i);
  const kept = documentLosses({ nats: many, tokens: many, characters: many });
  assertEquals(kept.documents.length, 100_000);
  assertEquals(kept.nats, kept.documents);
  assertEquals(kept.documents.slice(0, 5), [0, 2, 5, 7, 10]);
});
