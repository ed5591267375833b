// @ts-types="../declarations/assert.d.ts"
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { LinkedPathError } from "../../src/files/inside.ts";
import { WriteError } from "../../src/files/write_whole.ts";
import { FolderLock, HeldError, isHeld } from "../../src/files/lock.ts";
import { type LockSystem, systemLocks } from "../../src/files/lock_system.ts";
import { thisProcess } from "../../src/files/this_process.ts";
import { endedProcess, lockErrors, noLocks } from "./no_locks.ts";
import { inFolder } from "../temporary_folder.ts";

const { host } = thisProcess();

/** Takes a lock and records the notices; `noticed` resolves with the first. */
function take(
  folder: string,
  wait = false,
  { signal } = new AbortController(),
  system: LockSystem = systemLocks,
) {
  const said: string[] = [];
  const { promise: noticed, resolve } = Promise.withResolvers<void>();
  const notice = (one: string): void => {
    said.push(one);
    resolve();
  };
  return { lock: FolderLock.take(folder, { wait, notice, signal }, system), said, noticed };
}

Deno.test("FolderLock: a second is told who holds the folder, and has it when that one is done", () =>
  inFolder(async (folder) => {
    const first = await take(folder).lock;
    await assertRejects(
      () => take(folder).lock,
      HeldError,
      `cannot write to ${folder}: another run is (process ${Deno.pid} on ${host}, since `,
    );
    await first.release();
    const { lock, said } = take(folder);
    await (await lock).release();
    assertEquals(said, []);
    assertEquals([...Deno.readDirSync(folder)], []);
  }));

const [withoutLocks = new Error()] = lockErrors.map(([, error]) => error);
const systems: readonly [string, LockSystem][] = [
  ["with locks", systemLocks],
  ["without locks", noLocks(withoutLocks)],
];

for (const [kind, system] of systems) {
  Deno.test(`isHeld: a folder is held from taking its lock to releasing it, ${kind}`, () =>
    inFolder(async (folder) => {
      assertEquals(await isHeld(folder), false);
      const lock = await take(folder, false, new AbortController(), system).lock;
      assertEquals(await isHeld(folder), true);
      await lock.release();
      assertEquals(await isHeld(folder), false);
    }));
}

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

