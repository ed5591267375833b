// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import { type DecodeResult, noCosts } from "../../src/decode/strategy.ts";
import type { Sample } from "../../src/measure/sample.ts";
import { searchedPrompts } from "../../src/measure/searched_prompts.ts";

/** A text of as many tokens as there are log-probabilities before that of its EOS. */
function text(logProbs: readonly number[], more: Partial<DecodeResult> = {}): DecodeResult {
  const tokens = logProbs.slice(1).map((_, i) => i);
  return { tokens, stop: "eos", logProbs, warpedLogProbs: [], costs: noCosts(), ...more };
}

function sample(prompt: string, result: DecodeResult): Sample {
  return { prompt, draw: 0, number: 0, continuation: "", result };
}

Deno.test("searchedPrompts: the best text of each decoding, by prompt, however many samples that is", () => {
  const others = [text([-2]), text([-8])];
  const first = text([-3, -3], { others });
  const samples = [
    ...[first, ...others, first, ...others, text([-4, -3])].map((one) => sample("a", one)),
    sample("b", text([-5])),
  ];
  assertEquals(searchedPrompts(samples), [
    { prompt: "a", logProbs: [-2, -7], empty: 1 },
    { prompt: "b", logProbs: [-5], empty: 1 },
  ]);
});

Deno.test("searchedPrompts: a proof and its bound, which is absent where there is no other text", () => {
  const proofs = [-9, -Infinity].map((bound) => {
    const result = text([-1, -2], { search: { optimal: true, bound } });
    return searchedPrompts([sample("a", result)])[0]?.proof;
  });
  assertEquals(proofs, [{ optimal: true, bound: -9, tokens: 1 }, { optimal: true, tokens: 1 }]);
});
