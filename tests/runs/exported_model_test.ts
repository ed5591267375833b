/**
 * Exported models: what their folders hold, who may replace them, and that other programs compute with
 * them what our engines do.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { readExperiment } from "../../src/config/experiment.ts";
import { characterTokenizer, readCharacterTokenizer } from "../../src/data/character_tokenizer.ts";
import { CharacterVocabulary } from "../../src/data/character_vocabulary.ts";
import { createStrategy } from "../../src/decode/definitions.ts";
import { schedule } from "../../src/decode/scheduler.ts";
import { placeOf } from "../../src/files/place.ts";
import { WriteError } from "../../src/files/write_whole.ts";
import type { LoadedModel } from "../../src/model/engine.ts";
import { engines } from "../../src/model/engines.ts";
import { openModelFolder } from "../../src/model/hugging_face/model_folder.ts";
import type { LanguageModel, Token } from "../../src/model/language_model.ts";
import { openModel } from "../../src/model/open_model.ts";
import { ReferenceTransformer } from "../../src/model/reference/reference_transformer.ts";
import { transformerOf } from "../../src/model/transformer.ts";
import type { Weights } from "../../src/model/weights.ts";
import { CounterStream } from "../../src/random/counter_stream.ts";
import {
  checkExportPlace,
  checkTrained,
  exportableModel,
  exportedModel,
  ownModels,
  writeExported,
} from "../../src/runs/exported_model.ts";
import { CheckpointError } from "../../src/train/checkpoint.ts";
import { pythonWithTorch } from "../model/hugging_face/pytorch.ts";
import { randomWeights } from "../model/small_model.ts";
import { inFolder } from "../temporary_folder.ts";
import { config, runInto } from "./tiny_run.ts";

const characters = [...' aeimnsté\n\0"\\\u2028😀'];
const vocabulary = new CharacterVocabulary(characters);
const spec = { vocabSize: vocabulary.size, blockSize: 16, nEmbd: 12, nHead: 3, nLayer: 2 };

/** Writes the model of these weights to the folder `m` in `folder`. */
async function exported(folder: string, weights: Weights): Promise<void> {
  const tokenizer = characterTokenizer(vocabulary, { normalize: "NFC", blockSize: 16 });
  const transformer = transformerOf(weights);
  const model = { transformer, tokenizer, bos: vocabulary.bos };
  await writeExported({ root: placeOf(folder), name: "m" }, exportedModel(model, "safetensors"));
}

/** The logits after each of `tokens`. */
function logitsOf(model: LanguageModel, tokens: readonly Token[]): number[] {
  return model.forward([{ sequence: model.open(), tokens, rows: tokens.length }])
    .flatMap((logits) => [...logits]);
}

/** The largest difference, as a share of the largest number where that is above 1. */
function distance(a: readonly number[], b: readonly number[]): number {
  assertEquals(a.length, b.length);
  const largest = Math.max(1, ...b.map(Math.abs));
  return Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? NaN)))) / largest;
}

const text = [...'timé 😀\0"\\\nsea'];
const prompt = vocabulary.encodePrompt(text.join(""));

Deno.test("exported model: read again, the plain forward pass gives the reference engine's logits (1e-14)", () =>
  inFolder(async (folder) => {
    const weights = randomWeights(spec, 1, 0.3);
    await exported(folder, weights);
    const { transformer } = await openModelFolder(`${folder}/m`);
    const expected = logitsOf(engines.reference.languageModel(weights, 1), prompt);
    const found = logitsOf(new ReferenceTransformer(transformer), prompt);
    assert(distance(found, expected) <= 1e-14, `${distance(found, expected)}`);
  }));

for (const settings of [{ strategy: "greedy" }, { strategy: "top_p", p: 0.9 }] as const) {
  Deno.test(`exported model: read again, it gives the same 40 texts by ${settings.strategy}`, () =>
    inFolder(async (folder) => {
      const weights = randomWeights(spec, 1, 0.3);
      await exported(folder, weights);
      const { transformer } = await openModelFolder(`${folder}/m`);
      const json = JSON.parse(await Deno.readTextFile(`${folder}/m/tokenizer.json`));
      const read = readCharacterTokenizer(json, transformer.spec.vocabSize);
      const textsOf = (target: LanguageModel, vocabulary: CharacterVocabulary): string[] => {
        const strategy = createStrategy(settings, { draftModel: undefined, ngram: () => target });
        const samples = Array.from({ length: 40 }, (_, i) =>
          strategy({
            target,
            prompt: vocabulary.encodePrompt("m"),
            stops: vocabulary.stops,
            maxNewTokens: 12,
            random: CounterStream.fromSeed(i),
          }));
        return schedule(samples).map(({ tokens }) => vocabulary.decode(tokens));
      };
      assertEquals(
        textsOf(new ReferenceTransformer(transformer), read),
        textsOf(engines.reference.languageModel(weights, 1), vocabulary),
      );
    }));
}

const python = await pythonWithTorch();
if (python === undefined) {
  // deno-lint-ignore no-console
  console.warn("skipped, for want of PyTorch: what read_model.py computes");
}

