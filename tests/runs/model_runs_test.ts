/**
 * Runs whose models others trained, or are the first layers of the target: from a config to the files, and
 * what the keys of their results, plans and manifests say of where they were computed.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { readExperiment } from "../../src/config/experiment.ts";
import { type OnnxPlatform, onnxPlatforms } from "../../src/model/onnx/platform.ts";
import { checkWithCorpus } from "../../src/runs/check_with_corpus.ts";
import { openPlan, PlanError } from "../../src/runs/plan_file.ts";
import { writePlan } from "../../src/runs/write_plan.ts";
import { programFiles } from "../../src/runs/program_files.ts";
import { tasksForRuntime, withPlatform } from "../../src/runs/platform.ts";
import { shareThreads } from "../../src/runs/jobs.ts";
import { isAlone } from "../../src/threads/task_scheduler.ts";
import { invarianceText } from "../../src/stages/check.ts";
import { prepareVocabulary } from "../../src/data/vocabularies.ts";
import { ModelFolderError } from "../../src/model/hugging_face/model_folder.ts";
import { decode } from "../../src/stages/decode.ts";
import { loss } from "../../src/stages/loss.ts";
import { modelUses } from "../../src/stages/model_use.ts";
import { LoadedModels } from "../../src/threads/loaded_models.ts";
import { WorkerModels } from "../../src/threads/run_task.ts";
import type { ExperimentData } from "../../src/stages/experiment_data.ts";
import { measure } from "../../src/stages/measure.ts";
import { ExperimentTasks, phases } from "../../src/stages/stages.ts";
import { train } from "../../src/stages/train.ts";
import { Store } from "../../src/store/store.ts";
import { byteLevelTokenizer } from "../data/tokenizer_json.ts";
import { writeModelFolder } from "../model/hugging_face/write_model_folder.ts";
import { inFolder } from "../temporary_folder.ts";
import { filesIn, rows, runInto } from "./tiny_run.ts";

/** A small model in `folder`, whose tokens are bytes and a few words. */
async function writeModel(folder: string): Promise<void> {
  await Deno.mkdir(folder);
  const { json, vocabSize, stops, bos } = byteLevelTokenizer();
  const config = { bos_token_id: bos, eos_token_id: stops[0] };
  await writeModelFolder(folder, { vocabSize, layers: 2, config });
  await Deno.writeTextFile(`${folder}/tokenizer.json`, JSON.stringify(json));
}

const ofFolder = (engine: string): string => `
name: real
engine: ${engine}
models: { target: { from: m }, draft: { layers: 1 }, block_size: 16 }
decoding:
  prompts: [hello, an]
  samples: 2
  max_new_tokens: 4
  strategies:
    - { strategy: greedy }
    - { strategy: speculative, draft_k: 2, warp: [{ temperature: 0.01 }] }
    - { strategy: speculative, draft: prompt_lookup, draft_k: 2 }
report: { charts: false }
`;

const ofTrained = (engine: string): string => `
name: own
engine: ${engine}
corpus: { path: data/names.txt }
models: { target: { n_embd: 8, n_head: 2, n_layer: 2 }, draft: { layers: 1 } }
training: { target: { steps: 5 } }
decoding:
  prompts: [a]
  samples: 2
  strategies: [{ strategy: greedy }, { strategy: speculative, draft_k: 2 }]
report: { charts: false }
`;

/** The checked experiment of a config that lies in `folder`. */
const checked = (folder: string, text: string): Promise<ExperimentData> =>
  checkWithCorpus(readExperiment(`${folder}/c.yaml`, text), undefined, { memory: undefined });

const textsOf = (files: Map<string, string>, cell: string): string[] =>
  rows(files, "samples.csv").filter((row) => row["cell"]?.startsWith(cell))
    .map((row) => `${row["prompt"]}${row["continuation"]}`);

