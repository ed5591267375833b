// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertStringIncludes } from "@std/assert";
import { readExperiment } from "../../src/config/experiment.ts";
import { Interrupted } from "../../src/threads/interrupted.ts";
import { prepare } from "../../src/runs/check_with_corpus.ts";
import { runIds } from "../../src/stages/cache_keys.ts";
import { Store } from "../../src/store/store.ts";
import { trainWithProgress } from "../../src/stages/train_with_progress.ts";
import { inFolder } from "../temporary_folder.ts";
import { config } from "../runs/tiny_run.ts";

const { setup } = await prepare(readExperiment("configs/tiny.yaml", config));
const id = runIds(setup).train.target;

/** Trains the target; which steps it told of, and what came of it. */
async function train(store: Store, stopAfter = Infinity) {
  const told: number[] = [];
  const training = trainWithProgress(setup, "target", {
    id,
    store,
    threads: 1,
    watch: {
      onStep: (done) => void told.push(done),
      stopped: () => told.length >= stopAfter,
    },
  });
  return { told, training: await training.catch((error: unknown) => error as Error) };
}

/** Weights and losses. */
const bits = ({ training }: Awaited<ReturnType<typeof train>>) => {
  if (training instanceof Error) throw training;
  return { weights: training.weights.data, steps: training.steps };
};

Deno.test("trainWithProgress: after an interruption it does the steps that are left, to the same bits", () =>
  inFolder(async (folder) => {
    const whole = await train(new Store(`${folder}/whole`));
    assertEquals(whole.told.length, 60);
    const store = new Store(`${folder}/parts`);
    const first = await train(store, 7);
    assertEquals(first.training instanceof Interrupted, true);
    assertEquals(await store.hasProgress(id), true);
    const second = await train(store, 20);
    assertEquals([second.told.at(0), second.told.at(-1)], [8, 27]);
    const third = await train(store);
    assertEquals([third.told.at(0), third.told.at(-1)], [28, 60]);
    assertEquals(bits(third), bits(whole));
  }));

Deno.test("trainWithProgress: what is damaged is set aside, and it begins anew, to the same bits", () =>
  inFolder(async (folder) => {
    const store = new Store(folder);
    await train(store, 7);
    const file = store.progressFile(id);
    const bytes = await Deno.readFile(file);
    bytes[200] = (bytes[200] as number) ^ 1;
    await Deno.writeFile(file, bytes);
    const again = await train(store);
    assertEquals(again.told.at(0), 1);
    assertEquals(await Deno.readFile(`${file}.damaged`), bytes);
    assertEquals(bits(again), bits(await train(new Store(`${folder}/whole`))));
  }));

Deno.test("trainWithProgress: a folder in the place of its file is no reason to begin anew", () =>
  inFolder(async (folder) => {
    const store = new Store(folder);
    await Deno.mkdir(store.progressFile(id), { recursive: true });
    const { training } = await train(store);
    assertStringIncludes(String(training), "directory");
  }));
