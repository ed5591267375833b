/**
 * Every measure of a cell, by the list: each has a case whose value can be computed by hand, and says
 * of itself what is true of it.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Documents } from "../../src/data/documents.ts";
import type { Predictions } from "../../src/decode/definition.ts";
import { CellSamples, type MeasureOptions, referenceOf } from "../../src/measure/cell_samples.ts";
import type { Estimate } from "../../src/measure/estimate.ts";
import type { CellMeasure } from "../../src/measure/measure.ts";
import { measures } from "../../src/measure/measures.ts";
import { type Sample, sum } from "../../src/measure/sample.ts";
import { clopperPearson } from "../../src/measure/quantiles.ts";
import { anySamples } from "./any_samples.ts";
import { alone, drawn, sampleOf, speculating, unigram } from "./sample_of.ts";

/** A cell: its samples and what it is measured with. */
interface Fixture {
  readonly samples: readonly Sample[];
  readonly options: MeasureOptions;
}

/** A sample of the text, whose warped log-probability is half of its log-probability. */
function half(draw: number, continuation: string, p: number, stop?: "max_new_tokens"): Sample {
  const prompt = draw === 0 ? "a" : "b";
  const { result } = sampleOf(continuation, { logProb: Math.log(p), ...stop && { stop } });
  const warpedLogProbs = result.logProbs.map((value) => value / 2);
  return sampleOf(continuation, { ...result, prompt, draw, warpedLogProbs });
}

// Prompt a: ann twice (P = .25), anna (.125). Prompt b: bob (.5) twice, and bobo cut off.
const texts: Fixture = {
  samples: [
    half(0, "nn", .25),
    half(0, "nn", .25),
    half(0, "nna", .125),
    half(1, "ob", .5),
    half(1, "ob", .5),
    half(1, "obo", .25, "max_new_tokens"),
  ],
  options: {
    ...alone,
    reference: referenceOf(Documents.of(["ann", "ann", "bob", "bo"]), Documents.of(["anna"])),
  },
};
const total = Math.log(.25 * .25 * .125 * .5 * .5 * .25);

/** Samples of one prompt with these texts. */
const of = (...continuations: string[]): Fixture => ({
  samples: continuations.map((continuation) => sampleOf(continuation)),
  options: alone,
});

/** A text with every count another. */
const counts = {
  targetCalls: 1,
  targetRows: 2,
  draftCalls: 3,
  draftRows: 4,
  proposed: 7,
  tested: 6,
  accepted: 5,
  resampled: 8,
  rounds: 9,
  bonus: 10,
};
const costs: Fixture = {
  samples: [sampleOf("ab", { costs: counts }), sampleOf("", { costs: counts })],
  options: speculating(),
};

// Two texts of four choices: of 4 rounds 3 proposed a token, one of them a second.
const speculation: Fixture = {
  samples: [
    {
      rounds: 3,
      speculation: {
        proposedAt: [2, 1],
        testedAt: [2, 1],
        acceptedAt: [1, 1],
        overlapAt: [1.25, .25],
      },
    },
    {
      rounds: 1,
      speculation: { proposedAt: [1], testedAt: [1], acceptedAt: [0], overlapAt: [.5] },
    },
  ].map(({ rounds, speculation }) =>
    sampleOf("xyz", {
      prompt: "ab",
      speculation,
      costs: { rounds, tested: sum(speculation.testedAt), targetRows: 9, draftRows: 12 },
    })
  ),
  options: speculating(),
};

