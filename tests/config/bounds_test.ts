// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ConfigError } from "../../src/config/config_error.ts";
import { problemsOf } from "./refusal.ts";
import { loadExperiments, readExperiment } from "../../src/config/experiment.ts";
const minimal = `corpus: { path: names.txt }
decoding:
  prompts: [a]
  strategies:
    - strategy: greedy
`;
const mistakes: readonly [string, string, string[]][] = [
  [
    "a draft's heads that do not divide",
    minimal + "models: { draft: { n_embd: 19, n_head: 4, n_layer: 1 } }\n",
    [
      "c.yaml:6:20: models.draft.n_embd: expected a multiple of n_head (4), found 19; the nearest is 20",
    ],
  ],
  ["both path and url", minimal.replace("names.txt", "names.txt, url: http://x.org/a"), [
    "c.yaml:1:1: corpus: expected either path or url, found both",
  ]],
  ["a decay rate of 1", minimal + "training: { target: { beta1: 1 } }\n", [
    "c.yaml:6:23: training.target.beta1: expected a number below 1, found 1",
  ]],
  ["an empty path", minimal.replace("names.txt", '""'), [
    'c.yaml:1:11: corpus.path: expected text (quote it if it looks like a number) of at least 1, found ""',
  ]],
  ["text too long to show", minimal + `seed: ${"x".repeat(61)}\n`, [
    `c.yaml:6:1: seed: expected a whole number, found "${"x".repeat(57)}…"`,
  ]],
];
for (const [name, text, lines] of mistakes) {
  Deno.test(`readExperiment: ${name}: the message says where, expected, found, nearest`, async () => {
    assertEquals(await problemsOf(() => readExperiment("c.yaml", text)), lines);
  });
}

const bounds: readonly [string, string][] = [
  [
    "decoding.strategies.0={strategy: top_k, k: 0}",
    "expected a whole number of at least 1, found 0",
  ],
  [
    "decoding.strategies.0={strategy: beam, beam_width: 10001}",
    "expected a whole number of at most 10000, found 10001",
  ],
  ["decoding.strategies.0={strategy: top_p, p: 0}", "expected a number above 0, found 0"],
  ["decoding.samples=10000001", "expected a whole number of at most 10000000"],
  ["decoding.max_new_tokens=-1", "expected a whole number of at least 0, found -1"],
  [
    "models.target={n_embd: 4, n_head: 0, n_layer: 1}",
    "expected a whole number of at least 1, found 0",
  ],
  ["training.target.beta2=-0.1", "expected a number of at least 0, found -0.1"],
  ["training.target.epsilon=0", "expected a number above 0, found 0"],
  ["training.target.learning_rate=0", "expected a number above 0, found 0"],
  ["corpus.sha256=ABC", "expected 64 lower-case hexadecimal digits"],
];
for (const [override, message] of bounds) {
  Deno.test(`readExperiment: ${override} is out of bounds`, () => {
    assertThrows(() => readExperiment("c.yaml", minimal, [override]), ConfigError, message);
  });
}

Deno.test("--set: a mistake within a list that it sets is said to be there", () => {
  const override = "decoding.strategies=[{strategy: top_k, k: 0}]";
  assertThrows(
    () => readExperiment("c.yaml", minimal, [override]),
    ConfigError,
    `  --set ${override}: decoding.strategies[0].k: expected`,
  );
});

Deno.test("loadExperiments: a file that is not there, and one that cannot be read, are named", async () => {
  await assertRejects(
    () => loadExperiments("/nowhere/c.yaml"),
    ConfigError,
    "cannot read the config /nowhere/c.yaml: expected a YAML file, found none",
  );
  await assertRejects(
    () => loadExperiments("configs"),
    ConfigError,
    "cannot read the config configs: ",
  );
});
