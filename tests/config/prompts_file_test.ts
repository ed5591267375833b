/**
 * Prompts from a file: read as a corpus is, in the place of the file, and refused with the file's line.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { parse } from "yaml";
import { ConfigError } from "../../src/config/config_error.ts";
import { type Experiment, loadExperiments } from "../../src/config/experiment.ts";
import { checkWithCorpus } from "../../src/runs/check_with_corpus.ts";
import type { ExperimentData } from "../../src/stages/experiment_data.ts";
import { inFolder } from "../temporary_folder.ts";

const config = (prompts: string): string => `
corpus: { path: names.txt, held_out: 0 }
models: { target: { n_embd: 4, n_head: 1, n_layer: 1 } }
training: { target: { steps: 1 } }
decoding:
  prompts: ${prompts}
  strategies: [{ strategy: greedy }]
`;
const FROM_FILE = config("{ file: prompts.txt }");

/** A folder `own` with a config, names and prompts, and beside it a folder `outside` with prompts. */
async function inTwoFolders(look: (own: string) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    for (const made of ["own", "outside"]) await Deno.mkdir(`${folder}/${made}`);
    await Deno.writeTextFile(`${folder}/own/names.txt`, "anna\narne\nben\n");
    await Deno.writeTextFile(`${folder}/own/prompts.txt`, "a\nb\n");
    await Deno.writeTextFile(`${folder}/outside/secret.txt`, "anna\n");
    await Deno.symlink(`${folder}/outside/secret.txt`, `${folder}/own/link.txt`);
    await look(`${folder}/own`);
  });
}

interface Options {
  readonly sets?: readonly string[];
  readonly readsOutside?: boolean;
}

async function checked(
  file: string,
  { sets = [], readsOutside = false }: Options = {},
): Promise<ExperimentData> {
  const [experiment] = await loadExperiments(file, sets, { readsOutside });
  try {
    return await checkWithCorpus(experiment as Experiment);
  } catch (error) {
    throw error instanceof ConfigError ? await error.located() : error;
  }
}

/** The prompts of a run of `text` in the folder `own`, and those in its `config.yaml`. */
async function promptsOf(own: string, text: string, options?: Options): Promise<unknown> {
  await Deno.writeTextFile(`${own}/c.yaml`, text);
  const { experiment, configText } = await checked(`${own}/c.yaml`, options);
  const { prompts } = experiment.config.decoding;
  assertEquals(parse(configText).decoding.prompts, prompts, configText);
  return prompts;
}

/** The message that refuses `text`, without the folder. */
async function refusal(own: string, text: string, options?: Options): Promise<string> {
  await Deno.writeTextFile(`${own}/c.yaml`, text);
  const { message } = await assertRejects(() => checked(`${own}/c.yaml`, options), ConfigError);
  return message.replaceAll(`${own}/`, "").split("\n").slice(1).map((line) => line.trim())
    .join("\n");
}

const files: readonly [string, string | Uint8Array<ArrayBuffer>, readonly string[]][] = [
  ["one prompt per line", "b\na\nan\n", ["b", "a", "an"]],
  ["no line end at the end", "b\na", ["b", "a"]],
  ["CR LF and CR", "b\r\na\ran\r\n", ["b", "a", "an"]],
  ["a byte order mark", "\ufeffb\na\n", ["b", "a"]],
  ["empty lines, and white space around", "\n\n  b \n\t\na\n\n", ["b", "a"]],
  ["what YAML would take for something else", "ben\nar\n", ["ben", "ar"]],
];
for (const [what, content, prompts] of files) {
  Deno.test(`prompts file: ${what} (as a corpus is read)`, () =>
    inTwoFolders(async (own) => {
      await Deno.writeFile(
        `${own}/prompts.txt`,
        typeof content === "string" ? new TextEncoder().encode(content) : content,
      );
      assertEquals(await promptsOf(own, FROM_FILE), prompts);
    }));
}

const refused: readonly [string, string, string][] = [
  [
    "a prompt that is not in the vocabulary",
    "a\n\nbén\nb\n",
    "prompts.txt:3: decoding.prompts.file: expected characters",
  ],
  [
    "a prompt twice",
    "a\nb\n\na\n",
    'prompts.txt:4: decoding.prompts.file: expected each prompt once, found "a" again',
  ],
  [
    "a prompt that is too long",
    `a\n${"a".repeat(20)}\n`,
    "prompts.txt:2: decoding.prompts.file: expected a prompt of at most 16 tokens",
  ],
  [
    "no prompts",
    "\n \n",
    "c.yaml:6:14: decoding.prompts.file: cannot use the prompts prompts.txt: expected one prompt per " +
    "line, found none",
  ],
  [
    "more than a config may have",
    "a\n".repeat(500_001),
    "c.yaml:6:14: decoding.prompts.file: cannot read the prompts prompts.txt: expected at most 1 MB",
  ],
  [
    "more than a list may have",
    "a\n".repeat(100_001),
    "c.yaml:6:14: decoding.prompts.file: cannot use the prompts prompts.txt: expected at most 100000",
  ],
  [
    "more than fits in config.yaml",
    "a\n".repeat(99_999),
    "c.yaml:6:14: decoding.prompts.file: cannot use the prompts prompts.txt: expected prompts that fit",
  ],
  [
    "text with a NUL",
    "a\0\n",
    "c.yaml:6:14: decoding.prompts.file: cannot use the prompts prompts.txt: expected text, found a NUL",
  ],
];
for (const [what, content, message] of refused) {
  Deno.test(`prompts file: ${what} is refused with file and line`, () =>
    inTwoFolders(async (own) => {
      await Deno.writeTextFile(`${own}/prompts.txt`, content);
      assertStringIncludes(await refusal(own, FROM_FILE), message);
    }));
}

