// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { ConfigError } from "../../src/config/config_error.ts";
import { problemsOf, refusalOf } from "./refusal.ts";
import { type Experiment, readExperiment, readWithStrategy } from "../../src/config/experiment.ts";
import { strategies as strategyDefinitions } from "../../src/decode/definitions.ts";
import { warpers as warperDefinitions } from "../../src/decode/warp/definitions.ts";
import { expectedOneOf } from "../../src/text/suggestions.ts";

const minimal = `corpus: { path: names.txt }
decoding:
  prompts: [a]
  strategies:
    - strategy: greedy
`;

function labels(experiment: Experiment): string[] {
  return experiment.cells.map(({ label }) => label);
}

Deno.test("readExperiment: what is left out has its default", () => {
  const { name, config } = readExperiment("configs/tiny.yaml", minimal);
  assertEquals(name, "tiny");
  assertEquals(config.models, {
    block_size: 16,
    target: { n_embd: 16, n_head: 4, n_layer: 1 },
  });
  const adam = {
    batch_size: 32,
    learning_rate: 0.015,
    beta1: 0.85,
    beta2: 0.99,
    epsilon: 1e-8,
    initial_std: 0.08,
  };
  assertEquals(config.training, {
    target: { steps: 1000, ...adam },
    draft: { steps: 500, ...adam },
  });
  assertEquals(config.decoding.max_new_tokens, 12);
  assertEquals([config.seed, config.seeding, config.engine], [42, "independent", "simd"]);
});

Deno.test("readExperiment: cells may have more samples together than one may have", () => {
  const text = minimal.replace("greedy", "top_k\n      k: [1, 2, 3]");
  const most = text.replace("  strat", "  samples: 2000000\n  strat");
  assertEquals(readExperiment("c.yaml", most).cells.length, 3);
});

Deno.test("readExperiment: strategies have the original's defaults", () => {
  const text = minimal.replace(
    "- strategy: greedy",
    "- strategy: greedy\n" + `
    - strategy: temperature
    - strategy: top_k
    - strategy: top_p
    - strategy: beam
    - { strategy: beam, length_penalty: [0, 1], early_stopping: true, n_best: 2 }
    - strategy: diverse_beam
    - strategy: stochastic_beam
    - strategy: best_of
    - strategy: mirostat
    - { strategy: exact, n_best: [1, 5] }
    - { strategy: speculative, acceptance_rule: original }
models:
  draft: { n_embd: 8, n_head: 2, n_layer: 1 }`,
  );
  assertEquals(labels(readExperiment("c.yaml", text)), [
    "greedy",
    "temperature(0.8)",
    "top_k(k=5)",
    "top_p(p=0.9)",
    "beam(beam_width=3)",
    "beam(beam_width=3, early_stopping=true, n_best=2)",
    "beam(beam_width=3, length_penalty=1, early_stopping=true, n_best=2)",
    "diverse_beam(beam_width=4, beam_groups=2, diversity_penalty=0.5)",
    "stochastic_beam(beam_width=4)",
    "best_of(n=10)",
    "mirostat(tau=3, eta=0.1)",
    "exact",
    "exact(n_best=5)",
    "speculative(acceptance_rule=original, draft_k=4)",
  ]);
});

