// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
// Unlike assertEquals it tells 0 from −0.
import { deepStrictEqual } from "node:assert/strict";
import { readExperiment } from "../../src/config/load.ts";
import { type CellMeasures, measureCell } from "../../src/measure/cell_measures.ts";
import type { Sample } from "../../src/measure/sample.ts";
import { referenceOf } from "../../src/measure/text_measures.ts";
import { CounterStream } from "../../src/random/counter_stream.ts";
import { anySamples } from "./any_samples.ts";

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
    reference: referenceOf(["ann", "bob"], ["anna"]),
    random: CounterStream.fromSeed(1),
    speculation: { draftOperations: 0.25, firstToken: undefined },
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

Deno.test("measureCell: counts samples, prompts and ends, and keeps the first of each prompt (any 100 cells)", () => {
  const [cell] = grid;
  assert(cell !== undefined);
  fc.assert(
    fc.property(anySamples(), (samples) => {
      const { samples: count, prompts, firsts, stops } = measured(cell, samples);
      assertEquals(count, samples.length);
      for (const [reason, own] of Object.entries(stops)) {
        assertEquals(own, samples.filter(({ result }) => result.stop === reason).length);
      }
      assertEquals(prompts, new Set(samples.map(({ prompt }) => prompt)).size);
      const own = [...Map.groupBy(samples, ({ prompt }) => prompt)].map(([prompt, [first]]) => ({
        prompt,
        continuation: first?.continuation,
        stop: first?.result.stop,
        choices: first?.result.logProbs.length,
        targetCalls: first?.result.costs.targetCalls,
      }));
      assertEquals(firsts.map(({ logProb: _, ...first }) => first), own);
    }),
    { numRuns: 100, seed: 1 },
  );
});