/** By measure: a cell, and the value there. */
const cases: Readonly<Record<string, readonly [Fixture, number]>> = {
  prompts: [texts, 2],
  samples: [texts, 6],
  // nn, nna, ob and obo.
  unique_texts: [texts, 4],
  draws: [
    { samples: [half(0, "nn", .5), half(1, "nn", .5), half(2, "nn", .5)], options: alone },
    3,
  ],
  population: [{
    samples: [half(0, "nn", .5)],
    options: { ...alone, design: { prompts: "drawn", population: 9 } },
  }, 9],
  unique_share: [texts, 4 / 6],
  // anna and bobo.
  novel_share: [texts, 2 / 6],
  held_out_share: [texts, 1 / 6],
  repetition_share: [of("xaaay", "aabb", "nonono", "ab"), 2 / 4],
  // n n · n n · n n a · o b · o b · o b o: n, a, o, b of 14; nn, na, ob, bo of 8; nna, obo of 2.
  distinct_1: [texts, 4 / 14],
  distinct_2: [texts, 4 / 8],
  distinct_3: [texts, 2 / 2],
  self_bleu: [of("abcd", "abcd", "abcd"), 1],
  // Frequencies 4, 2 and 1: the slope of ln 4, ln 2, ln 1 on ln 1, ln 2, ln 3, by Python.
  zipf: [of("aab", "aab", "c"), 1.233661942252174],
  // Texts: 4 of length 3, 2 of length 4; documents: 3/4 of length 3, 1/4 of length 2.
  length_distance: [texts, (1 / 4 + (3 / 4 - 4 / 6) + 2 / 6) / 2],
  // .25 + .125 of a, .5 of b: a cut-off text is not complete, and one found twice counts once.
  mass_covered: [texts, (.375 + .5) / 2],
  entropy_per_token: [texts, -total / 38],
  mean_length: [texts, 14 / 6],
  mean_log_prob: [texts, total / 6],
  // 14 tokens and 5 EOS.
  log_prob_per_token: [texts, total / 19],
  // Ten of n and o at 0.1, and nine of a, b and EOS at 1.6/6.
  ngram_log_prob_per_token: [
    { ...texts, options: { ...texts.options, scorer: unigram } },
    (10 * Math.log(0.1) + 9 * Math.log(1.6 / 6)) / 19,
  ],
  perplexity: [texts, Math.exp(-total / 19)],
  eos_share: [texts, 5 / 6],
  stop_eos: [texts, 5],
  stop_max_new_tokens: [texts, 1],
  stop_block_size: [{ samples: [sampleOf("x", { stop: "block_size" })], options: alone }, 1],
  target_calls: [costs, 2],
  target_rows: [costs, 4],
  // Three choices and one in two passes.
  tokens_per_target_call: [costs, 4 / 2],
  draft_calls: [costs, 6],
  draft_rows: [costs, 8],
  rounds: [costs, 18],
  proposed: [costs, 14],
  tested: [costs, 12],
  accepted: [costs, 10],
  resampled: [costs, 16],
  bonus: [costs, 20],
  acceptance_rate: [costs, 5 / 6],
  accepted_share: [costs, 5 / 7],
  // Σ min(p, q) over 4 tests is 2.
  alpha: [speculation, .5],
  theory_tokens_per_target_call: [speculation, 1 + .5 + .25],
  // Of 3 first and 1 second proposals ½ · 3 + ¼ · 1 are accepted, in 4 rounds.
  theory_tokens_per_target_call_at_lengths: [speculation, 1 + 1.75 / 4],
  theory_accepted_share: [speculation, (.5 + .25) / 2],
  theory_accepted_share_at_lengths: [speculation, 1.75 / 4],
  draft_operations: [speculation, .25],
  // (2 · ¼ + 2 + 1) / 1.75.
  theory_operations: [speculation, 2],
  // 9 + 12 / 4 rows where token by token takes 6: BOS, a, b and the three tokens followed by others.
  operations: [speculation, 12 / 6],
  // Four choices, less a quarter for each of 14 proposals, in two passes.
  break_even: [costs, (4 - 14 / 4) / 2],
  first_token_distance: [speculation, .5],
  first_token_distance_by_chance: [speculation, .125],
};

function measured(measure: CellMeasure, { samples, options }: Fixture): Estimate | undefined {
  return measure.of(new CellSamples(samples, options));
}

function caseOf({ name }: CellMeasure): (typeof cases)[string] {
  const own = cases[name];
  assert(own !== undefined, `expected a case for ${name} in the table of cases, found none`);
  return own;
}

Deno.test("measures: no case is of a measure that is not listed", () => {
  const names = measures.map(({ name }) => name);
  assertEquals(Object.keys(cases).filter((name) => !names.includes(name)), []);
  assertEquals(new Set(names).size, names.length);
});

/** Shares that are so only of numbers that belong together, which any samples do not have. */
const anyNumbers = [
  "alpha",
  "mass_covered",
  "theory_accepted_share",
  "theory_accepted_share_at_lengths",
];