/** The files of a run in `folder`, by their names. */
const read = (folder: string): Map<string, string> =>
  new Map(filesIn(folder).map((name) => [name, Deno.readTextFileSync(`${folder}/${name}`)]));

Deno.test("run: a model from a folder with its first layer as the draft, from config to files", () =>
  inFolder(async (folder) => {
    await writeModel(`${folder}/m`);
    const experiment = readExperiment(`${folder}/c.yaml`, ofFolder("reference"));
    const { failures, models } = await runInto(`${folder}/out`, experiment);
    assertEquals([failures, models.all], [[], 0]);
    const files = read(`${folder}/out`);
    assertEquals([...files.keys()].filter((name) => name.startsWith("checkpoints/")), []);
    const greedy = textsOf(files, "greedy");
    assertEquals(greedy.length, 4);
    // At next to no temperature speculation has no choice, either.
    assertEquals(textsOf(files, "speculative(draft=model").sort(), greedy.sort());
    const [target, draft] = rows(files, "models.csv");
    assertEquals([target?.["model"], draft?.["model"]], ["target", "draft"]);
    assert(Number(target?.["parameters"]) > Number(draft?.["parameters"]));
    const { inputs, versions, stages } = JSON.parse(files.get("manifest.json") ?? "");
    assert(/^[0-9a-f]{64}$/.test(inputs.target));
    assertEquals(Object.keys(versions), ["microbeam", "deno"]);
    assertEquals([stages.train, stages.loss, "check" in stages], [{}, {}, false]);
    const report = files.get("report.md") ?? "";
    assert(report.includes("the first layer of the target"), report);
  }));

Deno.test("run: an early exit of a trained target; its key has the training and the layers", () =>
  inFolder(async (folder) => {
    const experiment = readExperiment("configs/own.yaml", ofTrained("simd"));
    const { failures, cells } = await runInto(`${folder}/out`, experiment);
    assertEquals([failures, cells.all], [[], 2]);
    const files = read(`${folder}/out`);
    const checkpoints = [...files.keys()].filter((name) => name.startsWith("checkpoints/"));
    assertEquals(checkpoints, ["checkpoints/target.json"]);
    const tasks = new ExperimentTasks(await checked("configs", ofTrained("simd")));
    const [training] = tasks.of(train);
    const [greedy, speculative] = tasks.of(decode);
    assertEquals(greedy?.id.inputs["target"], training?.id.key);
    assertEquals(speculative?.id.inputs["draft"], { trained: training?.id.key, layers: 1 });
  }));

const here: OnnxPlatform = { runtime: "onnxruntime-node", version: "1.2.3", processor: "fast" };

Deno.test("keys: what an onnxruntime decodes has its platform, and what is trained for it is trained by simd", () =>
  inFolder(async (folder) => {
    const [simd, onnx] = await Promise.all(
      ["simd", "onnx"].map((engine) => checked("configs", ofTrained(engine))),
    );
    assert(simd !== undefined && onnx !== undefined);
    const on = (data: ExperimentData, platform: OnnxPlatform) =>
      new ExperimentTasks({ ...data, platform });
    const keysOf = (tasks: ExperimentTasks, stage: Parameters<ExperimentTasks["of"]>[0]) =>
      tasks.of(stage).map(({ id }) => id.key);
    const one = on(onnx, here);
    assertEquals(keysOf(one, train), keysOf(new ExperimentTasks(simd), train));
    const [first] = one.of(decode);
    assertEquals(first?.id.inputs["platform"], { ...here });
    const others = [
      { ...here, processor: "slow" },
      { ...here, version: "1.2.4" },
      { ...here, runtime: "onnxruntime-web" as const },
    ];
    for (const other of others) {
      const tasks = on(onnx, other);
      assertEquals(keysOf(tasks, train), keysOf(one, train));
      for (const stage of [decode, measure]) {
        for (const key of keysOf(tasks, stage)) assert(!keysOf(one, stage).includes(key));
      }
    }
    await writeModel(`${folder}/m`);
    const data = await checked(folder, ofFolder("reference"));
    const keys = keysOf(new ExperimentTasks(data), decode);
    await Deno.writeTextFile(`${folder}/m/generation_config.json`, "{}");
    const changed = await checked(folder, ofFolder("reference"));
    for (const key of keysOf(new ExperimentTasks(changed), decode)) assert(!keys.includes(key));
  }));

