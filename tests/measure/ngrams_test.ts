// @ts-types="../declarations/assert.d.ts"
import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { DistinctText } from "../../src/measure/sample_facts.ts";
import { ngramsOf, repeats, selfBleu, zipf } from "../../src/measure/ngrams.ts";

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

Deno.test("ngramsOf: each text has its different n-grams once, and counts them all", () => {
  // ab ba; none; ba ab.
  const { starts, items, different, sizes } = ngramsOf([text("aba"), text("c"), text("bab")], 2);
  assertEquals({ starts: [...starts], items: [...items], different, sizes: [...sizes] }, {
    starts: [0, 2, 2, 4],
    items: [0, 1, 1, 0],
    different: 2,
    sizes: [2, 0, 2],
  });
  assertEquals([...ngramsOf([text("🙂🙂")], 1).sizes], [2]);
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