for (const measure of measures) {
  const { name, interval, unit, glossary, title, tables } = measure;

  Deno.test(`measures: ${name} has the value computed by hand (1e-12)`, () => {
    const [fixture, expected] = caseOf(measure);
    const found = measured(measure, fixture);
    assert(found !== undefined);
    if (!("value" in found)) return assertEquals(found, expected);
    assert(typeof expected === "number");
    assertAlmostEquals(found.value, expected, 1e-12);
    // A single unit, and what does not vary, have no interval.
    assert(found.interval === undefined || interval !== "none", "its interval");
    assert(
      interval === "none" || found.interval !== undefined || found.blank !== undefined,
      "its interval, or the reason why it has none",
    );
  });

  Deno.test(`measures: ${name} says what it is`, () => {
    assert(title.length > 0 && /^[^\s].*[.)]$/.test(glossary), `"${title}": "${glossary}"`);
    for (const table of Object.keys(tables)) {
      const there = measures.filter((other) => table in other.tables && other.title === title);
      assertEquals(
        there.map((other) => other.name),
        [name],
        `two columns of ${table} are ${title}`,
      );
    }
  });

  Deno.test(`measures: ${name} has no other interval than it says, a share lies in [0, 1] (any 100 cells)`, () => {
    fc.assert(
      fc.property(anySamples(), (samples) => {
        const found = measure.of(new CellSamples(samples, speculating()));
        if (found === undefined || !("value" in found)) return;
        assert(found.interval === undefined || interval !== "none");
        // Sums of any overlaps over any counts are shares only of what strategies record.
        if (unit !== "share" || anyNumbers.includes(name)) return;
        assert(found.value >= 0 && found.value <= 1, `${found.value}`);
      }),
      { numRuns: 100, seed: 1 },
    );
  });
}

/** The value of a measure of a cell with these samples. */
function value(name: string, samples: readonly Sample[], options = alone): Estimate | undefined {
  const measure = measures.find((one) => one.name === name);
  assert(measure !== undefined);
  return measured(measure, { samples, options });
}

Deno.test("unique_texts: whole texts count, as in novel: m-aran, j-aran and s-aran are three", () => {
  const names = ["m", "j", "s"].map((prompt, draw) => sampleOf("aran", { prompt, draw }));
  assertEquals(value("unique_texts", names), { value: 3 });
  // b-anna and ba-nna are one text.
  const one = [sampleOf("anna", { prompt: "b" }), sampleOf("nna", { prompt: "ba", draw: 1 })];
  assertEquals(value("unique_texts", one), { value: 1 });
});

Deno.test("unique share: no repeats at all, or all samples alike, have an interval of some width", () => {
  const different = Array.from("abcdefgh", (text, number) => sampleOf(text, { number }));
  const alike = Array.from("abcdefgh", (_, number) => sampleOf("a", { number }));
  for (const [samples, share] of [[different, 1], [alike, 1 / 8]] as const) {
    const found = value("unique_share", samples);
    assert(found?.interval !== undefined);
    assertEquals(found.value, share);
    assert(found.interval.high - found.interval.low > 0.2);
  }
});

Deno.test("mass covered: a prompt that is drawn twice is scored on each draw's own samples", () => {
  const twice = [half(0, "nn", .25), half(0, "nna", .125), half(1, "ob", .5)]
    .map((sample, number) => ({ ...sample, prompt: "a", draw: Math.floor(number / 2), number }));
  const found = value("mass_covered", twice);
  assert(found !== undefined);
  assertAlmostEquals(found.value, (.375 + .5) / 2, 1e-12);
});

Deno.test("log-probs, tokens per pass: of samples without a single choice there are none per token", () => {
  const cut = [sampleOf("", { stop: "max_new_tokens", logProbs: [] })];
  const perToken = [
    "log_prob_per_token",
    "perplexity",
    "entropy_per_token",
    "tokens_per_target_call",
  ];
  for (const name of perToken) assertEquals(value(name, cut), undefined, name);
  const found = value("mean_log_prob", cut);
  assert(found !== undefined && "value" in found && found.value === 0);
});

Deno.test("entropy: none where tokens are not drawn from the distributions that their warped log-probabilities are of", () => {
  assert("samples" in texts);
  const notDrawn = { ...texts.options, drawsEachToken: false };
  assertEquals(value("entropy_per_token", texts.samples, notDrawn), undefined);
});

