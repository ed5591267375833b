// @ts-types="../../declarations/assert.d.ts"
import { assertEquals, assertStringIncludes } from "@std/assert";
import { readExperiment } from "../../../src/config/experiment.ts";
import type { ComparedSearches, SearchedCell } from "../../../src/measure/compare_cells.ts";
import type { Comparison } from "../../../src/measure/judged.ts";
import type { CellMeasures } from "../../../src/measure/measure.ts";
import { packBits, type SampleBits } from "../../../src/measure/sample_bits.ts";
import type { SearchedDraw } from "../../../src/measure/searched.ts";
import type { Cell } from "../../../src/decode/cell.ts";
import { searchLogProb } from "../../../src/measure/search.ts";
import type { Estimate } from "../../../src/measure/estimate.ts";
import { searchSection } from "../../../src/report/run/search_section.ts";
import { rowBelow, sectionText } from "../read_report.ts";

function experimentOf(strategies: string, prompts = "[a]") {
  return readExperiment(
    "c.yaml",
    `corpus: { path: names.txt }\ndecoding: { prompts: ${prompts}, strategies: ${strategies} }\n`,
  );
}

const estimate = (value: number): Estimate => ({
  value,
  interval: { low: value - .01, high: value + .01 },
});

/** Numbers that are all different. */
function quality(scale: number): Record<string, Estimate> {
  return {
    search_decodings: { value: 100 * scale },
    search_errors: { value: 10 * scale },
    search_error_share: estimate(.1 * scale),
    search_gap: estimate(.5 * scale),
    search_largest_gap: { value: 3 * scale },
    search_log_prob: estimate(-7 * scale),
    search_empty_share: estimate(.2 * scale),
  };
}

const experiment = experimentOf(
  "[{strategy: greedy}, {strategy: beam, beam_width: [2, 4]}, {strategy: top_k}]",
);
const searched = experiment.cells.slice(0, 3).map((cell, i): SearchedCell => ({
  cell,
  values: quality(3 - i),
}));

function compared(cell: string, than: string, difference: number): Comparison {
  const inference = {
    ...{ value: difference, p: .01, pHolm: .02, degreesOfFreedom: 9, isPaired: true },
    interval: { low: difference - .25, high: difference + .5 },
  };
  return {
    ...{ cell, than, difference, inference, measure: searchLogProb },
    ...{ of: estimate(1), other: estimate(2), isExpected0: false },
    verdict: difference > 0 ? "higher" : "lower",
  };
}

const [two, four] = ["beam(beam_width=2)", "beam(beam_width=4)"] as const;
const search: ComparedSearches = {
  modes: {
    proved: 20,
    draws: 20,
    prompts: 20,
    empty: 16,
    emptyShare: { value: .8, interval: { low: .6, high: .9 } },
    logProb: { value: -4.5, interval: { low: -5, high: -4 } },
    tokens: { value: 1.25, blank: "no chance" },
  },
  cells: searched,
  overGreedy: [compared(two, "greedy", 7), compared(four, "greedy", 14)],
  overFirst: [compared(four, two, 7)],
};

/** A cell of the report of which nothing is known but what was searched. */
function measured(label: string, searched?: readonly SearchedDraw[]): CellMeasures {
  const none: SampleBits = packBits(new Uint8Array());
  return {
    cell: { ...experiment.cells[0] as Cell, label },
    ...{ values: {}, firsts: [], hasChance: false, among: { training: none, heldOut: none } },
    lengths: [],
    ...(searched === undefined ? {} : { searched }),
  };
}

function textOf(changes: Partial<ComparedSearches>): string {
  return sectionText(searchSection({ experiment, cells: [], search: { ...search, ...changes } }));
}

