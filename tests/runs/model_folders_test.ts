/**
 * Experiments whose models lie in folders: what follows from these, what is refused before any weights are
 * read, and the config that gives the same run again.
 *
 * @module
 */
// @ts-types="../declarations/path.d.ts"
import { fromFileUrl } from "@std/path";
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { ConfigError } from "../../src/config/config_error.ts";
import { readExperiments } from "../../src/config/experiment.ts";
import type { ReachOptions } from "../../src/config/named_files.ts";
import { ModelFolderError } from "../../src/model/hugging_face/model_folder.ts";
import { checkWithCorpus } from "../../src/runs/check_with_corpus.ts";
import { CorpusCache } from "../../src/runs/corpus_cache.ts";
import type { ExperimentData, FolderOrigin } from "../../src/stages/experiment_data.ts";
import { byteLevelTokenizer } from "../data/tokenizer_json.ts";
import {
  type FolderVariation,
  writeModelFolder,
} from "../model/hugging_face/write_model_folder.ts";
import { inFolder } from "../temporary_folder.ts";

/** A small model whose tokens are bytes and a few words; `unused` more tokens make it another's. */
async function writeModel(
  folder: string,
  { unused = 0, ...variation }: FolderVariation & { readonly unused?: number } = {},
): Promise<void> {
  await Deno.mkdir(folder);
  const { json, vocabSize, stops, bos } = byteLevelTokenizer(unused);
  const config = { bos_token_id: bos, eos_token_id: stops[0] };
  await writeModelFolder(folder, { vocabSize, config, ...variation });
  await Deno.writeTextFile(`${folder}/tokenizer.json`, JSON.stringify(json));
}

/** A config in `folder` of models that are given so. */
const configOf = (models: string, more = ""): string =>
  `name: real
models: ${models}
${more}decoding:
  prompts: [hello, an]
  strategies: [{ strategy: greedy }]
`;

/** The checked experiments of a config `c.yaml` in `folder`. */
async function checkedIn(
  folder: string,
  text: string,
  changes: readonly string[] = [],
  reach: ReachOptions = {},
): Promise<ExperimentData[]> {
  const corpora = new CorpusCache(`${folder}/corpora`, undefined, `${folder}/models`);
  const checked: ExperimentData[] = [];
  for (const experiment of readExperiments(`${folder}/c.yaml`, text, changes, reach)) {
    checked.push(await checkWithCorpus(experiment, corpora, { memory: undefined }));
  }
  return checked;
}

async function oneIn(
  ...given: Parameters<typeof checkedIn>
): Promise<ExperimentData & { readonly target: FolderOrigin }> {
  const [data] = await checkedIn(...given);
  assert(data !== undefined && data.models.target.kind === "folder");
  return { ...data, target: data.models.target };
}

Deno.test("a model's folder, relative to its config: block, tokens, sizes and the config to run again", async () => {
  await inFolder(async (folder) => {
    await writeModel(`${folder}/m`);
    const data = await oneIn(folder, configOf("{ target: { from: m }, draft: { layers: 1 } }"));
    const { target, models, experiment: { config } } = data;
    assertEquals(target.folder, await Deno.realPath(`${folder}/m`));
    assertEquals([config.models.block_size, target.spec.blockSize], [16, 16]);
    assertEquals(models.draft, { kind: "layers", layers: 1 });
    assertEquals(target.spec.vocabSize, byteLevelTokenizer().vocabSize);
    assert(target.parameters > target.spec.vocabSize * target.spec.width);
    assertEquals([data.corpus, data.split.training.length, data.long.documents], [undefined, 0, 0]);
    assertEquals(config.report.ngram_orders, []);
    assert("tokenizer" in data.vocabulary);
    // Where it lies shows in nothing that is written.
    assertEquals(target.written, "m");
    assert(!data.configText.includes(folder));
    assert(!/training:|corpus:/.test(data.configText));
    assertStringIncludes(data.configText, `sha256: ${target.digest}\n`);
    assertStringIncludes(data.configText, "--set models.target.from=PATH_TO_MODEL says where");
    // From a folder of its own it gives the same again, once it is said where the model lies.
    await Deno.mkdir(`${folder}/elsewhere`);
    const again = await oneIn(`${folder}/elsewhere`, data.configText, [
      `models.target.from=${folder}/m`,
    ]);
    assertEquals([again.configText, again.target.digest], [data.configText, target.digest]);
  });
});