Deno.test("intervals: a strategy without chance has none on listed prompts, and the draws' on others", () => {
  const repeated = ["a", "b"].flatMap((prompt, draw) => {
    const once = sampleOf("nn", { prompt, draw, logProb: -1 - draw });
    return Array.from({ length: 50 }, () => once);
  });
  const deterministic = { ...alone, isDeterministic: true };
  assertEquals(value("mean_log_prob", repeated, deterministic), {
    value: -1.5,
    blank: "no chance",
  });
  const found = value("novel_share", repeated, { ...drawn, isDeterministic: true });
  assert(found !== undefined);
  assertEquals([found.value, found.interval], [1, clopperPearson(2, 2)]);
});

Deno.test("intervals: where every choice was certain there is no chance, however the strategy is called", () => {
  const certain = [0, 1].map((number) => sampleOf("nn", { number, warpedLogProbs: [0, 0, 0] }));
  assertEquals(value("mean_length", certain), { value: 2, blank: "no chance" });
});

Deno.test("intervals: with a single random sample of each prompt there is none, and the reason is said", () => {
  const single = ["a", "b"].map((prompt, draw) => half(draw, prompt, .5));
  assertEquals(value("mean_length", single), { value: 1, blank: "one sample" });
});

Deno.test("acceptance: none where nothing was tested, or the cell does not speculate", () => {
  for (const name of ["acceptance_rate", "accepted_share"]) {
    assertEquals(value(name, [sampleOf("")], speculating()), undefined, name);
    assertEquals(value(name, [sampleOf("")]), undefined, name);
  }
});

/** The predictions of theory, and α, which they are made from. */
const theory = {
  all: ["theory_tokens_per_target_call", "theory_accepted_share", "theory_operations"],
  "at lengths": [
    "alpha",
    "theory_tokens_per_target_call_at_lengths",
    "theory_accepted_share_at_lengths",
  ],
};

Deno.test("theory: where nothing was tested there is none", () => {
  const nothing = { proposedAt: [], testedAt: [], acceptedAt: [], overlapAt: [] };
  const samples = [sampleOf("x", { speculation: nothing })];
  for (const name of [...theory.all, ...theory["at lengths"]]) {
    assertEquals(value(name, samples, speculating()), undefined, name);
  }
});

Deno.test("theory: at lengths where proposals vary in length; none where β is not the probability to be accepted", () => {
  assert("samples" in speculation);
  const known = (predictions: Predictions): string[] =>
    [...theory.all, ...theory["at lengths"]].filter((name) =>
      value(name, speculation.samples, speculating({ predictions })) !== undefined
    );
  assertEquals(known("all"), [...theory.all, ...theory["at lengths"]]);
  assertEquals(known("at lengths"), theory["at lengths"]);
  assertEquals(known("none"), []);
});

Deno.test("CellSamples: knows the overlap of each sample, unless β is not the probability to be accepted", () => {
  assert("samples" in speculation);
  const overlaps = (predictions: Predictions) => {
    const { proposed, proposals } = new CellSamples(
      speculation.samples,
      speculating({ predictions }),
    );
    return { ofSample: [...proposed.overlap], at: proposals.overlapAt };
  };
  assertEquals(overlaps("at lengths"), { ofSample: [1.5, .5], at: [1.75, .25] });
  assertEquals(overlaps("none"), { ofSample: [], at: [] });
});

Deno.test("CellSamples: the texts of one decoding after a draw are one unit", () => {
  const others = ["x", "y"].map((text) => sampleOf(text).result);
  const first = sampleOf("z", { others });
  const texts = [first, ...others.map((result) => ({ ...first, result }))];
  const again = texts.map((one) => ({ ...one, draw: 1 }));
  const { unitOf, sampling } = new CellSamples(
    [...texts, ...texts, ...again, sampleOf("w", { draw: 1 })],
    alone,
  );
  assertEquals([...unitOf], [0, 0, 0, 0, 0, 0, 1, 1, 1, 2]);
  assertEquals([...sampling.drawOf], [0, 1, 1]);
});

Deno.test("measures: without a corpus, those about its documents are absent, and no others", () => {
  const { reference: _reference, ...options } = texts.options;
  const namesWith = (given: MeasureOptions): string[] => {
    const cell = new CellSamples(texts.samples, given);
    return measures.filter((measure) => measure.of(cell) !== undefined).map(({ name }) => name);
  };
  const without = new Set(namesWith(options));
  const lost = namesWith(texts.options).filter((name) => !without.has(name));
  assertEquals(lost, ["novel_share", "held_out_share", "length_distance"]);
});
