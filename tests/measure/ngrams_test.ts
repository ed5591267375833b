// @ts-types="../declarations/assert.d.ts"
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { ngramsOf, ngramsUpTo, repeats, selfBleu, zipf } from "../../src/measure/ngrams.ts";
import { charactersOf } from "../../src/measure/text_units.ts";

Deno.test("ngramsOf: each text has its different n-grams once, and counts them all", () => {
  // ab ba ab; none; ba ab.
  const pairs = ngramsOf(charactersOf(["abab", "c", "bab"]), 2);
  assertEquals(pairs, {
    starts: Int32Array.of(0, 2, 2, 4),
    items: Int32Array.of(0, 1, 1, 0),
    counts: Int32Array.of(2, 1, 1, 1),
    different: 2,
    sizes: Float64Array.of(3, 0, 2),
  });
});

Deno.test("ngramsUpTo: n-grams are the same where all of their units are, wherever they stand", () => {
  const texts = ["abcab", "bca", "xbcay", "🙂🙂ab", "", "\udcffa\udcff"];
  ngramsUpTo(charactersOf(texts), 3).forEach(({ starts, items, different, sizes }, i) => {
    const n = i + 1;
    const known: string[] = [];
    texts.forEach((text, t) => {
      const characters = [...text];
      const own = characters.slice(n - 1).map((_, at) => characters.slice(at, at + n).join(""));
      const expected = [...new Set(own)];
      known.push(...expected.filter((ngram) => !known.includes(ngram)));
      const found = [...items.subarray(starts[t], starts[t + 1])].map((item) => known[item]);
      assertEquals([found, sizes[t]], [expected, own.length]);
    });
    assertEquals(different, known.length);
    assertEquals(ngramsOf(charactersOf(texts), n), ngramsUpTo(charactersOf(texts), 3)[i]);
  });
});

// Frequencies 4, 2, 1: the least-squares slope of ln 4, ln 2, ln 1 on ln 1, ln 2, ln 3, in Python.
Deno.test("zipf: is minus the slope of the line through all ranks (1e-12)", () => {
  assertAlmostEquals(zipf(charactersOf(["aab", "c"]), [2, 1]) ?? NaN, 1.233661942252174, 1e-12);
});
Deno.test("zipf: of equally frequent characters is 0, of a single one nothing", () => {
  assertEquals(zipf(charactersOf(["abc"]), [1]), 0);
  assertEquals(zipf(charactersOf(["aaa"]), [1]), undefined);
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
    assertEquals(repeats(charactersOf(["x", continuation, "a"]), 1), expected));
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
    assertAlmostEquals(selfBleu(charactersOf(texts)) ?? NaN, expected, 1e-12);
  });
}

Deno.test("selfBleu: one text has no others", () => {
  assertEquals(selfBleu(charactersOf(["a"])), undefined);
});
