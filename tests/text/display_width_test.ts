// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import { displayWidth, endOf, inColumns, wrappedWords } from "../../src/text/display_width.ts";

Deno.test("displayWidth: wide characters take two columns, combining marks none", () => {
  const texts = ["", "abc", "é", "e\u0301", "名前", "ｆ", "😀", "…█→", "한글"];
  assertEquals(texts.map(displayWidth), [0, 3, 1, 1, 4, 2, 2, 3, 4]);
});

Deno.test("inColumns: aligns by width, with no space at the end of a line", () => {
  assertEquals(inColumns([["名", "1", "x"], ["abc", "10", ""]], "lrl"), [
    "名    1  x",
    "abc  10",
  ]);
});

Deno.test("endOf: the end that fits, after …", () => {
  const cases = [["abcdef", 6], ["abcdef", 4], ["名前名前", 5], ["名前名前", 4]] as const;
  assertEquals(cases.map(([text, width]) => endOf(text, width)), [
    "abcdef",
    "…def",
    "…名前",
    "…前",
  ]);
});

Deno.test("wrappedWords: no line is longer, but for a word that is", () => {
  assertEquals(wrappedWords(["a", "bc", "def", "a word", "g"], 5), ["a bc", "def", "a word", "g"]);
  assertEquals(wrappedWords(["a", "b"], 4, "  "), ["a  b"]);
  assertEquals(wrappedWords([], 4), []);
});
