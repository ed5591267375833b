// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { ConfigError } from "../../src/config/config_error.ts";
import { readExperiment } from "../../src/config/experiment.ts";
import { checkWithCorpus } from "../../src/runs/check_with_corpus.ts";
import { ExperimentTasks } from "../../src/stages/stages.ts";
import { inFolder } from "../temporary_folder.ts";
import { ownTransformerSpec, type TransformerSpec } from "../../src/model/transformer.ts";
import { type MemoryPart, memoryParts, taskMemory, totalBytes } from "../../src/stages/memory.ts";

const config = `
corpus: { path: data/names.txt }
decoding: { prompts: [a], samples: 100, strategies: [{ strategy: sample }, { strategy: top_k }] }
`;
const checked = (assignments: readonly string[], memory: number | undefined) =>
  checkWithCorpus(readExperiment("configs/tiny.yaml", config, assignments), undefined, {
    threads: 2,
    memory,
  });
const partsOf = async (threads: number, ...assignments: string[]) =>
  memoryParts(await checked(assignments, undefined), threads);

Deno.test("memoryParts: the corpus is the bytes of its documents and of their places", async () => {
  const data = await checked(["corpus.held_out=0"], undefined);
  const corpus = memoryParts(data, 1).find(({ what }) => what === "the corpus");
  const { text, bounds } = data.split.training.data;
  assertEquals(corpus?.bytes, text.buffer.byteLength + 4 * bounds.length);
});

const larger: readonly [string, string[], string][] = [
  [
    "a million parameters",
    ["models.target={n_embd: 288, n_head: 4, n_layer: 1}"],
    "training the target",
  ],
  ["a million samples", ["decoding.samples=1000000"], "samples"],
];
for (const [name, assignments, what] of larger) {
  Deno.test(`memoryParts: ${name} are the largest part that a setting says (100 MB to 1.5 GB)`, async () => {
    const parts = await partsOf(1, ...assignments);
    const part = parts.find((part) => part.what === what);
    assert(part !== undefined && part.setting !== undefined);
    assert(parts.every(({ bytes, setting }) => setting === undefined || bytes <= part.bytes));
    assert(part.bytes > 100e6 && part.bytes < 1.5e9, `${part.bytes}`);
  });
}

Deno.test("taskMemory: the largest task is the peak of a run on one thread", async () => {
  for (const assignments of [["decoding.samples=1000000"], ["report.charts=false"]]) {
    const data = await checked(assignments, undefined);
    const own = new ExperimentTasks(data).all().filter(({ id }) => id.stage !== "report")
      .map(({ id }) => taskMemory(data)(id));
    const drawing = data.experiment.config.report.charts ? 90e6 : 0;
    assertEquals(Math.max(...own) + drawing, totalBytes(memoryParts(data, 1)));
  }
});

Deno.test("memoryParts: each thread adds to it", async () => {
  const [one, four] = [await partsOf(1), await partsOf(4)];
  assert(totalBytes(four) > totalBytes(one) + 2e8);
});

Deno.test("checkWithCorpus: a run that takes more memory than there is is refused, with both numbers", async () => {
  const message =
    /decoding\.samples: expected a run that fits in 1 GiB, which is what this machine or its control group has, found one that takes about [12]\.\d GiB on 2 threads: samples /;
  const assignments = ["decoding.samples=1000000"];
  const error = await assertRejects(() => checked(assignments, 2 ** 30), ConfigError);
  assert(message.test(error.message), error.message);
  await checked(assignments, 2 ** 33);
});

Deno.test("checkWithCorpus: a model that cannot hold a corpus's 30,000 characters is refused, and says so", () =>
  inFolder(async (folder) => {
    // One document of 250,000 characters, 30,000 of them different.
    const characters = Array.from({ length: 250_000 }, (_, i) => {
      const code = i * 7919 % 30_000;
      return String.fromCharCode((code < 20_000 ? 0x4e00 : 0xac00 - 20_000) + code);
    });
    await Deno.writeTextFile(`${folder}/c.txt`, characters.join(""));
    const config = `corpus: { path: c.txt, held_out: 0 }
models: { target: { n_embd: 1024, n_head: 4, n_layer: 1 } }
decoding: { prompts: [""], strategies: [{ strategy: greedy }] }`;
    await assertRejects(
      () => checkWithCorpus(readExperiment(`${folder}/c.yaml`, config)),
      ConfigError,
      "61,442,048 of its 74,041,344 parameters are for the corpus's 30,001 tokens",
    );
  }));

