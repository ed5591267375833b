// @ts-types="../declarations/assert.d.ts"
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { corpusLoss } from "../../src/measure/corpus_loss.ts";
import type { Token } from "../../src/model/language_model.ts";
import { loadQuantiles } from "../../src/measure/quantiles.ts";
import { EOS, known } from "../decode/known_model.ts";
import { MockModel } from "../decode/mock_model.ts";

await loadQuantiles();

/** A character for each token but EOS. */
const characters = (tokens: readonly Token[]): number =>
  tokens.filter((token) => token !== EOS).length;

function loss(documents: readonly (readonly Token[])[], blockSize = 16) {
  const model = new MockModel(4, blockSize, known);
  const measured = corpusLoss(model, documents, characters);
  assert(model.sequences.every(({ closed }) => closed), "a sequence was left open");
  return { ...measured, model };
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
