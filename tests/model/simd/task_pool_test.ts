// @ts-types="../../declarations/assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { TaskPool } from "../../../src/model/simd/task_pool.ts";

/** Words of control, then one counter a task. */
const TASKS = 50;

Deno.test("TaskPool: alone, does every task of a phase once, in order", () => {
  const done: string[] = [];
  const pool = new TaskPool(
    new Int32Array(new SharedArrayBuffer(64)),
    (phase, index) => done.push(`${phase}.${index}`),
  );
  pool.phase(3, 2);
  pool.phase(1, 0);
  pool.phase(2, 1);
  assertEquals(done, ["3.0", "3.1", "2.0"]);
});

Deno.test("TaskPool: more tasks than a ticket can number are refused", () => {
  const pool = new TaskPool(new Int32Array(new SharedArrayBuffer(64)), () => {});
  pool.phase(0, 4095);
  assertThrows(() => pool.phase(0, 4096), RangeError, "at most 4095");
});

Deno.test("TaskPool: with three workers, 20,000 phases do every task exactly once", async () => {
  const buffer = new SharedArrayBuffer(64 + 4 * TASKS);
  const control = new Int32Array(buffer, 0, 16);
  const counters = new Int32Array(buffer, 64, TASKS);
  const workers = Array.from({ length: 3 }, () => {
    const worker = new Worker(new URL("./task_pool_worker.ts", import.meta.url), {
      type: "module",
    });
    worker.postMessage(buffer);
    return worker;
  });
  await Promise.all(workers.map((worker) => new Promise((resolve) => worker.onmessage = resolve)));
  const pool = new TaskPool(control, (_, index) => void Atomics.add(counters, index, 1));
  const expected = new Int32Array(TASKS);
  for (let i = 0; i < 20_000; i++) {
    // Few tasks and many, so that tickets of old phases meet counts of new ones.
    const count = i % 7 === 0 ? TASKS : i % 4;
    pool.phase(i % 3, count);
    for (let index = 0; index < count; index++) expected[index] = (expected[index] ?? 0) + 1;
  }
  pool.stop();
  for (const worker of workers) worker.terminate();
  assertEquals([...counters], [...expected]);
});
