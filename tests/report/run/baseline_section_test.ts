// @ts-types="../../declarations/assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { readExperiment } from "../../../src/config/experiment.ts";
import { novelShare } from "../../../src/measure/diversity.ts";
import { exactly } from "../../../src/measure/estimate.ts";
import type { Comparison } from "../../../src/measure/judged.ts";
import { meanLength } from "../../../src/measure/likelihood.ts";
import type { CellMeasures, MeasureFacts } from "../../../src/measure/measure.ts";
import { baselineSection } from "../../../src/report/run/baseline_section.ts";
import type { SearchedDraw } from "../../../src/measure/searched.ts";
import { record } from "../made_up_run.ts";
import { sectionText, tablesOf } from "../read_report.ts";
import { noDocuments as among } from "../../measure/sample_of.ts";

const experiment = readExperiment(
  "c.yaml",
  `
corpus: { path: names.txt }
models: { draft: { n_embd: 8, n_head: 2, n_layer: 1 } }
decoding:
  prompts: [a]
  strategies: [{ strategy: top_k }, { strategy: sample }, { strategy: speculative }]
`,
);
const cells = experiment.cells.map((cell): CellMeasures => ({
  cell,
  values: {},
  firsts: [],
  lengths: [],
  hasChance: true,
  among,
}));
const [topK, sample, speculative] = cells;
assert(topK !== undefined && sample !== undefined && speculative !== undefined);

function comparison(
  measure: MeasureFacts,
  { cell: { label } }: CellMeasures,
  difference: number,
  p: number | undefined,
  more: Partial<Comparison> = {},
): Comparison {
  const base = { measure, cell: label, than: "sample", of: exactly(1), other: exactly(1) };
  const inference = p === undefined ? {} : {
    inference: {
      interval: { low: difference - 0.125, high: difference + 0.25 },
      ...{ value: difference, p, pHolm: 3 * p, degreesOfFreedom: 9, isPaired: true },
    },
  };
  return { ...base, difference, isExpected0: false, ...inference, ...more };
}

const comparisons = [
  comparison(meanLength, topK, -0.5, .01, { verdict: "lower" }),
  comparison(meanLength, speculative, 0.0625, .02, { isExpected0: true, verdict: "open" }),
  comparison(novelShare, topK, 0.5, undefined),
  comparison(novelShare, speculative, 0.25, .01, { isExpected0: true, verdict: "higher" }),
];
const section = baselineSection({ ...record, experiment, cells, baseline: sample, comparisons });
const text = sectionText(section);

Deno.test("baselineSection: a row for each other cell: differences, verdicts, and what is expected", () => {
  assertEquals(section?.heading.map(({ text }) => text).join(""), "Compared with sample");
  assertEquals(tablesOf(text)[0], [
    ["cell", "mean length", "novel, points"],
    ["`top_k(k=5)`", "-0.50 (-0.63 to -0.25) ▼", "+50.0"],
    [
      "`speculative(draft=model, draft_k=4)` (0)",
      "+0.06 (-0.06 to +0.31)",
      "+25 (+13 to +50) ▲",
    ],
  ]);
  assertStringIncludes(text, "Cells marked (0) draw from the same distribution as the baseline");
});

Deno.test("baselineSection: without a baseline there is none", () => {
  const none = { ...record, experiment, cells, baseline: undefined, comparisons: [] };
  assertEquals(baselineSection(none), undefined);
});

Deno.test("baselineSection: an exact search that ran out of its budget is marked as unproved", () => {
  const draw = (logProb: number, bound: number) => ({
    ...{ prompt: "a", logProbs: [logProb], empty: [false] },
    proof: { optimal: logProb >= bound, bound, tokens: 1 },
  });
  const of = (...searched: SearchedDraw[]): string => {
    const own = cells.map((one) => one === topK ? { ...one, searched } : one);
    const of = { ...record, experiment, cells: own, baseline: sample, comparisons };
    return sectionText(baselineSection(of));
  };
  const note =
    "marked as unproved ran out of their budget: more probable texts than theirs may exist";
  for (
    const [searched, mark] of [
      [[draw(-3, -1)], "(unproved)"],
      [[draw(-3, -1), draw(-1, -1)], "(proved for 1 of 2)"],
    ] as const
  ) {
    const text = of(...searched);
    assertStringIncludes(text, mark);
    assertStringIncludes(text, note);
  }
  assertEquals(of(draw(-1, -2)), of());
});
