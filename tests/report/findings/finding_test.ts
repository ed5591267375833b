// @ts-types="../../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import {
  type Family,
  findIn,
  type FindingDefinition,
} from "../../../src/report/findings/finding.ts";
import { questionOf } from "../../../src/report/findings/question.ts";
import { plainOf, prose } from "../../../src/report/prose.ts";

/** A kind that claims each difference among its p-values. */
function kind(name: string, ...pValues: readonly number[]): FindingDefinition<undefined> {
  return {
    name,
    plan: () => [{
      pValues,
      say: (areDifferences) => ({
        text: prose`${areDifferences.map(String).join(" ")}`,
        claims: areDifferences.includes(true),
        cells: [],
        numbers: [],
      }),
    }],
  };
}

/** What each kind was told of its comparisons. */
function told(...kinds: readonly FindingDefinition<undefined>[]): string[] {
  return findIn(kinds, undefined).map(({ kind, text }) => `${kind}: ${plainOf(text)}`);
}

Deno.test("findIn: all comparisons of all kinds are one family (Holm 1979)", () => {
  assertEquals(told(kind("a", 0.03)), ["a: true"]);
  // Twice .03 is above .05.
  assertEquals(told(kind("a", 0.03), kind("b", 0.04)), ["a: false", "b: false"]);
  // .01 three times, .02 twice, .04 once.
  assertEquals(told(kind("a", 0.04, 0.01), kind("b", 0.02)), ["a: true true", "b: true"]);
});

Deno.test("findIn: a kind that has nothing to compare says what it knows", () => {
  assertEquals(told(kind("a"), kind("b", 0.04)), ["a: ", "b: true"]);
});

Deno.test("findIn: kinds are told how large the family is", () => {
  const families: Family[] = [];
  const listening: FindingDefinition<undefined> = {
    name: "listening",
    plan: () => [{
      pValues: [0.5, 0.5],
      say: (_, family) => {
        families.push(family);
        return undefined;
      },
    }],
  };
  assertEquals(findIn([kind("a", 0.5, 0.5, 0.5), listening], undefined).length, 1);
  assertEquals(families, [{ size: 5, level: 0.01 }]);
});

const asks = (text: string): FindingDefinition<undefined> => ({
  name: text,
  question: () => prose`${text}`,
  plan: () => [],
});
const silent: FindingDefinition<undefined> = { name: "silent", plan: () => [] };
const questions: readonly [string, Parameters<typeof questionOf<undefined>>, string][] = [
  ["the config's own words", [[asks("A?")], undefined, " Why\n so? "], "Why so?"],
  [
    "or else those of kinds that apply",
    [[silent, asks("A?"), asks("B?")], undefined, undefined],
    "A? B?",
  ],
  [
    "at most three",
    [[..."ABCD"].map(asks), undefined, undefined],
    "A B C",
  ],
  [
    "or else what every run asks",
    [[silent], undefined, undefined],
    "How do the strategies continue the same prompts, and how sure is what is measured of them?",
  ],
];
for (const [name, args, expected] of questions) {
  Deno.test(`questionOf: ${name}`, () => {
    assertEquals(plainOf(questionOf(...args)), expected);
  });
}
