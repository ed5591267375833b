// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import { type Prompt, PromptCache, promptLength } from "../../src/model/prompt_cache.ts";

Deno.test("promptLength: all before the first row that is wanted and its token, unless that is the first of several", () => {
  const cases: [tokens: number, rows: number, expected: number][] = [
    ...<[number, number, number][]> [[1, 0, 1], [1, 1, 1], [4, 0, 4], [4, 1, 4]],
    ...<[number, number, number][]> [[4, 2, 3], [4, 3, 2], [4, 4, 0], [2, 2, 0]],
  ];
  for (const [tokens, rows, expected] of cases) {
    assertEquals(promptLength(Array(tokens).fill(0), rows), expected, `${rows} of ${tokens}`);
  }
});

/** A cache of two prompts that notes which addresses were freed. */
function cacheOfTwo() {
  const cache = new PromptCache(2);
  const freed: number[] = [];
  let made = 0;
  const take = (...tokens: number[]): [address: number, isRead: boolean] => {
    const make = (): Prompt => ({
      length: tokens.length,
      address: ++made,
      logits: new Float64Array(),
    });
    const { prompt, isRead } = cache.take([...tokens, 9], tokens.length, make);
    return [prompt.address, isRead];
  };
  const free = (address: number): void => void freed.push(address);
  return { take, freed, begin: () => cache.begin(free), end: () => cache.end(free) };
}

Deno.test("PromptCache: a prompt is made once, and is read when the batch has run", () => {
  const { take, freed, begin, end } = cacheOfTwo();
  begin();
  assertEquals([take(1, 2), take(2, 1), take(1, 2), take(1)], [
    ...<[number, boolean][]> [[1, false], [2, false], [1, false], [3, false]],
  ]);
  end();
  // The first beyond two has gone.
  assertEquals(freed, [1]);
  begin();
  assertEquals([take(2, 1), take(1), take(1, 2)], [[2, true], [3, true], [4, false]]);
  end();
  assertEquals(freed, [1, 2]);
});

Deno.test("PromptCache: prompts of a batch that never ran are forgotten", () => {
  const { take, freed, begin, end } = cacheOfTwo();
  begin();
  take(1);
  end();
  begin();
  take(2);
  take(3);
  begin();
  assertEquals(freed, [2, 3]);
  assertEquals([take(1), take(2)], [[1, true], [4, false]]);
});

Deno.test("PromptCache: prompts of equal hashes are told apart", () => {
  // FNV-1a of 32-bit words: the second token makes up for the first.
  const first = Math.imul(0x811c9dc5 ^ 1, 0x01000193);
  const other = Math.imul(0x811c9dc5 ^ 2, 0x01000193);
  const { take, begin, end } = cacheOfTwo();
  begin();
  take(1, 5);
  end();
  assertEquals(take(2, (first ^ 5) ^ other), [2, false]);
  assertEquals(take(1, 5), [1, true]);
});
