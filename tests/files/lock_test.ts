// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { FolderLock, HeldError } from "../../src/files/lock.ts";
import { inFolder } from "../temporary_folder.ts";

/** Takes a lock and records the notices; `noticed` resolves with the first. */
function take(folder: string, wait = false, { signal } = new AbortController()) {
  const said: string[] = [];
  const { promise: noticed, resolve } = Promise.withResolvers<void>();
  const notice = (one: string): void => {
    said.push(one);
    resolve();
  };
  return { lock: FolderLock.take(folder, { wait, notice, signal }), said, noticed };
}

Deno.test("FolderLock: a second is told who holds the folder, and has it when that one is done", () =>
  inFolder(async (folder) => {
    const first = await take(folder).lock;
    await assertRejects(
      () => take(folder).lock,
      HeldError,
      `cannot write to ${folder}: another run is (process ${Deno.pid}, since `,
    );
    await first.release();
    const { lock, said } = take(folder);
    await (await lock).release();
    assertEquals(said, []);
    assertEquals([...Deno.readDirSync(folder)], []);
  }));

Deno.test("FolderLock: one that waits has the folder as soon as it is free, and the next after it", () =>
  inFolder(async (folder) => {
    const first = await take(folder).lock;
    const order: number[] = [];
    const taken = [1, 2, 3].map((number) => ({ number, ...take(folder, true) }));
    const waiting = taken.map(async ({ number, lock, said }) => {
      const held = await lock;
      order.push(number);
      assertMatch(said.join(), /^waiting for another run to be done with /);
      await assertRejects(() => take(folder).lock, HeldError);
      await held.release();
    });
    await Promise.all(taken.map(({ noticed }) => noticed));
    assertEquals(order, []);
    await first.release();
    await Promise.all(waiting);
    assertEquals(order.toSorted(), [1, 2, 3]);
  }));

Deno.test("FolderLock: one that waits can be told to stop", () =>
  inFolder(async (folder) => {
    const first = await take(folder).lock;
    const controller = new AbortController();
    const { lock, noticed } = take(folder, true, controller);
    const waiting = assertRejects(() => lock, Error, "enough");
    await noticed;
    controller.abort(new Error("enough"));
    await waiting;
    await first.release();
  }));

Deno.test("FolderLock: a lock that a process left when it died is taken, and that is said", () =>
  inFolder(async (folder) => {
    const left = "process 12, since 2026-01-02 03:04:05 UTC";
    await Deno.writeTextFile(`${folder}/.lock`, `${left}\n`);
    const { lock, said } = take(folder);
    const held = await lock;
    assertEquals(said, [`${folder}: taking over from a run that did not end (${left})`]);
    assert((await Deno.readTextFile(`${folder}/.lock`)).startsWith(`process ${Deno.pid}, since `));
    await held.release();
  }));

Deno.test("FolderLock: what a foreign file says is not shown", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/.lock`, "\x1b[2J process 1");
    const { lock, said } = take(folder);
    await (await lock).release();
    assertEquals(said, [
      `${folder}: taking over from a run that did not end (unknown process)`,
    ]);
  }));
