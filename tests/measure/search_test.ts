// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import { cellOf } from "../../src/decode/cell.ts";
import type { StrategySettings } from "../../src/decode/definitions.ts";
import { type DecodeResult, noCosts, type SearchProof } from "../../src/decode/strategy.ts";
import { measureCell } from "../../src/measure/cell_measures.ts";
import type { Sample } from "../../src/measure/sample.ts";
import {
  compareSearch,
  modesOf,
  searchedPrompts,
  summarizeModes,
} from "../../src/measure/search.ts";
import { alone } from "./sample_of.ts";

/** A text of as many tokens as there are log-probabilities before that of its EOS. */
function text(logProbs: readonly number[], more: Partial<DecodeResult> = {}): DecodeResult {
  return {
    tokens: logProbs.slice(1).map((_, i) => i),
    stop: "eos",
    logProbs,
    warpedLogProbs: logProbs.map(() => 0),
    costs: noCosts(),
    ...more,
  };
}

function sample(prompt: string, result: DecodeResult): Sample {
  return { prompt, draw: "abcde".indexOf(prompt), number: 0, continuation: "", result };
}

const exact: StrategySettings = { strategy: "exact", n_best: 1, budget: 9 };
const cell = (...samples: Sample[]) => measureCell(cellOf(exact), samples, alone);
const proved = (logProbs: readonly number[], search: SearchProof): DecodeResult =>
  text(logProbs, { search });
const searchedOf = (samples: readonly Sample[]) => ({
  searched: searchedPrompts(samples).filter((one) => one !== undefined),
  hasChance: true,
});
/** By prompt: what each decoding lacks of the mode, and how many found an empty text. */
const comparedOf = (...samples: Sample[]) =>
  compareSearch(searchedOf(samples), modes, alone.design)?.prompts
    .map(({ gaps, empty }) => ({ gaps, empty }));

const modes = modesOf([
  cell(
    sample("a", proved([-2], { optimal: true, bound: -3 })),
    sample("b", proved([-1, -3], { optimal: true, bound: -5 })),
    // The second best was not proved, the best was.
    sample("c", proved([-1, -1, -1], { optimal: false, bound: -4 })),
    sample("d", proved([-5], { optimal: false, bound: -4 })),
    // There is no other text.
    sample("e", proved([-3], { optimal: true, bound: -Infinity })),
  ),
]);

Deno.test("modesOf: the texts that nothing can be above, whatever became of the next", () => {
  assertEquals([...modes.keys()], ["a", "b", "c", "e"]);
});

Deno.test("summarizeModes: how many are known, empty, and how probable", () => {
  const summary = summarizeModes(modes, [..."abcde"], alone.design);
  assertEquals({ ...summary, emptyShare: summary?.emptyShare.value }, {
    proved: 4,
    prompts: 5,
    empty: 2,
    emptyShare: 2 / 4,
    meanLogProb: -3,
    meanLength: 3 / 4,
  });
  assertEquals(summarizeModes(new Map(), [..."abcde"], alone.design), undefined);
});

Deno.test("compareSearch: what is lacking where the mode is known, rounding apart", () => {
  assertEquals(
    comparedOf(
      sample("a", text([-2])),
      sample("b", text([-1, -4])),
      // As probable as the mode, but for rounding.
      sample("c", text([-3 - 1e-12])),
      sample("d", text([-9])),
    ),
    [
      { gaps: [0], empty: [true] },
      { gaps: [1], empty: [false] },
      { gaps: [0], empty: [true] },
    ],
  );
});

Deno.test("compareSearch: of several texts the best counts, and each decoding once", () => {
  const others = [text([-2]), text([-8])];
  const first = text([-6], { others });
  const again = text([-7]);
  assertEquals(
    comparedOf(
      ...[first, ...others, first, ...others, again].map((result) => sample("a", result)),
    ),
    [{ gaps: [0, 5], empty: [true, true] }],
  );
});

Deno.test("compareSearch: with no mode of its prompts there is nothing to compare", () => {
  assertEquals(comparedOf(sample("d", text([-1]))), undefined);
});

Deno.test("compareSearch: a text that was cut at once is not empty: it had no choice", () => {
  const cut = text([], { stop: "max_new_tokens" });
  assertEquals(comparedOf(sample("a", cut)), [{ gaps: [0], empty: [false] }]);
});

Deno.test("searchedPrompts: the best text of each decoding, by prompt, however many samples that is", () => {
  const others = [text([-2]), text([-8])];
  const first = text([-3, -3], { others });
  const samples = [
    ...[first, ...others, first, ...others, text([-4, -3])].map((one) => sample("a", one)),
    sample("b", text([-5])),
  ];
  assertEquals(searchedPrompts(samples), [
    { prompt: "a", logProbs: [-2, -7], empty: [true, false] },
    { prompt: "b", logProbs: [-5], empty: [true] },
  ]);
});

Deno.test("searchedPrompts: a proof and its bound, which is absent where there is no other text", () => {
  const proofs = [-9, -Infinity].map((bound) => {
    const result = text([-1, -2], { search: { optimal: true, bound } });
    return searchedPrompts([sample("a", result)])[0]?.proof;
  });
  assertEquals(proofs, [{ optimal: true, bound: -9, tokens: 1 }, { optimal: true, tokens: 1 }]);
});