Deno.test("models.block_size: bounds what models read, and by default is what all of them can", async () => {
  await inFolder(async (folder) => {
    await writeModel(`${folder}/long`, { positions: 40 });
    await writeModel(`${folder}/short`, { positions: 24, layers: 1 });
    const text = configOf("{ target: { from: long }, draft: { from: short } }");
    const both = await oneIn(folder, text);
    assertEquals([both.target.spec.blockSize, both.experiment.config.models.block_size], [24, 24]);
    const less = await oneIn(folder, text, ["models.block_size=9"]);
    assertEquals(less.target.spec.blockSize, 9);
    assertEquals(less.models.draft?.kind === "folder" && less.models.draft.spec.blockSize, 9);
    // What there is no room for is not generated, unless it was asked for.
    assert(less.experiment.config.decoding.max_new_tokens < 9);
    assertEquals(both.experiment.config.decoding.max_new_tokens, 12);
  });
});

Deno.test("a corpus beside a model's folder: its documents are read in the model's tokens", async () => {
  await inFolder(async (folder) => {
    await writeModel(`${folder}/m`);
    await Deno.writeTextFile(`${folder}/c.txt`, "hello anna\nmañana 🦜\nall\n");
    const data = await oneIn(folder, configOf("{ target: { from: m } }"), ["corpus.path=c.txt"]);
    assertEquals(data.split.training.length + data.split.heldOut.length, 3);
    assertEquals(data.experiment.config.report.ngram_orders, [1, 2, 3, 4, 5]);
    assert("tokenizer" in data.vocabulary);
    assertStringIncludes(data.configText, "long_documents: windows");
  });
});

Deno.test("a sweep over folders and blocks: each variant has its own, and a folder is opened once", async () => {
  await inFolder(async (folder) => {
    await writeModel(`${folder}/a`);
    await writeModel(`${folder}/b`, { seed: 2 });
    const found = await checkedIn(folder, configOf("{ target: { from: [a, b] } }"), [
      "models.block_size=8,12",
    ]);
    assertEquals(found.map(({ experiment }) => experiment.variant?.label), [
      "models.block_size=8,models.target.from=a",
      "models.block_size=8,models.target.from=b",
      "models.block_size=12,models.target.from=a",
      "models.block_size=12,models.target.from=b",
    ]);
    const targets = found.flatMap(({ models: { target } }) =>
      target.kind === "folder" ? [target] : []
    );
    assertEquals(targets.map(({ spec }) => spec.blockSize), [8, 8, 12, 12]);
    assertEquals(new Set(targets.map(({ digest }) => digest)).size, 2);
    // All share the tokens as they were read once, which a worker is sent once.
    assertEquals(found[0]?.vocabulary, found[2]?.vocabulary);
  });
});

Deno.test("a plan's folders: the same are opened, and others than it was made for are refused", async () => {
  await inFolder(async (folder) => {
    await writeModel(`${folder}/m`);
    const { target, ...data } = await oneIn(folder, configOf("{ target: { from: m } }"), [
      "models.block_size=8",
    ]);
    const { path, digest } = target;
    const frozen = { ...data, folders: { target: { path, digest } } };
    const { folders, texts } = await new CorpusCache().readFrozen(frozen);
    assertEquals([folders.target, texts], [target, undefined]);
    await Deno.writeTextFile(`${folder}/m/tokenizer_config.json`, "{}");
    const error = await assertRejects(
      () => new CorpusCache().readFrozen(frozen),
      ModelFolderError,
    );
    assertStringIncludes(error.message, `expected files whose SHA-256 together is ${digest}`);
  });
});

