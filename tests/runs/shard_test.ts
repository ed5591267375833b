/**
 * Shards of a plan, in this process: what they compute, what they wait for, and what they record.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { readExperiments } from "../../src/config/experiment.ts";
import { WriteError } from "../../src/files/write_whole.ts";
import { checkWithCorpus } from "../../src/runs/check_with_corpus.ts";
import { type FrozenPlan, openPlan } from "../../src/runs/plan_file.ts";
import { writePlan } from "../../src/runs/write_plan.ts";
import { PlanRecords, type ShardName } from "../../src/runs/plan_records.ts";
import type { PlanRow } from "../../src/runs/plan_rows.ts";
import { highestRank } from "../../src/runs/plan_share.ts";
import { statusOf } from "../../src/runs/plan_status.ts";
import { programFiles } from "../../src/runs/program_files.ts";
import { Shard, type ShardResult } from "../../src/runs/shard.ts";
import { FailFastError, Interrupted } from "../../src/stages/stage.ts";
import { Store } from "../../src/store/store.ts";
import { inFolder } from "../temporary_folder.ts";
import { runInto, runOptions, type TestOptions } from "./tiny_run.ts";

/** Two runs whose trainings differ, with cells that need one model or both. */
const config = `
name: tiny
seed: [1, 2]
corpus: { path: ../tests/data/few_names.txt }
models:
  target: { n_embd: 8, n_head: 2, n_layer: 1 }
  draft: { n_embd: 4, n_head: 1, n_layer: 1 }
training:
  target: { steps: 4, batch_size: 1 }
  draft: { steps: 4, batch_size: 1 }
decoding:
  prompts: [a, mar]
  samples: 3
  max_new_tokens: 8
  strategies: [{ strategy: greedy }, { strategy: top_k, k: 3 }, { strategy: speculative, draft_k: 2 }]
report: { charts: false }
`;
/** The first of them, where one is enough. */
const oneRun = config.replace("seed: [1, 2]", "seed: [1]");
/** Those whose draft diverges. */
const noDraft = config.replace(
  "draft: { steps: 4, batch_size: 1 }",
  "draft: { steps: 40, learning_rate: 1.0e+30 }",
);

const program = await programFiles();

/** The plan of `text`, read back from its file in `folder`, and a store. */
async function planned(
  folder: string,
  text = config,
): Promise<{ readonly plan: FrozenPlan; readonly store: Store }> {
  const store = new Store(`${folder}/store`);
  const experiments = readExperiments("configs/tiny.yaml", text);
  const parts = await Promise.all(experiments.map(async (experiment) => ({
    data: await checkWithCorpus(experiment),
    folder: `tiny/${experiment.variant?.label}`,
  })));
  const sweep = { name: "tiny", folder: "tiny", parts };
  await writePlan(`${folder}/plan.json`, [sweep], { store, program });
  return { plan: await openPlan(`${folder}/plan.json`), store };
}

/** Starts a shard and waits for its end. */
function work(
  { plan, store }: { readonly plan: FrozenPlan; readonly store: Store },
  name: ShardName,
  options: TestOptions = {},
): Promise<ShardResult> {
  return new Shard(plan, name, store).work({ ...runOptions(store), ...options });
}

/** The stages and names of rows. */
function namesOf(rows: readonly PlanRow[]): string[] {
  return rows.map(({ stage, name }) => `${stage} ${name}`);
}

/** The rows of `plan` that `store` lacks. */
async function lacking({ plan, store }: Awaited<ReturnType<typeof planned>>): Promise<PlanRow[]> {
  const rows: PlanRow[] = [];
  for (const row of plan.rows) if (!await store.has(row)) rows.push(row);
  return rows;
}

Deno.test("Shard: 2 shards of each rank, one rank after the other, compute every task once", () =>
  inFolder(async (folder) => {
    const given = await planned(folder);
    let computed = 0;
    for (let rank = 0; rank <= highestRank(given.plan.rows); rank++) {
      for (const shard of [1, 2]) {
        const result = await work(given, { shard, of: 2, rank });
        assertEquals([result.waiting, result.failed, result.left], [[], [], []]);
        assertEquals([result.done, result.computed], [result.tasks, result.tasks]);
        computed += result.computed;
      }
    }
    assertEquals([computed, await lacking(given)], [given.plan.rows.length, []]);
    // Nothing is left to do, and no experiment has to be made for that.
    const again = { ...given.plan, rows: given.plan.rows, run: () => Promise.reject("made") };
    const { done, computed: none } = await new Shard(again, { shard: 1, of: 2 }, given.store)
      .work(runOptions(given.store));
    assert(done > 0 && none === 0);
  }));

