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

/** By the definition: 1 GiB over caches of 8 bytes a number, with one for each value, and logits of 16. */
const fitting = (tokens: number, rows: number): number =>
  Math.floor(2 ** 30 / (8 * 12 * 4 * (2 * 192 + 1) * tokens + 16 * rows * 50_000));

const cases: readonly [string, number, number][] = [
  ["256 texts of an own model", textsAtOnce(own, one), 256],
  ["256 texts of it as a transformer", textsAtOnce(ownTransformerSpec(own), one), 256],
  ["one beam of 300", textsAtOnce(own, { ...one, sequences: 300 }), 1],
  ["85 beams of 3", textsAtOnce(own, { ...one, sequences: 3 }), 85],
  ["of a large vocabulary what has 4 million logits", textsAtOnce(large, one), 83],
  [
    "as many of a large model as fit",
    textsAtOnce(large, { ...one, tokens: 128 }),
    fitting(128, 1),
  ],
  [
    "fewer where each verifies 8 rows",
    textsAtOnce(large, { ...one, tokens: 128, rows: 8 }),
    fitting(128, 8),
  ],
  [
    "fewer where texts are long, up to the block",
    textsAtOnce(large, { ...one, tokens: 10_000 }),
    fitting(2048, 1),
  ],
  ["one, however large", textsAtOnce(large, { tokens: 2048, rows: 9, sequences: 8 }), 1],
];
for (const [what, found, expected] of cases) {
  Deno.test(`textsAtOnce: ${what}: ${expected}`, () => assertEquals(found, expected));
}
