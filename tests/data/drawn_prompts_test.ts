// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertThrows } from "@std/assert";
import { drawPrompts, longEnough } from "../../src/data/drawn_prompts.ts";
import { CounterStream } from "../../src/random/counter_stream.ts";

const letters = [..."abcdefghijklmnopqrstuvwxyz"];
const random = (seed = 1): CounterStream => CounterStream.fromSeed(seed);

Deno.test("longEnough: counts characters, not code units", () => {
  assertEquals(longEnough(["a", "ab", "🙂", "🙂b"], 2), ["ab", "🙂b"]);
  assertEquals(longEnough(["a", "b"], 0), ["a", "b"]);
});

Deno.test("drawPrompts: of all documents, each once, in order", () => {
  assertEquals(drawPrompts(letters.toReversed(), { count: 26, length: 1 }, random()), letters);
});

Deno.test("drawPrompts: documents that begin alike give the same prompt again", () => {
  const drawn = drawPrompts(["ann", "anna", "🙂x", "bob"], { count: 4, length: 1 }, random());
  assertEquals(drawn, ["a", "a", "b", "🙂"]);
});

Deno.test("drawPrompts: a length of 0 is the empty prompt as often as there are draws", () => {
  assertEquals(drawPrompts(letters, { count: 3, length: 0 }, random()), ["", "", ""]);
});

Deno.test("drawPrompts: more are the same and more; another seed draws others", () => {
  const draw = (count: number, seed = 1) =>
    drawPrompts(letters, { count, length: 1 }, random(seed));
  const ten = new Set(draw(10));
  assert(draw(6).every((prompt) => ten.has(prompt)));
  assert(draw(10, 2).some((prompt) => !ten.has(prompt)));
});

// Each of 26 is drawn with 1/2: 1,300 of 2,600 draws of a letter, ±6.1 deviations of 25.5.
Deno.test("drawPrompts: every document is drawn equally often (false alarm 3e-8)", () => {
  const counts = new Map<string, number>();
  const source = random(3);
  for (let i = 0; i < 2_600; i++) {
    for (const prompt of drawPrompts(letters, { count: 13, length: 1 }, source)) {
      counts.set(prompt, (counts.get(prompt) ?? 0) + 1);
    }
  }
  for (const letter of letters) {
    assert(Math.abs((counts.get(letter) ?? 0) - 1_300) < 6.1 * 25.5, letter);
  }
});

Deno.test("drawPrompts: more than there are documents is refused", () => {
  assertThrows(
    () => drawPrompts(["a"], { count: 2, length: 1 }, random()),
    RangeError,
    "Cannot draw 2 prompts: there are 1 documents",
  );
});
