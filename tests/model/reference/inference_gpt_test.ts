// @ts-types="../../declarations/assert.d.ts"
import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import type { Sequence, Token } from "../../../src/model/language_model.ts";
import { InferenceGpt } from "../../../src/model/reference/inference_gpt.ts";
import { randomWeights, smallSpec } from "./small_model.ts";

const text: readonly Token[] = [4, 0, 1, 2, 3];
const V = smallSpec.vocabSize;

function model(): InferenceGpt {
  return new InferenceGpt(randomWeights(smallSpec));
}

/** Reads `tokens` and gives the logits after each, `[rows, V]`. */
function read(gpt: InferenceGpt, sequence: Sequence, tokens: readonly Token[]): Float64Array {
  const [logits] = gpt.forward([{ sequence, tokens, rows: tokens.length }]);
  return logits as Float64Array;
}

Deno.test("InferenceGpt: logits are the same bits one token at a time and all at once", () => {
  const gpt = model();
  const sequence = gpt.open();
  const apart = text.flatMap((token) => [...read(gpt, sequence, [token])]);
  assertEquals(apart, [...read(gpt, gpt.open(), text)]);
});

Deno.test("InferenceGpt: logits are the same bits alone and in a batch of other lengths", () => {
  const gpt = model();
  const alone = read(gpt, gpt.open(), text);
  const batch = [[4], text, [4, 1, 1], text.slice(0, 3)].map((tokens) => ({
    sequence: gpt.open(),
    tokens,
    rows: 1,
  }));
  assertEquals(gpt.forward(batch)[1], alone.slice(-V));
});

Deno.test("InferenceGpt: rows asks for the last positions alone", () => {
  const gpt = model();
  const all = read(gpt, gpt.open(), text);
  for (const rows of [0, 1, 3]) {
    const [logits] = gpt.forward([{ sequence: gpt.open(), tokens: text, rows }]);
    assertEquals(logits, all.slice(all.length - rows * V));
  }
});

Deno.test("Sequence: after truncate, logits are as if the rest had never been read", () => {
  const gpt = model();
  const sequence = gpt.open();
  read(gpt, sequence, [4, 0, 3, 3]);
  sequence.truncate(2);
  assertEquals(sequence.length, 2);
  assertEquals(read(gpt, sequence, text.slice(2)), read(gpt, gpt.open(), text).slice(2 * V));
});

Deno.test("Sequence: a fork and its origin never see what the other reads", () => {
  const gpt = model();
  const sequence = gpt.open();
  read(gpt, sequence, text.slice(0, 3));
  const fork = sequence.fork();
  const other = read(gpt, fork, [0, 0]);
  const own = read(gpt, sequence, text.slice(3));
  assertEquals(own, read(gpt, gpt.open(), text).slice(3 * V));
  assertNotEquals(own, other);
});

const refused: readonly [string, (gpt: InferenceGpt) => unknown, string][] = [
  ["no tokens", (gpt) => read(gpt, gpt.open(), []), "there are no tokens"],
  ["past the block", (gpt) => read(gpt, gpt.open(), [4, 0, 0, 0, 0, 0, 0]), "the block is 6"],
  ["a token past the vocabulary", (gpt) => read(gpt, gpt.open(), [5]), "the vocabulary has 5"],
  [
    "more rows than tokens",
    (gpt) => gpt.forward([{ sequence: gpt.open(), tokens: [4], rows: 2 }]),
    "there are 1 tokens",
  ],
  ["truncating to more", (gpt) => gpt.open().truncate(1), "has 0 tokens"],
  ["another model's sequence", (gpt) => read(gpt, model().open(), [4]), "another model"],
  [
    "a closed sequence",
    (gpt) => {
      const sequence = gpt.open();
      sequence.close();
      read(gpt, sequence, [4]);
    },
    "it is closed",
  ],
];

for (const [name, action, message] of refused) {
  Deno.test(`InferenceGpt: ${name} is refused`, () => {
    assertThrows(() => action(model()), Error, message);
  });
}