Deno.test("Shard: what needs tasks of others waits, is named, and goes on once they are done", () =>
  inFolder(async (folder) => {
    const given = await planned(folder);
    const cells = await work(given, { shard: 1, of: 1, rank: 1 });
    assertEquals([cells.done, cells.computed, cells.failed], [0, 0, []]);
    assert(cells.waiting.length > 0);
    const speculative = cells.waiting.find(({ row: { stage, name } }) =>
      stage === "decode" && name.startsWith("speculative")
    );
    assertEquals(namesOf(speculative?.needs ?? []), ["train target", "train draft"]);
    const one = await work(given, { shard: 1, of: 2, rank: 0 });
    assertEquals([one.done, one.waiting], [one.tasks, []]);
    const some = await work(given, { shard: 1, of: 1, rank: 1 });
    assert(some.computed > 0 && some.waiting.length > 0, "neither all nor none");
    assertEquals(some.waiting.length + some.done, some.tasks);
    await work(given, { shard: 2, of: 2, rank: 0 });
    const rest = await work(given, { shard: 1, of: 1, rank: 1 });
    assertEquals([rest.waiting, rest.computed], [[], some.waiting.length]);
  }));

Deno.test("Shard: without a rank it goes on by itself with what its own tasks have made possible (2 threads)", () =>
  inFolder(async (folder) => {
    const given = await planned(folder);
    const results: ShardResult[] = [];
    for (const shard of [1, 2]) {
      results.push(await work(given, { shard, of: 2 }, { threads: 2 }));
    }
    // The second run needs the results of n-gram models, which the first shard has computed before.
    assertEquals(results.map(({ waiting }) => waiting), [[], []]);
    assertEquals(await lacking(given), []);
  }));

Deno.test("Shard: a task that fails is recorded with the message of a plain run, and what needs it fails, too", () =>
  inFolder(async (folder) => {
    const given = await planned(folder, noDraft);
    const records = new PlanRecords(given.store, given.plan.sha256);
    const first = await work(given, { shard: 1, of: 1 });
    const [experiment] = readExperiments("configs/tiny.yaml", noDraft);
    assert(experiment !== undefined);
    const plain = await runInto(`${folder}/plain`, experiment);
    const ofRun = (run: number) =>
      first.failed.filter(({ row }) => row.run === run && row.stage !== "measure")
        .map(({ message }) => message);
    assertEquals(ofRun(0), plain.failures.map(({ message }) => message));
    assertEquals(namesOf(first.failed.map(({ row }) => row)).slice(0, 2), [
      "train draft",
      "loss draft",
    ]);
    assertMatch(first.failed[0]?.message ?? "", /^the draft diverged: /);
    // What a run makes in another way where something failed is left to merging.
    assertEquals([...new Set(first.left.map(({ stage }) => stage))], ["time", "report"]);
    assertEquals(first.waiting, []);
    const recorded = await records.failures();
    assertEquals([...recorded.values()].map(({ stage, name }) => `${stage} ${name}`), [
      "train draft",
      "train draft",
    ]);
    assertEquals([...recorded.values()][0]?.message, first.failed[0]?.message);
    const status = await statusOf(given.plan, given.store);
    const of = (stage: string) => status.stages.find((one) => one.stage === stage);
    assertEquals([of("train")?.failed, of("decode")?.failed, of("report")?.failed], [2, 2, 0]);
    assertEquals(
      status.stages.reduce((sum, { left_to_merge }) => sum + left_to_merge, 0),
      first.left.length,
    );
    assertEquals(status.stages.reduce((sum, { waiting }) => sum + waiting, 0), 0);
    assertEquals(status.failures.length, 2);

    // Another shard knows from the records what will not come, and says so at once.
    const other = await work(given, { shard: 1, of: 1, rank: 1 });
    assertEquals([other.waiting, other.computed], [[], 0]);
    assert(other.failed.some(({ message }) => message === "the training of the draft failed"));
  }));

Deno.test("Shard: a failure that a later try does not have is no longer on record", () =>
  inFolder(async (folder) => {
    const given = await planned(folder, oneRun);
    const records = new PlanRecords(given.store, given.plan.sha256);
    const { id } = (await given.plan.task(1)).task;
    await records.fail(id, "its thread ended: out of memory");
    const { failed } = await work(given, { shard: 1, of: 1 });
    assertEquals([failed, [...await records.failures()]], [[], []]);
  }));

Deno.test("Shard: with failFast the first failure is the end, and is on record", () =>
  inFolder(async (folder) => {
    const given = await planned(folder, noDraft.replace("seed: [1, 2]", "seed: [1]"));
    const records = new PlanRecords(given.store, given.plan.sha256);
    await assertRejects(
      () => work(given, { shard: 1, of: 1 }, { failFast: true }),
      FailFastError,
      "draft: the draft diverged",
    );
    assertEquals((await records.failures()).size, 1);
    assertEquals((await records.shards()).map(({ state }) => state), ["stopped"]);
  }));

