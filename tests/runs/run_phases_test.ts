/**
 * Which jobs of an experiment can begin when.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertRejects } from "@std/assert";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { readExperiment } from "../../src/config/experiment.ts";
import { checkWithCorpus } from "../../src/runs/check_with_corpus.ts";
import { compute, type Phase, phasesOf } from "../../src/runs/run_phases.ts";
import type { Progress } from "../../src/runs/progress.ts";
import { RunState } from "../../src/runs/run_state.ts";
import { loss } from "../../src/stages/loss.ts";
import { report } from "../../src/stages/report.ts";
import type { StageTask } from "../../src/stages/stage.ts";
import type { TaskGroup } from "../../src/stages/stages.ts";
import { train } from "../../src/stages/train.ts";
import { StoreError } from "../../src/store/read_stored.ts";
import { resultId } from "../../src/store/stored_result.ts";
import { Store } from "../../src/store/store.ts";
import type { Job, JobRunner, JobWatch } from "../../src/threads/task_scheduler.ts";
import { config, runOptions } from "./tiny_run.ts";

const data = await checkWithCorpus(
  readExperiment("configs/tiny.yaml", config, [
    "report.ngram_orders=[1, 2]",
    "decoding.strategies=[{strategy: speculative, draft_k: 2}]",
  ]),
);

/** Runs jobs that end, well or badly, when the test says so; nothing is stored. */
class HeldJobs implements JobRunner {
  readonly #running = new Map<string, PromiseWithResolvers<void>>();

