/**
 * Which jobs of an experiment can begin when.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { readExperiment } from "../../src/config/experiment.ts";
import { checkWithCorpus } from "../../src/runs/check_with_corpus.ts";
import { groupsThatNeedNothing } from "../../src/runs/jobs.ts";
import { compute, type Phase } from "../../src/runs/run_phases.ts";
import { RunState } from "../../src/runs/run_state.ts";
import { phases } from "../../src/stages/stages.ts";
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
    // The store is asked in between, for so many results at most.
    for (let i = 0; i < 50; i++) await new Promise((resolve) => setTimeout(resolve));
    return [...this.#running.keys()].join(", ");
  }
}

/** Begins to compute the experiment on so many threads, with an empty store. */
function begun(threads: number) {
  const runner = new HeldJobs();
  const store = new Store("a-store-that-is-not-there");
  const state = new RunState({ ...runOptions(store), threads });
  const tasks = state.tasksOf(data);
  const all = phases.flatMap((stages): Phase[] => {
    const [stage] = stages;
    return stage === undefined ? [] : [{
      stage,
      groups: () => tasks.groups(stages),
      early: () => groupsThatNeedNothing(state.tasksOf(data).groups(stages)),
    }];
  });
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