/** What read_model.py of a model gives for a text. */
interface ReadByPython {
  readonly tokens: readonly number[];
  readonly logits: readonly number[];
  readonly type: string;
  readonly text: string;
}

/** A folder, and how many layers of its model to compute: all if left out. */
interface FolderToRead {
  readonly folder: string;
  readonly layers?: number;
}

/** What the read_model.py in each of `folders` gives for each of `texts`, in one process. */
async function readByPython(
  folders: readonly FolderToRead[],
  texts: readonly string[],
): Promise<readonly (readonly ReadByPython[])[]> {
  const script = `
import json, sys
sys.dont_write_bytecode = True
folders, texts = json.loads(sys.argv[1])
sys.path.insert(0, folders[0]["folder"])
from read_model import Model
def opened(folder, layers=None):
    model = Model(folder)
    model.config["num_hidden_layers"] = layers or model.config["num_hidden_layers"]
    return model
def told(model, text):
    tokens = model.encode(text)
    logits = model.logits(tokens)
    return {"tokens": tokens, "logits": logits.flatten().tolist(), "type": str(logits.dtype),
            "text": model.sample(text, 1e-9)}
print(json.dumps([[told(opened(**folder), text) for text in texts] for folder in folders]))
`;
  const { code, stdout, stderr } = await new Deno.Command(python ?? "", {
    args: ["-c", script, JSON.stringify([folders, texts])],
    env: { OMP_NUM_THREADS: "1" },
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** The text that is argmax after argmax, to the end or until the block is full. */
function greedyText(model: LanguageModel, text: string): string {
  const tokens = vocabulary.encodePrompt(text);
  const sequence = model.open();
  let read = 0;
  while (tokens.length <= spec.blockSize) {
    const [logits = new Float64Array()] = model.forward([
      { sequence, tokens: tokens.slice(read), rows: 1 },
    ]);
    read = tokens.length;
    const next = logits.indexOf(Math.max(...logits));
    if (next === vocabulary.bos) break;
    tokens.push(next);
  }
  return vocabulary.decode(tokens.slice(1));
}

Deno.test({
  name:
    "exported model: PyTorch gives tokens, logits (reference 1e-14, simd 2e-6), greedy text; of early exits, too",
  ignore: python === undefined,
  fn: () =>
    inFolder(async (folder) => {
      const exact = randomWeights(spec, 1, 0.3);
      const rounded = randomWeights(spec, 2, 0.3);
      rounded.data.set(Float32Array.from(rounded.data));
      await exported(`${folder}/exact`, exact);
      await exported(`${folder}/rounded`, rounded);
      const [exactModel, roundedModel] = [`${folder}/exact/m`, `${folder}/rounded/m`];
      const exits = [
        await openModel(exact, { engine: "reference", layers: 1, threads: 1 }),
        await openModel(rounded, { engine: "simd", layers: 1, threads: 1 }),
      ] as const;
      const kinds: readonly (readonly [FolderToRead, LoadedModel, bound: number, type: string])[] =
        [
          [{ folder: exactModel }, engines.reference.languageModel(exact, 1), 1e-14, "float64"],
          [{ folder: roundedModel }, engines.simd.languageModel(rounded, 1), 2e-6, "float32"],
          // Early exits, as runs open them for a draft.
          [{ folder: exactModel, layers: 1 }, exits[0], 1e-14, "float64"],
          [{ folder: roundedModel, layers: 1 }, exits[1], 2e-6, "float32"],
        ];
      // The last one in another normal form, which the tokenizer says to bring into NFC.
      const texts = [text.join(""), "", "m", " \n\n ", "te\u0301"];
      const found = await readByPython(kinds.map(([folder]) => folder), texts);
      for (const [kind, [, model, bound, type]] of kinds.entries()) {
        for (const [i, one] of texts.entries()) {
          const normal = one.normalize("NFC");
          const tokens = vocabulary.encodePrompt(normal);
          const { logits = [], ...read } = found[kind]?.[i] ?? {};
          assertEquals(read, { tokens, type: `torch.${type}`, text: greedyText(model, normal) });
          const far = distance(logits, logitsOf(model, tokens));
          assert(far <= bound, `${far} after ${JSON.stringify(one)}`);
        }
        model.close();
      }
    }),
});

/** What may lie where an export is to come. */
const inTheWay: readonly [string, (path: string) => Promise<void>, string | undefined][] = [
  ["nothing", async () => {}, undefined],
  ["an empty folder", (path) => Deno.mkdir(path), undefined],
  ["a file", (path) => Deno.writeTextFile(path, ""), "expected a folder of its own, found a file"],
  ["a link", (path) => Deno.symlink(".", path), "expected a folder of its own, found a link"],
  ["a link to nowhere", (path) => Deno.symlink("none", path), "found a link"],
  ["a folder of somebody else's", async (path) => {
    await Deno.mkdir(path);
    await Deno.writeTextFile(`${path}/config.json`, '{"model_type":"llama"}');
  }, "expected the config.json of an exported model, found another"],
  ["a folder whose config.json is a link", async (path) => {
    await Deno.mkdir(path);
    await Deno.symlink("/dev/null", `${path}/config.json`);
  }, "expected the config.json of an exported model"],
  ["a folder whose config.json is no JSON", async (path) => {
    await Deno.mkdir(path);
    await Deno.writeTextFile(`${path}/config.json`, "{");
  }, "expected the config.json of an exported model"],
  ["an earlier export", async (path) => {
    await exported(path.slice(0, -2), randomWeights({ ...spec, nLayer: 1 }));
    await Deno.mkdir(`${path}/__pycache__`);
  }, undefined],
  ["an earlier export and a file beside it", async (path) => {
    await exported(path.slice(0, -2), randomWeights(spec));
    await Deno.writeTextFile(`${path}/notes.txt`, "mine");
  }, "no export wrote what is there as notes.txt"],
];

for (const [what, make, problem] of inTheWay) {
  const end = problem === undefined ? "written" : "refused, and stays as it is";
  Deno.test(`exported model: where ${what} is: ${end}`, () =>
    inFolder(async (folder) => {
      const path = `${folder}/m`;
      await make(path);
      if (problem === undefined) {
        await exported(folder, randomWeights(spec));
        assertEquals((await openModelFolder(path)).transformer.spec.layers, spec.nLayer);
        assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["m"]);
        return;
      }
      const before = await Deno.lstat(path);
      const error = await assertRejects(() => exported(folder, randomWeights(spec)), WriteError);
      assertStringIncludes(error.message, `cannot write to ${path}: `);
      assertStringIncludes(error.message, problem);
      assertEquals((await Deno.lstat(path)).ino, before.ino);
    }));
}

Deno.test("exported model: a link on the way to its folder is refused", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/elsewhere`);
    await Deno.symlink("elsewhere", `${folder}/exported`);
    const place = { root: placeOf(folder), name: "exported/target" };
    await assertRejects(() => checkExportPlace(place), WriteError, "found a link");
  }));

/** A run that takes no time. */
const quick: readonly string[] = [
  "training.target.steps=1",
  "decoding.samples=1",
  "decoding.strategies=[strategy: greedy]",
  "report.charts=false",
];

Deno.test("exported model: of a run, it has its vocabulary, its weights and its normal form", () =>
  inFolder(async (folder) => {
    const experiment = readExperiment("configs/tiny.yaml", config, [
      "corpus.normalize=NFC",
      ...quick,
    ]);
    await runInto(folder, experiment);
    for (const name of ["target", "draft"] as const) {
      const model = await exportableModel(folder, name, experiment.config);
      assertEquals(model.transformer.spec.width, name === "target" ? 8 : 4);
      const { type, parameters } = exportedModel(model, "safetensors");
      assertEquals([type, parameters > 400], ["float32", true]);
      assertEquals(JSON.parse(model.tokenizer["tokenizer.json"]).normalizer, { type: "NFC" });
    }
    await Deno.remove(`${folder}/checkpoints/draft.json`);
    await assertRejects(
      () => checkTrained(folder, "draft", experiment.config),
      CheckpointError,
      "expected checkpoints/draft.json, which a run writes at its end, found none",
    );
  }));

Deno.test("exported model: a draft that is the target's first layers has these", () =>
  inFolder(async (folder) => {
    const experiment = readExperiment("configs/tiny.yaml", config, [
      "models.target.n_layer=2",
      "models.draft={layers: 1}",
      ...quick,
    ]);
    assertEquals(ownModels(experiment.config), ["target", "draft"]);
    await runInto(folder, experiment);
    const target = await exportableModel(folder, "target", experiment.config);
    const draft = await exportableModel(folder, "draft", experiment.config);
    assertEquals(target.transformer.spec.layers, 2);
    assertEquals(draft.transformer.spec.layers, 1);
    assertEquals(
      draft.transformer.tensor("layers.0.up.weight")?.numbers(),
      target.transformer.tensor("layers.0.up.weight")?.numbers(),
    );
  }));

const folderModel = { from: "somewhere", sha256: "0".repeat(64) };
const sizes = { n_embd: 4, n_head: 1, n_layer: 1 };
const origins = [
  [{ target: sizes }, ["target"]],
  [{ target: sizes, draft: sizes }, ["target", "draft"]],
  [{ target: sizes, draft: { layers: 1 } }, ["target", "draft"]],
  [{ target: sizes, draft: folderModel }, ["target"]],
  [{ target: folderModel, draft: sizes }, ["draft"]],
  [{ target: folderModel, draft: { layers: 1 } }, []],
  [{ target: folderModel }, []],
] as const;

for (const [models, own] of origins) {
  Deno.test(`exported models: of ${JSON.stringify(models)}: ${own.join(", ") || "none"}`, () => {
    const { config: whole } = readExperiment("configs/tiny.yaml", config);
    assertEquals(ownModels({ ...whole, models }), [...own]);
  });
}