const chain = [
  "decoding.strategies.0={strategy: sample, warp: [{temperature: .5}, {top_k: 5}, {temperature: 2}]}",
];
const sweeps: readonly [string, string[], string[]][] = [
  ["nothing", [], ["greedy"]],
  ["a chain of warpers", [
    "decoding.strategies.0={strategy: sample, warp: [{temperature: [.5, 1]}, {top_k: 5}]}",
  ], ["sample(warp=temperature 0.5 → top_k 5)", "sample(warp=temperature 1 → top_k 5)"]],
  ["a product within a chain, the last warper fastest", [
    "decoding.strategies.0={strategy: sample, warp: [{top_k: [1, 5]}, {min_p: [0, .1]}]}",
  ], [
    "sample(warp=top_k 1 → min_p 0)",
    "sample(warp=top_k 1 → min_p 0.1)",
    "sample(warp=top_k 5 → min_p 0)",
    "sample(warp=top_k 5 → min_p 0.1)",
  ]],
  ["no chain, and an empty one", ["decoding.strategies=[{strategy: sample}]"], ["sample"]],
  ["a whole chain", [
    "decoding.strategies.0={strategy: sample}",
    "decoding.strategies.sample.warp={top_k: 2},{eta: .1}",
  ], ["sample(warp=top_k 2 → eta 0.1)"]],
  ["a warper by its name", [...chain, "decoding.strategies.sample.warp.top_k=3"], [
    "sample(warp=temperature 0.5 → top_k 3 → temperature 2)",
  ]],
  ["several values for a warper", [...chain, "decoding.strategies.sample.warp.top_k=3,4"], [
    "sample(warp=temperature 0.5 → top_k 3 → temperature 2)",
    "sample(warp=temperature 0.5 → top_k 4 → temperature 2)",
  ]],
  ["every warper of a name", [...chain, "decoding.strategies.sample.warp.temperature=1"], [
    "sample(warp=temperature 1 → top_k 5 → temperature 1)",
  ]],
  ["a warper by its index", [...chain, "decoding.strategies.sample.warp[2].temperature=1"], [
    "sample(warp=temperature 0.5 → top_k 5 → temperature 1)",
  ]],
  ["null takes warpers out", [...chain, "decoding.strategies.sample.warp.temperature=null"], [
    "sample(warp=top_k 5)",
  ]],
  ["several values", ["decoding.strategies.0={strategy: top_k, k: [1, 2]}"], [
    "top_k(k=1)",
    "top_k(k=2)",
  ]],
  [
    "values divided by commas",
    ["decoding.strategies.0={strategy: beam}", "decoding.strategies.beam.beam_width=1,2,8"],
    ["beam(beam_width=1)", "beam(beam_width=2)", "beam(beam_width=8)"],
  ],
  [
    "one value",
    ["decoding.strategies.0={strategy: top_p}", "decoding.strategies.top_p.p=0.5"],
    ["top_p(p=0.5)"],
  ],
  [
    "a name with two entries",
    [
      "decoding.strategies=[{strategy: top_k, k: 1}, {strategy: greedy}, {strategy: top_k, k: 2}]",
      "decoding.strategies.1={strategy: temperature}",
    ],
    ["top_k(k=1)", "temperature(0.8)", "top_k(k=2)"],
  ],
];

for (const [name, overrides, expected] of sweeps) {
  Deno.test(`--set: ${name}`, () => {
    assertEquals(labels(readExperiment("c.yaml", minimal, overrides)), expected);
  });
}

Deno.test("--set: changes a setting that the file has, and one that it has not", () => {
  const { config, name } = readExperiment("c.yaml", minimal, [
    "decoding.prompts=[b, c]",
    "training.target.steps=5",
    "name=other",
  ]);
  assertEquals(config.decoding.prompts, ["b", "c"]);
  assertEquals(config.training.target.steps, 5);
  assertEquals(name, "other");
});

Deno.test("--set: several values reach every entry of the strategy", () => {
  const text = minimal.replace("greedy", "top_k\n      k: 1\n    - strategy: top_k\n      k: 2");
  assertThrows(
    () => readExperiment("c.yaml", text, ["decoding.strategies.top_k.k=3"]),
    ConfigError,
    "expected each cell once, found top_k(k=3) again",
  );
});

const warpers = warperDefinitions.map(({ name }) => name);
const strategies = strategyDefinitions.map(({ name }) => name);

