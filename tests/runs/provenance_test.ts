// @ts-types="../declarations/assert.d.ts"
import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { ConfigError } from "../../src/config/config_error.ts";
import { readExperiment } from "../../src/config/experiment.ts";
import { vocabularyOf } from "../../src/data/vocabularies.ts";
import { WriteError, writeWhole } from "../../src/files/write_whole.ts";
import { OutputFolder } from "../../src/runs/output_folder.ts";
import { engines } from "../../src/model/engines.ts";
import { InferenceGpt } from "../../src/model/reference/inference_gpt.ts";
import { processorArithmetic } from "../../src/model/simd/arithmetic.ts";
import { SimdGpt } from "../../src/model/simd/inference_gpt.ts";
import { SimdTrainingGpt } from "../../src/model/simd/training_gpt.ts";
import { ReferenceTrainingModel } from "../../src/model/reference/training_model.ts";
import { untrained } from "../../src/model/engine.ts";
import { transformerOf } from "../../src/model/transformer.ts";
import { Weights } from "../../src/model/weights.ts";
import { checkWithCorpus } from "../../src/runs/check_with_corpus.ts";
import { sampleStream } from "../../src/stages/seeding.ts";
import { trainingStart } from "../../src/stages/train.ts";
import { inFolder } from "../temporary_folder.ts";
import { config, file, rows, run } from "./tiny_run.ts";

const everyName = "corpus.path=data/names.txt";
const whole = await run(config, [everyName]);
const manifest = {
  experiment: "tiny",
  versions: { microbeam: "0.1.0", deno: Deno.version.deno },
  inputs: { corpus: "0".repeat(64) },
  stages: {},
  failures: [],
} as const;

Deno.test("writeWhole: a reader that has the old file open reads the old content", () =>
  inFolder(async (folder) => {
    await writeWhole(`${folder}/c.txt`, "old");
    const reader = await Deno.open(`${folder}/c.txt`);
    await writeWhole(`${folder}/c.txt`, "new");
    const bytes = new Uint8Array(8);
    const count = await reader.read(bytes) ?? 0;
    reader.close();
    assertEquals(new TextDecoder().decode(bytes.subarray(0, count)), "old");
  }));