/** The parts of a run with a model from a folder, whose spec and parameters are those of SmolLM2-135M. */
async function partsOfFolder(
  engine: "onnx" | "reference",
  assignments: readonly string[],
  threads = 2,
  parameterBytes = 4,
): Promise<MemoryPart[]> {
  const data = await checked(["decoding.max_new_tokens=14", ...assignments], undefined);
  const spec: TransformerSpec = {
    ...ownTransformerSpec({ vocabSize: 49152, blockSize: 8192, nEmbd: 576, nHead: 9, nLayer: 30 }),
    ...{ keyValueHeads: 3, headWidth: 64, hiddenWidth: 1536, isGated: true },
  };
  const target = {
    folder: "/m",
    digest: "d",
    state: "",
    path: "/m",
    written: "m",
    parameters: 134_515_008,
    parameterBytes,
    layerParameters: 3_540_096,
  };
  const { experiment } = data;
  return memoryParts({
    ...data,
    experiment: { ...experiment, config: { ...experiment.config, engine } },
    models: { target: { kind: "folder", ...target, spec }, draft: { kind: "layers", layers: 3 } },
  }, threads);
}

const bytesOf = (parts: readonly MemoryPart[], name: string): number =>
  parts.find(({ what }) => what === name)?.bytes ?? 0;

Deno.test("memoryParts: onnxruntime has a model once, in 1.25 to 1.5 times its f32 size; threads of the reference engine have one each", async () => {
  const f32 = 4 * 134_515_008;
  const onnx = bytesOf(await partsOfFolder("onnx", [], 8), "the target");
  assert(onnx > 1.25 * f32 && onnx <= 1.5 * f32, `${onnx}`);
  const [one, two] = [1, 2].map((threads) => partsOfFolder("reference", [], threads));
  assertEquals(bytesOf(await two ?? [], "the target"), 2 * f32);
  assertEquals(bytesOf(await one ?? [], "the target"), f32);
  const doubles = await partsOfFolder("reference", [], 1, 8);
  assertEquals(bytesOf(doubles, "the target"), 2 * f32);
});

Deno.test("memoryParts: an early exit takes the part of the weights that it has", async () => {
  const parts = await partsOfFolder("onnx", []);
  const [target, draft] = [bytesOf(parts, "the target"), bytesOf(parts, "the draft")];
  // 28.3 million of the embedding, and 3 of 30 layers.
  assert(draft > 0.27 * target && draft < 0.31 * target, `${draft / target}`);
});

Deno.test("memoryParts: caches and logits of texts that are decoded at once take 1 GiB at most", async () => {
  const few = bytesOf(await partsOfFolder("onnx", ["decoding.samples=10"]), "caches and logits");
  // Each text: 16 positions of 30 layers with 3 · (2 · 64 + 1) numbers of 8 bytes, and 49,152 logits of 16.
  assertEquals(few, 10 * (16 * 30 * 3 * (2 * 64 + 1) * 8 + 49152 * 16));
  const many = bytesOf(
    await partsOfFolder("onnx", ["decoding.samples=100000"]),
    "caches and logits",
  );
  assert(many > 8 * few && many <= 2 ** 30, `${many}`);
});

Deno.test("checkWithCorpus: models that onnxruntime-web has no room for in all are refused; native has it", async () => {
  const size = "{n_embd: 2048, n_head: 4, n_layer: 7}";
  const assignments = ["engine=onnx", `models.target=${size}`, `models.draft=${size}`];
  const message = async (runtime: "onnxruntime-web" | "onnxruntime-node"): Promise<string> => {
    const machine = { threads: 2, memory: undefined, runtime };
    const experiment = readExperiment("configs/tiny.yaml", config, assignments);
    // The training is refused in any case.
    const check = () => checkWithCorpus(experiment, undefined, machine);
    return (await assertRejects(check, ConfigError)).message;
  };
  const expected =
    /models\.target: expected models that fit in onnxruntime-web, found 704\d{6} parameters in all: they take about 4\.\d GiB, and WebAssembly has 4 GiB; use "deno task run:native"/;
  assertMatch(await message("onnxruntime-web"), expected);
  assert(!(await message("onnxruntime-node")).includes("onnxruntime"));
});