/** A config, the overrides, and the message's lines after the first. */
const mistakes: readonly [string, string, string[]][] = [
  ["an unknown key", minimal + "sed: 1\n", [
    'c.yaml:6:1: sed: unknown key: expected one of extends, name, seed, seeding, engine, corpus, models, training, decoding, report, zip, found "sed"; did you mean "seed"?',
  ]],
  [
    "an unknown key deep down",
    minimal + "models: { target: { n_emb: 16, n_head: 4, n_layer: 1 } }\n",
    [
      "c.yaml:6:11: models.target.n_embd: expected a whole number, found nothing",
      'c.yaml:6:21: models.target.n_emb: unknown key: expected one of n_embd, n_head, n_layer, from, sha256, found "n_emb"; did you mean "n_embd"?',
    ],
  ],
  ["an unknown key of a strategy", minimal.replace("greedy", "top_k\n      q: 3"), [
    'c.yaml:6:7: decoding.strategies[0].q: unknown key: expected one of strategy, k, found "q"',
  ]],
  ["an unknown strategy", minimal.replace("greedy", "greddy"), [
    `c.yaml:5:7: decoding.strategies[0].strategy: ${expectedOneOf("greddy", strategies)}`,
  ]],
  ["a strategy without a name", minimal.replace("strategy: greedy", "k: 3"), [
    `c.yaml:5:7: decoding.strategies[0].strategy: ${expectedOneOf(undefined, strategies)}`,
  ]],
  ["an unknown engine", minimal + "engine: fast\n", [
    'c.yaml:6:1: engine: expected one of simd, reference, onnx, {simd: strict}, found "fast"',
  ]],
  ["text for a number", minimal + "seed: many\n", [
    'c.yaml:6:1: seed: expected a whole number, found "many"',
  ]],
  ["a fraction for a whole number", minimal + "seed: 1.5\n", [
    "c.yaml:6:1: seed: expected a whole number, found 1.5",
  ]],
  ["a number for text", minimal.replace("[a]", "[1]"), [
    "c.yaml:3:13: decoding.prompts[0]: expected text (quote it if it looks like a number), found 1",
  ]],
  ["text in a sweep", minimal.replace("greedy", "top_k\n      k: [1, x]"), [
    'c.yaml:6:14: decoding.strategies[0].k[1]: expected a whole number, found "x"',
  ]],
  ["text for what may be swept", minimal.replace("greedy", "top_k\n      k: x"), [
    'c.yaml:6:7: decoding.strategies[0].k: expected a whole number, found "x"',
  ]],
  ["an empty sweep", minimal.replace("greedy", "top_k\n      k: []"), [
    "c.yaml:6:7: decoding.strategies[0].k: expected at least one value, found a list of 0",
  ]],
  ["a sweep where none is possible", minimal + "report: { charts: [true, false] }\n", [
    "c.yaml:6:11: report.charts: expected true or false, found a list of 2",
  ]],
  ["temperature 0", minimal.replace("greedy", "temperature\n      temperature: 0"), [
    "c.yaml:6:7: decoding.strategies[0].temperature: expected a number of at least 1e-100 (0 is the strategy greedy), found 0",
  ]],
  ["p above 1", minimal.replace("greedy", "top_p\n      p: [0.5, 1.5]"), [
    "c.yaml:6:16: decoding.strategies[0].p[1]: expected a number of at most 1, found 1.5",
  ]],
  [
    "heads that do not divide",
    minimal + "models: { target: { n_embd: 18, n_head: 4, n_layer: 1 } }\n",
    [
      "c.yaml:6:21: models.target.n_embd: expected a multiple of n_head (4), found 18; the nearest is 16",
    ],
  ],
  [
    "more heads than width",
    minimal + "models: { target: { n_embd: 2, n_head: 4, n_layer: 1 } }\n",
    [
      "c.yaml:6:21: models.target.n_embd: expected a multiple of n_head (4), found 2; the nearest is 4",
    ],
  ],
  [
    "speculative without a draft",
    minimal.replace("greedy", "speculative\n      acceptance_rule: original"),
    [
      "c.yaml:5:7: decoding.strategies[0]: expected a draft model (models.draft), which speculative needs, found none",
    ],
  ],
  ["the same value twice in a sweep", minimal + "    - { strategy: top_k, k: [5, 5] }\n", [
    "c.yaml:6:7: decoding.strategies[1]: expected each cell once, found top_k(k=5) again, in the same list",
  ]],
  [
    "more texts than beams",
    minimal.replace("greedy", "beam\n      beam_width: [2, 4]\n      n_best: 3"),
    ["c.yaml:7:7: decoding.strategies[0].n_best: expected at most beam_width (2), found 3"],
  ],
  [
    "groups that do not divide the beams",
    minimal.replace("greedy", "diverse_beam\n      beam_width: 4\n      beam_groups: [2, 3]"),
    ["c.yaml:7:7: decoding.strategies[0].beam_groups: expected a divisor of beam_width (4), found 3"],
  ],
  [
    "more texts of a cell than memory can hold",
    minimal.replace("greedy", "exact\n      n_best: 60000").replace(
      "  strat",
      "  samples: 100\n  strat",
    ),
    [
      "c.yaml:4:3: decoding.samples: expected at most 2000000 samples in a cell, found 6000000 of exact(n_best=60000), from 1 prompts with 100 each",
    ],
  ],
  ["the same prompt twice", minimal.replace("[a]", "[a, b, a]"), [
    'c.yaml:3:19: decoding.prompts[2]: expected each prompt once, found "a" again',
  ]],
  ["prompts that are neither", minimal.replace("[a]", "a"), [
    'c.yaml:3:3: decoding.prompts: expected a list or a map, found "a"',
  ]],
  ["prompts from nowhere", minimal.replace("[a]", "{ from: heldout }"), [
    'c.yaml:3:14: decoding.prompts.from: expected one of held_out, training, found "heldout"; did you mean "held_out"?',
  ]],
  ["an unknown key of drawn prompts", minimal.replace("[a]", "{ from: held_out, number: 3 }"), [
    'c.yaml:3:30: decoding.prompts.number: unknown key: expected one of from, count, length, file, found "number"',
  ]],
  ["no prompts at all", minimal.replace("[a]", "{ from: held_out, count: 0 }"), [
    "c.yaml:3:30: decoding.prompts.count: expected a whole number of at least 1, found 0",
  ]],
  [
    "prompts from documents held out, of which there are none",
    minimal.replace("[a]", "{ from: held_out }").replace("names.txt", "names.txt, held_out: 0"),
    ["c.yaml:3:14: decoding.prompts.from: expected training, since corpus.held_out is 0, found held_out"],
  ],
  ["holding everything out", minimal.replace("names.txt", "names.txt, held_out: 1"), [
    "c.yaml:1:28: corpus.held_out: expected a number below 1, found 1",
  ]],
  ["text for a switch", minimal + "report: { charts: yes }\n", [
    'c.yaml:6:11: report.charts: expected true or false, found "yes"',
  ]],
  ["a comparison of a prompt that is not decoded", minimal + "report: { compare_prompts: [b] }\n", [
    'c.yaml:6:29: report.compare_prompts[0]: expected one of decoding.prompts, found "b"; --set report.compare_prompts=null compares the first two',
  ]],
  [
    "a baseline that is no cell",
    minimal + "    - { strategy: top_k, k: [3, 10] }\nreport: { baseline: topk(k=3) }\n",
    ['c.yaml:7:11: report.baseline: expected one of greedy, top_k(k=3), top_k(k=10), found "topk(k=3)"; did you mean "top_k(k=3)"?'],
  ],
  ["training of a draft that there is none of", minimal + "training: { draft: { steps: 5 } }\n", [
    "c.yaml:6:13: training.draft: expected a draft model (models.draft) to train, found none",
  ]],
  ["neither path nor url", minimal.replace("{ path: names.txt }", "{}"), [
    "c.yaml:1:1: corpus: expected either path or url, found neither",
  ]],
  ["a url without sha256", minimal.replace("path: names.txt", "url: http://x.org/a"), [
    "c.yaml:1:1: corpus: expected sha256 beside url, found none",
  ]],
  ["a url that is none", minimal.replace("path: names.txt", "url: names.txt"), [
    'c.yaml:1:11: corpus.url: expected an http or https address, found "names.txt"',
  ]],
  ["a name that climbs", minimal + "name: ../../x\n", [
    "c.yaml:6:1: name: expected letters from a to z, digits, '.', '_' and '-', beginning with a letter or a digit and not ending with '.', at most 100, found \"../../x\"; try --set name=x",
  ]],
  ["a key that a terminal would obey", minimal + '"\\e[31mred\\n": 1\n', [
    'c.yaml:6:1: ["\\u001b[31mred\\n"]: unknown key: expected one of extends, name, seed, seeding, engine, corpus, models, training, decoding, report, zip, found "\\u001b[31mred\\n"',
  ]],
  ["a number for a key", minimal + "1: 2\n", [
    'c.yaml:6:1: 1: unknown key: expected one of extends, name, seed, seeding, engine, corpus, models, training, decoding, report, zip, found "1"',
  ]],
  ["a strategy without its map", minimal.replace("strategy: greedy", "greedy"), [
    'c.yaml:5:7: decoding.strategies[0]: expected a map, found "greedy"; write {strategy: greedy}',
  ]],
  [
    "more samples of a cell than memory can hold",
    minimal.replace("  strat", "  samples: 6000000\n  strat"),
    [
      "c.yaml:4:3: decoding.samples: expected at most 2000000 samples in a cell, found 6000000 of greedy, from 1 prompts with 6000000 each",
    ],
  ],
  ["several at once", minimal.replace("greedy", "greddy") + "seed: x\n", [
    'c.yaml:6:1: seed: expected a whole number, found "x"',
    `c.yaml:5:7: decoding.strategies[0].strategy: ${expectedOneOf("greddy", strategies)}`,
  ]],
  ["a misspelt warper", minimal.replace("greedy", "sample\n      warp: [{ topk: 5 }]"), [
    `c.yaml:6:16: decoding.strategies[0].warp[0].topk: unknown key: ${
      expectedOneOf("topk", warpers)
    }`,
  ]],
  [
    "two warpers in one map",
    minimal.replace("greedy", "sample\n      warp: [{ top_k: 5, eta: .1 }]"),
    [
      "c.yaml:6:14: decoding.strategies[0].warp[0]: expected one warper in each item of the list, found top_k and eta",
    ],
  ],
  ["an empty map for a warper", minimal.replace("greedy", "sample\n      warp: [{}]"), [
    "c.yaml:6:14: decoding.strategies[0].warp[0]: expected a warper and its value, such as top_k: 5, found an empty map",
  ]],
  [
    "a warper without its value",
    minimal.replace("greedy", "sample\n      warp: [{ eta: }, top_p]"),
    [
      "c.yaml:6:16: decoding.strategies[0].warp[0].eta: expected a number, found nothing",
      'c.yaml:6:24: decoding.strategies[0].warp[1]: expected a map, found "top_p"',
    ],
  ],
  ["a map for a chain", minimal.replace("greedy", "sample\n      warp: { top_k: 5 }"), [
    "c.yaml:6:7: decoding.strategies[0].warp: expected a list, found a map",
  ]],
  [
    "a wrong value in a chain",
    minimal.replace("greedy", "sample\n      warp: [{ min_p: [0, 2] }]"),
    [
      "c.yaml:6:27: decoding.strategies[0].warp[0].min_p[1]: expected a number of at most 1, found 2",
    ],
  ],
  [
    "temperature 0 in a chain",
    minimal.replace("greedy", "sample\n      warp: [{ temperature: 0 }]"),
    [
      "c.yaml:6:16: decoding.strategies[0].warp[0].temperature: expected a number of at least 1e-100 (0 is the strategy greedy), found 0",
    ],
  ],
  [
    "the same chain twice",
    minimal.replace("greedy", "sample\n      warp: [{ top_k: [5, 5] }]"),
    [
      "c.yaml:5:7: decoding.strategies[0]: expected each cell once, found sample(warp=top_k 5) again, in the same list",
    ],
  ],
  ["an empty file", "", ["c.yaml: expected a map, found nothing"]],
  ["a list", "- a\n", ["c.yaml:1:1: expected a map, found a list of 1"]],
  ["__proto__", minimal + "__proto__: { x: 1 }\n", [
    'c.yaml:6:1: __proto__: unknown key: expected one of extends, name, seed, seeding, engine, corpus, models, training, decoding, report, zip, found "__proto__"',
  ]],
];

