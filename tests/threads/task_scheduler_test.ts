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
  type JobSource,
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
  return { data, tasks: [task(name, stage)], turn: 0, place: "beside others", threads };
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

/**
 * Runs `jobs`, and others once the jobs of those names have ended. Each time that it is asked for jobs it
 * waits for `answered`, and `onEnd` is told of each that has ended.
 */
function begin(
  jobs: readonly Job[],
  threads: number,
  { failFast = false, then = {}, answered, onEnd }: {
    failFast?: boolean;
    then?: Readonly<Record<string, readonly Job[]>>;
    answered?: () => Promise<void>;
    onEnd?: (name: string) => void;
  } = {},
) {
  const pool = new FakeRunner();
  const controller = new AbortController();
  const ended: [string, boolean][] = [];
  const failed: [string, string][] = [];
  const done: string[] = [];
  const idle: string[][] = [];
  let next = jobs;
  const source: JobSource = {
    more: async () => {
      const more = next;
      next = [];
      await answered?.();
      return more;
    },
  };
  const all = runJobs(source, {
    runner: pool,
    threads,
    failFast,
    signal: controller.signal,
    onIdle: () => void idle.push([...pool.running.keys()]),
    onTask: ({ id }) => void done.push(id.name),
    onFailure: ({ id }, { message }) => void failed.push([id.name, message]),
    onEnd: ({ tasks: [{ id }] }, isDone) => {
      ended.push([id.name, isDone]);
      next = [...next, ...then[id.name] ?? []];
      onEnd?.(id.name);
    },
  });
  return { pool, controller, ended, failed, done, idle, all };
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
  assertEquals(await all, []);
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

Deno.test("runJobs: jobs of a later turn begin when no earlier one waits for threads, and are waited for", async () => {
  const later = ["x", "y"].map((name): Job => ({ ...job(name), turn: 1 }));
  const { pool, all, done, ended } = begin([...later, job("a", 2), job("b")], 2);
  assertEquals(await pool.names(), ["a"]);
  pool.end("a");
  assertEquals(await pool.names(), ["b", "x"]);
  pool.end("x");
  assertEquals(await pool.names(), ["b", "y"]);
  pool.end("b");
  assertEquals(await pool.names(), ["y"]);
  pool.end("y");
  assertEquals(await all, []);
  assertEquals(done, ["a", "x", "b", "y"]);
  assertEquals(ended, ["a", "x", "b", "y"].map((name) => [name, true]));
});

Deno.test("runJobs: an earlier job that waits for more threads than are left keeps a later one from them", async () => {
  const { pool, all } = begin([job("a"), job("b", 2), { ...job("x"), turn: 1 }], 2);
  assertEquals(await pool.names(), ["a"]);
  pool.end("a");
  assertEquals(await pool.names(), ["b"]);
  pool.end("b");
  assertEquals(await pool.names(), ["x"]);
  pool.end("x");
  await all;
});

Deno.test("runJobs: one that shares what another has keeps no later one from a thread", async () => {
  const shared = ["a", "b"].map((name): Job => ({ ...job(name), shares: "n-grams" }));
  const { pool, all } = begin([...shared, { ...job("x"), turn: 1 }], 2);
  assertEquals(await pool.names(), ["a", "x"]);
  pool.end("a");
  assertEquals(await pool.names(), ["x", "b"]);
  pool.end("x");
  pool.end("b");
  await all;
});

const places: readonly [what: string, places: readonly Job["place"][], begun: string][] = [
  ["none beside one that is alone", ["alone", "beside others", "main thread"], "0"],
  [
    "one on the main thread beside one that leaves it",
    ["alone but for the main thread", "beside others", "main thread", "main thread"],
    "0 2",
  ],
  [
    "one that is alone beside none of its kind",
    ["alone but for the main thread", "alone but for the main thread", "main thread"],
    "0 2",
  ],
  ["one at a time on the main thread", ["main thread", "main thread", "beside others"], "0 2"],
  ["none that is alone beside others", ["beside others", "alone but for the main thread"], "0"],
];
for (const [what, own, begun] of places) {
  Deno.test(`runJobs: ${what} (4 threads)`, async () => {
    const jobs = own.map((place, i): Job => ({
      ...job(`${i}`),
      place,
      threads: place.startsWith("alone") ? 4 : 1,
    }));
    const { pool, all, done } = begin(jobs, 4);
    assertEquals((await pool.names()).join(" "), begun);
    for (let names = await pool.names(); names.length > 0; names = await pool.names()) {
      for (const name of names) pool.end(name);
    }
    await all;
    assertEquals(done.toSorted(), jobs.map((_, i) => `${i}`));
  });
}

const turns: readonly [
  what: string,
  jobs: readonly (readonly [place: Job["place"], turn: number])[],
  begun: string,
][] = [
  [
    "one that leaves the main thread to others does so while it waits",
    [
      ["alone but for the main thread", 0],
      ["alone but for the main thread", 0],
      ["beside others", 1],
      ["main thread", 1],
    ],
    "0 3",
  ],
  [
    "one that is to be alone keeps a later one from the main thread while it waits",
    [["alone but for the main thread", 0], ["alone", 0], ["main thread", 1]],
    "0",
  ],
  [
    "one that is to be alone waits for others, and keeps later ones from all threads but the main one",
    [
      ["beside others", 0],
      ["alone but for the main thread", 0],
      ["beside others", 1],
      ["main thread", 2],
    ],
    "0 3",
  ],
];
for (const [what, own, begun] of turns) {
  Deno.test(`runJobs: ${what} (4 threads)`, async () => {
    const jobs = own.map(([place, turn], i): Job => ({
      ...job(`${i}`),
      place,
      turn,
      threads: place.startsWith("alone") ? 4 : 1,
    }));
    const { pool, all, done } = begin(jobs, 4);
    assertEquals((await pool.names()).join(" "), begun);
    for (let names = await pool.names(); names.length > 0; names = await pool.names()) {
      for (const name of names) pool.end(name);
    }
    await all;
    assertEquals(done.toSorted(), jobs.map((_, i) => `${i}`));
  });
}

Deno.test("runJobs: 2,000 jobs are sorted once, and not whenever one ends (each turn is read at most 40 times)", async () => {
  let reads = 0;
  const jobs = Array.from({ length: 2000 }, (_, i): Job => {
    const { turn, ...rest } = job(`${i}`);
    return {
      ...rest,
      get turn() {
        reads++;
        return turn;
      },
    };
  });
  const more = [jobs];
  await runJobs({ more: () => Promise.resolve(more.pop() ?? []) }, {
    runner: { run: () => Promise.resolve(), interrupt() {} },
    threads: 4,
    failFast: false,
    signal: new AbortController().signal,
    onTask() {},
    onFailure() {},
    onEnd() {},
  });
  assert(reads <= 40 * jobs.length, `${reads} reads`);
});

Deno.test("runJobs: what can begin once a job has ended begins beside the others", async () => {
  const { pool, all, done } = begin([job("a"), job("b")], 2, { then: { a: [job("c")] } });
  await pool.names();
  pool.end("a");
  assertEquals(await pool.names(), ["b", "c"]);
  pool.end("b");
  pool.end("c");
  await all;
  assertEquals(done, ["a", "b", "c"]);
});

Deno.test("runJobs: where a result is missing, those that could begin are run, and no others", async () => {
  const { pool, all, done } = begin([job("a"), job("b")], 1, {
    then: { a: [job("c")], b: [job("d")] },
  });
  await pool.names();
  pool.end("a", new LostResultError("gone"));
  assertEquals(await pool.names(), ["b"]);
  pool.end("b");
  assertEquals((await all).map(({ message }) => message), ["gone"]);
  assertEquals(done, ["b"]);
});

Deno.test("runJobs: one that fails, or misses something of the store, stops no other", async () => {
  const { pool, all, ended, failed } = begin([job("a"), job("b"), job("c")], 1);
  await pool.names();
  pool.end("a", new DivergedError("NaN"));
  await pool.names();
  pool.end("b", new LostResultError("gone"));
  await pool.names();
  pool.end("c");
  const lost = await all;
  assertEquals(failed, [["a", "NaN"]]);
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

const stops: readonly [
  what: string,
  message: string,
  stop: (begun: ReturnType<typeof begin>) => void,
][] = [
  ["what fails", "no space", ({ pool }) => pool.end("b", new WriteError("no space"))],
  ["an interruption", "stop", ({ controller }) => controller.abort(new Interrupted("stop"))],
  [
    "an error of whoever is told of an end",
    "cannot note the end of b",
    ({ pool }) => pool.end("b"),
  ],
];
for (const [what, message, stop] of stops) {
  Deno.test(`runJobs: ${what} while it asks which others can begin stops all, and none begins`, async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let asked = 0;
    const begun = begin([job("a"), job("b"), job("c")], 2, {
      answered: () => ++asked === 1 ? Promise.resolve() : promise,
      onEnd(name) {
        if (name === "b") throw new Error("cannot note the end of b");
      },
    });
    const { pool, all } = begun;
    await pool.names();
    pool.end("a");
    await pool.names();
    stop(begun);
    const left = await pool.names();
    resolve();
    const rejected = assertRejects(() => all, Error, message);
    assertEquals(await pool.names(), left);
    await rejected;
  });
}

for (const isInterrupted of [false, true]) {
  const waits = isInterrupted ? "does not wait" : "waits";
  const why = isInterrupted ? "what fails and an interruption stop" : "what fails stops";
  Deno.test(`runJobs: where ${why} all, it ${waits} for what the main thread does`, async () => {
    const { pool, all, controller } = begin([
      { ...job("a", 2), place: "alone but for the main thread" },
      { ...job("b"), place: "main thread" },
    ], 2);
    await pool.names();
    let over = false;
    const rejected = assertRejects(() => all, WriteError, "no space").then(() => over = true);
    pool.end("a", new WriteError("no space"));
    assertEquals([await pool.names(), over], [["b"], false]);
    if (isInterrupted) controller.abort(new Interrupted("stop"));
    else pool.end("b");
    await rejected;
  });
}

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
  const { pool, all, done, ended, failed } = begin([
    { ...job("a"), tasks: [task("a"), task("b"), task("c")] },
  ], 2);
  assertEquals(await pool.names(), ["a"]);
  pool.end("a");
  assertEquals(await pool.names(), ["b"]);
  pool.end("b", new Error("no"));
  await all;
  assertEquals(failed, [["b", "no"]]);
  assertEquals([done, ended], [["a"], [["a", false]]]);
});

Deno.test("runJobs: it tells that a thread is idle when no job fits that thread, and not before", async () => {
  const { pool, idle, all } = begin([job("a"), job("b"), job("c")], 2);
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