Deno.test("keys: what is learned or predicted on a corpus has the corpus, and the tokens of a folder", () =>
  inFolder(async (folder) => {
    await writeModel(`${folder}/m`);
    const text = ofFolder("reference").replace(
      "models:",
      `corpus: { path: "project:configs/data/names.txt" }\nmodels:`,
    );
    const ofTokens = await checked(folder, text);
    const ofCharacters = await checked("configs", ofTrained("simd"));
    const lossesOf = (data: ExperimentData) => new ExperimentTasks(data).of(loss);
    const ngramsOf = (data: ExperimentData) =>
      lossesOf(data).filter(({ model }) => typeof model === "number").map(({ id }) => id);
    const [tokens] = ngramsOf(ofTokens);
    const [characters] = ngramsOf(ofCharacters);
    // The same n-grams of the same documents, but for the tokens.
    const own = tokens?.inputs["tokens"];
    assertEquals({ ...tokens?.inputs, tokens: undefined }, { ...characters?.inputs });
    assert(own !== undefined && tokens?.key !== characters?.key);
    const { target } = ofCharacters.models;
    const { target: draft } = ofTokens.models;
    const mixed = lossesOf({ ...ofCharacters, models: { target, draft } });
    const corpora = mixed.slice(0, 2).map(({ id: { inputs } }) => inputs["corpus"] !== undefined);
    assertEquals(corpora, [false, true]);
  }));

Deno.test("a model's folder that is changed after it was checked: refused when it is loaded", () =>
  inFolder(async (folder) => {
    await writeModel(`${folder}/m`);
    const data = await checked(folder, ofFolder("reference"));
    const [use] = modelUses(data, new ExperimentTasks(data));
    assert(use !== undefined);
    const read = () => Promise.reject(new Error("nothing was trained"));
    const load = async (): Promise<void> => {
      const loaded = new LoadedModels();
      await new WorkerModels(data, read, loaded).on(1).model(use);
      loaded.close();
    };
    await prepareVocabulary(data.vocabulary);
    await load();
    const file = `${folder}/m/model.safetensors`;
    const bytes = await Deno.readFile(file);
    bytes[bytes.length - 2] = 1 ^ (bytes.at(-2) ?? 0);
    await Deno.writeFile(file, bytes);
    // Whatever the clock's steps: the file is as long as it was.
    await Deno.utime(file, 1, 1);
    const error = await assertRejects(load, ModelFolderError);
    assert(/m: a file of it was changed after it was checked/.test(error.message), error.message);
  }));

Deno.test("tasks of an onnxruntime: models are checked first, and run alone with all threads", async () => {
  const data = { ...await checked("configs", ofTrained("onnx")), platform: here };
  const jobs = phases.flatMap((phase) => shareThreads(new ExperimentTasks(data).groups(phase), 3));
  const alone = jobs.filter(isAlone);
  const names = alone.map(({ tasks: [{ id }], threads }) => `${id.stage} ${id.name} ${threads}`);
  assertEquals(names.slice(0, 4), [
    "check target 3",
    "check draft 3",
    "loss target 3",
    "loss draft 3",
  ]);
  assertEquals(alone.filter(({ tasks: [{ id }] }) => id.stage === "train"), []);
  const [cell] = new ExperimentTasks(data).of(decode);
  assertEquals(cell?.needs.map(({ stage }) => stage), ["train", "check"]);
});

