// @ts-types="../declarations/assert.d.ts"
import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { DistinctText } from "../../src/measure/distinct_texts.ts";
import { distinctShare, repeats, zipf } from "../../src/measure/ngram_diversity.ts";

function text(continuation: string, count = 1): DistinctText {
  return {
    prompt: "",
    continuation,
    characters: [...continuation],
    complete: true,
    logProb: -1,
    count,
  };
}

Deno.test("distinctShare: different n-grams over all, every sample counted", () => {
  // ab ba ab, thrice, and bc: 3 different of 3 · 2 + 1.
  assertEquals(distinctShare([text("aba", 3), text("bc")], 2), 3 / 7);
  assertEquals(distinctShare([text("🙂🙂")], 1), 1 / 2);
  assertEquals(distinctShare([text("ab")], 3), 0);
});

// Frequencies 4, 2, 1: the least-squares slope of ln 4, ln 2, ln 1 on ln 1, ln 2, ln 3, in Python.
Deno.test("zipf: is minus the slope of the line through all ranks (1e-12)", () => {
  assertAlmostEquals(zipf([text("aab", 2), text("c")]) ?? NaN, 1.233661942252174, 1e-12);
});
Deno.test("zipf: of equally frequent characters is 0, of a single one nothing", () => {
  assertEquals(zipf([text("abc")]), 0);
  assertEquals(zipf([text("aaa")]), undefined);
});

const repetitive: readonly [string, boolean][] = [
  ["", false],
  ["aa", false],
  ["aaa", true],
  ["xaaay", true],
  ["aabb", false],
  ["nonono", true],
  ["nonoxno", false],
  ["nonon", false],
  ["abcabcabc", true],
  ["abcdabcdabcd", true],
  ["abcdeabcdeabcde", false],
];
for (const [continuation, expected] of repetitive) {
  Deno.test(`repeats: "${continuation}" does${expected ? "" : " not"}`, () =>
    assertEquals(repeats([...continuation]), expected));
}
