// @ts-types="../declarations/assert.d.ts"
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { type DecodeResult, noCosts, type SearchProof } from "../../src/decode/strategy.ts";
import { compareSearch, modesOf, summarizeModes } from "../../src/measure/compare_search.ts";
import { loadQuantiles } from "../../src/measure/quantiles.ts";
import type { PromptDesign } from "../../src/measure/sampling.ts";
import type { Sample } from "../../src/measure/sample.ts";
import { searchMeasures } from "../../src/measure/search.ts";
import { type SearchedDraw, searchedDraws } from "../../src/measure/searched.ts";

await loadQuantiles();

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

function sample(prompt: string, result: DecodeResult, draw = 0): Sample {
  return { prompt, draw, number: 0, continuation: "", result };
}

const proved = (logProbs: readonly number[], search: SearchProof): DecodeResult =>
  text(logProbs, { search });

const modes = modesOf([
  searchedDraws([
    sample("a", proved([-2], { optimal: true, bound: -3 }), 0),
    sample("b", proved([-1, -3], { optimal: true, bound: -5 }), 1),
    // The second best was not proved, the best was.
    sample("c", proved([-1, -1, -1], { optimal: false, bound: -4 }), 2),
    sample("d", proved([-5], { optimal: false, bound: -4 }), 3),
    // There is no other text.
    sample("e", proved([-3], { optimal: true, bound: -Infinity }), 4),
  ]),
]);

const listed: PromptDesign = { prompts: "listed" };
const drawn: PromptDesign = { prompts: "drawn", population: 1000 };

Deno.test("modesOf: the texts that nothing can be above, whatever became of the next", () => {
  assertEquals([...modes.keys()], ["a", "b", "c", "e"]);
});

Deno.test("summarizeModes: of listed prompts how many are known, empty, and how probable, exactly", () => {
  const summary = summarizeModes(modes, ["a", "b", "c", "d", "e"], listed);
  const exact = (value: number) => ({ value, blank: "no chance" });
  assertEquals(summary as unknown, {
    proved: 4,
    draws: 5,
    prompts: 4,
    empty: 2,
    emptyShare: exact(2 / 4),
    logProb: exact(-3),
    tokens: exact(3 / 4),
  });
  assertEquals(summarizeModes(new Map(), ["a"], listed), undefined);
});

Deno.test("summarizeModes: a prompt that was drawn three times counts three times, with an interval", () => {
  const summary = summarizeModes(modes, ["a", "a", "a", "b", "d"], drawn);
  assert(summary !== undefined);
  const { proved, draws, prompts, empty, emptyShare, logProb, tokens } = summary;
  assertEquals({ proved, draws, prompts, empty }, { proved: 4, draws: 5, prompts: 2, empty: 3 });
  assertEquals([emptyShare.value, logProb.value, tokens.value], [3 / 4, -2.5, 1 / 4]);
  for (const { interval } of [emptyShare, logProb, tokens]) assert(interval !== undefined);
});

const search = (samples: readonly Sample[], design: PromptDesign = listed, hasChance = true) =>
  compareSearch(searchedDraws(samples), modes, { hasChance, design });

Deno.test("compareSearch: what is lacking where the mode is known, rounding apart", () => {
  const found = search([
    sample("a", text([-2]), 0),
    sample("b", text([-1, -4]), 1),
    // As probable as the mode, but for rounding.
    sample("c", text([-3 - 1e-12]), 2),
    sample("d", text([-9]), 3),
  ]);
  assert(found !== undefined);
  assertEquals([found.decodings, found.errors, found.largestGap], [3, 1, 1]);
  assertAlmostEquals(found.gap.value, 1 / 3, 1e-12);
  assertAlmostEquals(found.errorShare.value, 1 / 3, 1e-12);
  assertAlmostEquals(found.logProb.value, -10 / 3, 1e-9);
  assertAlmostEquals(found.emptyShare.value, 2 / 3, 1e-12);
});

/** A deterministic search and a random one on a prompt drawn four times and another drawn once. */
const repeats = ["a", "a", "a", "a", "b"];
const greedy = { a: text([-4]), b: text([-9, 0]) };
const deterministic = repeats.flatMap((prompt, draw) => {
  const result = prompt === "a" ? greedy.a : greedy.b;
  return [sample(prompt, result, draw), sample(prompt, result, draw)];
});
const random = repeats.flatMap((prompt, draw) =>
  [-1, 0].map((more) => sample(prompt, text([(prompt === "a" ? -4 : -9) + more]), draw))
);

Deno.test("compareSearch: with and without chance a prompt drawn four times counts four times (1e-12)", () => {
  const one = search(deterministic, drawn, false);
  const other = search(random, drawn);
  assert(one !== undefined && other !== undefined);
  assertEquals([one.decodings, other.decodings], [5, 10]);
  assertAlmostEquals(one.logProb.value, (4 * -4 - 9) / 5, 1e-12);
  assertAlmostEquals(other.logProb.value, one.logProb.value - 0.5, 1e-12);
});

