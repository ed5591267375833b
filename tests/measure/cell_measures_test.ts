// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
// Unlike assertEquals it tells 0 from −0.
import { deepStrictEqual } from "node:assert/strict";
import { readExperiment } from "../../src/config/experiment.ts";
import { Documents } from "../../src/data/documents.ts";
import { measureCell } from "../../src/measure/cell_measures.ts";
import { referenceOf } from "../../src/measure/cell_samples.ts";
import type { CellMeasures } from "../../src/measure/measure.ts";
import type { Sample } from "../../src/measure/sample.ts";
import { anySamples } from "./any_samples.ts";
import { sampleOf, speculating } from "./sample_of.ts";

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