for (
  const [what, damage] of [
    ["is cut off", (path: string) => Deno.truncate(path, 40)],
    ["is changed in its content", async (path: string) => {
      const bytes = await Deno.readFile(path);
      bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
      await Deno.writeFile(path, bytes);
    }],
  ] as const
) {
  Deno.test(`Shard: a result of its own that ${what} is set aside and computed again; one of another is waited for`, () =>
    inFolder(async (folder) => {
      const given = await planned(folder, oneRun);
      const { plan, store } = given;
      await work(given, { shard: 1, of: 1, rank: 0 });
      const row = plan.rows.at(1);
      assertEquals(namesOf([row]), ["train target"]);
      const path = await fileOf(store, row);
      await damage(path);
      const said: string[] = [];
      const notice = (message: string) => said.push(message);
      const other = await work(given, { shard: 1, of: 1, rank: 1 }, { notice });
      assert(other.waiting.length > 0, "cells of the damaged target wait");
      assert(other.waiting.every(({ needs }) => needs.some(({ number }) => number === 1)));
      assertEquals(other.failed, []);
      const own = await work(given, { shard: 1, of: 1 }, { notice });
      assertEquals([own.done, own.failed, own.waiting], [own.tasks, [], []]);
      assert(said.some((text) => text.includes("is damaged, and was set aside as")), said.join());
    }));
}

/** The file of the result of a task. */
async function fileOf(store: Store, { key }: PlanRow): Promise<string> {
  for await (const file of store.files()) if (file.key === key) return file.path;
  throw new Error(`Cannot find ${key}`);
}

Deno.test("Shard: two at once on the same share leave the same results, and no error", () =>
  inFolder(async (folder) => {
    const given = await planned(folder, oneRun);
    const both = await Promise.all([1, 2].map(() => work(given, { shard: 1, of: 1 })));
    for (const { done, tasks, failed, waiting } of both) {
      assertEquals([done, failed, waiting], [tasks, [], []]);
    }
    assertEquals(await lacking(given), []);
  }));

Deno.test("Shard: its heartbeat says what it computes as soon as it begins, which with the rest of its share is running", () =>
  inFolder(async (folder) => {
    const long = config.replace("target: { steps: 4,", "target: { steps: 100000,");
    const given = await planned(folder, long);
    const records = new PlanRecords(given.store, given.plan.sha256);
    const controller = new AbortController();
    let isOver = false;
    const working = assertRejects(
      () => work(given, { shard: 1, of: 1, rank: 0 }, { signal: controller.signal, threads: 2 }),
      Interrupted,
    ).finally(() => isOver = true);
    const isOfTarget = (number: number) => given.plan.rows.at(number).name === "target";
    for (;;) {
      const told = (await records.shards()).flatMap(({ computing }) => computing);
      if (isOver || told.some(isOfTarget)) break;
    }
    const during = await statusOf(given.plan, given.store);
    controller.abort(new Interrupted("enough"));
    await working;
    const after = await statusOf(given.plan, given.store);
    const trainings = [during, after].map(({ stages: [counts] }) => counts);
    assertEquals(trainings.map((counts) => counts?.missing === 0), [true, false]);
    assertEquals(trainings.map((counts) => counts?.running === 0), [false, true]);
  }));

Deno.test("Shard: interrupted it says so in its last heartbeat, and the same shard goes on", () =>
  inFolder(async (folder) => {
    const given = await planned(folder, oneRun);
    const records = new PlanRecords(given.store, given.plan.sha256);
    const controller = new AbortController();
    const progress = {
      begin: () => controller.abort(new Interrupted("enough")),
      advance() {},
      end() {},
    };
    const { signal } = controller;
    await assertRejects(
      () => work(given, { shard: 1, of: 1 }, { signal, progress }),
      Interrupted,
    );
    assertEquals((await records.shards()).map(({ state }) => state), ["interrupted"]);
    const { done, tasks } = await work(given, { shard: 1, of: 1 });
    assertEquals(done, tasks);
    assertEquals((await records.shards()).map(({ state, done }) => [state, done]), [[
      "done",
      tasks,
    ]]);
  }));

Deno.test("Shard: a store that cannot be written to is named before the first step", () =>
  inFolder(async (folder) => {
    const given = await planned(folder, oneRun);
    await Deno.mkdir(given.store.root, { recursive: true });
    await Deno.writeTextFile(`${given.store.root}/plans`, "");
    const { message } = await assertRejects(() => work(given, { shard: 1, of: 1 }), WriteError);
    assertMatch(message, /^cannot write .*\/shards\/1-of-1\.json: /);
  }));
