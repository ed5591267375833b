/**
 * Lists and ranges in entries of `decoding.strategies`: the cells that come of them, what they say is
 * swept, and the entry as it is written again.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import { stringify } from "yaml";
import { problemsOf } from "./refusal.ts";
import { type Experiment, readExperiment } from "../../src/config/experiment.ts";
import { sweptValue } from "../../src/decode/cell.ts";
import { drafts } from "../../src/decode/speculative/drafts/definitions.ts";

const DRAFTS = drafts.map(({ name }) => name).join(", ");

/** A config whose strategies are these. */
function read(strategies: string): Experiment {
  return readExperiment(
    "c.yaml",
    `corpus: { path: names.txt }
models: { draft: { n_embd: 8, n_head: 2, n_layer: 1 } }
decoding:
  prompts: [a]
  strategies:
${strategies.split("\n").map((entry) => `    - { ${entry} }\n`).join("")}`,
  );
}

const labels = ({ cells }: Experiment): string[] => cells.map(({ label }) => label);

/** An entry, what it sweeps, and the values of that in each cell. */
const sweeps: readonly [string, string, string[], unknown[][]][] = [
  ["a setting", "strategy: top_k, k: [1, 5]", ["k"], [[1], [5]]],
  ["a list of one", "strategy: top_k, k: [5]", ["k"], [[5]]],
  ["a range", "strategy: top_k, k: 1..3", ["k"], [[1], [2], [3]]],
  ["ranges among values", "strategy: top_k, k: [9, 1..2]", ["k"], [[9], [1], [2]]],
  ["true and false", "strategy: beam, early_stopping: [true, false]", ["early_stopping"], [
    [true],
    [false],
  ]],
  ["names", "strategy: speculative, draft_choice: [sample, argmax]", ["draft_choice"], [
    ["sample"],
    ["argmax"],
  ]],
  [
    "settings in the order of the schema, not as written, the last fastest",
    "n_best: [1, 2], strategy: beam, length_penalty: [0, 1], beam_width: [2, 3]",
    ["beam_width", "length_penalty", "n_best"],
    [[2, 0, 1], [2, 0, 2], [2, 1, 1], [2, 1, 2], [3, 0, 1], [3, 0, 2], [3, 1, 1], [3, 1, 2]],
  ],
  [
    "the draft, and a setting that all of these drafts have",
    "strategy: speculative, draft_k: [2, 4], draft: [model, ngram, prompt_lookup]",
    ["draft", "draft_k"],
    ["model", "ngram", "prompt_lookup"].flatMap((draft) => [[draft, 2], [draft, 4]]),
  ],
  ["a setting of one draft", "strategy: speculative, draft: ngram, ngram_order: 2..3", [
    "ngram_order",
  ], [[2], [
    3,
  ]]],
  [
    "the rule of acceptance",
    "strategy: speculative, acceptance_rule: [rejection_sampling, original]",
    ["acceptance_rule"],
    [
      ["rejection_sampling"],
      ["original"],
    ],
  ],
  ["nothing, with a chain", "strategy: sample, warp: [{ top_k: 5 }]", [], [[]]],
  ["nothing, with an empty chain", "strategy: sample, warp: []", [], [[]]],
  ["a warper", "strategy: sample, warp: [{ eta: 0.1 }, { top_k: [1, 5] }]", ["warp.top_k"], [[1], [
    5,
  ]]],
  [
    "two warpers, the last fastest",
    "strategy: sample, warp: [{ eta: [0.1, 0.2] }, { top_k: [1, 5] }]",
    ["warp.eta", "warp.top_k"],
    [[0.1, 1], [0.1, 5], [0.2, 1], [0.2, 5]],
  ],
  [
    "one of two warpers of a kind",
    "strategy: sample, warp: [{ temperature: 2 }, { top_k: 5 }, { temperature: [0.5, 1] }]",
    ["warp[2].temperature"],
    [[0.5], [1]],
  ],
  [
    "both chains and a setting before them",
    "strategy: speculative, draft_warp: [{ top_k: 7..8 }], warp: [{ min_p: [0, 1] }], draft_k: [1]",
    ["draft_k", "warp.min_p", "draft_warp.top_k"],
    [[1, 0, 7], [1, 0, 8], [1, 1, 7], [1, 1, 8]],
  ],
];
for (const [name, entry, swept, values] of sweeps) {
  Deno.test(`a strategy that sweeps ${name}: each cell says what is swept, and has its values`, () => {
    const { cells } = read(entry);
    assertEquals(cells.map((cell) => cell.swept), values.map(() => swept));
    assertEquals(
      cells.map(({ settings }) => swept.map((key) => sweptValue(settings, key))),
      values as (string | number)[][],
    );
  });

  Deno.test(`a strategy that sweeps ${name}: the config as resolved has the same cells`, () => {
    const experiment = read(`strategy: greedy\n${entry}`);
    const again = readExperiment("c.yaml", stringify(experiment.config));
    assertEquals(again.cells, experiment.cells);
    assertEquals(again.config, experiment.config);
  });
}

