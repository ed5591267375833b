// @ts-types="../declarations/assert.d.ts"
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { readExperiment } from "../../src/config/experiment.ts";
import { type DecodeResult, noCosts, type SearchProof } from "../../src/decode/strategy.ts";
import { type CellMeasures, measureCell } from "../../src/measure/cell_measures.ts";
import type { Sample } from "../../src/measure/sample.ts";
import { compareCells } from "../../src/stages/compare_cells.ts";
import { alone } from "../measure/alone.ts";

const experiment = readExperiment(
  "c.yaml",
  `
corpus: { path: names.txt }
decoding: { prompts: [a, b], strategies: [{ strategy: greedy }, { strategy: top_k }, { strategy: exact }] }
`,
);

/** One text of each of the two prompts, with these log-probabilities. */
function samples(logProbs: readonly [number, number], search?: SearchProof): Sample[] {
  return logProbs.map((logProb, draw): Sample => {
    const text = { tokens: [1], logProbs: [logProb], warpedLogProbs: [0], costs: noCosts() };
    const result: DecodeResult = { ...text, stop: "eos", ...(search && { search }) };
    return { prompt: draw === 0 ? "a" : "b", draw, number: 0, continuation: "x", result };
  });
}

const texts = [
  samples([-5, -9]),
  samples([-6, -12]),
  samples([-4, -9], { optimal: true, bound: -20 }),
];
const cells = experiment.cells.map((cell, i): CellMeasures =>
  measureCell(cell, texts[i] ?? [], alone)
);
const [greedy, topK, exact] = cells as [CellMeasures, CellMeasures, CellMeasures];

Deno.test("compareCells: the difference of each cell to the grid's first, by label (1e-12)", () => {
  const { differences } = compareCells(experiment, cells);
  assertEquals([...differences.keys()], [topK.cell.label, "exact"]);
  assertAlmostEquals(differences.get("exact")?.value ?? NaN, .5, 1e-12);
  assertAlmostEquals(differences.get(topK.cell.label)?.value ?? NaN, -2, 1e-12);
});

Deno.test("compareCells: no cell depends on the others but the first", () => {
  const all = compareCells(experiment, cells).differences;
  const some = compareCells(experiment, [exact, greedy]).differences;
  assertEquals([...some], [["exact", all.get("exact")]]);
});

Deno.test("compareCells: where the first cell is missing, none is the first instead", () => {
  assertEquals(compareCells(experiment, [topK, exact]).differences.size, 0);
});

Deno.test("compareCells: searches beside the modes that were proved, and nothing without a proof", () => {
  const { search } = compareCells(experiment, cells);
  assertEquals([search?.modes.proved, search?.modes.prompts], [2, 2]);
  assertEquals([...search?.cells.keys() ?? []], ["greedy", "exact"]);
  assertEquals(search?.cells.get("greedy")?.gap.value, .5);
  assertEquals(compareCells(experiment, [greedy, topK]).search, undefined);
});

Deno.test("compareCells: of measures that were JSON it says the same", () => {
  const stored: CellMeasures[] = JSON.parse(JSON.stringify(cells));
  assertEquals(compareCells(experiment, stored), compareCells(experiment, cells));
});
