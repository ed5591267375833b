// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import { ownTransformerSpec } from "../../src/model/transformer.ts";
import { textsAtOnce } from "../../src/stages/sequences_at_once.ts";

const own = { vocabSize: 27, blockSize: 16, nEmbd: 16, nHead: 4, nLayer: 1 };
const large = {
  ...ownTransformerSpec({ ...own, vocabSize: 50_000, blockSize: 2048, nEmbd: 768, nLayer: 12 }),
  headWidth: 192,
};
const one = { tokens: 64, rows: 1, sequences: 1 };

/** By the definition: 1 GiB over caches of 8 bytes a number and logits of 16 bytes. */
const cache = (tokens: number): number => 8 * 2 * 12 * 4 * 192 * tokens;

const cases: readonly [string, number, number][] = [
  ["256 texts of an own model", textsAtOnce(own, one), 256],
  ["256 texts of it as a transformer", textsAtOnce(ownTransformerSpec(own), one), 256],
  ["one beam of 300", textsAtOnce(own, { ...one, sequences: 300 }), 1],
  ["85 beams of 3", textsAtOnce(own, { ...one, sequences: 3 }), 85],
  [
    "as many of a large model as fit",
    textsAtOnce(large, one),
    Math.floor(2 ** 30 / (cache(64) + 16 * 50_000)),
  ],
  [
    "fewer where each verifies 8 rows",
    textsAtOnce(large, { ...one, rows: 8 }),
    Math.floor(2 ** 30 / (cache(64) + 16 * 8 * 50_000)),
  ],
  [
    "fewer where texts are long, up to the block",
    textsAtOnce(large, { ...one, tokens: 10_000 }),
    Math.floor(2 ** 30 / (cache(2048) + 16 * 50_000)),
  ],
  ["one, however large", textsAtOnce(large, { tokens: 2048, rows: 9, sequences: 8 }), 1],
];
for (const [what, found, expected] of cases) {
  Deno.test(`textsAtOnce: ${what}: ${expected}`, () => assertEquals(found, expected));
}
