// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertRejects } from "@std/assert";
import { readExperiment } from "../../src/config/experiment.ts";
import { WriteError } from "../../src/files/write_whole.ts";
import { DivergedError } from "../../src/model/language_model.ts";
import { checkWithCorpus } from "../../src/runs/check_with_corpus.ts";
import { FailFastError, Interrupted, type StageTask } from "../../src/stages/stage.ts";
import { resultId } from "../../src/store/stored_result.ts";
import { LinkedPathError } from "../../src/files/inside.ts";
import { StoreError } from "../../src/store/read_stored.ts";
import { LostResultError } from "../../src/store/store.ts";
import {
  type Job,
  type JobRunner,
  type JobWatch,
  runJobs,
} from "../../src/threads/task_scheduler.ts";
import { config } from "../runs/tiny_run.ts";

const data = await checkWithCorpus(readExperiment("configs/tiny.yaml", config));

function task(name: string, stage: "train" | "loss" = "loss"): StageTask {
  return { id: resultId(stage, name, {}), needs: [] };
}

/** A job of one task called `name`; a training where that is asked for. */
function job(name: string, threads = 1, stage: "train" | "loss" = "loss"): Job {
  return { data, tasks: [task(name, stage)], threads, alone: false };
}

/** Runs jobs whose tasks end when the test says so. */
class FakeRunner implements JobRunner {
  readonly running = new Map<string, { threads: number; end(): void; fail(error: Error): void }>();
  interrupted = false;
  mostThreads = 0;

  async run({ tasks, threads }: Job, { onTask }: JobWatch): Promise<void> {
    for (const task of tasks) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const { name } = task.id;
      const remove = (): void => void this.running.delete(name);
      this.running.set(name, {
        threads,
        end: () => (remove(), resolve()),
        fail: (error) => (remove(), reject(error)),
      });
      const busy = [...this.running.values()].reduce((sum, one) => sum + one.threads, 0);
      this.mostThreads = Math.max(this.mostThreads, busy);
      await promise;
      onTask(task);
    }
  }

  interrupt(): void {
    this.interrupted = true;
  }

  /** The names of the running tasks, once everything has settled. */
  async names(): Promise<string[]> {
    await new Promise((resolve) => setTimeout(resolve));
    return [...this.running.keys()];
  }

  /** Ends a task, well or with `error`. */
  end(name: string, error?: Error): void {
    const one = this.running.get(name);
    assert(one !== undefined, `${name} is not running`);
    if (error === undefined) one.end();
    else one.fail(error);
  }
}

function begin(
  jobs: readonly Job[],
  threads: number,
  { failFast = false, spare = [] }: { failFast?: boolean; spare?: readonly Job[] } = {},
) {
  const pool = new FakeRunner();
  const controller = new AbortController();
  const ended: [string, boolean][] = [];
  const done: string[] = [];
  const idle: string[][] = [];
  const all = runJobs(jobs, {
    runner: pool,
    spare,
    threads,
    failFast,
    signal: controller.signal,
    onIdle: () => void idle.push([...pool.running.keys()]),
    onTask: ({ id }) => void done.push(id.name),
    onEnd: ({ tasks: [{ id }] }, isDone) => void ended.push([id.name, isDone]),
  });
  return { pool, controller, ended, done, idle, all };
}

