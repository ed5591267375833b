// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { cutEnd, cutMiddle, listWithin, wrapped } from "../../src/text/columns.ts";
import { displayWidth } from "../../src/text/display_width.ts";

const wraps: readonly [string, number, string, string[]][] = [
  ["a few words", 20, "", ["a few words"]],
  ["a few words", 5, "", ["a few", "words"]],
  ["a few words more", 8, "  ", ["a few", "  words", "  more"]],
  ["  indented already", 12, "", ["  indented", "already"]],
  ["a +0.4\u00a0±\u00a00.1 b", 10, "", ["a", "+0.4\u00a0±\u00a00.1", "b"]],
  ["unbreakable", 4, "", ["unbr", "eaka", "ble"]],
  ["an unbreakable one", 6, " ", ["an", " unbre", " akabl", " e one"]],
  ["😀😀😀", 4, "", ["😀😀", "😀"]],
  ["名前 名 前", 4, "", ["名前", "名", "前"]],
  ["e\u0301e\u0301 e\u0301", 4, "", ["e\u0301e\u0301 e\u0301"]],
  ["名前", 1, "", ["名前"]],
  ["ab", 2, "  ", ["ab"]],
  ["ab cd", 2, "  ", ["ab", "  cd"]],
  ["", 5, "", [""]],
];
for (const [text, width, indent, lines] of wraps) {
  Deno.test(`wrapped: ${JSON.stringify(text)} in ${width} columns`, () => {
    assertEquals(wrapped(text, width, indent), lines);
    const fits = (line: string): boolean => displayWidth(line) <= width;
    // Where there is no room for a character, one sticks out.
    assert(width <= 2 || wrapped(text, width, indent).every(fits));
  });
}

Deno.test("cutEnd, cutMiddle: at most the width, with an ellipsis where something is missing", () => {
  assertEquals([cutEnd("abcdef", 6), cutEnd("abcdef", 5), cutEnd("abcdef", 1)], [
    "abcdef",
    "abcd…",
    "…",
  ]);
  assertEquals([cutMiddle("abcdef", 6), cutMiddle("abcdef", 5), cutMiddle("abcdef", 1)], [
    "abcdef",
    "a…def",
    "…",
  ]);
  // A wide character takes two columns; half of one is left out.
  assertEquals([4, 3, 2].map((width) => cutEnd("名前ab", width)), ["名…", "名…", "…"]);
  assertEquals([5, 4].map((width) => cutMiddle("名前ab", width)), ["名…ab", "…ab"]);
});

const lists: readonly [string[], number, string][] = [
  [["a", "b", "c"], 9, "a, b, c"],
  [["a", "b", "c", "d"], 12, "a, b, c, d"],
  [["alpha", "beta", "gamma", "delta"], 20, "alpha, beta, 2 more"],
  [["alpha", "beta", "gamma"], 13, "alpha, 2 more"],
  [["alpha", "beta", "gamma"], 12, "a…ha, 2 more"],
  [["alphabetical"], 5, "a…cal"],
];
for (const [items, width, text] of lists) {
  Deno.test(`listWithin: ${items.join(" ")} in ${width} columns is ${text}`, () => {
    assertEquals(listWithin(items, width), text);
  });
}