/** What is refused: models, more of the config, changes, and the message. */
const refused: readonly {
  readonly what: string;
  readonly models: string;
  readonly changes?: readonly string[];
  readonly message: string | RegExp;
}[] = [
  {
    what: "a folder that is missing, with the nearest name",
    models: "{ target: { from: ms } }",
    message: "c.yaml:2:21: models.target.from: cannot use FOLDER/ms: there is no such folder; " +
      'did you mean "m"?',
  },
  {
    what: "a folder that is missing, by a name of the hub",
    models: "{ target: { from: openai-community/gpt2 } }",
    message: "there is no such folder; a model of the Hugging Face hub is called " +
      "hf:openai-community/gpt2",
  },
  {
    what: "a file in place of a folder",
    models: "{ target: { from: m/config.json } }",
    message: "cannot use FOLDER/m/config.json: expected a folder, as transformers saves a model; " +
      "its folder is FOLDER/m",
  },
  {
    what: "a folder without config.json",
    models: "{ target: { from: empty } }",
    message:
      "cannot use FOLDER/empty: expected config.json, as transformers saves a model, found none",
  },
  {
    what: "a folder with a pickle only",
    models: "{ target: { from: pickled } }",
    message: /models\.target\.from: cannot use FOLDER\/pickled: .*pytorch_model\.bin/,
  },
  {
    what: "a folder without a tokenizer",
    models: "{ target: { from: mute } }",
    message:
      /models\.target\.from: cannot use the tokenizer .*mute\/tokenizer\.json: there is no such file/,
  },
  {
    what: "a draft's folder, at its own setting",
    models: "{ target: { from: m }, draft: { from: empty } }",
    message: "c.yaml:2:41: models.draft.from: cannot use FOLDER/empty",
  },
  {
    what: "a block that the model cannot read",
    models: "{ target: { from: m } }",
    changes: ["models.block_size=17"],
    message:
      "--set models.block_size=17: models.block_size: expected at most 16, which is how many " +
      "tokens models.target can read, found 17; if it is left out, the models decide",
  },
  {
    what: "more layers than the target has",
    models: "{ target: { from: m }, draft: { layers: 3 } }",
    message:
      "c.yaml:2:41: models.draft.layers: expected at most 2, which is how many layers the target " +
      "has, found 3",
  },
  {
    what: "a draft of other tokens",
    models: "{ target: { from: m }, draft: { from: other } }",
    message:
      "models.draft.from: expected a draft with just the tokens of the target (268), found one with " +
      "270; layers: N takes the target's own first layers",
  },
  {
    what: "a draft of as many other tokens",
    models: "{ target: { from: m }, draft: { from: alike } }",
    message:
      /the tokens of the target \(268\), found one with 268 others \(token \d+ is "hell" in the target, "hall" in the draft\)/,
  },
  {
    what: "a draft's folder beside a target of characters",
    models: "{ target: { n_embd: 4, n_head: 1, n_layer: 1 }, draft: { from: m } }",
    changes: ["corpus.path=c.txt"],
    message:
      "expected a draft with just the tokens of the target (5: the characters of the corpus, and " +
      "one more), found one with 268",
  },
  {
    what: "a draft to train beside a folder of other tokens",
    models: "{ target: { from: m }, draft: { n_embd: 4, n_head: 1, n_layer: 1 } }",
    changes: ["corpus.path=c.txt"],
    message: "models.draft: expected a draft that reads the tokens of the target's folder",
  },
  {
    what: "another digest",
    models: `{ target: { from: m, sha256: ${"ab".repeat(32)} } }`,
    message:
      /c\.yaml:2:30: models\.target\.sha256: expected files whose SHA-256 together is (ab){32}, found [0-9a-f]{64}: a file of the model has changed, or it is another model; --set models\.target\.sha256=null takes any/,
  },
  {
    what: "a missing folder of a known digest",
    models: `{ target: { from: gone, sha256: ${"ab".repeat(32)} } }`,
    message: "sha256 beside it says which model it is: if that lies elsewhere, say where by",
  },
  {
    what: "a folder outside",
    models: "{ target: { from: ../outside } }",
    message: "which is outside; --allow-read-outside allows it",
  },
  {
    what: "more new tokens than the block has room for",
    models: "{ target: { from: m } }",
    changes: ["decoding.max_new_tokens=16"],
    message: "decoding.max_new_tokens: expected at most",
  },
  {
    what: "a prompt that no block of the model has room for, with no way that would be refused",
    models: "{ target: { from: m } }",
    changes: ["decoding.prompts=[abcdefghijklmnopqrstuvwxyz]"],
    message:
      /expected a prompt of at most 16 tokens \(models\.block_size\), found "abc.*", which is 26$/,
  },
  {
    what: "drawn prompts that a longer block has room for",
    models: "{ target: { from: m } }",
    changes: [
      "corpus={path: c.txt, held_out: 0}",
      "decoding.prompts={from: training, count: 1, length: 2}",
      "models.block_size=1",
    ],
    message:
      "decoding.prompts.length: expected a length of which no prompt has more than 1 token " +
      "(models.block_size), found one of",
  },
  {
    what: "a name of the hub that is none",
    models: "{ target: { from: 'hf:gpt2' } }",
    message: "models.target.from: expected hf:OWNER/NAME@REVISION",
  },
];