Deno.test("runJobs: as many at once as there are threads for, in their order; a small one goes before one that does not fit", async () => {
  const { pool, all } = begin([job("a"), job("b", 2), job("c"), job("d")], 2);
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

Deno.test("runJobs: jobs that share something run one after another, others beside them", async () => {
  const shared = ["a", "b"].map((name): Job => ({ ...job(name), shares: "n-grams" }));
  const { pool, all } = begin([...shared, job("c")], 3);
  assertEquals(await pool.names(), ["a", "c"]);
  pool.end("a");
  assertEquals(await pool.names(), ["c", "b"]);
  pool.end("b");
  pool.end("c");
  await all;
});

Deno.test("runJobs: spare jobs begin when no other waits, as long as one runs; they are done, but their end is not told", async () => {
  const spare = [job("x"), job("y"), job("z")];
  const { pool, all, done, ended } = begin([job("a", 2), job("b")], 2, { spare });
  assertEquals(await pool.names(), ["a"]);
  pool.end("a");
  assertEquals(await pool.names(), ["b", "x"]);
  pool.end("x");
  assertEquals(await pool.names(), ["b", "y"]);
  pool.end("y", new DivergedError("NaN"));
  pool.end("b");
  // Nobody waits for one that has not begun.
  await pool.names();
  if (pool.running.has("z")) pool.end("z");
  const { failures } = await all;
  assertEquals(failures.map(({ task }) => task.id.name), ["y"]);
  assertEquals(done, ["a", "x", "b", ...done.slice(3)]);
  assertEquals(ended, [["a", true], ["b", true]]);
});

Deno.test("runJobs: one that fails, or misses something of the store, stops no other", async () => {
  const { pool, all, ended } = begin([job("a"), job("b"), job("c")], 1);
  await pool.names();
  pool.end("a", new DivergedError("NaN"));
  await pool.names();
  pool.end("b", new LostResultError("gone"));
  await pool.names();
  pool.end("c");
  const { failures, lost } = await all;
  assertEquals(failures.map(({ task, error }) => [task.id.name, error.message]), [["a", "NaN"]]);
  assertEquals(lost.map(({ message }) => message), ["gone"]);
  assertEquals(ended, [["a", false], ["b", false], ["c", true]]);
});

const fatal: readonly [what: string, error: Error][] = [
  ["a disk that is full", new WriteError("no space")],
  ["a store that cannot be read", new StoreError("too many open files")],
  ["a link in the store", new LinkedPathError("found a symbolic link")],
  ["a disk that fails", new Error("Input/output error (os error 5)")],
];
for (const [what, error] of fatal) {
  Deno.test(`runJobs: ${what} stops all`, async () => {
    const { pool, all } = begin([job("a"), job("b"), job("c")], 2);
    await pool.names();
    pool.end("b", error);
    assertEquals(await assertRejects(() => all), error);
    assertEquals(await pool.names(), ["a"]);
  });
}

Deno.test("runJobs: with failFast the first failure stops all, and is named", async () => {
  const { pool, all } = begin([job("a"), job("b"), job("c")], 2, { failFast: true });
  await pool.names();
  pool.end("a", new DivergedError("NaN"));
  await assertRejects(() => all, FailFastError, "a: NaN");
  assertEquals(await pool.names(), ["b"]);
});

Deno.test("runJobs: interrupted, it waits until trainings have saved, and for nothing else", async () => {
  const { pool, all, controller } = begin([job("a"), job("b", 1, "train"), job("c")], 2);
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

Deno.test("runJobs: the tasks of a job run one after another, and what follows a failed one does not", async () => {
  const { pool, all, done, ended } = begin([
    { data, tasks: [task("a"), task("b"), task("c")], threads: 1, alone: false },
  ], 2);
  assertEquals(await pool.names(), ["a"]);
  pool.end("a");
  assertEquals(await pool.names(), ["b"]);
  pool.end("b", new Error("no"));
  const { failures } = await all;
  assertEquals(failures.map(({ task, error }) => [task.id.name, error.message]), [["b", "no"]]);
  assertEquals([done, ended], [["a"], [["a", false]]]);
});

Deno.test("runJobs: it tells that a thread is idle when no job fits that thread, and not before", async () => {
  const { pool, idle, all } = begin([job("a"), job("b")], 2, { spare: [job("c")] });
  await pool.names();
  pool.end("a");
  await pool.names();
  assertEquals(idle, []);
  pool.end("c");
  await pool.names();
  assertEquals(idle, [["b"]]);
  pool.end("b");
  await all;
});
