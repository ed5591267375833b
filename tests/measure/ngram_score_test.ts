// @ts-types="../declarations/assert.d.ts"
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { bestOrder, scoresOf } from "../../src/measure/ngram_score.ts";
import { unigram } from "./sample_of.ts";

const orders: readonly [string, readonly (number | undefined)[], number | undefined][] = [
  ["the lowest loss", [2.5, 2.2, 2.3], 2],
  ["none where nothing was held out", [undefined, undefined], undefined],
  ["none without n-gram models", [], undefined],
];

for (const [what, held, expected] of orders) {
  Deno.test(`bestOrder: ${what}`, () => {
    assertEquals(bestOrder(held.map((loss, i) => ({ order: i + 1, loss }))), expected);
  });
}

// P(a) = P(b) = P(EOS) = 1.6/6 and P(n) = P(o) = 0.6/6, whatever is before.
const texts: readonly [string, string, boolean, number][] = [
  ["a whole text costs its EOS", "n", true, Math.log(0.1) + Math.log(1.6 / 6)],
  ["a text that was cut off costs none", "n", false, Math.log(0.1)],
  ["an empty text is EOS alone", "", true, Math.log(1.6 / 6)],
  ["a text without room for a token is certain", "", false, 0],
];

for (const [what, continuation, complete, expected] of texts) {
  Deno.test(`scoresOf: ${what} (1e-12)`, () => {
    const [score = NaN] = scoresOf([{ prompt: "ab", continuation, complete }], unigram);
    assertAlmostEquals(score, expected, 1e-12);
  });
}

Deno.test("scoresOf: a text that has tokens of its own is scored by these (1e-12)", () => {
  const { vocabulary } = unigram;
  const own = { prompt: "ab", continuation: "n", complete: true };
  const [score = NaN] = scoresOf([{ ...own, tokens: vocabulary.encode("aa") }], unigram);
  assertAlmostEquals(score, 3 * Math.log(1.6 / 6), 1e-12);
});