const configs: readonly [string, string, string][] = [
  [
    "a missing file",
    "{ file: promts.txt }",
    "c.yaml:6:14: decoding.prompts.file: cannot read the prompts promts.txt: there is no such file; " +
    'did you mean "prompts.txt"?',
  ],
  [
    "file and from",
    "{ file: prompts.txt, from: training }",
    "c.yaml:6:33: decoding.prompts.from: expected file alone, or from, count and length without it, " +
    'found "from" beside file',
  ],
  ["a number", "{ file: 5 }", "expected the path of a text file, found 5"],
  ["several files", "{ file: [a, b] }", "expected the path of a text file, found a list"],
  ["a folder", "{ file: . }", "cannot read the prompts .: expected a file, found a folder"],
];
for (const [what, prompts, message] of configs) {
  Deno.test(`prompts file: ${what} is refused`, () =>
    inTwoFolders(async (own) => {
      const found = await refusal(own, config(prompts));
      assertStringIncludes(found.replaceAll(own, "."), message);
    }));
}

Deno.test("prompts file: outside is refused, and the command line allows it", () =>
  inTwoFolders(async (own) => {
    for (const path of ["../outside/secret.txt", "link.txt", `${own}/../outside/secret.txt`]) {
      const text = config(`{ file: ${path} }`);
      const message = await refusal(own, text);
      assertStringIncludes(message, "--allow-read-outside allows it");
      assertEquals(message.includes("anna"), false);
      assertEquals(await promptsOf(own, text, { readsOutside: true }), ["anna"]);
      const sets = [`decoding.prompts.file=${path}`];
      assertEquals(await promptsOf(own, config("[a]"), { sets }), ["anna"]);
    }
  }));

Deno.test("prompts file: the path is relative to the config that says it, and extends merges", () =>
  inTwoFolders(async (own) => {
    await Deno.mkdir(`${own}/below`);
    await Deno.writeTextFile(
      `${own}/below/base.yaml`,
      config("{ file: prompts.txt }").replace(
        "names.txt",
        "../names.txt",
      ),
    );
    await Deno.writeTextFile(`${own}/below/prompts.txt`, "ben\n");
    const child = "extends: below/base.yaml\n";
    assertEquals(await promptsOf(own, child), ["ben"]);
    assertEquals(
      await promptsOf(own, `${child}decoding: { prompts: { file: prompts.txt } }\n`),
      ["a", "b"],
    );
    assertEquals(await promptsOf(own, `${child}decoding: { prompts: [arne] }\n`), ["arne"]);
    // To draw prompts takes the place of a file below, and a file that of how they are drawn.
    const drawn = `${child}decoding: { prompts: { from: training, count: 3 } }\n`;
    await Deno.writeTextFile(`${own}/drawn.yaml`, drawn);
    const { experiment: { config: { decoding } } } = await checked(`${own}/drawn.yaml`);
    assertEquals(decoding.prompts, { from: "training", count: 3, length: 1 });
    const over = "extends: drawn.yaml\ndecoding: { prompts: { file: prompts.txt } }\n";
    assertEquals(await promptsOf(own, over), ["a", "b"]);
  }));

const sets: readonly [string, string][] = [
  ["a list", "[a]"],
  ["drawn prompts", "{ from: training, count: 2 }"],
  ["another file", "{ file: names.txt }"],
];
for (const [what, prompts] of sets) {
  Deno.test(`--set decoding.prompts.file: takes the place of ${what}`, () =>
    inTwoFolders(async (own) => {
      const options = { sets: ["decoding.prompts.file=prompts.txt"] };
      assertEquals(await promptsOf(own, config(prompts), options), ["a", "b"]);
    }));
}

Deno.test("prompts file: a sweep reads it once for all variants, with the file's lines in problems", () =>
  inTwoFolders(async (own) => {
    assertEquals(await promptsOf(own, FROM_FILE, { sets: ["seed=1,2"] }), ["a", "b"]);
    await Deno.writeTextFile(`${own}/prompts.txt`, "a\nB\n");
    const message = await refusal(own, FROM_FILE, { sets: ["seed=1,2"] });
    assertStringIncludes(message, "prompts.txt:2: decoding.prompts.file: expected characters");
  }));

Deno.test("report.compare_prompts: those that are not in the file are refused", () =>
  inTwoFolders(async (own) => {
    const message = await refusal(own, `${FROM_FILE}report: { compare_prompts: [c] }\n`);
    assertStringIncludes(message, 'expected one of decoding.prompts, found "c"');
  }));
