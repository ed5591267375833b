// @ts-types="../declarations/assert.d.ts"
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { readExperiment } from "../../src/config/experiment.ts";
import { type DecodeResult, noCosts, type SearchProof } from "../../src/decode/strategy.ts";
import { compareCells, type ComparedCells } from "../../src/measure/compare_cells.ts";
import type { Estimate } from "../../src/measure/estimate.ts";
import { estimateOf } from "../../src/measure/intervals.ts";
import { loadQuantiles } from "../../src/measure/quantiles.ts";
import { uniqueShare } from "../../src/measure/diversity.ts";
import { meanLogProb } from "../../src/measure/likelihood.ts";
import { type CellMeasures, numberIn } from "../../src/measure/measure.ts";
import type { Sample } from "../../src/measure/sample.ts";
import { searchGap } from "../../src/measure/search.ts";
import { searchedDraws } from "../../src/measure/searched.ts";
import { noDocuments as among } from "./sample_of.ts";

await loadQuantiles();

const { cells: grid } = readExperiment(
  "c.yaml",
  `
corpus: { path: names.txt }
models: { draft: { n_embd: 8, n_head: 2, n_layer: 1 } }
decoding:
  prompts: [a, b]
  strategies:
    - { strategy: sample }
    - { strategy: greedy }
    - { strategy: beam, beam_width: [2, 4] }
    - { strategy: exact }
    - { strategy: speculative }
`,
);

/** An estimate over three draws. */
function overDraws(...pseudoValues: number[]): Estimate {
  const value = pseudoValues.reduce((sum, one) => sum + one, 0) / pseudoValues.length;
  return estimateOf(value, { kind: "draws", pseudoValues, within: 0, fraction: 0 });
}

/** The best texts of three draws, of which two are of the same prompt, with these log-probabilities. */
function searching(logProbs: readonly number[], search?: SearchProof) {
  const samples = logProbs.map((logProb, draw): Sample => {
    const text = { tokens: [1], logProbs: [logProb], warpedLogProbs: [0], costs: noCosts() };
    const result: DecodeResult = { ...text, stop: "eos", ...(search && { search }) };
    return { prompt: draw < 2 ? "a" : "b", draw, number: 0, continuation: "x", result };
  });
  return searchedDraws(samples);
}

/** By cell: mean log-prob, and the best texts of searches. */
const facts = [
  { logProb: overDraws(-5, -6, -7) },
  { logProb: overDraws(-4, -4, -9), searched: searching([-4, -4, -9]) },
  { logProb: overDraws(-3, -3, -9), searched: searching([-3, -3, -9]) },
  { logProb: overDraws(-3, -3, -8.5), searched: searching([-3, -3, -8.5]) },
  {
    logProb: overDraws(-3, -3, -7),
    searched: searching([-3, -3, -7], { optimal: true, bound: -20 }),
  },
  { logProb: overDraws(-5.1, -5.9, -7) },
];
const cells = grid.map((cell, i): CellMeasures => {
  const { logProb, searched } = facts[i] ?? facts[0] as typeof facts[0];
  return {
    cell,
    values: { [meanLogProb.name]: logProb },
    ...{ firsts: [], hasChance: false, among, lengths: [] },
    ...(searched === undefined ? {} : { searched }),
  };
});
const options = {
  prompts: ["a", "a", "b"],
  design: { prompts: "drawn", population: 1e9 },
  baseline: "sample",
} as const;
const compared = compareCells(cells, options);

/** The differences of `of` by cell. */
function differences(of: ComparedCells["comparisons"]): Record<string, number> {
  return Object.fromEntries(of.map(({ cell, difference }) => [cell, +difference.toFixed(9)]));
}

const label = (i: number): string => grid[i]?.label ?? "";

Deno.test("compareCells: each other cell less the baseline, and what is expected to be 0", () => {
  const own = compared.comparisons.filter(({ measure }) => measure === meanLogProb);
  assertEquals(differences(own), {
    greedy: 0.333333333,
    "beam(beam_width=2)": 1,
    "beam(beam_width=4)": 1.166666667,
    "exact": 1.666666667,
    "speculative(draft=model, draft_k=4)": 0,
  });
  assertEquals(own.filter(({ isExpected0 }) => isExpected0).map(({ cell }) => cell), [label(5)]);
  assertEquals(new Set(own.map(({ than }) => than)), new Set(["sample"]));
});

Deno.test("compareCells: no baseline, no comparison", () => {
  const { baseline, comparisons } = compareCells(cells.slice(1), options);
  assertEquals([baseline, comparisons], [undefined, []]);
});

Deno.test("compareCells: measures of as many texts are compared where there are such", () => {
  const share = (value: number): Record<string, Estimate> => ({ [uniqueShare.name]: { value } });
  const [first, second] = cells;
  assert(first !== undefined && second !== undefined);
  const { comparisons } = compareCells([
    { ...first, values: share(.5) },
    { ...second, values: share(.1), rarefied: share(.75) },
  ], options);
  assertEquals(differences(comparisons), { greedy: .25 });
});

Deno.test("compareCells: searches beside the modes, a prompt drawn twice counting twice (1e-9)", () => {
  const gap = (i: number): number => {
    const found = compared.search?.cells.find(({ cell }) => cell === grid[i]);
    return found === undefined ? NaN : numberIn(found, searchGap);
  };
  assertEquals(compared.search?.modes.proved, 3);
  assertAlmostEquals(gap(1), (1 + 1 + 2) / 3, 1e-9);
  assertAlmostEquals(gap(2), 2 / 3, 1e-9);
  assertAlmostEquals(gap(4), 0, 1e-9);
});

Deno.test("compareCells: each search over greedy, and the last of a sweep over the first, paired", () => {
  assertEquals(differences(compared.search?.overGreedy ?? []), {
    "beam(beam_width=2)": 0.666666667,
    "beam(beam_width=4)": 0.833333333,
    "exact": 1.333333333,
  });
  assertEquals(differences(compared.search?.overFirst ?? []), {
    "beam(beam_width=4)": 0.166666667,
  });
  const paired = compared.search?.overGreedy.map(({ inference }) => inference?.isPaired);
  assertEquals(paired, [true, true, true]);
});

Deno.test("compareCells: without a proof there is no search to speak of", () => {
  assertEquals(compareCells(cells.slice(0, 3), options).search, undefined);
});

Deno.test("compareCells: of measures that were JSON it says the same", () => {
  const stored: CellMeasures[] = JSON.parse(JSON.stringify(cells));
  assertEquals(compareCells(stored, options).comparisons, compared.comparisons);
});

Deno.test("compareCells: where a sweep begins with the greedy search, its comparison is one of the family, once", () => {
  const own = readExperiment(
    "c.yaml",
    "corpus: { path: names.txt }\ndecoding: { prompts: [a, b], strategies: " +
      "[{ strategy: beam, beam_width: [1, 2, 4] }, { strategy: exact }] }",
  ).cells.map((cell, i): CellMeasures => ({
    ...cells[i + 1] as CellMeasures,
    cell,
  }));
  const { search } = compareCells(own, options);
  assert(search !== undefined);
  const [last] = search.overFirst;
  assert(last !== undefined && search.overFirst.length === 1);
  assert(search.overGreedy.includes(last));
  // Three comparisons with greedy: the wider beams and exact.
  assertEquals(search.overGreedy.length, 3);
});
