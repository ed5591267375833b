// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
// Unlike assertEquals it tells 0 from −0.
import { deepStrictEqual } from "node:assert/strict";
import { readExperiment } from "../../src/config/experiment.ts";
import { Documents } from "../../src/data/documents.ts";
import { type DecodeResult, noCosts, type SearchProof } from "../../src/decode/strategy.ts";
import { compareCells, measureCell } from "../../src/measure/cell_measures.ts";
import { referenceOf } from "../../src/measure/cell_samples.ts";
import { searchGap } from "../../src/measure/search.ts";
import { logProbDifference } from "../../src/measure/likelihood.ts";
import { type CellMeasures, estimateIn, numberIn } from "../../src/measure/measure.ts";
import type { Sample } from "../../src/measure/sample.ts";
import { CounterStream } from "../../src/random/counter_stream.ts";
import { anySamples } from "./any_samples.ts";
import { alone, sampleOf, speculating } from "./sample_of.ts";

const { cells: grid } = readExperiment(
  "c.yaml",
  `
corpus: { path: names.txt }
models: { draft: { n_embd: 8, n_head: 2, n_layer: 1 } }
decoding:
  prompts: [a]
  strategies:
    - { strategy: top_k, k: 5 }
    - { strategy: exact, n_best: 2 }
    - { strategy: speculative, draft_k: 2, warp: [{ temperature: 0.5 }] }
`,
);

function measured(cell: typeof grid[number], samples: readonly Sample[]): CellMeasures {
  return measureCell(cell, samples, {
    reference: referenceOf(Documents.of(["ann", "bob"]), Documents.of(["anna"])),
    random: CounterStream.fromSeed(1),
    speculation: speculating({ firstToken: undefined }).speculation,
  });
}

for (const cell of grid) {
  Deno.test(`measureCell: of ${cell.label} JSON gives the same again (any 100 cells)`, () => {
    fc.assert(
      fc.property(anySamples(), (samples) => {
        const measures = measured(cell, samples);
        deepStrictEqual(JSON.parse(JSON.stringify(measures)), measures);
      }),
      { numRuns: 100, seed: 1 },
    );
  });
}

for (const cell of grid) {
  Deno.test(`measureCell: of ${cell.label} every value is finite where texts are next to impossible`, () => {
    for (const logProb of [-1000, -1e6, -1e300]) {
      const texts = ["anna", "bob", "", "annabel"];
      const samples = texts.map((text, number) =>
        sampleOf(text, { number, logProb: logProb * (1 + number) })
      );
      const measures = measured(cell, samples);
      deepStrictEqual(JSON.parse(JSON.stringify(measures)), measures);
    }
  });
}

Deno.test("measureCell: keeps the first of each prompt (any 100 cells)", () => {
  const [cell] = grid;
  assert(cell !== undefined);
  fc.assert(
    fc.property(anySamples(), (samples) => {
      const own = [...Map.groupBy(samples, ({ prompt }) => prompt)].map(([prompt, [first]]) => ({
        prompt,
        continuation: first?.continuation,
        stop: first?.result.stop,
        choices: first?.result.logProbs.length,
        targetCalls: first?.result.costs.targetCalls,
      }));
      const { firsts } = measured(cell, samples);
      assertEquals(firsts.map(({ logProb: _, ...first }) => first), own);
    }),
    { numRuns: 100, seed: 1 },
  );
});

Deno.test("measureCell: the mean log-prob of each prompt, and of the only one (1e-12)", () => {
  const [cell] = grid;
  assert(cell !== undefined);
  const samples = [[-1, 0], [-2, 0], [-3, 1], [-5, 1]].map(([logProb = 0, draw = 0]) =>
    sampleOf("x", { draw, prompt: draw === 0 ? "a" : "b", logProb })
  );
  const means = (own: readonly Sample[]) => measured(cell, own).promptLogProbs;
  assertEquals(means(samples), [-1.5, -4]);
  assertEquals(means(samples.slice(0, 2)), [-1.5]);
});

const compared = readExperiment(
  "c.yaml",
  `
corpus: { path: names.txt }
decoding: { prompts: [a, b], strategies: [{ strategy: greedy }, { strategy: top_k }, { strategy: exact }] }
`,
);

/** One text of each of the two prompts, with these log-probabilities. */
function textsOf(logProbs: readonly [number, number], search?: SearchProof): Sample[] {
  return logProbs.map((logProb, draw): Sample => {
    const text = { tokens: [1], logProbs: [logProb], warpedLogProbs: [0], costs: noCosts() };
    const result: DecodeResult = { ...text, stop: "eos", ...(search && { search }) };
    return { prompt: draw === 0 ? "a" : "b", draw, number: 0, continuation: "x", result };
  });
}

const texts = [
  textsOf([-5, -9]),
  textsOf([-6, -12]),
  textsOf([-4, -9], { optimal: true, bound: -20 }),
];
const cells = compared.cells.map((cell, i): CellMeasures =>
  measureCell(cell, texts[i] ?? [], alone)
);
const [greedy, topK, exact] = cells as [CellMeasures, CellMeasures, CellMeasures];

/** Those cells beside one another, the first of the grid being greedy. */
const comparing = (own: readonly CellMeasures[]) =>
  compareCells(own, "greedy", CounterStream.fromSeed(1));

/** The value of a measure by label. */
function byLabel(
  own: readonly CellMeasures[],
  measure: typeof logProbDifference,
): Record<string, number> {
  return Object.fromEntries(
    own.filter((one) => estimateIn(one, measure) !== undefined)
      .map((one) => [one.cell.label, numberIn(one, measure)]),
  );
}

Deno.test("compareCells: the difference of each cell to the grid's first, by label", () => {
  const found = byLabel(comparing(cells).cells, logProbDifference);
  assertEquals(found, { [topK.cell.label]: -2, exact: .5 });
});

Deno.test("compareCells: no cell depends on the others but the first", () => {
  const [all] = comparing(cells).cells.slice(2);
  const [some] = comparing([exact, greedy]).cells;
  assertEquals(some?.values["log_prob_difference"], all?.values["log_prob_difference"]);
});

Deno.test("compareCells: where the first cell is missing, no other stands in", () => {
  assertEquals(byLabel(comparing([topK, exact]).cells, logProbDifference), {});
});

Deno.test("compareCells: searches beside the modes that were proved, and nothing without a proof", () => {
  const { modes, cells: found } = comparing(cells);
  assertEquals([modes?.proved, modes?.prompts], [2, 2]);
  assertEquals(byLabel(found, searchGap), { greedy: .5, exact: 0 });
  const without = comparing([greedy, topK]);
  assertEquals([without.modes, byLabel(without.cells, searchGap)], [undefined, {}]);
});

Deno.test("compareCells: of measures that were JSON it says the same", () => {
  const stored: CellMeasures[] = JSON.parse(JSON.stringify(cells));
  assertEquals(comparing(stored), comparing(cells));
});
