/**
 * What a plan says of each result, and how much work it takes.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { readExperiments } from "../../src/config/experiment.ts";
import { checkWithCorpus } from "../../src/runs/check_with_corpus.ts";
import { CorpusCache } from "../../src/runs/corpus_cache.ts";
import { KnownResults } from "../../src/runs/known_results.ts";
import { type KeysByName, planRun } from "../../src/runs/plan.ts";
import { ExperimentTasks, stages } from "../../src/stages/stages.ts";
import { Store } from "../../src/store/store.ts";
import { encodeStored, resultId } from "../../src/store/stored_result.ts";
import { inFolder } from "../temporary_folder.ts";
import { config } from "./tiny_run.ts";

const corpora = new CorpusCache();

/** The tasks of each variant of the tiny config with `changes`. */
async function tasksOf(...changes: string[]): Promise<ExperimentTasks[]> {
  const tasks: ExperimentTasks[] = [];
  for (const experiment of readExperiments("configs/tiny.yaml", config, changes)) {
    tasks.push(new ExperimentTasks(await checkWithCorpus(experiment, corpora)));
  }
  return tasks;
}

async function tasksOfOne(...changes: string[]): Promise<ExperimentTasks> {
  const [one] = await tasksOf(...changes);
  assert(one !== undefined);
  return one;
}

/** Stores a result for each task, as if it had been computed. */
async function store(into: Store, ...runs: ExperimentTasks[]): Promise<void> {
  for (const { id } of runs.flatMap((tasks) => tasks.all())) {
    const effort = { seconds: 2, count: 1, unit: "documents" };
    await into.write({ id, effort, body: new Uint8Array() });
  }
}

/** The keys of a run, as its manifest has them. */
function keysOf(tasks: ExperimentTasks): KeysByName {
  return Object.fromEntries(
    stages.map((stage) => [
      stage.name,
      Object.fromEntries(tasks.of(stage).map(({ id }) => [id.name, id.key])),
    ]),
  );
}

/** The reasons of what is new, by kind and name. */
async function reasons(
  tasks: ExperimentTasks,
  folder: Store,
  before?: KeysByName,
): Promise<Record<string, string | undefined>> {
  const known = await KnownResults.in(folder);
  const planned = await planRun(tasks, { known, fresh: false, before });
  return Object.fromEntries(
    planned.filter(({ cached }) => !cached)
      .map(({ kind, name, reason }) => [`${kind} ${name}`, reason]),
  );
}

Deno.test("planRun: says what changed against the run in the folder, and not against one like it elsewhere", () =>
  inFolder(async (root) => {
    const results = new Store(root);
    const [here, elsewhere] = [await tasksOfOne(), await tasksOfOne("seed=2", "target.n_embd=16")];
    await store(results, here, elsewhere);
    const wide = await tasksOfOne("target.n_embd=16");
    const change = "models.target.n_embd: 8 → 16";
    const found = await reasons(wide, results, keysOf(here));
    assertEquals([found["training target"], found["loss target"], found["cell greedy"]], [
      change,
      "another model",
      "another target",
    ]);
    assertEquals(found["loss 1-gram"], undefined);
    // In another folder the nearest is taken, and of several as near the first: that of seed 1.
    assertEquals((await reasons(wide, results))["training target"], change);
    assertEquals(
      (await reasons(await tasksOfOne("target.n_embd=16", "seed=3"), results))["training target"],
      "seed: 2 → 3",
    );
  }));

Deno.test("planRun: a cell that the folder has not is explained by the cell there that is the most like it", () =>
  inFolder(async (root) => {
    const results = new Store(root);
    const [here, elsewhere] = [await tasksOfOne(), await tasksOfOne("top_k.k=8", "seed=2")];
    await store(results, here, elsewhere);
    const found = await reasons(await tasksOfOne("top_k.k=5,8"), results, keysOf(here));
    assertEquals(found["cell top_k(k=8)"], "like top_k(k=5), but strategy.k: 5 → 8");
    assertEquals(found["report tiny"], "another config, other cells");
  }));

Deno.test("planRun: a result that is gone or damaged is said to be", () =>
  inFolder(async (root) => {
    const results = new Store(root);
    const here = await tasksOfOne();
    await store(results, here);
    const [gone, damaged] = here.all();
    assert(gone !== undefined && damaged !== undefined);
    await Deno.remove(results.file(gone.id));
    await Deno.writeTextFile(results.file(damaged.id), "x", { append: true });
    const found = await reasons(here, results, keysOf(here));
    assertEquals(Object.values(found), [
      "its result is no longer in the store",
      "its result in the store is damaged",
    ]);
  }));

/** A store that counts how often it is asked. */
class CountingStore extends Store {
  listings = 0;
  readonly headsRead = new Map<string, number>();

  override files(): ReturnType<Store["files"]> {
    this.listings++;
    return super.files();
  }
  override async find(ref: Parameters<Store["find"]>[0]): ReturnType<Store["find"]> {
    const found = await super.find(ref);
    if (found.state !== "absent") {
      this.headsRead.set(ref.key, (this.headsRead.get(ref.key) ?? 0) + 1);
    }
    return found;
  }
}

Deno.test("planRun: never lists the whole store and reads each head at most once, however many runs are planned", () =>
  inFolder(async (root) => {
    const results = new CountingStore(root);
    const before = await tasksOf("seed=1..5");
    await store(results, ...before);
    const entries = new Set(before.flatMap((tasks) => tasks.all()).map(({ id }) => id.key)).size;
    results.headsRead.clear();
    const known = await KnownResults.in(results);
    let lacking = 0;
    for (const tasks of await tasksOf("seed=4..23")) {
      const planned = await planRun(tasks, { known, fresh: false });
      lacking += planned.filter(({ cached }) => !cached).length;
    }
    assert(lacking > entries);
    assertEquals(results.listings, 0);
    assert(results.headsRead.size > 0 && results.headsRead.size <= entries);
    assert([...results.headsRead.values()].every((times) => times === 1));
  }));

Deno.test("planRun: where everything is cached no other heads are read than those of its results", () =>
  inFolder(async (root) => {
    const results = new CountingStore(root);
    const [one, ...others] = await tasksOf("seed=1..5");
    assert(one !== undefined);
    await store(results, one, ...others);
    results.headsRead.clear();
    assertEquals(await reasons(one, results), {});
    assertEquals(results.headsRead.size, one.all().length);
  }));

Deno.test("KnownResults: of a large store the nearest of 1,000 results of the stage is found, and no more are read", () =>
  inFolder(async (root) => {
    const results = new CountingStore(root);
    const [tasks] = await tasksOf("seed=1");
    const task = tasks?.all().find(({ id }) => id.stage === "train");
    assert(task !== undefined);
    const effort = { seconds: 1, count: 1, unit: "steps" };
    const { stage, name, inputs } = task.id;
    for (let run = 0; run < 1100; run++) {
      const id = resultId(stage, name, { ...inputs, run });
      const path = results.file(id);
      await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
      const parts = encodeStored({ id, effort, body: new Uint8Array() });
      await Deno.writeFile(path, Uint8Array.from(parts.flatMap((part) => [...part])));
    }
    const known = KnownResults.in(results);
    assertEquals((await known.nearest(task.id))?.differences.map(({ path }) => path), ["run"]);
    assertEquals(results.headsRead.size, 1000);
    assertEquals(results.listings, 0);
  }));