  async run({ tasks }: Job, { onTask }: JobWatch): Promise<void> {
    const held = Promise.withResolvers<void>();
    const [{ id }] = tasks;
    const name = `${id.stage} ${id.name}`;
    this.#running.set(name, held);
    await held.promise.finally(() => this.#running.delete(name));
    for (const task of tasks) onTask(task);
  }

  interrupt(): void {}

  /** The jobs that run once those called `names` have ended. */
  async after(...names: string[]): Promise<string> {
    for (const name of names) {
      const held = this.#running.get(name);
      assert(held !== undefined, `${name} is not running`);
      held.resolve();
    }
    return await this.names();
  }

  /** Lets a job fail; the jobs that run then. */
  async failed(name: string): Promise<string> {
    this.#running.get(name)?.reject(new Error("no"));
    return await this.names();
  }

  /** The jobs that run, once everything has settled. */
  async names(): Promise<string> {
    await new Promise((resolve) => setTimeout(resolve));
    return [...this.#running.keys()].join(", ");
  }
}

/** An empty store, which says so at once: by the next turn of the event loop, all that can begin has begun. */
function emptyStore(): Store {
  const store = new Store("a-store-that-is-not-there");
  store.find = () => Promise.resolve({ state: "absent" });
  return store;
}

/** Begins to compute the experiment on so many threads, with an empty store. */
function begun(threads: number) {
  const runner = new HeldJobs();
  const state = new RunState({ ...runOptions(emptyStore()), threads });
  const all = phasesOf([state.tasksOf(data)], state);
  return { runner, state, ended: compute(all, state, { runner }) };
}

const cell = "decode speculative(draft=model, draft_k=2)";

Deno.test("compute: two threads count n-grams where one has nothing to train, and losses of models do not wait for that", async () => {
  const { runner, ended } = begun(2);
  assertEquals(await runner.names(), "train target, train draft");
  assertEquals(await runner.after("train draft"), "train target, loss 2-gram");
  assertEquals(await runner.after("train target"), "loss 2-gram, loss target");
  assertEquals(await runner.after("loss target"), "loss 2-gram, loss draft");
  assertEquals(await runner.after("loss draft"), "loss 2-gram");
  assertEquals(await runner.after("loss 2-gram"), "loss 1-gram");
  assertEquals(await runner.after("loss 1-gram"), cell);
  assertEquals(await runner.after(cell), "time speculation, report tiny");
  assertEquals(await runner.after("report tiny"), "time speculation");
  assertEquals(await runner.after("time speculation"), "");
  await ended;
});

Deno.test("compute: one thread goes from phase to phase, and a report comes after timings", async () => {
  const { runner, ended } = begun(1);
  const order: string[] = [];
  for (let name = await runner.names(); name !== ""; name = await runner.after(name)) {
    order.push(name);
  }
  await ended;
  assertEquals(order.toSorted().length, new Set(order).size);
  assertEquals(order.map((name) => name.replace(/ .*/, "")), [
    ...["train", "train", "loss", "loss", "loss", "loss", "decode", "time", "report"],
  ]);
});

Deno.test("compute: what needs a training that failed does not begin, and the rest is reported", async () => {
  const { runner, state, ended } = begun(2);
  await runner.names();
  assertEquals(await runner.failed("train draft"), "train target, loss 2-gram");
  assertEquals(await runner.after("train target"), "loss 2-gram, loss target");
  assertEquals(await runner.after("loss target", "loss 2-gram"), "loss 1-gram");
  assertEquals(await runner.after("loss 1-gram"), "report tiny");
  await runner.after("report tiny");
  await ended;
  const failed = state.tasksOf(data).all().filter(({ id }) => state.failure(id) !== undefined);
  assertEquals(failed.map(({ id }) => `${id.stage} ${id.name}`), [
    "train draft",
    "loss draft",
    cell,
    cell.replace("decode", "measure"),
  ]);
});

/** Groups of one task each that needs nothing. */
function manyGroups(count: number): TaskGroup[] {
  const id = resultId("report", "many", {});
  return Array.from({ length: count }, (_, i): TaskGroup => ({
    data,
    tasks: [{ id: { ...id, key: `${i}` }, needs: [] }],
  }));
}

const many: readonly [what: string, phasesWith: (groups: TaskGroup[]) => Phase[]][] = [
  ["a phase", (groups) => [{ stage: report, groups: () => groups, early: () => [] }]],
  ["a phase that is not open yet", (groups) => [
    { stage: report, groups: () => groups.slice(0, 1), early: () => [] },
    { stage: report, groups: () => groups, early: () => groups.slice(1) },
  ]],
];
for (const [what, phasesWith] of many) {
  Deno.test(`compute: the jobs of ${what} can be many (200,000)`, async () => {
    const state = new RunState({ ...runOptions(emptyStore()), threads: 2 });
    const runner: JobRunner = {
      run: () => Promise.reject(new StoreError("begun")),
      interrupt() {},
    };
    const ended = compute(phasesWith(manyGroups(200_000)), state, { runner });
    await assertRejects(() => ended, StoreError, "begun");
  });
}

/** Progress that notes what it is told. */
function noted(): { told: string[]; progress: Progress } {
  const told: string[] = [];
  const progress: Progress = {
    begin: (phase, total, _, before) => void told.push(`${phase}: ${before} of ${total} before`),
    advance: (done, before) => void told.push(`${done}, ${before} of them before`),
    end: () => void told.push("end"),
  };
  return { told, progress };
}

/**
 * Computes trainings, and losses of n-grams: the first begins beside the trainings, and ends, well or badly,
 * while the store is asked for the second. A task follows the first and needs it.
 */
async function endedWhileOpening({ fails, isCached }: { fails: boolean; isCached: boolean }) {
  const { told, progress } = noted();
  const store = emptyStore();
  const state = new RunState({ ...runOptions(store), threads: 2, progress });
  const tasks = state.tasksOf(data);
  const [second, first] = tasks.of(loss).filter(({ needs }) => needs.length === 0);
  assert(first !== undefined && second !== undefined);
  const follower: StageTask = { id: resultId("measure", "follower", {}), needs: [first.id] };
  const asked = Promise.withResolvers<void>();
  store.find = async ({ key }) => {
    if (key !== second.id.key) return { state: "absent" };
    await asked.promise;
    if (!isCached) return { state: "absent" };
    const { id } = second;
    const effort = { count: 1, unit: "tokens", seconds: 1 };
    return { state: "whole", head: { id, effort, machine: undefined, bytes: 0, sha256: "" } };
  };
  const losses: readonly TaskGroup[] = [{ data, tasks: [first, follower] }, {
    data,
    tasks: [second],
  }];
  const runner = new HeldJobs();
  const ended = compute(
    [
      { stage: train, groups: () => tasks.groups([train]), early: () => [] },
      { stage: loss, groups: () => losses, early: () => losses.slice(0, 1) },
    ],
    state,
    { runner },
  );
  assertEquals(await runner.names(), "train target, train draft");
  assertEquals(await runner.after("train draft"), "train target, loss 2-gram");
  assertEquals(await runner.after("train target"), "loss 2-gram");
  if (fails) await runner.failed("loss 2-gram");
  else await runner.after("loss 2-gram");
  asked.resolve();
  const left = await runner.names();
  assertEquals(left, isCached ? "" : "loss 1-gram");
  if (!isCached) await runner.after(left);
  await ended;
  return { told: told.slice(told.indexOf("end") + 1), failure: state.failure(follower.id) };
}

Deno.test("compute: what ends while its phase opens is counted once, as done by this run", async () => {
  const { told, failure } = await endedWhileOpening({ fails: false, isCached: false });
  assertEquals(told, [
    "predicting documents: 0 of 2 before",
    "1, 0 of them before",
    "2, 0 of them before",
    "end",
  ]);
  assertEquals(failure, undefined);
});

Deno.test("compute: what needs a task that failed while its phase opened fails, too, if that was the last", async () => {
  const { failure } = await endedWhileOpening({ fails: true, isCached: true });
  assertEquals(failure?.message, "the loss of 2-gram failed");
});

Deno.test("compute: the tasks of a phase that has ended are not kept", async () => {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  const state = new RunState(runOptions(emptyStore()));
  const kept: WeakRef<readonly TaskGroup[]>[] = [];
  const phase = (name: string): Phase => ({
    stage: report,
    groups: () => {
      const id = resultId("report", name, {});
      const groups: readonly TaskGroup[] = [{ data, tasks: [{ id, needs: [] }] }];
      kept.push(new WeakRef(groups));
      return groups;
    },
    early: () => [],
  });
  const runner = new HeldJobs();
  const ended = compute([phase("first"), phase("second")], state, { runner });
  await runner.names();
  await runner.after("report first");
  collect();
  assertEquals(kept.map((groups) => groups.deref() !== undefined), [false, true]);
  await runner.after("report second");
  await ended;
});
