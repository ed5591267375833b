/**
 * Short paths after `--set`, and strategies after `--add`.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertStringIncludes } from "@std/assert";
import { readExperiment, readExperiments } from "../../src/config/experiment.ts";
import type { Change } from "../../src/config/override.ts";
import { refusalOf } from "./refusal.ts";

const text = `name: x
corpus: { path: names.txt }
models:
  target: { n_embd: 16, n_head: 4, n_layer: 1 }
  draft: { n_embd: 8, n_head: 2, n_layer: 1 }
decoding:
  prompts: [a, b]
  strategies:
    - { strategy: greedy }
    - { strategy: temperature, temperature: 2 }
    - { strategy: top_p, p: 0.9 }
    - { strategy: top_p, p: 0.8 }
    - { strategy: beam }
    - { strategy: best_of, n: 3, warp: [{ top_k: 5 }, { eta: 0.1 }] }
    - { strategy: speculative }
`;

/** What `changes` make of the config: its settings, and the labels of its cells. */
function changed(...changes: Change[]): unknown {
  const { config, cells } = readExperiment("c.yaml", text, changes);
  return { ...config, cells: cells.map(({ label }) => label) };
}

/** A short path, and the whole one. */
const short: readonly [string, string][] = [
  ["speculative.draft_k=1..8", "decoding.strategies.speculative.draft_k=1..8"],
  ["draft_k=1,2", "decoding.strategies.speculative.draft_k=1,2"],
  ["temperature=0.5", "decoding.strategies.temperature.temperature=0.5"],
  ["strategies.temperature.temperature=1", "decoding.strategies.temperature.temperature=1"],
  ["decoding.draft_k=2", "decoding.strategies.speculative.draft_k=2"],
  ["decoding.strategies.draft_k=2", "decoding.strategies.speculative.draft_k=2"],
  ["target.steps=100", "training.target.steps=100"],
  ["target.n_embd=32", "models.target.n_embd=32"],
  ["samples=5", "decoding.samples=5"],
  ["held_out=0.2", "corpus.held_out=0.2"],
  ["prompts=[x, y]", "decoding.prompts=[x, y]"],
  ["prompts[1]=x", "decoding.prompts[1]=x"],
  ["compare_prompts=[b]", "report.compare_prompts=[b]"],
  ["warp.eta=0.2", "decoding.strategies.best_of.warp.eta=0.2"],
  ["best_of.warp[0].top_k=2", "decoding.strategies.best_of.warp[0].top_k=2"],
  ["best_of.n=null", "decoding.strategies.best_of.n=null"],
];
for (const [one, whole] of short) {
  Deno.test(`--set ${one}: the same as ${whole}`, () => assertEquals(changed(one), changed(whole)));
}

Deno.test("--set: a short path with a strategy's name reaches all of its entries", async () => {
  const message = await refusalOf(() => readExperiment("c.yaml", text, ["top_p.p=0.5"]));
  assertStringIncludes(message, "expected each cell once, found top_p(p=0.5) again");
});

Deno.test("--set: a short path sweeps what may be swept", () => {
  const labels = readExperiments("c.yaml", text, ["target.n_layer=1,2"])
    .map(({ variant }) => variant?.label);
  assertEquals(labels, ["models.target.n_layer=1", "models.target.n_layer=2"]);
});

const refused: readonly [Change, string][] = [
  [
    "steps=5",
    "cannot use --set steps=5 with c.yaml\n  steps: expected the path of one setting, found a short " +
    "one of 2: training.target.steps, training.draft.steps",
  ],
  ["n_head=1", "found a short one of 2: models.target.n_head, models.draft.n_head"],
  [
    "draft=null",
    "found a short one of 3: models.draft, training.draft, decoding.strategies.speculative.draft",
  ],
  ["warp=null", "decoding.strategies.best_of.warp, decoding.strategies.speculative.warp"],
  ["top_p.q=0.8", '"top_p.q"; did you mean "decoding.strategies.top_p.p"?'],
  ["draft_kk=2", '"draft_kk"; did you mean "decoding.strategies.speculative.draft_k"?'],
  ["targte.steps=2", '; did you mean "training.target.steps"?'],
  ["greedy=null", '; did you mean "decoding.strategies.greedy"?'],
  ["min_p.min_p=0.1", "; --add '{strategy: min_p}' adds that strategy"],
  ["decoding.strategies.min_p.min_p=0.1", "; --add '{strategy: min_p}' adds that strategy"],
  ["xyzzy=1", 'xyzzy: unknown setting: expected one that configs/README.md lists, found "xyzzy"'],
  ["extends=x", "extends: expected a setting, found what a config alone can say"],
  [{ add: "min_p" }, "cannot read --add min_p: expected a strategy with its settings, such as "],
  [{ add: "{" }, "cannot read --add {: expected a strategy with its settings, such as "],
  [{ add: "[{ strategy: min_p }]" }, "'{strategy: top_k, k: 5}', found a list of 1"],
  [
    { add: "{strategy: min_q}" },
    "--add {strategy: min_q}: decoding.strategies[7].strategy: expected one of min_p, ",
  ],
  [
    { add: "{strategy: greedy}" },
    "--add {strategy: greedy}: decoding.strategies[7]: expected each cell once, found greedy again",
  ],
];
for (const [change, message] of refused) {
  const written = typeof change === "string" ? `--set ${change}` : `--add ${change.add}`;
  Deno.test(`${written}: is refused with what to write`, async () => {
    assertStringIncludes(await refusalOf(() => readExperiment("c.yaml", text, [change])), message);
  });
}

const added: readonly [string, readonly Change[], readonly string[]][] = [
  ["one", [{ add: "{strategy: min_p, min_p: 0.1}" }], ["min_p(0.1)"]],
  ["a sweep", [{ add: "{strategy: min_p, min_p: [0.1, 0.2]}" }], ["min_p(0.1)", "min_p(0.2)"]],
  ["several", [{ add: "{strategy: min_p}" }, { add: "{strategy: top_k, k: 7}" }], [
    "min_p(0.1)",
    "top_k(k=7)",
  ]],
  ["one that a --set then changes", [{ add: "{strategy: min_p}" }, "min_p.min_p=0.3"], [
    "min_p(0.3)",
  ]],
];
for (const [what, changes, labels] of added) {
  Deno.test(`--add: ${what} comes after the config's own strategies`, () => {
    const before = readExperiment("c.yaml", text).cells.map(({ label }) => label);
    const { cells } = readExperiment("c.yaml", text, changes);
    assertEquals(cells.map(({ label }) => label), [...before, ...labels]);
  });
}

Deno.test("--add: after a --set that replaces the list, and where there is no list yet", () => {
  const labels = (config: string, changes: readonly Change[]): string[] =>
    readExperiment("c.yaml", config, changes).cells.map(({ label }) => label);
  const replaced = ["decoding.strategies=[{strategy: greedy}]", { add: "{strategy: top_k, k: 2}" }];
  assertEquals(labels(text, replaced), ["greedy", "top_k(k=2)"]);
  const none = text.slice(0, text.indexOf("  strategies:"));
  assertEquals(labels(none, [{ add: "{strategy: top_k, k: 2}" }]), ["top_k(k=2)"]);
});
