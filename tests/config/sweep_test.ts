// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertThrows } from "@std/assert";
import { stringify } from "yaml";
import { ConfigError } from "../../src/config/config_error.ts";
import { problemsOf } from "./refusal.ts";
import { type Experiment, readExperiment, readExperiments } from "../../src/config/experiment.ts";

const minimal = `corpus: { path: names.txt }
decoding:
  prompts: [a]
  strategies:
    - strategy: greedy
`;
const draft = "models: { draft: { n_embd: 8, n_head: 2, n_layer: 1 } }\n";

function variants(text: string, overrides: readonly string[] = []): (string | undefined)[] {
  return readExperiments("c.yaml", minimal + text, overrides).map(({ variant }) => variant?.label);
}

const sweeps: readonly [string, string, string[]][] = [
  ["a seed", "seed: [1, 5]\n", ["seed=1", "seed=5"]],
  ["a list of one", "seed: [1]\n", ["seed=1"]],
  ["text", "engine: [simd, reference]\n", ["engine=simd", "engine=reference"]],
  ["a training setting", "training: { target: { learning_rate: [0.01, 1.0e-8] } }\n", [
    "training.target.learning_rate=0.01",
    "training.target.learning_rate=1e-8",
  ]],
  ["drawn prompts", "", [
    "decoding.prompts.count=10",
    "decoding.prompts.count=20",
  ]],
  [
    "several, in the schema's order, the last fastest",
    "training: { target: { steps: [1, 2] } }\nmodels: { block_size: [20, 30] }\nseed: 1..2\n",
    [
      "seed=1,models.block_size=20,training.target.steps=1",
      "seed=1,models.block_size=20,training.target.steps=2",
      "seed=1,models.block_size=30,training.target.steps=1",
      "seed=1,models.block_size=30,training.target.steps=2",
      "seed=2,models.block_size=20,training.target.steps=1",
      "seed=2,models.block_size=20,training.target.steps=2",
      "seed=2,models.block_size=30,training.target.steps=1",
      "seed=2,models.block_size=30,training.target.steps=2",
    ],
  ],
];
for (const [name, text, labels] of sweeps) {
  Deno.test(`a sweep of ${name} makes ${labels.length} variants`, () => {
    const overrides = text === "" ? ["decoding.prompts={from: training, count: [10, 20]}"] : [];
    assertEquals(variants(text, overrides), labels);
  });
}

Deno.test("a sweep: each variant has its values, and nothing else differs", () => {
  const experiments = readExperiments("c.yaml", minimal, [
    "seed=1,2",
    "models.target.n_embd=8",
    "models.target.n_head=2",
    "models.target.n_layer=1,2",
    "decoding.strategies.0={strategy: top_k, k: [1, 5]}",
  ]);
  const plain = readExperiment("c.yaml", minimal, [
    "models.target={n_embd: 8, n_head: 2, n_layer: 1}",
    "decoding.strategies.0={strategy: top_k, k: [1, 5]}",
  ]);
  const expected = [[1, 1], [1, 2], [2, 1], [2, 2]].map(([seed = 0, n_layer = 0]) => {
    const { models } = plain.config;
    return {
      ...plain.config,
      seed,
      models: { ...models, target: { ...models.target, n_layer } },
    };
  });
  assertEquals(experiments.map(({ config }) => config), expected);
  assertEquals(experiments.map(({ cells }) => cells), Array(4).fill(plain.cells));
  const [first] = experiments;
  const isOne = experiments.every(({ cells }) =>
    cells.every((cell, i) => cell === first?.cells[i])
  );
  assert(isOne, "ten thousand variants would have ten thousand of each cell");
  assertEquals(experiments[3]?.variant?.settings, [
    { path: "seed", value: 2 },
    { path: "models.target.n_layer", value: 2 },
  ]);
});

Deno.test("a sweep: without one there is no variant, and lists of strategies are none", () => {
  const [first, ...others] = readExperiments("c.yaml", minimal, [
    "seed=7",
    "decoding.strategies.0={strategy: top_k, k: [1, 5]}",
  ]);
  assertEquals(others, []);
  assertEquals(first?.variant, undefined);
  assert(first !== undefined && !("variant" in first));
});