Deno.test("writeWhole: where it fails, the error names the file", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/c.txt/inside`, { recursive: true });
    await assertRejects(
      () => writeWhole(`${folder}/c.txt`, "text"),
      WriteError,
      `cannot write ${folder}/c.txt: `,
    );
  }));

Deno.test("sampleStream: another seed, cell, prompt or number is another stream; the same is the same", () => {
  const draw = (seed: number, cell: string, prompt: string, number: number): number =>
    sampleStream(seed, cell, prompt).child(number).next();
  const first = draw(1, "top_k(k=5)", "a", 0);
  assertEquals(draw(1, "top_k(k=5)", "a", 0), first);
  const others = [
    draw(2, "top_k(k=5)", "a", 0),
    draw(1, "top_k(k=6)", "a", 0),
    draw(1, "top_k(k=5)", "b", 0),
    draw(1, "top_k(k=5)", "a", 1),
  ];
  assertEquals(new Set([first, ...others]).size, 5);
});
const checked = (...overrides: string[]) =>
  checkWithCorpus(readExperiment("configs/tiny.yaml", config, overrides));
const deviation = (data: Float64Array): number =>
  Math.sqrt(data.reduce((sum, w) => sum + w * w, 0) / data.length);
for (const seeding of ["independent", "sequential"]) {
  Deno.test(`trainingStart, ${seeding}: the documents are those not held out, in another order`, async () => {
    const one = await checked(`seeding=${seeding}`);
    const { windows } = trainingStart(one);
    const vocabulary = vocabularyOf(one.vocabulary);
    const textOf = (i: number): string => vocabulary.decode(windows.at(i) ?? []);
    const shuffled = Array.from({ length: windows.length }, (_, i) => textOf(i));
    const inOrder = [...one.split.training];
    assertNotEquals(shuffled, inOrder);
    assertEquals(shuffled.toSorted(), inOrder.toSorted());
  });
  Deno.test(`trainingStart, ${seeding}: each model has weights and a deviation of its own`, async () => {
    const same = "models.draft={n_embd: 8, n_head: 2, n_layer: 1}";
    const { weights } = trainingStart(await checked(`seeding=${seeding}`, same));
    assertNotEquals(weights.draft?.data, weights.target?.data);
    const narrow =
      trainingStart(await checked(`seeding=${seeding}`, "training.draft.initial_std=0.01"))
        .weights;
    assert(Math.abs(deviation(narrow.target?.data ?? new Float64Array()) - 0.08) < 0.01);
    assert(Math.abs(deviation(narrow.draft?.data ?? new Float64Array()) - 0.01) < 0.002);
  });
  Deno.test(`trainingStart, ${seeding}: a draft alone is drawn where the target was not trained`, async () => {
    const data = await checked(`seeding=${seeding}`);
    const { target } = data.models;
    assert(target.kind === "trained" && data.models.draft !== undefined);
    const spec = transformerOf(new Weights(target.spec)).spec;
    const folder = {
      folder: "m",
      path: "m",
      written: "m",
      digest: "",
      state: "",
      parameters: 1,
      parameterBytes: 4,
      layerParameters: 1,
      spec,
    };
    const models = { ...data.models, target: { kind: "folder" as const, ...folder } };
    const { weights } = trainingStart({ ...data, models });
    assertEquals(weights.target, undefined);
    const own = trainingStart(data).weights.draft?.data;
    // Streams of their own are not moved on by a target that is not drawn.
    (seeding === "independent" ? assertEquals : assertNotEquals)(weights.draft?.data, own);
  });
}

Deno.test("checkWithCorpus: a corpus's path may be absolute, and its sha256 is verified", async () => {
  const path = `${Deno.cwd()}/configs/data/names.txt`;
  assert((await checked(`corpus.path=${path}`)).split.training.length > 0);
  await assertRejects(
    () => checked(`corpus.sha256=${"f".repeat(64)}`),
    ConfigError,
    "expected SHA-256 fff",
  );
});
Deno.test("checkWithCorpus: a share that leaves a side of the split empty is refused, and 0 is not", () =>
  inFolder(async (folder) => {
    const path = `${folder}/corpus.txt`;
    await Deno.writeTextFile(path, "mar\nmar\n");
    await assertRejects(
      () => checked(`corpus={path: ${path}, held_out: 0.5}`),
      ConfigError,
      "corpus.held_out: expected a share that leaves documents to train on and holds some out, or 0, " +
        "found 0.5, which holds out ",
    );
    const { split } = await checked(`corpus={path: ${path}, held_out: 0}`);
    assertEquals([[...split.training], [...split.heldOut]], [["mar", "mar"], []]);
  }));
Deno.test("checkWithCorpus: the split does not depend on the seed", async () => {
  const [one, other] = [await checked("seed=1"), await checked("seed=2")];
  assertEquals(one.split, other.split);
  assertNotEquals(one.split.heldOut.length, 0);
});
Deno.test("checkWithCorpus: a corpus by url is cached in outputs/.cache/corpora", async () => {
  const sha256 = "0".repeat(64);
  await assertRejects(
    () => checked(`corpus={url: "http://127.0.0.1:1/c.txt", sha256: "${sha256}"}`),
    ConfigError,
    `put the file with SHA-256 ${sha256} at outputs/.cache/corpora/${sha256}.txt`,
  );
});

Deno.test("runSweeps: samples of a prompt differ from one another where the strategy draws", () => {
  for (const { cell, unique_texts, stop_eos: _ } of rows(whole, "results.csv")) {
    const drawn = /^(temperature|top_|speculative)/.test(cell ?? "");
    const own = rows(whole, "samples.csv").filter((row) =>
      row["cell"] === cell && row["prompt"] === ""
    );
    const different = new Set(own.map((row) => row["continuation"])).size;
    assertEquals(different > 1, drawn, cell);
    assert(Number(unique_texts) >= different);
  }
});
Deno.test("runSweeps: timings.csv counts what was decoded: one for all samples without randomness", () => {
  const counts = new Map(
    rows(whole, "timings.csv").filter(({ stage }) => stage === "train" || stage === "decode")
      .map((row) => [row["what"], row["count"]]),
  );
  assertEquals(counts.get("greedy"), "3");
  assertEquals(counts.get("beam(beam_width=3)"), "3");
  assertEquals(counts.get("top_k(k=5)"), "21");
  assertEquals(counts.get("draft"), "40");
});
Deno.test("runSweeps: the texts of one decoding are numbered as samples, and cost once", async () => {
  const files = await run(config, [
    "decoding.samples=2",
    "decoding.strategies=[{strategy: exact, n_best: 3}, {strategy: stochastic_beam, beam_width: 3}]",
  ]);
  const samples = rows(files, "samples.csv").filter(({ prompt }) => prompt === "a");
  for (const label of ["exact(n_best=3)", "stochastic_beam(beam_width=3)"]) {
    const own = samples.filter(({ cell }) => cell === label);
    assertEquals(own.map((row) => row["sample"]), ["0", "1", "2", "3", "4", "5"]);
    assertEquals(own.map((row) => row["target_calls"] !== "0"), [
      ...[true, false, false],
      ...[true, false, false],
    ]);
    const texts = own.map((row) => row["continuation"]);
    assertEquals(new Set(texts.slice(0, 3)).size, 3);
    // Without chance the second decoding is the first again.
    if (label.startsWith("exact")) assertEquals(texts.slice(3), texts.slice(0, 3));
  }
});
Deno.test("runSweeps: the draft proposes, not the target for itself", () => {
  for (
    const row of rows(whole, "results.csv").filter(({ strategy }) => strategy === "speculative")
  ) {
    assert(Number(row["accepted"]) < Number(row["tested"]), row["cell"]);
    assert(Number(row["tested"]) < Number(row["proposed"]), row["cell"]);
  }
});
Deno.test("runSweeps: manifest.json says which corpus, which versions and which arithmetic", () => {
  const { outputs: _, stages: __, digest, ...rest } = JSON.parse(file(whole, "manifest.json"));
  const sha256 = /SHA-256 +\| `([0-9a-f]{64})`/.exec(file(whole, "report.md"))?.[1];
  assertEquals(rest, {
    format: "microbeam-manifest",
    version: 3,
    experiment: "tiny",
    versions: {
      ...{ microbeam: "0.1.0", deno: Deno.version.deno },
      arithmetic: processorArithmetic(),
    },
    inputs: { corpus: sha256 },
    failures: [],
  });
  assertMatch(digest, /^[0-9a-f]{64}$/);
});
Deno.test("runSweeps: a checkpoint says how it was trained", () => {
  const { training } = JSON.parse(file(whole, "checkpoints/draft.json"));
  assertEquals([training.steps, training.seed, training.seeding, training.corpus.length], [
    40,
    1,
    "independent",
    64,
  ]);
});
Deno.test("runSweeps: config.yaml pins the corpus and keeps what was asked of the report", async () => {
  const report = {
    question: "Which one?",
    compare_prompts: ["mar"],
    baseline: "top_k(k=5)",
    ngram_orders: [2],
    charts: false,
  };
  const files = await run(config, [
    `report=${JSON.stringify(report)}`,
    "training.target.steps=1",
    "training.draft.steps=1",
  ]);
  const { config: resolved } = readExperiment(
    "outputs/tiny/config.yaml",
    file(files, "config.yaml"),
  );
  assertEquals(resolved.report, report);
  assertEquals(resolved.corpus?.sha256, JSON.parse(file(files, "manifest.json")).inputs.corpus);
  assertEquals(resolved.corpus?.path, "project:tests/data/few_names.txt");
});
Deno.test("runSweeps: config.yaml has the name alone of a corpus outside the project, says so, and gives the same bytes with its path", () =>
  inFolder(async (folder) => {
    const path = `${folder}/corpus.txt`;
    await Deno.writeTextFile(path, "ab\nba\n");
    const text = `
corpus: { path: names.txt, held_out: 0 }
models: { target: { n_embd: 4, n_head: 1, n_layer: 1 } }
training: { target: { steps: 1 } }
decoding: { prompts: [a], strategies: [{ strategy: greedy }] }
`;
    const files = await run(text, [`corpus.path=${path}`]);
    const { config: resolved } = readExperiment(
      "outputs/tiny/config.yaml",
      file(files, "config.yaml"),
    );
    assertEquals(resolved.corpus?.path, "corpus.txt");
    assertStringIncludes(file(files, "report.md"), "`corpus.txt`");
    for (const [name, written] of files) assert(!written.includes(folder), name);
    const written = file(files, "config.yaml");
    const [header = ""] = written.split("\nname: ");
    assertStringIncludes(header, "Its corpus lies outside the project");
    assertStringIncludes(header, "--set corpus.path=PATH_TO_CORPUS");
    assert(!header.includes("Run it to have"), header);
    const again = await run(written, [`corpus.path=${path}`]);
    for (const [name, first] of files) {
      if (name !== "timings.csv") assertEquals(file(again, name), first, name);
    }
    const elsewhere = readExperiment(`${folder}/sub/config.yaml`, written);
    const { message } = await assertRejects(() => checkWithCorpus(elsewhere), ConfigError);
    assertStringIncludes(message, "if it lies elsewhere, --set corpus.path=PATH_TO_CORPUS");
  }));

Deno.test("engines: each trains and decodes with its own", () => {
  const weights = new Weights({ vocabSize: 4, blockSize: 4, nEmbd: 4, nHead: 1, nLayer: 1 });
  assert(engines.simd.trainingModel(untrained(weights), 1, 1) instanceof SimdTrainingGpt);
  assert(engines.simd.languageModel(weights, 1) instanceof SimdGpt);
  assert(
    engines.reference.trainingModel(untrained(weights), 1, 1) instanceof ReferenceTrainingModel,
  );
  assert(engines.reference.languageModel(weights, 1) instanceof InferenceGpt);
});
Deno.test("runSweeps: batch_size documents an update: 5 of 4 see the 20 that 20 of 1 see", async () => {
  // With a learning rate of next to nothing, a loss is that of the untrained model.
  const losses = async (steps: number, size: number): Promise<number[]> => {
    const training = `{steps: ${steps}, batch_size: ${size}, learning_rate: 1.0e-30}`;
    const files = await run(config, [
      `training.target=${training}`,
      "training.draft.steps=1",
      "decoding.strategies=[{strategy: greedy}]",
    ]);
    return rows(files, "training.csv").filter(({ model }) => model === "target").map(({ loss }) =>
      Number(loss)
    );
  };
  const [single, four] = [await losses(20, 1), await losses(5, 4)];
  assertEquals(four.length, 5);
  four.forEach((loss, i) => {
    const mean = single.slice(4 * i, 4 * i + 4).reduce((sum, one) => sum + one / 4, 0);
    assert(Math.abs(loss - mean) < 1e-5, `${loss} is not ${mean}`);
  });
});
Deno.test("runSweeps: the trained model is decoded from and stored", async () => {
  const untrained = await run(config, ["training.target={steps: 1, learning_rate: 1.0e-30}"]);
  const weights = (files: Map<string, string>) =>
    JSON.parse(file(files, "checkpoints/target.json")).tensors[0].data[0];
  assertNotEquals(weights(untrained), weights(whole));
});
Deno.test("checkWithCorpus: a corpus's longest document, in characters", async () => {
  const { split } = await checked(everyName);
  const texts = [...split.training, ...split.heldOut];
  const longest = texts.toSorted((a, b) => b.length - a.length)[0] ?? "";
  assertStringIncludes(
    file(whole, "report.md").replace(/ +/g, " "),
    `longest document | ${longest.length} characters`,
  );
});

Deno.test("OutputFolder: while a run is being written the last one's manifest is gone", () =>
  inFolder(async (path) => {
    const folder = await OutputFolder.open(path, {
      wait: false,
      notice() {},
      signal: new AbortController().signal,
    });
    await folder.claim({ files: ["results.csv"], charts: false });
    await folder.begin(manifest.stages);
    await folder.finish(manifest);
    assert((await Deno.stat(folder.file("manifest.json"))).isFile);
    await folder.begin(manifest.stages);
    await folder.write([["results.csv", ""]]);
    await assertRejects(() => Deno.stat(folder.file("manifest.json")), Deno.errors.NotFound);
    await folder.close();
  }));

Deno.test("OutputFolder: files are written side by side, and the manifest has them in the order in which they were begun", () =>
  inFolder(async (path) => {
    const folder = await OutputFolder.open(path, {
      wait: false,
      notice() {},
      signal: new AbortController().signal,
    });
    await folder.claim({ files: ["results.csv", "samples.csv"], charts: false });
    await folder.begin(manifest.stages);
    const second = Promise.withResolvers<void>();
    await folder.write([
      // Written one after the other, this would wait in vain.
      [
        "samples.csv",
        (async function* () {
          yield await second.promise.then(() => new Uint8Array(1));
        })(),
      ],
      [
        "results.csv",
        (async function* () {
          yield new Uint8Array(2);
          second.resolve();
        })(),
      ],
    ]);
    await folder.finish(manifest);
    assertEquals(Object.keys(folder.last()?.outputs ?? {}), ["samples.csv", "results.csv"]);
    await folder.close();
  }));
