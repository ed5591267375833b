// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { Tokenizer } from "../../src/data/tokenizer.ts";

const tokenizer = Tokenizer.of(["😀b", "éa", "ﬀ"]);

Deno.test("Tokenizer: characters are code points in code-point order, BOS comes last", () => {
  // By UTF-16 units the emoji would come before the ligature.
  assertEquals(tokenizer.characters, ["a", "b", "é", "ﬀ", "😀"]);
  assertEquals(tokenizer.bos, 5);
  assertEquals(tokenizer.vocabSize, 6);
});

Deno.test("Tokenizer: a prompt begins with BOS, a document ends with it too", () => {
  assertEquals(tokenizer.encodePrompt("b😀"), [5, 1, 4]);
  assertEquals(tokenizer.encodePrompt(""), [5]);
  assertEquals(tokenizer.encodeDocument("b😀", 16), [5, 1, 4, 5]);
});

Deno.test("Tokenizer: a document is cut to what a block can predict", () => {
  assertEquals(tokenizer.encodeDocument("aabbaabb", 4), [5, 0, 0, 1, 1]);
  assertEquals(tokenizer.encodeDocument("aabb", 5), [5, 0, 0, 1, 1, 5]);
});

Deno.test("Tokenizer: decoding gives the text back without BOS", () => {
  assertEquals(tokenizer.decode(tokenizer.encodeDocument("éab😀", 16)), "éab😀");
});

Deno.test("Tokenizer: a character it lacks is named", () => {
  assertEquals(tokenizer.firstUnknown("abz"), "z");
  assertEquals(tokenizer.firstUnknown("ab"), undefined);
  assertThrows(() => tokenizer.encodePrompt("abz"), RangeError, '"z" is not in the vocabulary');
});

Deno.test("Tokenizer: a character that appears twice is refused", () => {
  assertThrows(() => new Tokenizer(["a", "a"]), RangeError, "twice");
});