Deno.test("a sweep: a variant's own config has one experiment, the same", () => {
  for (const { config, cells } of readExperiments("c.yaml", minimal + "seed: 1..3\n" + draft)) {
    const again = readExperiment("c.yaml", stringify(config));
    assertEquals([again.config, again.cells], [config, cells]);
  }
});

Deno.test("a label: what no folder may be called is replaced, and the label stays unique", () => {
  const labels = variants("", ["corpus.path=a/b,a_b,../a\\0b,é"]);
  assertEquals(new Set(labels).size, 4);
  assertEquals(labels[1], "corpus.path=a_b");
  for (const label of labels) assert(/^[\w.,=+~-]{1,255}$/.test(label ?? ""), label);
});

Deno.test("a label: of long values it is cut, and stays unique", () => {
  const long = "x".repeat(300);
  const labels = variants("", [`corpus.path=${long}a,${long}b`]);
  assertEquals(new Set(labels).size, 2);
  for (const label of labels) assert((label?.length ?? 999) < 255);
});

const zips: readonly [string, string, string[]][] = [
  [
    "a pair",
    "seed: [1, 2]\ntraining: { target: { steps: [3, 4] } }\nzip: [[training.target.steps, seed]]\n",
    [
      "seed=1,training.target.steps=3",
      "seed=2,training.target.steps=4",
    ],
  ],
  [
    "a list of paths, which is one group",
    "seed: 1..2\nmodels: { block_size: 20..21 }\nzip: [seed, models.block_size]\n",
    [
      "seed=1,models.block_size=20",
      "seed=2,models.block_size=21",
    ],
  ],
  [
    "a pair beside another sweep, which stands between them",
    "seed: 1..2\nmodels: { block_size: 20..21 }\ntraining: { target: { steps: 3..4 } }\n" +
    "zip: [[seed, training.target.steps]]\n",
    [
      "seed=1,models.block_size=20,training.target.steps=3",
      "seed=1,models.block_size=21,training.target.steps=3",
      "seed=2,models.block_size=20,training.target.steps=4",
      "seed=2,models.block_size=21,training.target.steps=4",
    ],
  ],
  [
    "values that come again beside others",
    "seed: [1, 1, 2]\nmodels: { block_size: [20, 21, 20] }\nzip: [[seed, models.block_size]]\n",
    [
      "seed=1,models.block_size=20",
      "seed=1,models.block_size=21",
      "seed=2,models.block_size=20",
    ],
  ],
];
for (const [name, text, labels] of zips) {
  Deno.test(`zip: ${name}: ${labels.length} variants`, () => {
    assertEquals(variants(text), labels);
  });
}

Deno.test("zip: --set pairs too, in one group or several, and null takes a zip out", () => {
  const swept = ["seed=1..2", "models.block_size=20,30"];
  assertEquals(variants("", [...swept, "zip=seed,models.block_size"]).length, 2);
  assertEquals(variants("", [...swept, "zip=[[seed, models.block_size]]"]).length, 2);
  assertEquals(variants("", [...swept, "zip=seed,models.block_size", "zip=null"]).length, 4);
});

