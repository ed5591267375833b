/**
 * Folders in Hugging Face's form, of every variation that is read, in the onnxruntime that this process
 * was started with, against the plain forward in f64.
 *
 * @module
 */
// @ts-types="../../../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { createStrategy } from "../../../../src/decode/definitions.ts";
import { strategySchema } from "../../../../src/decode/settings_schema.ts";
import { schedule } from "../../../../src/decode/scheduler.ts";
import { CounterStream } from "../../../../src/random/counter_stream.ts";
import { openModelFolder } from "../../../../src/model/hugging_face/model_folder.ts";
import {
  type LanguageModel,
  StopTokens,
  type Token,
} from "../../../../src/model/language_model.ts";
import { openOnnxModel } from "../../../../src/model/onnx/language_model.ts";
import { onnxRuntime } from "../../../../src/model/onnx/runtime.ts";
import { ReferenceTransformer } from "../../../../src/model/reference/reference_transformer.ts";
import { firstLayers, transformerOf } from "../../../../src/model/transformer.ts";
import { randomWeights, smallSpec } from "../../small_model.ts";
import { sharedModel } from "../../../shared_models.ts";
import { inFolder } from "../../../temporary_folder.ts";
import {
  type FolderVariation,
  variations,
  writeModelFolder,
} from "../../hugging_face/write_model_folder.ts";

const name = onnxRuntime()?.name;

// A runtime ends with its last model: this one stays, so that it starts once.
const first = await openOnnxModel(transformerOf(randomWeights(smallSpec)), { threads: 1 });
Deno.test.afterAll(() => first.close());

/** Reads `tokens` one, two and three at a time; the logits after each. */
function read(model: LanguageModel, tokens: readonly Token[]): Float64Array {
  const sequence = model.open();
  const parts: number[] = [];
  for (let first = 0, size = 1; first < tokens.length; first += size, size = size % 3 + 1) {
    const some = tokens.slice(first, first + size);
    parts.push(...model.forward([{ sequence, tokens: some, rows: some.length }])[0] ?? []);
  }
  sequence.close();
  return Float64Array.from(parts);
}

/** The other runtime takes ten times as long to start: it reads one of each kind of graph. */
const FEW = [
  "llama, bf16",
  "llama, heads in groups",
  "qwen2, head tied",
  "gpt2",
  "llama, three shards",
];

/** Matrices that a graph points to in the file, in all the forms that it can. */
const pointed = { width: 32, heads: 4, hiddenWidth: 600, vocabSize: 600 } as const;
const large: Readonly<Record<string, FolderVariation>> = {
  "llama of large matrices, f32, in shards": { ...pointed, shards: 2 },
  "llama of large matrices, bf16, head tied": { ...pointed, type: "BF16", isTied: true },
  "gpt2 of large matrices, f16": {
    ...pointed,
    type: "F16",
    architecture: "gpt2",
    config: { n_inner: 600 },
  },
};

for (const [what, variation] of Object.entries({ ...variations, ...large })) {
  if (name !== "onnxruntime-node" && !FEW.includes(what) && !(what in large)) continue;
  Deno.test(`${name}: ${what}: logits are those of the plain forward in f64 (5e-6 of the largest), the same bits in other splits`, () =>
    inFolder(async (folder) => {
      await writeModelFolder(folder, variation);
      const { transformer } = await openModelFolder(folder);
      const { vocabSize, blockSize } = transformer.spec;
      const tokens = Array.from({ length: blockSize }, (_, i) => (5 * i + 2) % vocabSize);
      const model = await openOnnxModel(transformer, { threads: 1 });
      try {
        const [ours, expected] = [
          read(model, tokens),
          read(new ReferenceTransformer(transformer), tokens),
        ];
        const largest = Math.max(...expected.map(Math.abs));
        const off = Math.max(...expected.map((logit, i) => Math.abs(logit - (ours[i] as number))));
        assert(off <= 5e-6 * largest, `${off} of ${largest}`);
        const [whole] = model.forward([{ sequence: model.open(), tokens, rows: tokens.length }]);
        const { splits } = model.invariance;
        if (splits) assertEquals(whole, ours);
        else {assert(ours.every((logit, i) =>
            Math.abs(logit - (whole?.[i] as number)) <= 5e-6 * largest
          ));}
      } finally {
        model.close();
      }
    }));
}

const stories = sharedModel("stories260K");

/** The part of `expected.json` that is compared. */
interface Expected {
  readonly prompts: readonly {
    readonly ids: readonly Token[];
    readonly top10: readonly { readonly id: Token; readonly logit: number }[];
  }[];
  readonly greedy: readonly {
    readonly prompt_ids: readonly Token[];
    readonly new_ids: readonly Token[];
  }[];
}

Deno.test({
  name:
    `${name}: stories260K: the ten highest logits are those expected (1e-4), greedy 200 tokens the same, also proposed by its first layers`,
  ignore: stories === undefined,
  fn: async () => {
    const { transformer } = await openModelFolder(stories as string);
    const expected: Expected = JSON.parse(Deno.readTextFileSync(`${stories}/expected.json`));
    const target = await openOnnxModel(transformer, { threads: 1 });
    const draftModel = await openOnnxModel(firstLayers(transformer, 4), { threads: 1 });
    try {
      assertEquals(target.invariance, { splits: true, batches: true, largestDifference: 0 });
      for (const { ids, top10 } of expected.prompts) {
        const sequence = target.open();
        const [logits = []] = target.forward([{ sequence, tokens: ids, rows: 1 }]);
        sequence.close();
        const order = [...logits.keys()].sort((a, b) => (logits[b] ?? 0) - (logits[a] ?? 0));
        assertEquals(order.slice(0, 10), top10.map(({ id }) => id));
        for (const { id, logit } of top10) assert(Math.abs(logit - (logits[id] ?? NaN)) <= 1e-4);
      }
      const never = new StopTokens([], target.spec.vocabSize);
      const resources = { draftModel, ngram: () => target };
      for (
        const settings of [
          { strategy: "greedy" },
          { strategy: "speculative", draft_k: 4, warp: [{ top_k: 1 }] },
        ]
      ) {
        const strategy = createStrategy(strategySchema.parse(settings), resources);
        const texts = schedule(expected.greedy.map(({ prompt_ids: prompt }, i) =>
          strategy({
            target,
            prompt,
            stops: never,
            maxNewTokens: 200,
            random: CounterStream.fromSeed(i),
          })
        ));
        assertEquals(texts.map(({ tokens }) => tokens), expected.greedy.map((one) => one.new_ids));
      }
    } finally {
      target.close();
      draftModel.close();
    }
  },
});
