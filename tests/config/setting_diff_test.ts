// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import { parse } from "yaml";
import { changeText, diffSettings, textChanges, yamlText } from "../../src/config/setting_diff.ts";

/** The differences of two configs, one line each. */
function changes(old: string, current: string): string[] {
  return diffSettings(parse(old), parse(current)).filter(({ differs }) => differs)
    .map(({ path, old, new: current }) => `${path}: ${yamlText(old)} → ${yamlText(current)}`);
}

const strategies = (...entries: string[]): string =>
  `decoding: { strategies: [${entries.map((entry) => `{ strategy: ${entry} }`).join(", ")}] }`;

const cases: readonly [string, string, string, string[]][] = [
  [
    "the same in another order, with comments",
    "a: 1\nb: { c: 2, d: 3 }",
    "b: { d: 3, c: 2 } # !\na: 1",
    [],
  ],
  ["a value", "training: { target: { steps: 700 } }", "training: { target: { steps: 70 } }", [
    "training.target.steps: 700 → 70",
  ]],
  ["a number and the same as text", "a: 1", 'a: "1"', ['a: 1 → "1"']],
  ["a list as a whole", "decoding: { prompts: [a, b] }", "decoding: { prompts: [b, a] }", [
    "decoding.prompts: [a, b] → [b, a]",
  ]],
  ["a list for a map", "prompts: [a]", "prompts: { from: held_out }", [
    "prompts: [a] → {from: held_out}",
  ]],
  [
    "a map that is new, setting by setting",
    "models: {}",
    "models: { draft: { n_embd: 8, n_head: 2 } }",
    [
      "models.draft.n_embd:  → 8",
      "models.draft.n_head:  → 2",
    ],
  ],
  ["null for nothing", "a: null", "{}", ["a: null → "]],
  [
    "a setting of a strategy that has moved",
    strategies("greedy", "top_k, k: [1, 5]"),
    strategies("top_k, k: 5", "greedy"),
    [
      "decoding.strategies.top_k.k: [1, 5] → 5",
    ],
  ],
  [
    "a strategy in one run only",
    strategies("greedy"),
    strategies("greedy", "beam, beam_width: 3"),
    [
      "decoding.strategies.beam:  → {strategy: beam, beam_width: 3}",
    ],
  ],
  [
    "one of several of a name taken out, with the others changed",
    strategies(
      "speculative, draft: model, draft_k: 4",
      "speculative, draft: ngram, draft_k: 4",
      "speculative, draft: prompt_lookup, draft_k: 4",
    ),
    strategies(
      "speculative, draft: model, draft_k: 8",
      "speculative, draft: prompt_lookup, draft_k: 8",
    ),
    [
      "decoding.strategies.speculative[0].draft_k: 4 → 8",
      "decoding.strategies.speculative[1]: {strategy: speculative, draft: ngram, draft_k: 4} → ",
      "decoding.strategies.speculative[2].draft_k: 4 → 8",
    ],
  ],
  [
    "a chain as a whole",
    strategies("sample, warp: [{ top_k: 5 }]"),
    strategies("sample, warp: [{ top_k: 5 }, { top_p: 0.9 }]"),
    [
      "decoding.strategies.sample.warp: [{top_k: 5}] → [{top_k: 5}, {top_p: 0.9}]",
    ],
  ],
  ["keys that JavaScript knows", "a: { __proto__: 1, constructor: 2 }", "a: { __proto__: 3 }", [
    "a.__proto__: 1 → 3",
    "a.constructor: 2 → ",
  ]],
  [
    "strategies that are none",
    "decoding: { strategies: [1, null, [x]] }",
    "decoding: { strategies: 3 }",
    [
      "decoding.strategies: [1, null, [x]] → 3",
    ],
  ],
];

for (const [name, old, current, expected] of cases) {
  Deno.test(`diffSettings: ${name}`, () => assertEquals(changes(old, current), expected));
}

Deno.test("changeText: says what was before, what is now, and which strategy came or went", () => {
  const config = "seed: 1\ndecoding: { strategies: [{ strategy: greedy }] }";
  const other = "decoding: { strategies: [{ strategy: beam, n_best: 2 }] }\nmodels: { draft: 3 }";
  assertEquals(
    diffSettings(parse(config), parse(other)).filter(({ differs }) => differs).map(changeText),
    [
      "seed: 1 → nothing",
      "decoding.strategies.greedy: removed",
      "decoding.strategies.beam: added",
      "models.draft: nothing → 3",
    ],
  );
});

const text = "# As it was run\nseed: 1\ncorpus:\n  sha256: ab\nmodels:\n  block_size: 16\n";
const changed: readonly [string, string, string, string[]][] = [
  ["the same text", text, text, []],
  ["other line endings", text, text.replaceAll("\n", "\r\n"), []],
  ["a value", text, text.replace("16", "8"), ["models.block_size: 16 → 8"]],
  ["another corpus", text, text.replace("ab", "cd"), ["another corpus"]],
  ["a part that only one has", text, text.replace("seed: 1\n", ""), ["seed: 1 → nothing"]],
  ["the order of parts", text, "models:\n  block_size: 16\n" + text.slice(0, -24), []],
  ["what is no YAML", "seed: [\n", text, []],
];
for (const [what, old, current, expected] of changed) {
  Deno.test(`textChanges: ${what}`, () => assertEquals(textChanges(old, current), expected));
}