Deno.test("FolderLock: one that waits has the folder, too, where its last holder removed it", () =>
  inFolder(async (above) => {
    const folder = `${above}/run`;
    const first = await take(folder).lock;
    const { lock, noticed } = take(folder, true);
    await noticed;
    await first.release();
    await Deno.remove(folder);
    await (await lock).release();
    assertEquals([...Deno.readDirSync(folder)], []);
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
    assert((await Deno.readTextFile(`${folder}/.lock`)).startsWith(
      `process ${Deno.pid} on ${host}, since `,
    ));
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

const names = (folder: string): string[] => Array.from(Deno.readDirSync(folder), (f) => f.name);

/** Takes a lock in a file system without locks. */
const takeWithout = (folder: string, [, error] = lockErrors[0] ?? ["", new Error("none")]) =>
  take(folder, false, new AbortController(), noLocks(error));

for (const kind of lockErrors) {
  const [name, { message }] = kind;
  Deno.test(`FolderLock: where there are no locks (${name}), one has the folder that creates a file, and a second is told`, () =>
    inFolder(async (folder) => {
      const { lock, said } = takeWithout(folder, kind);
      const first = await lock;
      assertEquals(names(folder), [".lock-held"]);
      const held = await assertRejects(() => takeWithout(folder, kind).lock, HeldError);
      assertMatch(held.message, /^cannot write to .*: another run is \(process \d+ on /);
      assertStringIncludes(
        held.message,
        `; its lock is the file ${folder}/.lock-held, because the file system has no locks: ${message}); --wait waits for it`,
      );
      await first.release();
      await (await takeWithout(folder, kind).lock).release();
      assertEquals(said, []);
      assertEquals(names(folder), []);
    }));
}

Deno.test("FolderLock: where there are no locks, one that waits has the folder when it is free", () =>
  inFolder(async (folder) => {
    const first = await takeWithout(folder).lock;
    let pauses = 0;
    const pause = async (): Promise<void> => {
      if (++pauses === 3) await first.release();
    };
    const system = noLocks(lockErrors[0]?.[1] ?? new Error("none"), pause);
    const { lock, said } = take(folder, true, new AbortController(), system);
    const second = await lock;
    assertEquals(pauses, 3);
    assertEquals(said.length, 1);
    assertMatch(said[0] ?? "", /^waiting for another run to be done with /);
    await assertRejects(() => takeWithout(folder).lock, HeldError);
    await second.release();
  }));

Deno.test("FolderLock: where there are no locks, one that waits has the folder, too, where its last holder removed it", () =>
  inFolder(async (above) => {
    const folder = `${above}/run`;
    const first = await takeWithout(folder).lock;
    const system = noLocks(withoutLocks, async () => {
      await first.release();
      await Deno.remove(folder);
    });
    await (await take(folder, true, new AbortController(), system).lock).release();
    assertEquals([...Deno.readDirSync(folder)], []);
  }));

Deno.test("FolderLock: where there are no locks, one that waits can be told to stop", () =>
  inFolder(async (folder) => {
    const first = await takeWithout(folder).lock;
    const controller = new AbortController();
    const system = noLocks(new Error("none"), () => new Promise(() => {}));
    const { lock, noticed } = take(folder, true, controller, system);
    const waiting = assertRejects(() => lock, Error, "enough");
    await noticed;
    controller.abort(new Error("enough"));
    await waiting;
    await first.release();
  }));

Deno.test("FolderLock: the file of a process that has ended on this machine is taken, and that is said", () =>
  inFolder(async (folder) => {
    const left = `process ${await endedProcess()} on ${host}, since 2026-01-02 03:04:05 UTC`;
    await Deno.writeTextFile(`${folder}/.lock-held`, `${left}, token 0123abcd\n`);
    const { lock, said } = takeWithout(folder);
    const held = await lock;
    assertEquals(said.length, 1);
    assertStringIncludes(
      said[0] ?? "",
      `taking over ${folder}/.lock-held from a run that did not end (${left}; the file system has no locks`,
    );
    await assertRejects(() => takeWithout(folder).lock, HeldError, `process ${Deno.pid} on`);
    await held.release();
    assertEquals(names(folder), []);
  }));

Deno.test("FolderLock: of many that find the file of an ended process one takes it", () =>
  inFolder(async (folder) => {
    const left = `process ${await endedProcess()} on ${host}, since 2026-01-02 03:04:05 UTC`;
    await Deno.writeTextFile(`${folder}/.lock-held`, `${left}, token 0123abcd\n`);
    const taken = await Promise.allSettled(
      Array.from({ length: 20 }, () => takeWithout(folder).lock),
    );
    assertEquals(taken.filter(({ status }) => status === "fulfilled").length, 1);
    for (const one of taken) if (one.status === "fulfilled") await one.value.release();
    assertEquals(names(folder), []);
  }));

const unjudged: readonly [whose: string, record: string, words: string][] = [
  [
    "of another machine",
    "process 12 on elsewhere, since 2026-01-02 03:04:05 UTC, token 0123abcd",
    "process 12 on elsewhere, since 2026-01-02 03:04:05 UTC",
  ],
  ["with nothing that can be read", "\x1b[2J process 1", "unknown process"],
  ["with nothing in it yet", "", "unknown process"],
];
for (const [whose, record, words] of unjudged) {
  Deno.test(`FolderLock: a file ${whose} is left, and named with how to remove it`, () =>
    inFolder(async (folder) => {
      const path = `${folder}/.lock-held`;
      await Deno.writeTextFile(path, record);
      const { message } = await assertRejects(() => takeWithout(folder).lock, HeldError);
      assertStringIncludes(message, `(${words}; its lock is the file ${path}`);
      assertStringIncludes(message, `; if that process has ended, remove ${path})`);
      assertEquals(await Deno.readTextFile(path), record);
    }));
}

Deno.test("FolderLock: a file that a person removed and another created is not removed with the lock", () =>
  inFolder(async (folder) => {
    const first = await takeWithout(folder).lock;
    await Deno.remove(`${folder}/.lock-held`);
    const second = await takeWithout(folder).lock;
    await first.release();
    assertEquals(names(folder), [".lock-held"]);
    await second.release();
  }));

Deno.test("FolderLock: one machine that finds locks and one that finds none respect each other", () =>
  inFolder(async (folder) => {
    const locked = await take(folder).lock;
    await assertRejects(
      () => takeWithout(folder).lock,
      HeldError,
      `lock is the file ${folder}/.lock,`,
    );
    await locked.release();
    const created = await takeWithout(folder).lock;
    await assertRejects(
      () => take(folder).lock,
      HeldError,
      `lock is the file ${folder}/.lock-held,`,
    );
    await created.release();
    await (await take(folder).lock).release();
    assertEquals(names(folder), []);
  }));

for (const name of [".lock", ".lock-held"]) {
  Deno.test(`FolderLock: ${name} that is a link is not followed`, () =>
    inFolder(async (outside) => {
      await Deno.mkdir(`${outside}/folder`);
      await Deno.writeTextFile(`${outside}/precious.txt`, "precious");
      await Deno.symlink(`${outside}/precious.txt`, `${outside}/folder/${name}`);
      for (const taking of [take, takeWithout]) {
        await assertRejects(() => taking(`${outside}/folder`).lock, LinkedPathError);
      }
      assertEquals(await Deno.readTextFile(`${outside}/precious.txt`), "precious");
    }));
}

Deno.test("FolderLock: a folder or a pipe at .lock is named", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/.lock`);
    await assertRejects(() => take(folder).lock, WriteError, "expected a file, found a folder");
    await Deno.remove(`${folder}/.lock`);
    await new Deno.Command("mkfifo", { args: [`${folder}/.lock`] }).output();
    await assertRejects(() => take(folder).lock, WriteError, "expected a file, found a pipe");
  }));
