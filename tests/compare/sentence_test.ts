/**
 * The closing sentence, for estimates that are made up.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import type { RunCellRow } from "../../src/compare/cells.ts";
import { judgeGroups } from "../../src/compare/compare.ts";
import type { MatchedCell } from "../../src/compare/matching.ts";
import type { MeasuredCell } from "../../src/compare/measured_cells.ts";
import { rowNames } from "../../src/compare/row_names.ts";
import { sentenceOf } from "../../src/compare/sentence.ts";
import { acceptedShare, tokensPerTargetCall } from "../../src/measure/cost.ts";
import type { Estimate } from "../../src/measure/estimate.ts";
import { estimateOf } from "../../src/measure/intervals.ts";
import { meanLogProb } from "../../src/measure/likelihood.ts";
import type { MeasureFacts } from "../../src/measure/measure.ts";
import { loadQuantiles } from "../../src/measure/quantiles.ts";
import { Sampling } from "../../src/measure/sampling.ts";
import { plainOf } from "../../src/report/prose.ts";

await loadQuantiles();

/** A value, with the error of its mean; exact where there is none. */
type Given = number | readonly [value: number, error: number] | "unknown";

function estimate(given: Given): Estimate {
  if (given === "unknown") return { value: 5 };
  if (typeof given === "number") return { value: given, blank: "no chance" };
  const [value, error] = given;
  return estimateOf(value, { kind: "strata", variance: error ** 2, degreesOfFreedom: 1e6 });
}

const sampling = new Sampling({
  design: { prompts: "listed" },
  hasChance: true,
  prompts: ["a"],
  drawOf: Int32Array.from([0, 0]),
});

/** The sentence on cells with these values by draft_k. */
function sentence(measure: MeasureFacts, given: Readonly<Record<string, Given>>): string {
  const measured = new Map<RunCellRow, MeasuredCell>();
  const [baseline, ...others] = Object.entries(given).map(([value, one]): MatchedCell => {
    const cell: RunCellRow = {
      run: "outputs/a",
      source: "outputs/a",
      label: `speculative(draft_k=${value})`,
      row: {
        name: "",
        settings: {},
        place: { variant: "", label: "" },
        measured: () => ({ text: "", ends: { low: "", high: "" } }),
      },
      variant: undefined,
      own: new Map(),
      ofRun: new Map(),
    };
    const estimates = new Map([[measure.name, estimate(one)]]);
    measured.set(cell, { cell, estimates, sampled: { sampling, influencesOn: () => undefined } });
    return { cell, values: [["draft_k", value]] };
  });
  if (baseline === undefined) throw new TypeError("There is one");
  const { compared: groups } = judgeGroups(
    [{ shared: [], baseline, others }],
    [measure],
    { of: measured, notes: [] },
  );
  const [group] = groups;
  if (group === undefined) throw new TypeError("There is one");
  return plainOf(sentenceOf(group, measure, rowNames({ by: ["draft_k"], groups })) ?? [])
    .replaceAll("\u00a0", " ");
}

const cases: readonly [
  what: string,
  measure: MeasureFacts,
  given: Readonly<Record<string, Given>>,
  expected: string,
][] = [
  [
    "two that differ",
    tokensPerTargetCall,
    { 2: [2, 0.03], 4: [2.61, 0.03] },
    "draft_k=4 has 0.61 ± 0.08 more tokens per target pass than draft_k=2.",
  ],
  [
    "the other way round",
    tokensPerTargetCall,
    { 2: [2.61, 0.03], 4: [2, 0.03] },
    "draft_k=4 has 0.61 ± 0.08 fewer tokens per target pass than draft_k=2.",
  ],
  [
    "where a setting stops mattering, not at the noisy best",
    tokensPerTargetCall,
    { 1: [1.5, 0.03], 2: [2, 0.03], 4: [2.61, 0.03], 8: [2.63, 0.03], 12: [2.6, 0.03] },
    "draft_k=4 has 1.11 ± 0.08 more tokens per target pass than draft_k=1; 8 and 12 are tied with 4.",
  ],
  [
    "a single tie",
    tokensPerTargetCall,
    { 2: [2, 0.03], 4: [2.61, 0.03], 8: [2.63, 0.03] },
    "draft_k=4 has 0.61 ± 0.08 more tokens per target pass than draft_k=2; 8 is tied with 4.",
  ],
  [
    "many ties",
    tokensPerTargetCall,
    {
      1: [1, 0.03],
      ...Object.fromEntries([2, 3, 4, 5, 6, 7, 8, 9].map((k) => [k, [2, 0.03] as const])),
    },
    "draft_k=2 has 1.00 ± 0.08 more tokens per target pass than draft_k=1; 3, 4, 5, 6, 7 and 2 more " +
    "are tied with 2.",
  ],
  [
    "all below the first",
    meanLogProb,
    { 1: [-6, 0.1], 2: [-7, 0.1], 4: [-7.1, 0.1] },
    "draft_k=2 is 1.00 ± 0.28 nats below draft_k=1 in mean log-prob; 4 is tied with 2; none is above 1.",
  ],
  [
    "a share, in points",
    acceptedShare,
    { 1: [0.5, 0.01], 2: [0.4, 0.01] },
    "draft_k=2 is 10.0 ± 2.8 percentage points below draft_k=1 in accepted / proposed.",
  ],
  [
    "two that cannot be told apart",
    tokensPerTargetCall,
    { 2: [2, 0.03], 4: [1.98, 0.03] },
    "draft_k=4 cannot be told from draft_k=2 in tokens per target pass: the difference is −0.02 ± 0.08.",
  ],
  [
    "several that cannot be told apart",
    tokensPerTargetCall,
    { 2: [2, 0.03], 4: [2.01, 0.03], 8: [1.95, 0.03] },
    "None can be told from draft_k=2 in tokens per target pass: the largest difference, of 8, is −0.05 ± 0.08.",
  ],
  [
    "of many one that is apart by itself and not among all",
    tokensPerTargetCall,
    { 1: [2, 0.03], 2: [2.09, 0.03], 3: [2, 0.03], 4: [2, 0.03], 5: [2, 0.03] },
    "None can be told from draft_k=1 in tokens per target pass: the largest difference, of 2, " +
    "is +0.09 ± 0.08, which chance explains among so many.",
  ],
  [
    "exact ones",
    meanLogProb,
    { 1: -6, 2: -5.5, 4: -5.5 },
    "draft_k=2 is exactly 0.50 nats above draft_k=1 in mean log-prob; 4 is tied with 2.",
  ],
  [
    "exact ones that are equal",
    meanLogProb,
    { 1: -6, 2: -6 },
    "All are equal in mean log-prob (exact).",
  ],
  [
    "what nothing is known of",
    meanLogProb,
    { 1: "unknown", 2: "unknown" },
    "draft_k=2 differs from draft_k=1 by 0.00 nats in mean log-prob; how far chance reaches is not known.",
  ],
];

for (const [what, measure, given, expected] of cases) {
  Deno.test(`sentenceOf: ${what}`, () => assertEquals(sentence(measure, given), expected));
}
