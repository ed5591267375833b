// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import { readExperiment } from "../../src/config/experiment.ts";
import { baselineOf, haveSameDistribution } from "../../src/measure/baseline.ts";

function grid(strategies: string) {
  return readExperiment(
    "c.yaml",
    `corpus: { path: names.txt }\nmodels: { draft: { n_embd: 8, n_head: 2, n_layer: 1 } }\n` +
      `decoding: { prompts: [a], strategies: [${strategies}] }\n`,
  ).cells;
}

/** A grid, the label that is wanted, and that of the baseline. */
const baselines: readonly [string, string | undefined, string | undefined][] = [
  ["{strategy: greedy}, {strategy: top_k}, {strategy: sample}", undefined, "sample"],
  ["{strategy: greedy}, {strategy: top_k}", undefined, "greedy"],
  ["{strategy: greedy}, {strategy: sample, warp: [{top_k: 5}]}", undefined, "greedy"],
  ["{strategy: greedy}, {strategy: top_k}, {strategy: sample}", "top_k(k=5)", "top_k(k=5)"],
  ["{strategy: greedy}, {strategy: sample}", "top_k(k=5)", undefined],
];
for (const [strategies, wanted, expected] of baselines) {
  Deno.test(`baselineOf: of ${strategies} with ${wanted} wanted it is ${expected}`, () => {
    assertEquals(baselineOf(grid(strategies), wanted)?.label, expected);
  });
}

/** Two strategies, and whether only chance makes a difference. */
const laws: readonly [string, string, boolean][] = [
  ["strategy: speculative, draft_k: 2", "strategy: sample", true],
  ["strategy: speculative, draft_k: 2", "strategy: speculative, draft: ngram", true],
  ["strategy: speculative, draft_choice: argmax", "strategy: sample", true],
  [
    "strategy: speculative, warp: [{temperature: 0.5}]",
    "strategy: temperature, temperature: 0.5",
    true,
  ],
  ["strategy: sample, warp: [{top_k: 5}]", "strategy: top_k", true],
  [
    "strategy: sample, warp: [{top_k: 5}, {top_p: 0.9}]",
    "strategy: sample, warp: [{top_p: 0.9}, {top_k: 5}]",
    false,
  ],
  ["strategy: speculative, warp: [{temperature: 0.5}]", "strategy: sample", false],
  ["strategy: top_p, p: 1", "strategy: sample", true],
  ["strategy: temperature, temperature: 1", "strategy: speculative", true],
  ["strategy: min_p, min_p: 0", "strategy: temperature, temperature: 1", true],
  [
    "strategy: sample, warp: [{top_p: 1}, {top_k: 5}, {presence_penalty: 0}]",
    "strategy: top_k",
    true,
  ],
  ["strategy: top_p, p: 0.99", "strategy: sample", false],
  ["strategy: temperature, temperature: 1.01", "strategy: sample", false],
  // How many tokens there are, no setting says.
  ["strategy: top_k, k: 1000", "strategy: sample", false],
  ["strategy: speculative, acceptance_rule: original", "strategy: sample", false],
  ["strategy: best_of, n: 2", "strategy: sample", false],
  ["strategy: stochastic_beam", "strategy: sample", false],
  ["strategy: mirostat", "strategy: sample", false],
  ["strategy: greedy", "strategy: beam, beam_width: 1", false],
];
for (const [one, other, expected] of laws) {
  Deno.test(`haveSameDistribution: {${one}} beside {${other}}: ${expected}`, () => {
    const [a, b] = grid(`{${one}}, {${other}}`);
    assertEquals(a && b && haveSameDistribution(a.settings, b.settings), expected);
    assertEquals(a && b && haveSameDistribution(b.settings, a.settings), expected);
  });
}