for (const [name, text, lines] of mistakes) {
  Deno.test(`readExperiment: ${name}: the message says where, expected, found, nearest`, async () => {
    assertEquals(await problemsOf(() => readExperiment("c.yaml", text)), lines);
  });
}

const unreadable: readonly [string, string, string][] = [
  ["two documents", "seed: 1\n---\nseed: 2\n", "more than one document"],
  ["a tag that means nothing", "seed: !foo 1\n", "c.yaml:1:7"],
  ["ten thousand brackets", "[".repeat(10_000), "c.yaml"],
  ["a key twice", "seed: 1\nseed: 2\n", "c.yaml:2:1: "],
  ["a tab", "corpus:\n\tpath: x\n", "c.yaml:2:1: "],
  ["an open bracket", "a: [1, 2\n", "c.yaml:"],
  [
    "an alias bomb",
    "a: &a [x,x,x,x,x,x,x,x,x,x]\n" +
    [..."bcdefg"].map((name, i) =>
      `${name}: &${name} [${Array(10).fill(`*${"abcdef"[i]}`).join()}]\n`
    ).join(""),
    "c.yaml:6:1: expected at most 1000000 values with every alias replaced, found more",
  ],
];

for (const [name, text, message] of unreadable) {
  Deno.test(`readExperiment: YAML with ${name} is refused with its place`, async () => {
    assertStringIncludes(await refusalOf(() => readExperiment("c.yaml", text)), message);
  });
}

