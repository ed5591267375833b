/**
 * The ways to give a model: sizes, a folder, layers of the target; and what needs a corpus.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { readExperiments } from "../../src/config/experiment.ts";
import { inFolder } from "../temporary_folder.ts";
import { problemsOf } from "./refusal.ts";

/** A config without a corpus; `more` stands above its models. */
const real = (models: string, more = ""): string =>
  `name: real
${more}models: ${models}
decoding:
  prompts: [a]
  strategies: [{ strategy: greedy }]
`;

const FROM = "{ target: { from: m } }";
const SIZES = "{ n_embd: 8, n_head: 2, n_layer: 2 }";
const CORPUS = "corpus: { path: c.txt }\n";

/** What the experiment of a config says, without what is of no interest here. */
function modelsOf(text: string, changes: readonly string[] = []) {
  const [experiment] = readExperiments("c.yaml", text, changes);
  const { models, engine, corpus, training } = experiment?.config ?? {};
  return { models, engine, corpus, training };
}

Deno.test("a model from a folder: neither corpus, training nor block need be said, and onnx computes it", () => {
  const { models, engine, corpus } = modelsOf(real(FROM));
  assertEquals(models, { target: { from: "m" } });
  assertEquals([engine, corpus], ["onnx", undefined]);
});

Deno.test("a model from a folder: the reference engine computes it where that is asked for", () => {
  assertEquals(modelsOf(real(FROM, "engine: reference\n")).engine, "reference");
});

Deno.test("a trained model: block and engine are what they were, with a draft of its layers, too", () => {
  const { models, engine } = modelsOf(real(`{ target: ${SIZES}, draft: { layers: 2 } }`, CORPUS));
  const target = { n_embd: 8, n_head: 2, n_layer: 2 };
  assertEquals(models, { block_size: 16, target, draft: { layers: 2 } });
  assertEquals(engine, "simd");
});

const replaced: readonly [string, string, readonly string[], unknown][] = [
  ["sizes by a folder", SIZES, ["models.target.from=m"], { from: "m" }],
  ["sizes by a folder, as a map", SIZES, ["models.target={from: m}"], { from: "m" }],
  ["a folder by another", "{ from: m }", ["models.target.from=n"], { from: "n" }],
  [
    "a folder by sizes",
    "{ from: m }",
    ["models.target={n_embd: 8, n_head: 2, n_layer: 2}"],
    { n_embd: 8, n_head: 2, n_layer: 2 },
  ],
  [
    "sizes by a folder of a short path",
    SIZES,
    ["target.from=m"],
    { from: "m" },
  ],
];
for (const [what, model, changes, expected] of replaced) {
  Deno.test(`--set: ${what} is replaced`, () => {
    const { models } = modelsOf(real(`{ target: ${model} }`, CORPUS), changes);
    const found: unknown = models?.target;
    assertEquals(found, expected);
  });
}

Deno.test("--set: a draft of layers takes the place of sizes, and of a folder", () => {
  for (const draft of [SIZES, "{ from: m }"]) {
    const text = real(`{ target: ${SIZES}, draft: ${draft} }`, CORPUS);
    assertEquals(modelsOf(text, ["models.draft.layers=1"]).models?.draft, { layers: 1 });
  }
});

Deno.test("extends: a folder takes the place of sizes below it, whose training means nothing then", async () => {
  await inFolder(async (folder) => {
    const base = real(`{ target: ${SIZES}, draft: ${SIZES} }`, CORPUS) +
      "training: { target: { steps: 7 }, draft: { steps: 3 } }\n";
    await Deno.writeTextFile(`${folder}/base.yaml`, base);
    const own = "extends: base.yaml\nmodels: { target: { from: m }, draft: { layers: 1 } }\n";
    const [experiment] = readExperiments(`${folder}/own.yaml`, own);
    assertEquals(experiment?.config.models, { target: { from: "m" }, draft: { layers: 1 } });
    const back = "extends: own.yaml\nmodels: { target: { n_embd: 4, n_head: 1, n_layer: 1 } }\n";
    await Deno.writeTextFile(`${folder}/own.yaml`, own);
    const [again] = readExperiments(`${folder}/back.yaml`, back);
    assertEquals(again?.config.models.target, { n_embd: 4, n_head: 1, n_layer: 1 });
    assertEquals(again?.config.training.target.steps, 7);
  });
});