Deno.test("searchSection: one row per search, with every measure in its place", () => {
  const text = `## Search\n${textOf({})}`;
  assertEquals(rowBelow(text, "## Search", "`greedy`")["over greedy, nats"], "");
  assertEquals(rowBelow(text, "## Search", "`beam(beam_width=2)`"), {
    "cell": "`beam(beam_width=2)`",
    "share of errors": "20.0 ± 1.0 %",
    "gap, nats": "1.000 ± 0.010",
    "empty": "40.0 ± 1.0 %",
    "log-prob of the best": "-14.000 ± 0.010",
    "largest gap": "6.000",
    "search errors": "20",
    "decodings": "200",
    "over greedy, nats": "+7.0 (+6.8 to +7.5) ▲",
  });
});

Deno.test("searchSection: says what the mode is like", () => {
  assertStringIncludes(
    textOf({}),
    "the *mode*, of each of the 20 prompts was proved by `exact`. It is empty, EOS at once, for 16 of " +
      "them, 80 % (60 to 90); on average it has 1.25 tokens and log-prob -4.50 ± 0.50.",
  );
});

/** What the last of a sweep has more than the first, and the sentence about it. */
const gains: readonly [number, string][] = [
  [7, "that gains 7.0 (6.8 to 7.5) nats on average"],
  [-7, "that costs 7.0 (6.5 to 7.3) nats on average"],
];
for (const [difference, expected] of gains) {
  Deno.test(`searchSection: says what the widest beam buys: ${difference} nats`, () => {
    assertStringIncludes(
      textOf({ overFirst: [compared(four, two, difference)] }),
      `From \`${two}\` to \`${four}\`: ${expected}; search errors go from 20.0 ± 1.0 % to 10.0 ± 1.0 %.`,
    );
  });
}

Deno.test("searchSection: where not every mode was proved, it says of how many it speaks", () => {
  assertStringIncludes(
    textOf({ modes: { ...search.modes, proved: 12, prompts: 12 } }),
    "of 12 of 20 prompts, to which this section is limited (a larger budget may prove more),",
  );
});

Deno.test("searchSection: of drawn prompts it says how many are different", () => {
  const experiment = experimentOf("[{strategy: greedy}]", "{ from: held_out, count: 20 }");
  const some = { ...search, modes: { ...search.modes, prompts: 9 } };
  assertStringIncludes(
    sectionText(searchSection({ experiment, cells: [], search: some })),
    "of each of the 20 prompts drawn (9 different) was proved by `exact`.",
  );
});

Deno.test("searchSection: without an exact search there is none", () => {
  const cells = [measured("greedy")];
  assertEquals(searchSection({ experiment, cells, search: undefined }), undefined);
});

Deno.test("searchSection: where exact proved some modes, it says what it knows of the other prompts", () => {
  const proof = (bound: number) => ({ optimal: false, bound, tokens: 5 });
  const cells = [measured("exact(budget=60)", [
    { prompt: "a", logProbs: [-5], empty: [false], proof: proof(-5) },
    { prompt: "b", logProbs: [-110], empty: [false], proof: proof(-13) },
  ])];
  assertStringIncludes(
    sectionText(searchSection({ experiment, cells, search })),
    "`exact(budget=60)` proved the most probable continuation of 1 of 2 prompts within its budget. The " +
      "best that it found for the others has log-prob -110.00, the mean over 1 prompt, and no other has " +
      "more than -13.00",
  );
});

Deno.test("searchSection: where exact proved no mode, it says what it found and what it knows of the others", () => {
  const proof = (bound: number) => ({ optimal: false, bound, tokens: 5 });
  const cells = [measured("exact(budget=60)", [
    { prompt: "a", logProbs: [-90], empty: [false], proof: proof(-10) },
    { prompt: "b", logProbs: [-110], empty: [false], proof: proof(-13) },
  ])];
  assertStringIncludes(
    sectionText(searchSection({ experiment, cells, search: undefined })),
    "`exact(budget=60)` proved no most probable continuation within its budget. The best that it found " +
      "has log-prob -100.00, the mean over 2 prompts, and no other has more than -11.50",
  );
});
