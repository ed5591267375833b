// @ts-types="../declarations/assert.d.ts"
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { noCosts } from "../../src/decode/strategy.ts";
import { firstTokenDistance } from "../../src/measure/first_token.ts";
import type { Sample } from "../../src/measure/sample.ts";
import { CounterStream } from "../../src/random/counter_stream.ts";

const EOS = 2;

/** A text of `first` alone; of nothing where that is EOS. */
const began = (prompt: string, first: number): Sample => ({
  prompt,
  draw: 0,
  number: 0,
  continuation: "",
  result: {
    tokens: first === EOS ? [] : [first],
    stop: first === EOS ? "eos" : "max_new_tokens",
    logProbs: [-1],
    warpedLogProbs: [-1],
    costs: noCosts(),
  },
});

Deno.test("firstTokenDistance: the total variation of first tokens, EOS among them, over prompts", () => {
  const samples = [
    ...[0, 0, 1, EOS].map((first) => began("a", first)),
    ...[1, 1, 1, 1].map((first) => began("b", first)),
  ];
  const exact = new Map([
    ["a", Float64Array.of(0.5, 0.25, 0.25)],
    ["b", Float64Array.of(0.6, 0.4, 0)],
  ]);
  assertAlmostEquals(firstTokenDistance(samples, exact, EOS)?.distance ?? 0, 0.6 / 2, 1e-12);
});

Deno.test("firstTokenDistance: says what chance alone would give (4,000 draws of 300; 5 %, four standard errors)", () => {
  const probabilities = Float64Array.of(0.6, 0.399, 0.001);
  const exact = new Map([["a", probabilities]]);
  const stream = CounterStream.fromSeed(3);
  let distance = 0;
  let byChance = 0;
  for (let draw = 0; draw < 4000; draw++) {
    const samples = Array.from({ length: 300 }, () => {
      const uniform = stream.next();
      return began("a", uniform < 0.6 ? 0 : uniform < 0.999 ? 1 : EOS);
    });
    const measured = firstTokenDistance(samples, exact, EOS);
    assert(measured !== undefined);
    distance += measured.distance / 4000;
    byChance = measured.byChance;
  }
  assertAlmostEquals(distance, byChance, 0.05 * byChance);
});

Deno.test("firstTokenDistance: where there was room for no token there is none", () => {
  const cut: Sample = {
    ...began("a", EOS),
    result: { ...began("a", EOS).result, stop: "block_size", logProbs: [] },
  };
  assertEquals(
    firstTokenDistance([cut], new Map([["a", Float64Array.of(1, 0, 0)]]), EOS),
    undefined,
  );
});
