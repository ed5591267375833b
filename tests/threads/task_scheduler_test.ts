// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertRejects } from "@std/assert";
import { readExperiment } from "../../src/config/load.ts";
import { DivergedError } from "../../src/model/language_model.ts";
import { WriteError } from "../../src/files/write_whole.ts";
import { Interrupted } from "../../src/threads/interrupted.ts";
import { prepare } from "../../src/runs/check_with_corpus.ts";
import { stageId } from "../../src/store/stored_result.ts";
import { LostEntryError } from "../../src/store/store.ts";
import {
  FailFastError,
  type Hands,
  performAll,
  type SharedTask,
} from "../../src/threads/task_scheduler.ts";
import type { PlacedTask } from "../../src/threads/task.ts";
import { config } from "../runs/tiny_run.ts";

const { setup } = await prepare(readExperiment("configs/tiny.yaml", config));

/** A task called `name`; a training where that is asked for. */
function task(name: string, threads = 1, kind: "train" | "loss" = "loss"): SharedTask {
  const id = stageId(kind, name, {});
  const one: PlacedTask["task"] = kind === "train"
    ? { kind, model: "target", id }
    : { kind, of: 1, train: {}, id };
  return { placed: { setup, task: one }, threads };
}

/** Hands whose tasks end when the test says so. */
class FakeHands implements Hands {
  readonly running = new Map<string, { threads: number; end(): void; fail(error: Error): void }>();
  interrupted = false;
  mostThreads = 0;

  run({ task: { id: { name } } }: PlacedTask, threads: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const over = (): void => void this.running.delete(name);
    this.running.set(name, {
      threads,
      end: () => (over(), resolve()),
      fail: (error) => (over(), reject(error)),
    });
    const busy = [...this.running.values()].reduce((sum, one) => sum + one.threads, 0);
    this.mostThreads = Math.max(this.mostThreads, busy);
    return promise;
  }

  interrupt(): void {
    this.interrupted = true;
  }

  /** The names of what is going on, once all has settled. */
  async names(): Promise<string[]> {
    await new Promise((resolve) => setTimeout(resolve));
    return [...this.running.keys()];
  }

  /** Ends a task, well or with `error`. */
  end(name: string, error?: Error): void {
    const one = this.running.get(name);
    assert(one !== undefined, `${name} is not going on`);
    if (error === undefined) one.end();
    else one.fail(error);
  }
}

function begin(tasks: readonly SharedTask[], threads: number, failFast = false) {
  const pool = new FakeHands();
  const controller = new AbortController();
  const ended: [string, boolean][] = [];
  const all = performAll(tasks, {
    pool,
    threads,
    failFast,
    signal: controller.signal,
    onEnd: ({ task: { id } }, isMade) => void ended.push([id.name, isMade]),
  });
  return { pool, controller, ended, all };
}

Deno.test("performAll: as many at once as there are threads for, in their order; a small one goes before one that does not fit", async () => {
  const { pool, all } = begin([task("a"), task("b", 2), task("c"), task("d")], 2);
  assertEquals(await pool.names(), ["a", "c"]);
  pool.end("a");
  assertEquals(await pool.names(), ["c", "d"]);
  pool.end("c");
  pool.end("d");
  assertEquals(await pool.names(), ["b"]);
  pool.end("b");
  assertEquals(await all, { failures: [], lost: [] });
  assertEquals(pool.mostThreads, 2);
});

Deno.test("performAll: one that fails, or misses something of the store, stops no other", async () => {
  const { pool, all, ended } = begin([task("a"), task("b"), task("c")], 1);
  await pool.names();
  pool.end("a", new DivergedError("NaN"));
  await pool.names();
  pool.end("b", new LostEntryError("gone"));
  await pool.names();
  pool.end("c");
  const { failures, lost } = await all;
  assertEquals(failures.map(({ placed, error }) => [placed.task.id.name, error.message]), [[
    "a",
    "NaN",
  ]]);
  assertEquals(lost.map(({ placed }) => placed.task.id.name), ["b"]);
  assertEquals(ended, [["a", false], ["b", false], ["c", true]]);
});

Deno.test("performAll: a disk that is full stops all", async () => {
  const { pool, all } = begin([task("a"), task("b"), task("c")], 2);
  await pool.names();
  pool.end("b", new WriteError("no space"));
  await assertRejects(() => all, WriteError, "no space");
  assertEquals(await pool.names(), ["a"]);
});

Deno.test("performAll: with failFast the first failure stops all, and is named", async () => {
  const { pool, all } = begin([task("a"), task("b"), task("c")], 2, true);
  await pool.names();
  pool.end("a", new DivergedError("NaN"));
  await assertRejects(() => all, FailFastError, "a: NaN");
  assertEquals(await pool.names(), ["b"]);
});

Deno.test("performAll: interrupted, it waits until trainings have saved, and for nothing else", async () => {
  const { pool, all, controller } = begin([task("a"), task("b", 1, "train"), task("c")], 2);
  await pool.names();
  controller.abort(new Interrupted("stop"));
  let over = false;
  const rejected = assertRejects(() => all, Interrupted, "stop").then(() => over = true);
  assertEquals(await pool.names(), ["a", "b"]);
  assertEquals([pool.interrupted, over], [true, false]);
  pool.end("b", new Interrupted("saved"));
  await rejected;
  assertEquals(await pool.names(), ["a"]);
});