Deno.test("models in folders: what is wrong is said with its place, before weights are read", async (t) => {
  await inFolder(async (above) => {
    const folder = `${above}/own`;
    await Deno.mkdir(folder);
    await Deno.mkdir(`${above}/outside`);
    await writeModel(`${folder}/m`);
    await writeModel(`${folder}/other`, { unused: 2 });
    await writeModel(`${folder}/alike`);
    const tokenizer = `${folder}/alike/tokenizer.json`;
    const json = await Deno.readTextFile(tokenizer);
    await Deno.writeTextFile(
      tokenizer,
      json.replaceAll("hello", "hallo").replace('"hell"', '"hall"'),
    );
    await writeModel(`${folder}/mute`);
    await Deno.remove(`${folder}/mute/tokenizer.json`);
    await Deno.mkdir(`${folder}/empty`);
    await writeModel(`${folder}/pickled`);
    await Deno.remove(`${folder}/pickled/model.safetensors`);
    await Deno.writeTextFile(`${folder}/pickled/pytorch_model.bin`, "");
    await Deno.writeTextFile(`${folder}/c.txt`, "qx\nxz\nzy\n");
    for (const { what, models, changes, message } of refused) {
      await t.step(what, async () => {
        const error = await assertRejects(
          () => checkedIn(folder, configOf(models), changes),
          ConfigError,
        );
        const found = (await error.located()).message.replaceAll(folder, "FOLDER");
        if (typeof message === "string") assertStringIncludes(found, message);
        else assert(message.test(found), found);
      });
    }
    await t.step("a folder outside is read where that is allowed", async () => {
      await Deno.remove(`${above}/outside`);
      await writeModel(`${above}/outside`);
      const text = configOf("{ target: { from: ../outside } }");
      const { target } = await oneIn(folder, text, [], { readsOutside: true });
      assertEquals(target.written, "outside");
    });
  });
});

Deno.test("configs/real-model.yaml: runs once its two folders are there, and says so until then", async () => {
  const config = fromFileUrl(new URL("../../configs/real-model.yaml", import.meta.url));
  await inFolder(async (folder) => {
    await writeModel(`${folder}/target`, { positions: 256 });
    await writeModel(`${folder}/draft`, { positions: 512, layers: 1 });
    const text = await Deno.readTextFile(config);
    const folders = [`models.target.from=${folder}/target`, `models.draft.from=${folder}/draft`];
    const { experiment, models, prompts } = await oneIn(folder, text, folders);
    assertEquals(models.draft?.kind, "folder");
    assertEquals([prompts.length, experiment.config.decoding.max_new_tokens], [4, 32]);
    assertEquals([experiment.cells.length, experiment.config.engine], [8, "onnx"]);
    const missing = await assertRejects(
      () => checkedIn(folder, text, [`models.target.from=${folder}/none`]),
      ConfigError,
    );
    assertStringIncludes(missing.message, "there is no such folder");
    const hint = "; a model of the Hugging Face hub is called hf:OWNER/NAME";
    assertStringIncludes(missing.message, hint);
  });
});

Deno.test("a corpus in tokens that are the same but divide texts in other ways: each has its own", async () => {
  await inFolder(async (folder) => {
    await writeModel(`${folder}/a`);
    await writeModel(`${folder}/b`);
    const tokenizer = `${folder}/b/tokenizer.json`;
    const { model, ...rest } = JSON.parse(await Deno.readTextFile(tokenizer));
    // "hello" is two tokens.
    const merges = model.merges.filter((merge: string) => merge !== "hell o");
    await Deno.writeTextFile(tokenizer, JSON.stringify({ ...rest, model: { ...model, merges } }));
    await Deno.writeTextFile(`${folder}/c.txt`, "hello\nhello hello\n");
    const text = configOf(
      "{ block_size: 3, target: { from: [a, b] } }",
      "corpus: { path: c.txt }\n",
    );
    const found = await checkedIn(folder, text, ["decoding.max_new_tokens=1"]);
    // With BOS in front and a stop behind, of 2 and 4 tokens, or of 3 and 6.
    assertEquals(found.map(({ long }) => long.longest), [4, 6]);
  });
});
