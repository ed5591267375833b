// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import { readExperiment } from "../../src/config/experiment.ts";
import type { VocabularyData } from "../../src/data/vocabulary.ts";
import { checkWithCorpus } from "../../src/runs/check_with_corpus.ts";
import { decode } from "../../src/stages/decode.ts";
import { ExperimentTasks } from "../../src/stages/stages.ts";
import { config } from "../runs/tiny_run.ts";

Deno.test("decode: samples of a corrected strategy have another key; all others have the key that they had", async () => {
  const diverse = "strategy: diverse_beam, beam_width: 4";
  const data = await checkWithCorpus(readExperiment("configs/tiny.yaml", config, [
    `decoding.strategies=[{strategy: greedy}, {strategy: beam, beam_width: 4, n_best: 2}, ` +
    `{${diverse}, beam_groups: 2}, {${diverse}, beam_groups: 1, n_best: 2}, {${diverse}, beam_groups: 2, n_best: 2}]`,
  ]));
  const revisions = new ExperimentTasks(data).of(decode).map(({ id }) => id.inputs["revision"]);
  assertEquals(revisions, [undefined, undefined, undefined, undefined, 1]);
});

Deno.test("decode: samples of models with several stop tokens have another key; of those with one the key that they had", async () => {
  const data = await checkWithCorpus(readExperiment("configs/tiny.yaml", config));
  const endsOf = (vocabulary: VocabularyData) =>
    new Set(
      new ExperimentTasks({ ...data, vocabulary }).of(decode).map(({ id }) => id.inputs["ends"]),
    );
  const tokenizer = { json: "", vocabSize: 9, bos: 1 };
  assertEquals(endsOf(data.vocabulary), new Set([undefined]));
  assertEquals(endsOf({ tokenizer: { ...tokenizer, stops: [1] } }), new Set([undefined]));
  assertEquals(endsOf({ tokenizer: { ...tokenizer, stops: [2] } }), new Set(["any stop token"]));
});