/** The text after the minimal config, and the message's lines after the first. */
const mistakes: readonly [string, string, string[]][] = [
  ["a value in one variant", "seed: [1, x, 3]\n", [
    'c.yaml:6:11: seed[1]: expected a whole number, found "x"',
  ]],
  ["what all variants have in common, once", "seed: 1..100\nengine: fast\n", [
    'c.yaml:7:1: engine: expected one of simd, reference, onnx, {simd: strict}, found "fast"',
  ]],
  [
    "values that do not go together",
    "models: { target: { n_embd: [8, 9], n_head: [2, 3], n_layer: 1 } }\n",
    [
      "c.yaml:6:30: models.target.n_embd[0]: expected a multiple of n_head (3), found 8; the nearest is 9",
      "c.yaml:6:33: models.target.n_embd[1]: expected a multiple of n_head (2), found 9; the nearest is 8",
    ],
  ],
  ["no value", "seed: []\n", ["c.yaml:6:1: seed: expected at least one value, found a list of 0"]],
  ["a value twice", "seed: [1, 2, 1]\n", [
    "c.yaml:6:14: seed[2]: expected each value once, found 1 again",
  ]],
  ["a list in a list", "seed: [[1, 2]]\n", [
    "c.yaml:6:8: seed[0]: expected one value in each item of the list, found a list of 2",
  ]],
  ["several names", "name: [a, b]\n", [
    "c.yaml:6:1: name: expected text (quote it if it looks like a number), found a list of 2",
  ]],
  ["more variants than are allowed", "seed: 1..101\nmodels: { block_size: 20..119 }\n", [
    "c.yaml:6:1: seed: expected at most 10000 variants, found 10100",
  ]],
  [
    "a pair twice",
    "seed: [1, 1]\nmodels: { block_size: [20, 20] }\nzip: [[seed, models.block_size]]\n",
    [
      "c.yaml:6:11: seed[1]: expected each value once, found 1 with 20 again",
    ],
  ],
  [
    "a zip of different lengths",
    "seed: 1..2\nmodels: { block_size: 20..22 }\nzip:\n  - [seed, models.block_size]\n",
    [
      "c.yaml:9:5: zip[0]: expected as many values of each setting, found 2 of seed and 3 of models.block_size",
    ],
  ],
  ["a zip of a misspelt path", "seed: 1..2\nzip: [[seed, models.blocksize]]\n", [
    'c.yaml:7:14: zip[0][1]: expected the path of a setting that may be swept, found "models.blocksize"; did you mean "models.block_size"?',
  ]],
  ["a zip of what is not swept", "seed: 1..2\nzip: [[seed, models.block_size]]\n", [
    'c.yaml:7:14: zip[0][1]: expected a setting that has a list of values, found "models.block_size", which has not',
  ]],
  ["a zip of what cannot be", "seed: 1..2\nzip: [[seed, report.charts]]\n", [
    'c.yaml:7:14: zip[0][1]: expected the path of a setting that may be swept, found "report.charts"',
  ]],
  ["a zip within strategies", "seed: 1..2\nzip: [[seed, decoding.strategies.top_k.k]]\n", [
    'c.yaml:7:14: zip[0][1]: expected a setting outside decoding.strategies, found "decoding.strategies.top_k.k"; there an entry for each pair says the same',
  ]],
  [
    "a setting in two groups",
    "seed: 1..2\nmodels: { block_size: 20..21 }\nzip: [[seed, models.block_size], [models.block_size, seed]]\n",
    [
      "c.yaml:8:35: zip[1][0]: expected each setting once, found models.block_size again",
      "c.yaml:8:54: zip[1][1]: expected each setting once, found seed again",
    ],
  ],
  ["a zip of one", "seed: 1..2\nzip: [[seed]]\n", [
    "c.yaml:7:7: zip[0]: expected a list of at least 2, found a list of 1",
  ]],
  ["a zip that is no list", "seed: 1..2\nzip: seed\n", [
    'c.yaml:7:1: zip: expected a list, found "seed"',
  ]],
];
for (const [name, text, lines] of mistakes) {
  Deno.test(`a sweep: ${name} is refused with the place`, async () => {
    assertEquals(await problemsOf(() => readExperiments("c.yaml", minimal + text)), lines);
  });
}

Deno.test("a sweep: cells are counted before they are made, those of all variants together", () => {
  const read = (overrides: string[]): Experiment[] => readExperiments("c.yaml", minimal, overrides);
  const strategy = "decoding.strategies.0={strategy: beam, beam_width: 1..100, n_best: 1}";
  const samples = "decoding.samples=1";
  assertEquals(read([strategy, samples, "seed=1..100"]).length, 100);
  assertThrows(
    () => read([strategy, samples, "seed=1..101"]),
    ConfigError,
    "decoding.strategies: expected at most 10000 cells, found 10100 in 101 variants",
  );
  assertThrows(
    () => read([strategy.replaceAll("100", "10000").replace("1}", "1..10000}"), samples]),
    ConfigError,
    "expected at most 10000 cells, found 100000000",
  );
});

Deno.test("a sweep: a problem within --set names it, and the value", () => {
  const override = "models.target.n_layer=1,x";
  assertThrows(
    () =>
      readExperiments("c.yaml", minimal, [
        "models.target={n_embd: 8, n_head: 2, n_layer: 1}",
        override,
      ]),
    ConfigError,
    `  --set ${override}: models.target.n_layer[1]: expected a whole number, found "x"`,
  );
});
