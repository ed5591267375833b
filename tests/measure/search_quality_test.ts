// @ts-types="../declarations/assert.d.ts"
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { cellOf } from "../../src/decode/cell.ts";
import type { StrategySettings } from "../../src/decode/definitions.ts";
import { type DecodeResult, noCosts, type SearchProof } from "../../src/decode/strategy.ts";
import { measureCell } from "../../src/measure/cell_measures.ts";
import { alone } from "./alone.ts";
import type { Sample } from "../../src/measure/sample.ts";
import { modesOf, searchQuality, summarizeModes } from "../../src/measure/search_quality.ts";
import { searchedPrompts } from "../../src/measure/searched_prompts.ts";
import { CounterStream } from "../../src/random/counter_stream.ts";

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
  return { prompt, draw: 0, number: 0, continuation: "", result };
}

const exact: StrategySettings = { strategy: "exact", n_best: 1, budget: 9 };
const cell = (...samples: Sample[]) => measureCell(cellOf(exact), samples, alone);
const proved = (logProbs: readonly number[], search: SearchProof): DecodeResult =>
  text(logProbs, { search });
const qualityOf = (...samples: Sample[]) =>
  searchQuality(searchedPrompts(samples), modes, CounterStream.fromSeed(1));

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
  const summary = summarizeModes(modes, 5);
  assertEquals({ ...summary, emptyShare: summary?.emptyShare.value }, {
    proved: 4,
    prompts: 5,
    empty: 2,
    emptyShare: 2 / 4,
    meanLogProb: -3,
    meanLength: 3 / 4,
  });
  assertEquals(summarizeModes(new Map(), 5), undefined);
});

Deno.test("searchQuality: errors, the gap and what is empty, where the mode is known", () => {
  const quality = qualityOf(
    sample("a", text([-2])),
    sample("b", text([-1, -4])),
    // As probable as the mode, but for rounding.
    sample("c", text([-3 - 1e-12])),
    sample("d", text([-9])),
  );
  assertEquals(quality?.decodings, 3);
  assertEquals(quality?.errors, 1);
  assertAlmostEquals(quality?.errorShare.value ?? NaN, 1 / 3, 1e-15);
  assertAlmostEquals(quality?.gap.value ?? NaN, 1 / 3, 1e-15);
  assertEquals(quality?.largestGap, 1);
  assertAlmostEquals(quality?.logProb.value ?? NaN, -10 / 3, 1e-9);
  assertAlmostEquals(quality?.emptyShare.value ?? NaN, 2 / 3, 1e-15);
});

Deno.test("searchQuality: of several texts the best counts, and each decoding once", () => {
  const others = [text([-2]), text([-8])];
  const first = text([-6], { others });
  const again = text([-7]);
  const quality = qualityOf(
    ...[first, ...others, first, ...others, again].map((result) => sample("a", result)),
  );
  assertEquals([quality?.decodings, quality?.errors, quality?.gap.value], [2, 1, 2.5]);
});

Deno.test("searchQuality: with no mode of its prompts there is nothing to say", () => {
  assertEquals(qualityOf(sample("d", text([-1]))), undefined);
});

Deno.test("searchQuality: a text that was cut at once is not empty: it had no choice", () => {
  const cut = text([], { stop: "max_new_tokens" });
  assertEquals(qualityOf(sample("a", cut))?.emptyShare.value, 0);
});
