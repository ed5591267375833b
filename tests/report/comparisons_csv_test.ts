// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
// @ts-types="../../src/declarations/csv.d.ts"
import { parse } from "@std/csv";
import { readExperiment } from "../../src/config/experiment.ts";
import type { ComparedCells } from "../../src/measure/compare_cells.ts";
import { uniqueShare } from "../../src/measure/diversity.ts";
import type { Estimate } from "../../src/measure/estimate.ts";
import { blankOf } from "../../src/measure/intervals.ts";
import type { Comparison } from "../../src/measure/judged.ts";
import { meanLength } from "../../src/measure/likelihood.ts";
import type { CellMeasures, MeasureFacts } from "../../src/measure/measure.ts";
import { searchErrors, searchLogProb } from "../../src/measure/search.ts";
import { comparisonColumns, comparisonsCsv } from "../../src/report/comparisons_csv.ts";
import { noDocuments as among } from "../measure/sample_of.ts";

const { cells: [sample, greedy, beam] } = readExperiment(
  "c.yaml",
  "corpus: { path: names.txt }\ndecoding: { prompts: [a], strategies: " +
    "[{strategy: sample}, {strategy: greedy}, {strategy: beam}] }\n",
);
assert(sample !== undefined && greedy !== undefined && beam !== undefined);

const exactly = (value: number): Estimate => blankOf(value, "no chance");

/** An estimate whose ends are other numbers. */
const estimate = (value: number): Estimate => ({
  value,
  interval: { low: value - 0.25, high: value + 0.5 },
});

function comparison(
  measure: MeasureFacts,
  [cell, of]: readonly [string, Estimate],
  [than, other]: readonly [string, Estimate],
  more: Partial<Comparison> = {},
): Comparison {
  const difference = of.value - other.value;
  return { measure, cell, than, of, other, difference, isExpected0: false, ...more };
}

const inference = {
  interval: { low: -0.125, high: 1.625 },
  p: 0.0123456789,
  pHolm: 0.0000012345678,
  value: 0.75,
  degreesOfFreedom: 9,
  isPaired: true,
};
const facts:
  readonly (readonly [CellMeasures["cell"], CellMeasures["values"], CellMeasures["rarefied"]?])[] =
    [
      [sample, { mean_length: estimate(4), unique_share: estimate(.75) }],
      [greedy, { mean_length: exactly(3), unique_share: exactly(.5) }],
      [beam, { mean_length: estimate(4.75), unique_share: estimate(.125) }, {
        unique_share: estimate(.25),
      }],
    ];
const compared: ComparedCells = {
  cells: facts.map(([cell, values, rarefied]) => ({
    ...{ cell, values, firsts: [], hasChance: true, among, lengths: [] },
    ...(rarefied && { rarefied }),
  })),
  baseline: undefined,
  comparisons: [
    comparison(meanLength, ["greedy", exactly(3)], ["sample", exactly(4)], { verdict: "lower" }),
    comparison(meanLength, [beam.label, estimate(4.75)], ["sample", estimate(4)], {
      inference,
      isExpected0: true,
      verdict: "higher",
    }),
    comparison(uniqueShare, [beam.label, estimate(.25)], ["sample", estimate(.75)], {
      inference: { ...inference, isPaired: false },
      verdict: "open",
    }),
  ],
  search: {
    modes: {
      ...{ proved: 1, draws: 1, prompts: 1, empty: 1 },
      ...{ emptyShare: exactly(1), logProb: exactly(-1), tokens: exactly(0) },
    },
    cells: [
      { cell: greedy, values: { search_errors: { value: 3 }, search_log_prob: exactly(-4) } },
      { cell: beam, values: { search_errors: { value: 2 }, search_log_prob: exactly(-3) } },
    ],
    overGreedy: [comparison(searchLogProb, [beam.label, exactly(-3)], ["greedy", exactly(-4)], {
      verdict: "higher",
    })],
    overFirst: [comparison(searchLogProb, [beam.label, exactly(-3)], ["other", exactly(-3)], {
      verdict: "equal",
    })],
  },
};

const SHARES = { texts_per_prompt: "7" };
/** The rows in order, without what is empty. */
const expected: readonly Readonly<Record<string, string>>[] = [
  {
    cell: "sample",
    measure: uniqueShare.name,
    ...SHARES,
    value: "0.750000",
    low: "0.500000",
    high: "1.250000",
  },
  { cell: "greedy", measure: uniqueShare.name, ...SHARES, value: "0.500000" },
  {
    cell: beam.label,
    measure: uniqueShare.name,
    compared_with: "sample",
    ...SHARES,
    ...{ value: "0.250000", low: "0.000000", high: "0.750000" },
    ...{ baseline_value: "0.750000", difference: "-0.500000" },
    ...{ difference_low: "-0.125000", difference_high: "1.625000" },
    ...{ pairing: "none", p: "0.0123457", p_holm: "0.00000123457", verdict: "open" },
  },
  {
    cell: "greedy",
    measure: meanLength.name,
    compared_with: "sample",
    ...{ value: "3.000000", baseline_value: "4.000000", difference: "-1.000000" },
    ...{ pairing: "no chance", verdict: "lower" },
  },
  {
    cell: beam.label,
    measure: meanLength.name,
    compared_with: "sample",
    ...{ value: "4.750000", low: "4.500000", high: "5.250000" },
    ...{ baseline_value: "4.000000", difference: "0.750000" },
    ...{ difference_low: "-0.125000", difference_high: "1.625000", expected: "0" },
    ...{ pairing: "draw", p: "0.0123457", p_holm: "0.00000123457", verdict: "higher" },
  },
  { cell: "greedy", measure: searchErrors.name, value: "3" },
  { cell: beam.label, measure: searchErrors.name, value: "2" },
  { cell: "greedy", measure: searchLogProb.name, value: "-4.000000" },
  {
    cell: beam.label,
    measure: searchLogProb.name,
    compared_with: "greedy",
    ...{ value: "-3.000000", baseline_value: "-4.000000", difference: "1.000000" },
    ...{ pairing: "no chance", verdict: "higher" },
  },
  {
    cell: beam.label,
    measure: searchLogProb.name,
    compared_with: "other",
    ...{ value: "-3.000000", baseline_value: "-3.000000", difference: "0.000000" },
    ...{ pairing: "no chance", verdict: "equal" },
  },
];

Deno.test("comparisonsCsv: a row for each cell and measure that depends on others, every field in its place", () => {
  const rows = parse(comparisonsCsv(compared, 7), { skipFirstRow: true }).map((row) =>
    Object.fromEntries(Object.entries(row).filter(([, value]) => value !== ""))
  );
  assertEquals(rows, expected);
});

Deno.test("comparisonsCsv: its columns are those that are documented, whether or not there are rows", () => {
  const nothing = { cells: [], baseline: undefined, comparisons: [], search: undefined };
  for (const one of [compared, nothing]) {
    const [header = ""] = comparisonsCsv(one, 7).split("\r\n");
    assertEquals(header.split(","), comparisonColumns.map(({ name }) => name));
  }
});