Deno.test("readExperiment: of many problems the first ten are shown", async () => {
  const keys = Array.from({ length: 12 }, (_, i) => `x${i}: 1\n`).join("");
  const message = await refusalOf(() => readExperiment("c.yaml", minimal + keys));
  assertEquals(message.split("\n").length, 12);
  assertEquals(message.split("\n").at(0), "cannot use c.yaml (12 problems)");
  assertEquals(message.split("\n").at(-1), "  and 2 more");
});

Deno.test("--set: null takes a setting out, brackets are an index, an empty section can be filled", () => {
  const text = minimal + "models: { draft: { n_embd: 8, n_head: 2, n_layer: 1 } }\nreport:\n";
  const { config } = readExperiment("c.yaml", text, [
    "models.draft=null",
    "decoding.prompts[0]=b",
    "report.charts=false",
  ]);
  assertEquals(config.models.draft, undefined);
  assertEquals(config.decoding.prompts, ["b"]);
  assertEquals(config.report.charts, false);
});

const badOverrides: readonly [string, string, string][] = [
  ["no value", "decoding.samples=", "cannot read --set decoding.samples=: expected path=value"],
  ["no equals sign", "decoding.samples", "expected path=value, such as decoding.samples=100"],
  ["no path", "=3", "expected path=value"],
  ["an empty step", "decoding..samples=3", "expected path=value"],
  ["an open bracket", "decoding.prompts=[a", "expected a value or values divided by commas"],
  [
    "an unknown key",
    "decoding.sample=3",
    'cannot use --set decoding.sample=3 with c.yaml\n  decoding.sample: unknown key: expected one of prompts, samples, max_new_tokens, strategies, found "sample"; did you mean "decoding.samples"?',
  ],
  ...Object.entries({
    "training.targte.steps": '"training.target.steps"?',
    "trainin.target.steps": '"training.target.steps"?',
    "sampels": '"decoding.samples"?',
    "targte.steps": '"training.target.steps"?',
    "decoding.strategis.beam.beam_width": '"decoding.strategies"?',
  }).map(([path, nearest]): [string, string, string] => [
    `an unknown path ${path}`,
    `${path}=1`,
    `; did you mean ${nearest}`,
  ]),
  [
    "an unknown strategy",
    "decoding.strategies.greddy.k=1",
    'decoding.strategies: expected greedy, found "greddy"',
  ],
  [
    "a wrong value",
    "decoding.samples=many",
    '--set decoding.samples=many: decoding.samples: expected a whole number, found "many"',
  ],
  [
    "an index past the list",
    "decoding.prompts.7=b",
    "decoding.prompts: expected an index below 1, found 7",
  ],
  ["an alias that is nowhere", "seed=*a", "expected a value or values divided by commas"],
  ["a setting inside what is no map", "name.a.b=3", "--set name.a.b=3: name: expected text"],
  ["a setting inside a number that is a default", "training.target.steps.x=3", "--set training"],
  [
    "what does not go with another setting of its map",
    "corpus.url=http://x.org/a",
    "--set corpus.url=http://x.org/a: corpus: expected either path or url, found both",
  ],
  ["a step into a value", "seed.x=1", "seed: expected a map, found 1"],
];