Deno.test("a sweep over folders: labels have their names, and no path of this machine", () => {
  const labels = (from: string): (string | undefined)[] =>
    readExperiments("c.yaml", real(FROM), [`models.target.from=${from}`])
      .map(({ variant }) => variant?.label);
  assertEquals(labels("/home/me/SmolLM2,../gpt2"), [
    "models.target.from=SmolLM2",
    "models.target.from=gpt2",
  ]);
  const [hub] = labels("hf:Owner/name,x");
  assertEquals(hub, "models.target.from=name");
  // The same name twice: the paths tell them apart.
  const alike = labels("a/m,b/m");
  assertEquals(new Set(alike).size, 2);
  assert(alike.every((label) => /^models\.target\.from=[ab]_m~[0-9a-f]{8}$/.test(label ?? "")));
});

Deno.test("a sweep over layers: a variant each, in one config with trained models", () => {
  const text = real(`{ target: ${SIZES}, draft: { layers: 1..2 } }`, CORPUS);
  assertEquals(
    readExperiments("c.yaml", text).map(({ variant, config }) => [
      variant?.label,
      config.models.draft,
    ]),
    [["models.draft.layers=1", { layers: 1 }], ["models.draft.layers=2", { layers: 2 }]],
  );
});

const refused: readonly [string, string, readonly string[], readonly string[]][] = [
  ["two ways in one place", real(`{ target: { from: m, n_embd: 8 } }`), [], [
    'c.yaml:2:21: models.target.from: expected one way to give the model (sizes, from), found "from" beside n_embd',
  ]],
  ["two ways by --set", real(FROM), ["models.draft.layers=1", "models.draft.from=n"], [
    '--set models.draft.layers=1: models.draft.layers: expected one way to give the model (sizes, from or layers), found "layers" beside from',
  ]],
  ["layers of a target", real("{ target: { layers: 2 } }"), [], [
    "c.yaml:2:21: models.target.layers: expected sizes, or from: FOLDER; layers is of a draft that is the first layers of the target (models.draft)",
  ]],
  ["a misspelled from", real("{ target: { form: m } }"), [], [
    "c.yaml:2:11: models.target.n_embd: expected a whole number, found nothing",
    "c.yaml:2:11: models.target.n_head: expected a whole number, found nothing",
    "c.yaml:2:11: models.target.n_layer: expected a whole number, found nothing",
    'c.yaml:2:21: models.target.form: unknown key: expected one of n_embd, n_head, n_layer, from, sha256, found "form"; did you mean "from"?',
  ]],
  ["a from that is no text", real("{ target: { from: 3 } }"), [], [
    "c.yaml:2:21: models.target.from: expected text (quote it if it looks like a number), found 3",
  ]],
  ["an empty from", real('{ target: { from: "" } }'), [], [
    'c.yaml:2:21: models.target.from: expected text (quote it if it looks like a number) of at least 1, found ""',
  ]],
  ["a NUL in from", real('{ target: { from: "a\\0b" } }'), [], [
    "c.yaml:2:21: models.target.from: expected text without NUL",
  ]],
  ["a map in from", real("{ target: { from: { a: 1 } } }"), [], [
    "c.yaml:2:21: models.target.from: expected text (quote it if it looks like a number), found a map",
  ]],
  ["a digest that is none", real("{ target: { from: m, sha256: abc } }"), [], [
    'c.yaml:2:30: models.target.sha256: expected 64 lower-case hexadecimal digits, found "abc"',
  ]],
  ["a model that is no map", real("{ target: m }"), [], [
    'c.yaml:2:11: models.target: expected a map, found "m"',
  ]],
  ["a list of models", real("{ target: [{ from: m }] }"), [], [
    "c.yaml:2:11: models.target: expected a map, found a list of 1",
  ]],
  ["no layers", real(`{ target: ${SIZES}, draft: { layers: 0 } }`, CORPUS), [], [
    "c.yaml:3:66: models.draft.layers: expected a whole number of at least 1, found 0",
  ]],
  ["half a layer", real(`{ target: ${SIZES}, draft: { layers: 1.5 } }`, CORPUS), [], [
    "c.yaml:3:66: models.draft.layers: expected a whole number, found 1.5",
  ]],
  [
    "more layers than the target has",
    real(`{ target: ${SIZES}, draft: { layers: 3 } }`, CORPUS),
    [],
    [
      "c.yaml:3:66: models.draft.layers: expected at most 2, which is how many layers the target has, found 3",
    ],
  ],
  ["an engine for trained models only", real(FROM, "engine: simd\n"), [], [
    "c.yaml:2:1: engine: expected onnx, or reference, for models.target, which is read from a folder, found simd, which computes trained models only; --set engine=onnx",
  ]],
  [
    "an engine that cannot compute the draft",
    real(`{ target: ${SIZES}, draft: { from: m } }`, CORPUS),
    [
      "engine=simd",
    ],
    [
      "--set engine=simd: engine: expected onnx, or reference, for models.draft, which is read from a folder, found simd, which computes trained models only; --set engine=onnx",
    ],
  ],
  ["training of a folder", real(FROM, "training: { target: { steps: 3 } }\n"), [], [
    "c.yaml:2:13: training.target: expected a model to train (sizes in models.target), found one that is read from a folder",
  ]],
  [
    "training of layers",
    real(`{ target: ${SIZES}, draft: { layers: 1 } }`, CORPUS),
    ["training.draft.steps=3"],
    [
      "--set training.draft.steps=3: training.draft: expected a model to train (sizes in models.draft), found one that is layers of the target",
    ],
  ],
  ["a target to train without a corpus", real(`{ target: ${SIZES} }`), [], [
    "c.yaml:1:1: corpus: expected a corpus (corpus.path), on which models.target is trained (from: FOLDER reads a trained one), found none",
  ]],
  ["a draft to train without a corpus", real(`{ target: { from: m }, draft: ${SIZES} }`), [], [
    "c.yaml:1:1: corpus: expected a corpus (corpus.path), on which models.draft is trained (from: FOLDER reads a trained one), found none",
  ]],
  ["prompts to draw without a corpus", real(FROM), ["decoding.prompts={from: held_out}"], [
    "--set decoding.prompts={from: held_out}: decoding.prompts: expected a corpus (corpus.path), from which decoding.prompts.from draws (or a list of prompts), found none",
  ]],
  ["n-grams without a corpus", real(FROM), [
    "decoding.strategies=[{strategy: speculative, draft: ngram}]",
  ], [
    "--set decoding.strategies=[{strategy: speculative, draft: ngram}]: decoding.strategies[0]: expected a corpus (corpus.path), in which the n-grams of speculative(draft=ngram, ngram_order=3, draft_k=4) are counted (draft: prompt_lookup needs none), found none",
  ]],
  ["orders of n-grams without a corpus", real(FROM), ["report.ngram_orders=[2]"], [
    "--set report.ngram_orders=[2]: report.ngram_orders: expected a corpus (corpus.path), in which n-grams are counted (or an empty list), found none",
  ]],
  ["a strategy that needs a draft model", real(FROM), [
    "decoding.strategies=[{strategy: speculative}]",
  ], [
    "--set decoding.strategies=[{strategy: speculative}]: decoding.strategies[0]: expected a draft model (models.draft), which speculative needs, found none; draft: ngram and draft: prompt_lookup need none",
  ]],
];
for (const [what, text, changes, expected] of refused) {
  Deno.test(`models: ${what}: the message says where, expected, found`, async () => {
    assertEquals(await problemsOf(() => readExperiments("c.yaml", text, changes)), [...expected]);
  });
}

Deno.test("without a corpus: prompt_lookup drafts, and no orders of n-grams are no mistake", () => {
  const changes = [
    "decoding.strategies=[{strategy: speculative, draft: prompt_lookup}]",
    "report.ngram_orders=[[]]",
  ];
  assertEquals(modelsOf(real(FROM), changes.slice(0, 1)).corpus, undefined);
  const text = real(FROM) + "report: { ngram_orders: [] }\n";
  assertEquals(modelsOf(text, changes.slice(0, 1)).corpus, undefined);
});

Deno.test("--limit: a config that trains nothing is limited, too", () => {
  const [experiment] = readExperiments("c.yaml", real(FROM), [], { limit: 2 });
  assertEquals(experiment?.config.decoding.samples, 2);
  assertEquals(experiment?.name, "real-limit-2");
});