Deno.test("a process without a runtime: takes the platform that the store has most results of, and says what it cannot compute", () =>
  inFolder(async (folder) => {
    const data = await checked("configs", ofTrained("onnx"));
    const store = new Store(`${folder}/store`);
    const [native, web] = onnxPlatforms();
    assert(native !== undefined && web !== undefined);
    assertEquals((await withPlatform(data, store)).platform, native);
    const effort = { seconds: 1, count: 1, unit: "samples" };
    const [cell] = new ExperimentTasks({ ...data, platform: web }).of(decode);
    assert(cell !== undefined);
    await store.write({ id: cell.id, effort, body: new Uint8Array() });
    const chosen = await withPlatform(data, store);
    assertEquals(chosen.platform, web);
    const lacking = async (fresh: boolean): Promise<string[]> =>
      (await tasksForRuntime([chosen], { store, fresh })).map(({ id }) => `${id.stage} ${id.name}`);
    assert(!(await lacking(false)).includes("decode greedy"));
    assert((await lacking(true)).includes("decode greedy"));
    assert(!(await lacking(true)).some((name) => name.startsWith("train")));
    const own = await checked("configs", ofTrained("simd"));
    assertEquals(await withPlatform(own, store), own);
    assertEquals(await tasksForRuntime([own], { store, fresh: true }), []);
  }));

Deno.test("a plan holds the digest of a model's folder, and is refused where that changed", () =>
  inFolder(async (folder) => {
    await writeModel(`${folder}/m`);
    const data = await checked(folder, ofFolder("reference"));
    const place = `${folder}/out`;
    const sweep = { name: "real", folder: place, parts: [{ data, folder: place }] };
    const file = `${folder}/plan.json`;
    const options = { store: new Store(`${folder}/store`), program: await programFiles() };
    await writePlan(file, [sweep], options);
    const again = await (await openPlan(file)).run(0);
    assertEquals(again, data);
    await Deno.writeTextFile(`${folder}/m/generation_config.json`, "{}");
    const error = await assertRejects(async () => (await openPlan(file)).run(0), PlanError);
    assert(/cannot use the plan .*SHA-256/.test(error.message), error.message);
  }));

const elsewhere: readonly [string, (platform: OnnxPlatform) => OnnxPlatform, RegExp][] = [
  [
    "processor",
    (own) => ({ ...own, processor: "z80" }),
    /it was written for the processor z80, and this is /,
  ],
  [
    "version",
    (own) => ({ ...own, version: "0.9.0" }),
    /it was written for onnxruntime-node 0\.9\.0, and this is 1/,
  ],
];
for (const [what, change, message] of elsewhere) {
  Deno.test(`a plan for another ${what} is refused, by name`, () =>
    inFolder(async (folder) => {
      const [own] = onnxPlatforms();
      assert(own !== undefined);
      const planFor = async (platform: OnnxPlatform): Promise<string> => {
        const data = { ...await checked("configs", ofTrained("onnx")), platform };
        const place = `${folder}/out`;
        const sweep = { name: "own", folder: place, parts: [{ data, folder: place }] };
        const options = { store: new Store(`${folder}/store`), program: await programFiles() };
        await writePlan(`${folder}/plan.json`, [sweep], options);
        return `${folder}/plan.json`;
      };
      const data = await (await openPlan(await planFor(own))).run(0);
      assertEquals(data.platform, own);
      assertNotEquals(own, change(own));
      const file = await planFor(change(own));
      const error = await assertRejects(async () => (await openPlan(file)).run(0), PlanError);
      assert(message.test(error.message), error.message);
    }));
}

Deno.test("invarianceText: held, or what did not hold and by how much", () => {
  const held = { splits: true, batches: true, largestDifference: 0 };
  assertEquals(invarianceText(held), "held");
  assertEquals(
    invarianceText({ splits: false, batches: true, largestDifference: 1.234e-6 }),
    "logits differ by up to 0.0000012 where the same tokens are split otherwise",
  );
});