Deno.test("config: resolved entries have their lists, in the order of the schema, and every default", () => {
  const { config } = read(
    "n_best: 1..2, strategy: beam, beam_width: 3\n" +
      "strategy: sample, warp: [{ eta: 0.1 }, { top_k: [1, 4..5] }]",
  );
  assertEquals(config.decoding.strategies, [
    { strategy: "beam", beam_width: 3, length_penalty: 0, early_stopping: false, n_best: [1, 2] },
    { strategy: "sample", warp: [{ eta: 0.1 }, { top_k: [1, 4, 5] }] },
  ]);
  assertEquals(
    Object.keys(config.decoding.strategies[0] ?? {}).join(),
    [
      "strategy",
      "beam_width",
      "length_penalty",
      "early_stopping",
      "n_best",
    ].join(),
  );
});

Deno.test("config: a resolved entry leaves out defaults that only some of its cells have", () => {
  const { config } = read("strategy: speculative, draft: [ngram, prompt_lookup]");
  assertEquals(config.decoding.strategies, [
    {
      strategy: "speculative",
      acceptance_rule: "rejection_sampling",
      draft: ["ngram", "prompt_lookup"],
      draft_k: 4,
      warp: [],
    },
  ]);
});

Deno.test("a sweep of drafts: each has its own defaults", () => {
  assertEquals(labels(read("strategy: speculative, draft: [model, ngram]")), [
    "speculative(draft=model, draft_k=4)",
    "speculative(draft=ngram, ngram_order=3, draft_k=4)",
  ]);
});

const at = "c.yaml:6:";
/** The settings of the one entry, and the message's lines after the first. */
const mistakes: readonly [string, string, string[]][] = [
  ["several strategies", "strategy: [greedy, top_k]", [
    `${at}9: decoding.strategies[0].strategy: expected one strategy, found a list of 2; each needs an entry of its own`,
  ]],
  ["no value", "strategy: top_k, k: []", [
    `${at}26: decoding.strategies[0].k: expected at least one value, found a list of 0`,
  ]],
  ["no value of a warper", "strategy: sample, warp: [{ top_k: [] }]", [
    `${at}36: decoding.strategies[0].warp[0].top_k: expected at least one value, found a list of 0`,
  ]],
  ["a list in a list", "strategy: top_k, k: [1, [2, 3]]", [
    `${at}33: decoding.strategies[0].k[1]: expected one value in each item of the list, found a list of 2`,
  ]],
  ["a range that means nothing", "strategy: top_k, k: [1, 8..3]", [
    `${at}33: decoding.strategies[0].k[1]: expected a step below 0, as in 8..1:-1, found "8..3"`,
  ]],
  ["one wrong value, in every combination", "strategy: beam, beam_width: [1, x], n_best: [1, 1]", [
    `${at}41: decoding.strategies[0].beam_width[1]: expected a whole number, found "x"`,
  ]],
  ["what is not swept, in every combination", "strategy: beam, beam_width: 1..9, n_best: x", [
    `${at}43: decoding.strategies[0].n_best: expected a whole number, found "x"`,
  ]],
  ["a fraction in a range", "strategy: top_k, k: 1..2:0.5", [
    `${at}26: decoding.strategies[0].k: expected a whole number, found 1.5`,
  ]],
  ["a draft that there is none of", "strategy: speculative, draft: [model, n_gram]", [
    `${at}47: decoding.strategies[0].draft[1]: expected one of ${DRAFTS}, found "n_gram"; did you mean "ngram"?`,
  ]],
  [
    "a setting that one of the drafts has not",
    "strategy: speculative, draft: [model, ngram], ngram_order: [2, 3]",
    [
      `${at}55: decoding.strategies[0].ngram_order: unknown key: expected one of strategy, acceptance_rule, draft, draft_choice, draft_k, confidence, warp, draft_warp, found "ngram_order"; it goes with draft: ngram`,
    ],
  ],
  ["an unknown setting", "strategy: top_k, q: [1, 2]", [
    `${at}26: decoding.strategies[0].q: unknown key: expected one of strategy, k, found "q"`,
  ]],
  ["a list of chains", "strategy: sample, warp: [[{ top_k: 5 }], [{ top_p: 0.5 }]]", [
    `${at}34: decoding.strategies[0].warp[0]: expected a map, found a list of 1`,
    `${at}50: decoding.strategies[0].warp[1]: expected a map, found a list of 1`,
  ]],
  ["text that is no range", "strategy: speculative, draft_choice: 1..2", [
    `${at}32: decoding.strategies[0].draft_choice: expected one of sample, argmax, found "1..2"`,
  ]],
];
for (const [name, entry, lines] of mistakes) {
  Deno.test(`a strategy with ${name} is refused at what was written`, async () => {
    assertEquals(await problemsOf(() => read(entry)), lines);
  });
}
