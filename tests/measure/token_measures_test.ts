/**
 * Samples of a tokenizer: the same text may be other tokens, and a token several characters.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { CellSamples } from "../../src/measure/cell_samples.ts";
import { measures, measuresOf, tokenMeasures } from "../../src/measure/measures.ts";
import { textOfBytes } from "../../src/text/bytes.ts";
import { alone, sampleOf } from "./sample_of.ts";

const tokenized = { ...alone, keepsTokens: true };
/** Half of a character. */
const half = textOfBytes(Uint8Array.of(0xe2, 0x82));

// 5 6 and 7 are both "ab"; the third text is "€€" as tokens of three bytes.
const samples = [
  sampleOf("ab", { number: 0, tokens: [5, 6], logProbs: [-1, -1, -1] }),
  sampleOf("ab", { number: 1, tokens: [7], logProbs: [-2, -1] }),
  sampleOf("ab", { number: 2, tokens: [5, 6], logProbs: [-1, -1, -1] }),
  sampleOf("€€", { number: 3, tokens: [8, 8], logProbs: [-2, -2, -1] }),
];
const cell = new CellSamples(samples, tokenized);

const value = (name: string, of = cell): number | undefined =>
  [...measures, ...tokenMeasures].find((one) => one.name === name)?.of(of)?.value;

Deno.test("CellSamples: a text is its tokens where it may have several, and unique by what it reads", () => {
  assertEquals(cell.distinct.texts.map(({ tokens, count }) => [tokens, count]), [
    [[5, 6], 2],
    [[7], 1],
    [[8, 8], 1],
  ]);
  assertEquals(value("unique_texts"), 2);
  // The probabilities of both ways to write "ab" are found.
  assertAlmostEquals(value("mass_covered") ?? NaN, 2 * Math.exp(-3) + Math.exp(-5), 1e-12);
});

Deno.test("tokenMeasures: n-grams of tokens, of which 5 6, 7 and 8 8 are the texts", () => {
  // 1-grams: 5 6 7 8 of 7; 2-grams: 5·6 and 8·8 of 3, repeated samples counted again.
  assertAlmostEquals(value("token_distinct_1") ?? NaN, 4 / 7, 1e-12);
  assertAlmostEquals(value("token_distinct_2") ?? NaN, 2 / 3, 1e-12);
  // Tokens 1 23 and 12 3 are no repetition of one another.
  const close = new CellSamples(
    [sampleOf("x", { tokens: [1, 23] }), sampleOf("y", { number: 1, tokens: [12, 3] })],
    tokenized,
  );
  assertEquals(value("token_distinct_2", close), 1);
});

Deno.test("tokenMeasures: three times the same token is a repetition, whatever it reads", () => {
  const own = [
    sampleOf("abcabcabc", { tokens: [1, 1, 1] }),
    sampleOf("aaa", { number: 1, tokens: [2] }),
  ];
  assertEquals(value("token_repetition_share", new CellSamples(own, tokenized)), 0.5);
});

Deno.test("tokenMeasures: characters and bits per byte, half of a character has its bytes (1e-12)", () => {
  assertEquals(value("mean_characters"), 2);
  const bits = (3 + 3 + 3 + 5) / Math.LN2;
  assertAlmostEquals(value("bits_per_byte") ?? NaN, bits / (2 + 2 + 2 + 6), 1e-12);
  const cut = new CellSamples([sampleOf(half, { tokens: [9], logProbs: [-1, -1] })], tokenized);
  assertEquals(value("mean_characters", cut), 1);
  assertAlmostEquals(value("bits_per_byte", cut) ?? NaN, 2 / Math.LN2 / 2, 1e-12);
});

Deno.test("tokenMeasures: where tokens are characters there is none, and no column of them", () => {
  const characters = new CellSamples(samples, alone);
  assertEquals(tokenMeasures.map(({ of }) => of(characters)), tokenMeasures.map(() => undefined));
  assertEquals(measuresOf([{ values: {} }]), measures);
  const own = { values: { bits_per_byte: { value: 1 } } };
  assertEquals(measuresOf([own]).slice(measures.length), tokenMeasures);
});
