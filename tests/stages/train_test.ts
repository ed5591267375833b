// @ts-types="../declarations/assert.d.ts"
import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { readExperiment } from "../../src/config/experiment.ts";
import { checkWithCorpus } from "../../src/runs/check_with_corpus.ts";
import type { EngineName } from "../../src/model/engine.ts";
import { engines } from "../../src/model/engines.ts";
import { Interrupted } from "../../src/stages/stage.ts";
import { ExperimentTasks } from "../../src/stages/stages.ts";
import { train, type TrainedModel } from "../../src/stages/train.ts";
import { Store } from "../../src/store/store.ts";
import { resultId } from "../../src/store/stored_result.ts";
import { LoadedModels } from "../../src/threads/loaded_models.ts";
import { readResult, TaskRunner } from "../../src/threads/run_task.ts";
import { inFolder } from "../temporary_folder.ts";
import { config } from "../runs/tiny_run.ts";

const data = await checkWithCorpus(readExperiment("configs/tiny.yaml", config));
const [task] = new ExperimentTasks(data).of(train);
assert(task !== undefined);
const { id } = task;

const trainedIn = (store: Store) => readResult(store, train, id);

/** Trains the target; the steps that it resumed from and told of, what it said, its result or error. */
async function trained(store: Store, stopAfter = Infinity) {
  assert(task !== undefined);
  const all: number[] = [];
  const said: string[] = [];
  const watch = {
    onStep: (done: number) => void all.push(done),
    stopped: () => all.length > stopAfter,
    notice: (message: string) => void said.push(message),
  };
  let ended: { result?: Awaited<ReturnType<typeof trainedIn>>; error?: unknown };
  try {
    await new TaskRunner(data, store, new LoadedModels()).run(task, 1, watch);
    ended = { result: await trainedIn(store) };
  } catch (error) {
    ended = { error };
  }
  const [resumed, ...told] = all;
  return { resumed, told, said, ...ended };
}

Deno.test("train: after an interruption it does the remaining steps, to the same bits", () =>
  inFolder(async (folder) => {
    const whole = await trained(new Store(`${folder}/whole`));
    assertEquals([whole.resumed, whole.told.length], [0, 60]);
    const store = new Store(`${folder}/parts`);
    const first = await trained(store, 7);
    assert(first.error instanceof Interrupted);
    assertEquals(await store.hasProgress(id), true);
    const second = await trained(store, 20);
    assertEquals([second.resumed, second.told.at(0), second.told.at(-1)], [7, 8, 27]);
    const third = await trained(store);
    assertEquals([third.resumed, third.told.at(0), third.told.at(-1)], [27, 28, 60]);
    assertEquals(third.result, whole.result);
    assertEquals(await store.hasProgress(id), false);
  }));

Deno.test("train: damaged progress is set aside, and training starts over, to the same bits", () =>
  inFolder(async (folder) => {
    const store = new Store(folder);
    await trained(store, 7);
    const { file } = store.progress(id);
    const bytes = await Deno.readFile(file);
    bytes[200] = (bytes[200] as number) ^ 1;
    await Deno.writeFile(file, bytes);
    const again = await trained(store);
    assertEquals(again.said.length, 1);
    assertStringIncludes(
      again.said[0] ?? "",
      `${file} (progress of target) is damaged, and was set aside as ${file}.damaged: cannot resume`,
    );
    assertEquals([again.resumed, again.told.at(0)], [0, 1]);
    assertEquals(await Deno.readFile(`${file}.damaged`), bytes);
    assertEquals(again.result, (await trained(new Store(`${folder}/whole`))).result);
  }));

Deno.test("train: a folder in the place of its progress is set aside, and training starts over", () =>
  inFolder(async (folder) => {
    const store = new Store(folder);
    const { file } = store.progress(id);
    await Deno.mkdir(`${file}/inside`, { recursive: true });
    assertEquals((await trained(store, 7)).told.length, 7);
    assert((await Deno.stat(`${file}.damaged/inside`)).isDirectory);
    assert((await Deno.stat(file)).isFile);
  }));

Deno.test("train: a document of one engine is expected to take longer with another by their speeds", () => {
  const costOf = (engine: EngineName): number =>
    train.unitCost?.(resultId("train", "target", { ...id.inputs, engine })) ?? NaN;
  const { simd, reference } = engines;
  const slower = simd.operationsPerSecond / reference.operationsPerSecond;
  assertAlmostEquals(costOf("reference") / costOf("simd"), slower, slower * 1e-12);
  assert(slower > 100);
});

const results: readonly [what: string, TrainedModel][] = [
  ["no updates", { checkpoint: "{}\n", steps: [] }],
  ["two updates", {
    checkpoint: '{"a":\n1}\n',
    steps: [{ step: 0, loss: 3.25, learningRate: 0.1 }, {
      step: 1,
      loss: 1 / 3,
      learningRate: 1e-9,
    }],
  }],
];
for (const [what, result] of results) {
  Deno.test(`train: a result with ${what} is read as it was written`, () => {
    assertEquals(train.decode(train.encode(result)), result);
  });
}
