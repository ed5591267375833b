/**
 * Defaults that follow from the corpus and the prompts.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertStringIncludes } from "@std/assert";
import { ConfigError } from "../../src/config/config_error.ts";
import { readExperiment } from "../../src/config/experiment.ts";
import type { Change } from "../../src/config/override.ts";
import { checkWithCorpus } from "../../src/runs/check_with_corpus.ts";
import type { ExperimentData } from "../../src/stages/experiment_data.ts";

const names = Deno.readTextFileSync("tests/data/few_names.txt").trim().split("\n");
/** With this beginning none of a split by the default share is held out. */
const few = names.slice(0, 12);

const base = `name: x
corpus: { path: names.txt }
decoding:
  prompts: [a, m]
  strategies: [{ strategy: greedy }]
report: { compare_prompts: [a, m] }
`;

/** The config `text`, laid over that above, on `documents`. */
async function checked(
  text: string,
  changes: readonly Change[],
  documents = names,
): Promise<ExperimentData> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/names.txt`, documents.join("\n"));
    await Deno.writeTextFile(`${folder}/base.yaml`, base);
    const experiment = readExperiment(`${folder}/c.yaml`, `extends: base.yaml\n${text}`, changes);
    return await checkWithCorpus(experiment);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What is changed over the config above, and what follows. */
const followed: readonly [string, string, readonly string[], Partial<Followed>][] = [
  ["prompts that are set", "", ["decoding.prompts=[b, c]"], { compared: undefined }],
  ["prompts of a config that extends", "decoding: { prompts: [b, c] }\n", [], {
    compared: undefined,
  }],
  ["one prompt that is set", "", ["decoding.prompts[0]=j"], { compared: undefined }],
  ["more prompts than before", "", ["decoding.prompts=[m, b, a]"], { compared: ["a", "m"] }],
  ["prompts to compare that are set, too", "", [
    "report.compare_prompts=[c]",
    "decoding.prompts=[b, c]",
  ], { compared: ["c"] }],
  ["drawn prompts", "", ["decoding.prompts={from: training, count: 3, length: 2}"], {
    compared: undefined,
  }],
  ["longer prompts", "", ["decoding.prompts=[mari]"], { tokens: 11 }],
  ["a smaller block", "models: { block_size: 8 }\n", [], { tokens: 6 }],
  ["a larger block", "models: { block_size: 64 }\n", [], { tokens: 12 }],
  ["tokens that are set", "", ["decoding.prompts=[mari]", "decoding.max_new_tokens=3"], {
    tokens: 3,
  }],
];

/** The settings that can follow. */
interface Followed {
  readonly compared: readonly string[] | undefined;
  readonly tokens: number;
}

for (const [what, text, changes, expected] of followed) {
  Deno.test(`checkWithCorpus: ${what}: what is left out follows`, async () => {
    const { experiment: { config: { report, decoding } } } = await checked(text, changes);
    const found = { compared: report.compare_prompts, tokens: decoding.max_new_tokens };
    assertEquals({ ...found, ...expected }, found);
  });
}

Deno.test("checkWithCorpus: of few documents one is held out, and config.yaml says by which share", async () => {
  const { split, configText } = await checked("", [], few);
  assertEquals([split.training.length, split.heldOut.length], [11, 1]);
  const [, share] = /held_out: (0\.\d+)\n/.exec(configText) ?? [];
  const again = await checked("", [`corpus.held_out=${share}`], few);
  assertEquals([again.split, again.configText], [split, configText]);
});

Deno.test("checkWithCorpus: where both sides have documents the share stays 0.1", async () => {
  const { experiment: { config }, split } = await checked("", []);
  assertEquals([config.corpus?.held_out, split.heldOut.length > 1], [0.1, true]);
});

Deno.test("checkWithCorpus: of few documents as many prompts are drawn as there are", async () => {
  const change = "decoding.prompts={from: training}";
  const { prompts, experiment: { config } } = await checked("", [change], few);
  assertEquals(prompts.length, 11);
  assertEquals(config.decoding.prompts, { from: "training", count: 11, length: 1 });
});

/** What is refused, and the end of the message: a change with which it is not. */
const refused: readonly [string, readonly string[], string, string][] = [
  [
    "a share that holds none out",
    ["corpus.held_out=0.1", "decoding.prompts=[a]"],
    "corpus.held_out: expected a share that leaves documents to train on and holds some out, or 0, " +
    "found 0.1, which holds out 0 of 12; --set ",
    "holds the fewest out",
  ],
  [
    "too many prompts",
    ["decoding.prompts={from: training, count: 100}"],
    "found 100; --set ",
    "draws all",
  ],
  [
    "too many tokens",
    ["decoding.prompts=[ama]", "decoding.max_new_tokens=13"],
    "found 13; --set ",
    "or --set models.block_size=17 fits",
  ],
  [
    "prompts to compare that are not decoded",
    ["decoding.prompts=[a]", "report.compare_prompts=[m]"],
    'found "m"; --set ',
    "compares the first two",
  ],
];
for (const [what, changes, message, end] of refused) {
  Deno.test(`checkWithCorpus: ${what}: the message has a --set that helps`, async () => {
    let found = "";
    try {
      await checked("", changes, few);
    } catch (error) {
      if (error instanceof ConfigError) found = error.message;
    }
    assertStringIncludes(found, message);
    const [, set = ""] = found.split(message);
    assertStringIncludes(set, end);
    await checked("", [...changes, set.split(" ")[0] ?? ""], few);
  });
}
