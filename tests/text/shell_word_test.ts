// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import { shellWord } from "../../src/text/shell_word.ts";

const words: readonly [text: string, word: string][] = [
  ["outputs/a-1.b", "outputs/a-1.b"],
  ["outputs/seed=1", "outputs/seed=1"],
  ["", "''"],
  ["my run", "'my run'"],
  ["a;touch pwned;$(id)", "'a;touch pwned;$(id)'"],
  ["it's", `'it'\\''s'`],
  ["-`id`", "'-`id`'"],
];
for (const [text, word] of words) {
  Deno.test(`shellWord: ${JSON.stringify(text)} is ${word}`, () => {
    assertEquals(shellWord(text), word);
    const echoed = new Deno.Command("sh", { args: ["-c", `printf %s ${word}`] }).outputSync();
    assertEquals(new TextDecoder().decode(echoed.stdout), text);
  });
}