for (const [name, override, message] of badOverrides) {
  Deno.test(`--set: ${name} is refused`, () => {
    const text = minimal + "seed: 1\n";
    assertThrows(() => readExperiment("c.yaml", text, [override]), ConfigError, message);
  });
}

Deno.test("--set: a warper that the chain has not is refused with the nearest that it has", () => {
  assertThrows(
    () => readExperiment("c.yaml", minimal, [...chain, "decoding.strategies.sample.warp.topk=1"]),
    ConfigError,
    'decoding.strategies[0].warp: expected one of temperature, top_k, found "topk"; did you mean "top_k"?',
  );
});

const files: readonly [string, string][] = [
  ["my config (1).yaml", "my-config-1"],
  ["größe.yaml", "grosse"],
  ["Ünïcode ½.yaml", "Unicode-1-2"],
  ["_draft.yaml", "draft"],
  [`${"x".repeat(120)}.yaml`, "x".repeat(100)],
];
for (const [file, name] of files) {
  Deno.test(`readExperiment: ${file.slice(0, 20)}: the message says which characters a name has, and what to do`, async () => {
    const message = await refusalOf(() => readExperiment(`configs/${file}`, minimal));
    assertStringIncludes(
      message,
      "expected a name of letters from a to z, digits, '.', '_' and '-', ",
    );
    assertStringIncludes(message, `is none; try --set name=${name}`);
    assertEquals(readExperiment(`configs/${file}`, minimal, [`name=${name}`]).name, name);
  });
}