/** What is known of the spread: by the design, and by whether there is chance. */
const spreads: readonly [string, readonly Sample[], PromptDesign, boolean, unknown][] = [
  ["listed, without chance", deterministic, listed, false, "no chance"],
  ["drawn, without chance", deterministic, drawn, false, { within: 0, fraction: 0.005 }],
  // Each of the five draws has the values x and x − 1, whose variance is ½: of the mean ¼.
  ["drawn, with chance", random, drawn, true, { within: 0.25 / 5, fraction: 0.005 }],
  // Of a eight values, whose variance is 2/7, of b two: Σ n s² / 10².
  ["listed, with chance", random, listed, true, { variance: (8 * 2 / 7 + 2 / 2) / 100 }],
  ["one of each listed", [sample("a", text([-4]))], listed, true, "one sample"],
  ["one drawn", [sample("a", text([-4]))], drawn, true, "one draw"],
  [
    "one of each drawn",
    repeats.map((prompt, draw) => sample(prompt, text([-draw]), draw)),
    drawn,
    true,
    {
      within: undefined,
      fraction: 0.005,
    },
  ],
];
for (const [name, samples, design, hasChance, expected] of spreads) {
  Deno.test(`compareSearch: the spread of the log-prob: ${name} (1e-12)`, () => {
    const { spread, blank, interval } = search(samples, design, hasChance)?.logProb ?? { value: 0 };
    if (typeof expected === "string") {
      return assertEquals([blank as unknown, interval], [expected, undefined]);
    }
    assert(spread !== undefined && interval !== undefined);
    for (const [key, value] of Object.entries(expected as Record<string, number | undefined>)) {
      const found: unknown = Reflect.get(spread, key);
      if (value === undefined) assertEquals(found, undefined);
      else assertAlmostEquals(Number(found), value, 1e-12, key);
    }
  });
}

Deno.test("compareSearch: with no mode of its prompts there is nothing to compare", () => {
  assertEquals(search([sample("d", text([-1]))]), undefined);
});

/** The best texts by draw. */
const searched: readonly [string, readonly Sample[], readonly SearchedDraw[]][] = [
  [
    "of several texts the best counts, and each decoding once in its draw",
    (() => {
      const others = [text([-2]), text([-8])];
      const first = text([-3, -3], { others });
      return [
        ...[first, ...others, first, ...others, text([-4, -3])].map((one) => sample("a", one)),
        ...[first, ...others].map((one) => sample("a", one, 1)),
        sample("b", text([-5]), 2),
      ];
    })(),
    [
      { prompt: "a", logProbs: [-2, -7], empty: [true, false] },
      { prompt: "a", logProbs: [-2], empty: [true] },
      { prompt: "b", logProbs: [-5], empty: [true] },
    ],
  ],
  [
    "a text that was cut at once is not empty: it had no choice",
    [sample("a", text([], { stop: "max_new_tokens" }))],
    [{ prompt: "a", logProbs: [0], empty: [false] }],
  ],
  [
    "a proof and its bound",
    [sample("a", text([-1, -2], { search: { optimal: true, bound: -9 } }))],
    [{
      prompt: "a",
      logProbs: [-3],
      empty: [false],
      proof: { optimal: true, bound: -9, tokens: 1 },
    }],
  ],
  [
    "a proof without a bound, where there is no other text",
    [sample("a", text([-1, -2], { search: { optimal: true, bound: -Infinity } }))],
    [{ prompt: "a", logProbs: [-3], empty: [false], proof: { optimal: true, tokens: 1 } }],
  ],
];
for (const [name, samples, expected] of searched) {
  Deno.test(`searchedDraws: ${name}`, () => assertEquals(searchedDraws(samples), expected));
}

/** By measure: its value where of three decodings one lacks a nat of the mode, and two are empty. */
const cases: Readonly<Record<string, number>> = {
  search_decodings: 3,
  search_errors: 1,
  search_error_share: 1 / 3,
  search_gap: 1 / 3,
  search_largest_gap: 1,
  search_log_prob: (-2 - 5 - 3) / 3,
  search_empty_share: 2 / 3,
};
for (const measure of searchMeasures) {
  Deno.test(`searchMeasures: ${measure.name} (1e-9)`, () => {
    const found = search([
      sample("a", text([-2]), 0),
      sample("b", text([-1, -4]), 1),
      sample("c", text([-3]), 2),
    ]);
    assert(found !== undefined);
    assertAlmostEquals(measure.of(found).value, cases[measure.name] ?? NaN, 1e-9);
  });
}
