/**
 * {@linkcode ReferenceTransformer} on folders: against PyTorch where it is installed, and against the
 * numbers that come with stories260K where it is present.
 *
 * @module
 */
// @ts-types="../../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { openModelFolder } from "../../../src/model/hugging_face/model_folder.ts";
import { ReferenceTransformer } from "../../../src/model/reference/reference_transformer.ts";
import { sharedModel } from "../../shared_models.ts";
import { inFolder } from "../../temporary_folder.ts";
import { pythonWithTorch, runPython } from "./pytorch.ts";
import { variations, writeModelFolder } from "./write_model_folder.ts";

const python = await pythonWithTorch();
const stories = sharedModel("stories260K");

Deno.test({
  name: "ReferenceTransformer: every variation's logits are PyTorch's (1e-12 of the largest)",
  ignore: python === undefined,
  fn: () =>
    inFolder(async (folder) => {
      const names = Object.keys(variations);
      for (const [i, variation] of Object.values(variations).entries()) {
        await Deno.mkdir(`${folder}/${i}`);
        await writeModelFolder(`${folder}/${i}`, variation);
      }
      const lines = await runPython(
        python ?? "",
        "pytorch_logits.py",
        names.map((_, i) => `${folder}/${i}`),
      );
      assertEquals(lines.length, names.length);
      for (const [i, name] of names.entries()) {
        const { transformer } = await openModelFolder(`${folder}/${i}`);
        const model = new ReferenceTransformer(transformer);
        const { vocabSize, blockSize } = model.spec;
        const tokens = Array.from({ length: blockSize }, (_, t) => (7 * t + 3) % vocabSize);
        const [own = []] = model.forward([{ sequence: model.open(), tokens, rows: blockSize }]);
        const theirs: number[] = JSON.parse(lines[i] ?? "");
        assertEquals(own.length, theirs.length, name);
        const largest = Math.max(...theirs.map(Math.abs));
        const off = Math.max(...theirs.map((logit, j) => Math.abs(logit - (own[j] ?? NaN))));
        assert(off <= 1e-12 * largest, `${name}: ${off} of ${largest}`);
      }
    }),
});

/** What `expected.json` of stories260K has. */
interface Expected {
  readonly prompts: readonly {
    readonly text: string;
    readonly ids: readonly number[];
    readonly top10: readonly { readonly id: number; readonly logit: number }[];
  }[];
  readonly greedy: readonly {
    readonly prompt: string;
    readonly prompt_ids: readonly number[];
    readonly new_ids: readonly number[];
  }[];
}

Deno.test({
  name: "stories260K: the ten highest logits after each prompt are those published (1e-12)",
  ignore: stories === undefined,
  fn: async () => {
    const { model, expected } = await load();
    for (const { text, ids, top10 } of expected.prompts) {
      const [logits = new Float64Array()] = model.forward([
        { sequence: model.open(), tokens: ids, rows: 1 },
      ]);
      const order = [...logits.keys()].sort((a, b) => (logits[b] ?? 0) - (logits[a] ?? 0));
      assertEquals(order.slice(0, 10), top10.map(({ id }) => id), text);
      for (const { id, logit } of top10) {
        assert(Math.abs((logits[id] ?? NaN) - logit) <= 1e-12, `${text}: ${logits[id]}, ${logit}`);
      }
    }
  },
});

Deno.test({
  name: "stories260K: 200 greedy tokens are those published (exact)",
  ignore: stories === undefined,
  fn: async () => {
    const { model, expected } = await load();
    assertEquals(expected.greedy.map(({ new_ids }) => new_ids.length), [200, 200]);
    for (const { prompt_ids, new_ids } of expected.greedy) {
      const sequence = model.open();
      const read: number[] = [];
      let tokens = prompt_ids;
      while (read.length < new_ids.length) {
        const [logits = new Float64Array()] = model.forward([{ sequence, tokens, rows: 1 }]);
        const best = logits.indexOf(logits.reduce((a, b) => Math.max(a, b)));
        read.push(best);
        tokens = [best];
      }
      assertEquals(read, new_ids);
    }
  },
});

async function load(): Promise<{ model: ReferenceTransformer; expected: Expected }> {
  const { transformer } = await openModelFolder(stories ?? "");
  const expected: Expected = JSON.parse(await Deno.readTextFile(`${stories}/expected.json`));
  return { model: new ReferenceTransformer(transformer), expected };
}
