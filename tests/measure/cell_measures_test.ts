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
import { type CellMeasures, estimateIn, numberIn } from "../../src/measure/measure.ts";
import type { Sample } from "../../src/measure/sample.ts";
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
    design: { prompts: "listed" },
    isDeterministic: false,
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
const [greedy, topK] = cells as [CellMeasures, CellMeasures, CellMeasures];

/** Those cells beside one another. */
const comparing = (own: readonly CellMeasures[]) => compareCells(own, ["a", "b"], alone.design);

/** The value of a measure by label. */
function byLabel(
  own: readonly CellMeasures[],
  measure: typeof searchGap,
): Record<string, number> {
  return Object.fromEntries(
    own.filter((one) => estimateIn(one, measure) !== undefined)
      .map((one) => [one.cell.label, numberIn(one, measure)]),
  );
}

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
