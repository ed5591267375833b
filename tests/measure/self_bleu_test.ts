// @ts-types="../declarations/assert.d.ts"
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { selfBleu } from "../../src/measure/self_bleu.ts";

// By the formula, text against all others, in Python: Counter of n-grams clipped by the most of any
// reference, 0 in common replaced by 0.1, closest reference length, mean of the results.
const cases: readonly [readonly string[], number][] = [
  [["anna", "annab", "hanna", "bob"], 0.6143151903345994],
  [["aaa", "aa", "a"], 0.2073093836638312],
  [["abcde", "fghij"], 0],
  [["abcd", "abcd", "abcd"], 1],
  [["", "ab", "abab"], 0.16204406350051673],
];
for (const [texts, expected] of cases) {
  Deno.test(`selfBleu: ${texts.map((text) => `"${text}"`).join(" ")} (1e-12)`, () => {
    assertAlmostEquals(selfBleu(texts.map((text) => [...text])) ?? NaN, expected, 1e-12);
  });
}

Deno.test("selfBleu: one text has no others", () => {
  assertEquals(selfBleu([["a"]]), undefined);
});
