// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertRejects } from "@std/assert";
import { ConfigError } from "../../src/config/config_error.ts";
import { type Experiment, loadExperiments } from "../../src/config/experiment.ts";
import { checkWithCorpus } from "../../src/runs/check_with_corpus.ts";
import { inFolder } from "../temporary_folder.ts";

const base = `name: the-base
corpus: { path: data/names.txt }
models:
  target: { n_embd: 16, n_head: 4, n_layer: 1 }
  draft: { n_embd: 8, n_head: 2, n_layer: 1 }
decoding:
  prompts: [a, b]
  samples: 10
  strategies:
    - strategy: greedy
    - { strategy: top_k, k: [1, 5] }
`;

/** Writes `files` into a folder, reads `child.yaml` with `overrides`, and hands it to `look`. */
function reading(
  files: Readonly<Record<string, string>>,
  look: (experiments: Experiment[], folder: string) => unknown,
  overrides: readonly string[] = [],
): Promise<void> {
  return inFolder(async (folder) => {
    await write(folder, { "base.yaml": base, ...files });
    await look(await loadExperiments(`${folder}/child.yaml`, overrides), folder);
  });
}

async function write(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await Deno.mkdir(`${folder}/${name}`.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.writeTextFile(`${folder}/${name}`, text);
  }
}

Deno.test("extends: maps are merged, lists and values replaced, the rest taken over, the name not", () =>
  reading({
    "child.yaml": `extends: base.yaml
models: { target: { n_layer: 2 } }
decoding: { samples: 20, strategies: [{ strategy: top_k }] }
`,
  }, ([experiment]) => {
    const { name, config, cells } = experiment as Experiment;
    assertEquals(name, "child");
    assertEquals(config.models.target, { n_embd: 16, n_head: 4, n_layer: 2 });
    assertEquals(config.models.draft, { n_embd: 8, n_head: 2, n_layer: 1 });
    assertEquals([config.decoding.samples, config.decoding.prompts], [20, ["a", "b"]]);
    assertEquals(cells.map(({ label }) => label), ["top_k(k=5)"]);
    assert(!("extends" in config) && !("zip" in config));
  }));

Deno.test("extends: null takes a setting out, and one that there is not, too", () =>
  reading({
    "child.yaml":
      "extends: base.yaml\nmodels: { draft: null }\ndecoding: { samples: }\nseed: null\n",
  }, ([experiment]) => {
    const { config } = experiment as Experiment;
    assertEquals([config.models.draft, config.decoding.samples, config.seed], [
      undefined,
      1000,
      42,
    ]);
  }));

Deno.test("extends: a chain, from the last to the first, and what is taken out can come again", () =>
  reading({
    "middle.yaml":
      "extends: base.yaml\nname: middle\nseed: 2\nmodels: { draft: null, block_size: 20 }\n",
    "child.yaml":
      "extends: middle.yaml\nname: own\nseed: 3\nmodels: { draft: { n_embd: 4, n_head: 1, n_layer: 1 } }\n",
  }, ([experiment]) => {
    const { name, config } = experiment as Experiment;
    assertEquals([name, config.seed, config.models.block_size], ["own", 3, 20]);
    assertEquals(config.models.draft, { n_embd: 4, n_head: 1, n_layer: 1 });
  }));

Deno.test("extends: --set changes what the base says, a sweep of it can be zipped by the child", () =>
  reading(
    { "child.yaml": "extends: base.yaml\nseed: 1..2\nzip: [seed, decoding.samples]\n" },
    (experiments) => {
      assertEquals(experiments.map(({ config }) => [config.seed, config.decoding.samples]), [
        [1, 5],
        [2, 6],
      ]);
      assertEquals(experiments[0]?.cells.map(({ label }) => label), ["greedy", "top_k(k=7)"]);
    },
    ["decoding.samples=5,6", "decoding.strategies.top_k.k=7"],
  ));

Deno.test("extends: a corpus is found from the file that names it", () =>
  reading({
    "sub/base.yaml": base.replace("[a, b]", "[a]"),
    "sub/data/names.txt": "anna\nbea\nabba\neve\n",
    "child.yaml": "extends: sub/base.yaml\ncorpus: { held_out: 0 }\n",
  }, async ([experiment], folder) => {
    const checked = await checkWithCorpus(experiment as Experiment);
    assertEquals(checked.split.training.length + checked.split.heldOut.length, 4);
    // Of what is outside of the project the written config has the name alone; a --set says the path.
    await Deno.writeTextFile(`${folder}/sub/config.yaml`, checked.configText);
    const [again] = await loadExperiments(`${folder}/sub/config.yaml`, [
      `corpus.path=${folder}/sub/data/names.txt`,
    ]);
    assertEquals((await checkWithCorpus(again as Experiment)).split, checked.split);
    const [moved] = await loadExperiments(`${folder}/child.yaml`, [
      "corpus.path=sub/data/names.txt",
    ]);
    assertEquals((await checkWithCorpus(moved as Experiment)).split, checked.split);
  }));

