/**
 * A run of a model with a tokenizer, from its folder to its files. The model is random, so that it writes any
 * bytes: most of its texts are no UTF-8.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertAlmostEquals, assertEquals, assertMatch } from "@std/assert";
// @ts-types="../../src/declarations/csv.d.ts"
import { parse } from "@std/csv";
import { readExperiment } from "../../src/config/experiment.ts";
import { loadTokenizer } from "../../src/data/vocabularies.ts";
import { Store } from "../../src/store/store.ts";
import { shownBytes } from "../../src/text/bytes.ts";
import {
  byteFallbackTokenizer,
  byteLevelTokenizer,
  type SmallTokenizer,
} from "../data/tokenizer_json.ts";
import {
  type FolderVariation,
  writeModelFolder,
} from "../model/hugging_face/write_model_folder.ts";
import { inFolder } from "../temporary_folder.ts";
import { filesIn, runInto } from "./tiny_run.ts";

const documents = [
  "hello banana",
  "the café",
  "an apple, a banana",
  "你好",
  "hello hello",
  "mañana",
];
const prompts = ["", "hello", "caf\u00e9 "];

const config = `
name: words
corpus: { path: ./words.txt, held_out: 0.5 }
engine: reference
models: { target: { from: ./model }, draft: { layers: 1 }, block_size: 24 }
decoding:
  prompts: ${JSON.stringify(prompts)}
  samples: 6
  max_new_tokens: 5
  strategies:
    - strategy: greedy
    - strategy: sample
    - { strategy: beam, beam_width: 2 }
    - { strategy: speculative, draft_k: 2 }
    - { strategy: speculative, draft: ngram, draft_k: 2 }
report: { ngram_orders: [1, 2] }
`;

const kinds: readonly (readonly [string, SmallTokenizer, FolderVariation])[] = [
  ["GPT-2's kind, byte-level", byteLevelTokenizer(), { architecture: "gpt2" }],
  ["Llama's kind, byte fallback", byteFallbackTokenizer(2), {}],
];

for (const [kind, { json, vocabSize, stops, bos }, variation] of kinds) {
  Deno.test(`a run of a model of ${kind}: files have tokens, bytes and texts exactly, again from the store`, () =>
    inFolder(async (folder) => {
      const model = `${folder}/model`;
      Deno.mkdirSync(model);
      await writeModelFolder(model, {
        ...variation,
        vocabSize,
        positions: 32,
        config: { bos_token_id: bos, eos_token_id: stops[0] },
      });
      Deno.writeTextFileSync(`${model}/tokenizer.json`, JSON.stringify(json));
      Deno.writeTextFileSync(`${folder}/words.txt`, `${documents.join("\n")}\n`);
      const store = new Store(`${folder}/store`);
      const experiment = readExperiment(`${folder}/c.yaml`, config, []);
      const read = (run: string, name: string): string =>
        Deno.readTextFileSync(`${folder}/${run}/${name}`);
      for (const run of ["first", "second"]) {
        const { failures } = await runInto(`${folder}/${run}`, experiment, { store });
        assertEquals(failures, []);
      }
      for (const name of ["samples.csv", "results.csv", "models.csv", "losses.csv", "report.md"]) {
        assertEquals(read("first", name), read("second", name), name);
      }
      // A lone surrogate that is written as it is becomes U+FFFD.
      for (const name of filesIn(`${folder}/first`)) {
        assertEquals(read("first", name).split("\ufffd").length, 1, name);
      }
      const rows = (name: string) => parse(read("first", name), { skipFirstRow: true });

      const vocabulary = await loadTokenizer(model, { vocabSize, stops, bos });
      const samples = rows("samples.csv");
      for (const { prompt = "", continuation, text, tokens, token_ids = "" } of samples) {
        const own = token_ids === "" ? [] : token_ids.split(" ").map(Number);
        assertEquals(own.length, Number(tokens));
        assertEquals(continuation, shownBytes(vocabulary.continuation(prompt, own)));
        assertEquals(text, prompt + continuation);
      }
      assert(samples.some(({ continuation = "" }) => /\\x[89A-F][0-9A-F]/.test(continuation)));

      const heldOut = rows("losses.csv");
      assert(heldOut.length > 0);
      const utf8 = (text: string): number => new TextEncoder().encode(text).length;
      for (const { document = "", bytes, characters } of heldOut) {
        assertEquals([Number(bytes), Number(characters)], [utf8(document), [...document].length]);
      }
      for (const { model: name, held_out_bits_per_byte: printed } of rows("models.csv")) {
        const own = heldOut.filter((row) => row["model"] === name);
        const sum = (column: string): number =>
          own.reduce((total, row) => total + Number(row[column]), 0);
        assertAlmostEquals(Number(printed), sum("nats") / Math.LN2 / sum("bytes"), 1e-5, name);
      }
      assertEquals(rows("results.csv").map(({ bits_per_byte }) => bits_per_byte !== ""), [
        ...[true, true, true, true, true],
      ]);
      assertMatch(read("first", "report.md"), /^\| tokens +\| \d+: /m);
    }));
}
