// @ts-types="../../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import { readExperiment } from "../../../src/config/experiment.ts";
import { estimandText, intervalTerms } from "../../../src/report/run/intervals.ts";

function experiment(prompts: string) {
  return readExperiment(
    "c.yaml",
    `corpus: { path: names.txt }\ndecoding: { prompts: ${prompts}, samples: 100, strategies: [{ strategy: greedy }] }\n`,
  );
}

const training = "not that in training, which runs with other seeds show (`--set seed=1..5`).";
/** Prompts, the documents they could have been drawn from, and the sentence. */
const sentences: readonly [string, string[], number | undefined, string][] = [
  [
    "[a, m]",
    ["a", "m"],
    undefined,
    "Intervals (95 %) are for these 2 prompts: they cover the chance in sampling, 100 samples of each, but ",
  ],
  [
    "[a]",
    ["a"],
    undefined,
    "Intervals (95 %) are for this prompt: they cover the chance in sampling, 100 samples of each, but ",
  ],
  [
    "{ from: held_out, count: 3 }",
    ["a", "a", "m"],
    3161,
    "Intervals (95 %) are for all 3,161 documents that prompts could be drawn from, of which 3 were: they cover the chance in drawing prompts and in sampling, but ",
  ],
];
for (const [setting, prompts, population, expected] of sentences) {
  Deno.test(`estimandText: of ${setting} it says for which prompts, how many, and not for training`, () => {
    const run = { experiment: experiment(setting), prompts };
    assertEquals(
      estimandText(population === undefined ? run : { ...run, population }),
      expected + training,
    );
  });
}

Deno.test("intervalTerms: every reason that occurs is explained, and no other", () => {
  const [, none] = intervalTerms(
    { experiment: experiment("[a]") },
    [],
    new Set(["one sample", "all equal"]),
  );
  assertEquals(none?.term, "no interval");
  const reasons = none?.meaning.filter(({ kind }) => kind === "emphasis").map(({ text }) => text);
  assertEquals(reasons, ["one sample", "all equal"]);
  assertEquals(intervalTerms({ experiment: experiment("[a]") }, [], new Set()).length, 1);
});