/** The files, and the message's lines after the first, in which FOLDER is theirs. */
const mistakes: readonly [string, Readonly<Record<string, string>>, string[]][] = [
  ["a wrong value in the base", {
    "child.yaml": "extends: wrong.yaml\nseed: 1\n",
    "wrong.yaml": base + "engine: fast\n",
  }, [
    'FOLDER/wrong.yaml:12:1: engine: expected one of simd, reference, onnx, {simd: strict}, found "fast"',
  ]],
  ["a wrong value in the child", { "child.yaml": "extends: base.yaml\nseed: x\n" }, [
    'FOLDER/child.yaml:2:1: seed: expected a whole number, found "x"',
  ]],
  ["values of both that do not go together", {
    "child.yaml": "extends: base.yaml\nmodels: { target: { n_head: 3 } }\n",
  }, [
    "FOLDER/base.yaml:4:13: models.target.n_embd: expected a multiple of n_head (3), found 16; the nearest is 15",
  ]],
  ["what the child takes out but must be", {
    "child.yaml": "extends: base.yaml\nmodels: { target: { n_head: null } }\n",
  }, ["FOLDER/child.yaml:2:21: models.target.n_head: expected a whole number, found nothing"]],
  ["a base that is not there", { "child.yaml": "extends: bass.yaml\n" }, [
    'FOLDER/child.yaml:1:1: extends: cannot read FOLDER/bass.yaml: expected a YAML file, found none; did you mean "FOLDER/base.yaml"? (FOLDER/child.yaml extends FOLDER/bass.yaml)',
  ]],
  ["a base of a base that is not there", {
    "child.yaml": "extends: middle.yaml\n",
    "middle.yaml": "seed: 1\nextends: nowhere/at_all.yaml\n",
  }, [
    "FOLDER/middle.yaml:2:1: extends: cannot read FOLDER/nowhere/at_all.yaml: expected a YAML file, found none (FOLDER/child.yaml extends FOLDER/middle.yaml extends FOLDER/nowhere/at_all.yaml)",
  ]],
  ["itself", { "child.yaml": "extends: ./child.yaml\n" }, [
    "FOLDER/child.yaml:1:1: extends: expected a chain that ends, found FOLDER/child.yaml extends FOLDER/child.yaml",
  ]],
  ["a cycle", { "child.yaml": "extends: b.yaml\n", "b.yaml": "extends: child.yaml\n" }, [
    "FOLDER/b.yaml:1:1: extends: expected a chain that ends, found FOLDER/child.yaml extends FOLDER/b.yaml extends FOLDER/child.yaml",
  ]],
  ["a folder", { "child.yaml": "extends: .\n" }, [
    "FOLDER/child.yaml:1:1: extends: cannot read FOLDER: expected a file, found a folder (FOLDER/child.yaml extends FOLDER)",
  ]],
  ["several", { "child.yaml": "extends: [base.yaml, b.yaml]\n" }, [
    "FOLDER/child.yaml:1:1: extends: expected the path of a config, relative to this one, found a list",
  ]],
  ["nothing", { "child.yaml": "extends:\n" }, [
    "FOLDER/child.yaml:1:1: extends: expected the path of a config, relative to this one, found nothing",
  ]],
  [
    "a base that is no YAML",
    { "child.yaml": "extends: b.yaml\n", "b.yaml": "seed: 1\nseed: 2\n" },
    [
      "FOLDER/b.yaml:2:1: expected each key once",
    ],
  ],
  ["an anchor of the base", {
    "child.yaml": "extends: b.yaml\nseed: *s\n",
    "b.yaml": base + "seed: &s 3\n",
  }, ["FOLDER/child.yaml:2:9: expected an anchor before its alias, found *s alone"]],
];
for (const [name, files, lines] of mistakes) {
  Deno.test(`extends: ${name}: the message names the file and the line`, () =>
    inFolder(async (folder) => {
      await write(folder, { "base.yaml": base, ...files });
      const { message } = await assertRejects(
        () => loadExperiments(`${folder}/child.yaml`),
        ConfigError,
      );
      const [first, ...rest] = message.replaceAll(folder, "FOLDER").split("\n");
      assertEquals(first, "cannot use FOLDER/child.yaml");
      assertEquals(rest.map((line) => line.trim()), lines);
    }));
}

Deno.test("extends: a key that lacks in a list is lacking where the list is, not in the base", () =>
  inFolder(async (folder) => {
    const child = "extends: base.yaml\ndecoding:\n  strategies:\n    - { k: 3 }\n";
    await write(folder, { "base.yaml": base, "child.yaml": child });
    await assertRejects(
      () => loadExperiments(`${folder}/child.yaml`),
      ConfigError,
      `${folder}/child.yaml:4:7: decoding.strategies[0].strategy: expected one of `,
    );
  }));

Deno.test("extends: is what a config says, and no --set", () =>
  inFolder(async (folder) => {
    await write(folder, { "child.yaml": base });
    await assertRejects(
      () => loadExperiments(`${folder}/child.yaml`, ["extends=base.yaml"]),
      ConfigError,
      "extends: expected a setting, found what a config alone can say",
    );
  }));
