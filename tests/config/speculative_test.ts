// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { ConfigError } from "../../src/config/config_error.ts";
import { refusalOf } from "./refusal.ts";
import { type Experiment, readExperiment } from "../../src/config/experiment.ts";
import { drafts } from "../../src/decode/speculative/drafts/definitions.ts";

const DRAFTS = drafts.map(({ name }) => name).join(", ");
const independent = drafts.filter(({ needs }) => needs !== "draft model")
  .map(({ name }) => `draft: ${name}`);

/** A config whose one strategy is speculative with these settings. */
function read(
  settings: string,
  models = "draft: { n_embd: 8, n_head: 2, n_layer: 1 }",
): Experiment {
  return readExperiment(
    "c.yaml",
    `corpus: { path: names.txt }
models: { ${models} }
decoding:
  prompts: [a]
  strategies:
    - { strategy: speculative, ${settings} }
`,
  );
}

const labels: readonly [string, string[]][] = [
  ["", ["speculative(draft=model, draft_k=4)"]],
  ["acceptance_rule: rejection_sampling, draft: model, draft_choice: sample", [
    "speculative(draft=model, draft_k=4)",
  ]],
  ["draft_k: [1, 2]", [
    "speculative(draft=model, draft_k=1)",
    "speculative(draft=model, draft_k=2)",
  ]],
  ["draft_choice: argmax, confidence: [0.2, 0.4]", [
    "speculative(draft=model, draft_choice=argmax, draft_k=4, confidence=0.2)",
    "speculative(draft=model, draft_choice=argmax, draft_k=4, confidence=0.4)",
  ]],
  ["draft: ngram", ["speculative(draft=ngram, ngram_order=3, draft_k=4)"]],
  ["draft: ngram, ngram_order: [2, 5]", [
    "speculative(draft=ngram, ngram_order=2, draft_k=4)",
    "speculative(draft=ngram, ngram_order=5, draft_k=4)",
  ]],
  ["draft: prompt_lookup", ["speculative(draft=prompt_lookup, draft_k=4)"]],
  ["warp: [{ temperature: 0.8 }], draft_warp: []", [
    "speculative(draft=model, draft_k=4, warp=temperature 0.8, draft_warp=none)",
  ]],
  ["acceptance_rule: original", ["speculative(acceptance_rule=original, draft_k=4)"]],
];
for (const [settings, expected] of labels) {
  Deno.test(`speculative: {${settings}} makes ${expected.join(" and ")}`, () => {
    assertEquals(read(settings).cells.map(({ label }) => label), expected);
  });
}

const at = "c.yaml:6:7: decoding.strategies[0]";
const mistakes: readonly [string, string, string][] = [
  [
    "ngram_order without an n-gram model",
    "ngram_order: 3",
    '.ngram_order: unknown key: expected one of strategy, acceptance_rule, draft, draft_choice, draft_k, confidence, warp, draft_warp, found "ngram_order"; it goes with draft: ngram',
  ],
  [
    "the former name of a setting",
    "draft: ngram, order: 3",
    '.order: unknown key: expected one of strategy, acceptance_rule, draft, ngram_order, draft_choice, draft_k, confidence, warp, draft_warp, found "order"; it is called ngram_order now',
  ],
  [
    "the former name of a setting of another draft",
    "order: 3",
    '.order: unknown key: expected one of strategy, acceptance_rule, draft, draft_choice, draft_k, confidence, warp, draft_warp, found "order"; it is called ngram_order now and goes with draft: ngram',
  ],
  [
    "confidence where nothing has any",
    "draft: prompt_lookup, confidence: 0.5",
    '.confidence: unknown key: expected one of strategy, acceptance_rule, draft, draft_k, warp, found "confidence"; it goes with draft: model or draft: ngram',
  ],
  [
    "a warper of the original",
    "acceptance_rule: original, warp: []",
    '.warp: unknown key: expected one of strategy, acceptance_rule, draft_k, found "warp"; it goes with acceptance_rule: rejection_sampling',
  ],
  [
    "a slip",
    "draft: ngram, ngram_ordr: 3",
    '.ngram_ordr: unknown key: expected one of strategy, acceptance_rule, draft, ngram_order, draft_choice, draft_k, confidence, warp, draft_warp, found "ngram_ordr"; did you mean "ngram_order"?',
  ],
  [
    "an unknown draft",
    "draft: n_gram",
    `.draft: expected one of ${DRAFTS}, found "n_gram"; did you mean "ngram"?`,
  ],
  [
    "an unknown rule of acceptance",
    "acceptance_rule: orignal",
    '.acceptance_rule: expected one of rejection_sampling, original, found "orignal"; did you mean "original"?',
  ],
  [
    "an unknown choice",
    "draft_choice: greedy",
    '.draft_choice: expected one of sample, argmax, found "greedy"',
  ],
  ["no tokens", "draft_k: 0", ".draft_k: expected a whole number of at least 1, found 0"],
  [
    "more than certainty",
    "confidence: 1.5",
    ".confidence: expected a number of at most 1, found 1.5",
  ],
];
for (const [name, settings, expected] of mistakes) {
  Deno.test(`speculative: ${name}: the message says what was expected, found, nearest`, async () => {
    const message = await refusalOf(() => read(settings));
    const [, line = "", ...rest] = message.split("\n");
    assertEquals(line.trim().replace(/^c\.yaml:6:\d+: /, "c.yaml:6:7: "), at + expected);
    assertEquals(rest, []);
  });
}

Deno.test("speculative: only what proposes with the draft model needs one", () => {
  assertThrows(
    () => read("draft: model", ""),
    ConfigError,
    "expected a draft model (models.draft), which speculative needs, found none; " +
      `${independent.join(" and ")} need none`,
  );
  assertThrows(() => read("acceptance_rule: original", ""), ConfigError, "needs, found none");
  for (const draft of independent) assertEquals(read(draft, "").cells.length, 1);
});