Deno.test("readExperiment: a file whose name is no name may have one inside", () => {
  assertEquals(readExperiment("configs/my config.yaml", minimal + "name: mine\n").name, "mine");
});

/** The grid is changed over a config whose baseline is `greedy`: the baseline then. */
const baselines: readonly [string, readonly string[], string | undefined][] = [
  ["nothing is changed", [], "greedy"],
  ["other strategies are set", ["decoding.strategies=[{strategy: top_k}]"], undefined],
  [
    "more strategies are set",
    ["decoding.strategies=[{strategy: top_k}, {strategy: greedy}]"],
    "greedy",
  ],
  ["a label with commas is set", [
    "decoding.strategies=[{strategy: beam, length_penalty: 1}]",
    'report.baseline="beam(beam_width=3, length_penalty=1)"',
  ], "beam(beam_width=3, length_penalty=1)"],
];
for (const [what, changes, expected] of baselines) {
  Deno.test(`readExperiment: where ${what}, the baseline is ${expected ?? "the default"}`, () => {
    const text = minimal + "report: { baseline: greedy }\n";
    assertEquals(readExperiment("c.yaml", text, changes).config.report.baseline, expected);
  });
}

Deno.test("readWithStrategy: a baseline that is another cell is no obstacle", async () => {
  const text = minimal + "report: { baseline: greedy }\n";
  const { cell } = await readWithStrategy("c.yaml", text, { strategy: "top_k", assignments: [] });
  assertEquals(cell.label, "top_k(k=5)");
});
