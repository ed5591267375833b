// @ts-types="../declarations/assert.d.ts"
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { LinkedPathError } from "../../src/files/inside.ts";
import { systemLocks } from "../../src/files/lock_system.ts";
import { thisProcess } from "../../src/files/this_process.ts";
import { StoreError } from "../../src/store/read_stored.ts";
import { Store } from "../../src/store/store.ts";
import { StoreLock } from "../../src/store/store_lock.ts";
import { resultId } from "../../src/store/stored_result.ts";
import { endedProcess, lockErrors, noLocks } from "../files/no_locks.ts";
import { inFolder } from "../temporary_folder.ts";

const id = resultId("decode", "greedy", {});
const stored = {
  id,
  effort: { seconds: 0.25, count: 7, unit: "samples" },
  body: new Uint8Array(3),
};
const { host } = thisProcess();
const [[, noLock] = ["", new Error("none")]] = lockErrors;
const silent = (): void => {};

const systems = [
  ["the file system's locks", systemLocks],
  ...lockErrors.map(([name, error]) => [`no locks (${name})`, noLocks(error)] as const),
] as const;
for (const [what, system] of systems) {
  Deno.test(`StoreLock: with ${what}, runs share a store, pruning takes it alone, or not at all`, () =>
    inFolder(async (root) => {
      const store = new Store(root);
      const inUse = () => assertRejects(() => StoreLock.takeAlone(store, system), StoreError);
      const one = await StoreLock.share(store, silent, system);
      const other = await StoreLock.share(store, silent, system);
      await inUse();
      await one.release();
      assertMatch(
        (await inUse()).message,
        /^cannot prune the cache: a run is in progress that may/,
      );
      await other.release();
      const alone = await StoreLock.takeAlone(store, system);
      await inUse();
      await alone.release();
      await (await StoreLock.share(store, silent, system)).release();
    }));
}

for (const [what, system] of systems.slice(0, 2)) {
  Deno.test(`StoreLock: with ${what}, runs that only sign share a store, too, and pruning sees them, as they see it`, () =>
    inFolder(async (root) => {
      const store = new Store(root);
      const signed = await StoreLock.shareBySigns(store);
      assert(!await Deno.lstat(`${root}/.lock`).catch(() => undefined));
      const shared = await StoreLock.share(store, silent, system);
      await shared.release();
      await assertRejects(() => StoreLock.takeAlone(store, system), StoreError, ".user-");
      await signed.release();
      const alone = await StoreLock.takeAlone(store, system);
      const said: string[] = [];
      const waiting = noLocks(noLock, () => alone.release());
      const late = await StoreLock.shareBySigns(store, (message) => said.push(message), waiting);
      assertEquals(said.length, 1);
      assertStringIncludes(
        said[0] ?? "",
        `waiting until ${root} is pruned (process ${Deno.pid} on`,
      );
      await late.release();
      const left = [...Deno.readDirSync(root)].map(({ name }) => name).toSorted();
      assertEquals(left, [".format", ".lock"]);
    }));
  Deno.test(`StoreLock: with ${what}, what a killed run has half written is removed, and nothing else`, () =>
    inFolder(async (root) => {
      const store = new Store(root);
      await store.write(stored);
      const place = `${root}/temporary/${id.key}`;
      const part = (pid: number) => `${place}.${host}-${pid}-0123abcd.part`;
      const [ended, notes] = [part(await endedProcess()), `${root}/temporary/notes.txt`];
      // Versions before this layout wrote beside the results.
      const others = [".format", `decode/${id.key}`].map((name) =>
        ended.replace(place, `${root}/${name}`)
      );
      await Deno.writeTextFile(notes, "a person's");
      for (const path of [ended, ...others]) await Deno.writeTextFile(path, "half");
      const one = await StoreLock.share(store, silent, system);
      for (const path of [ended, ...others]) {
        await assertRejects(() => Deno.stat(path), Deno.errors.NotFound);
      }
      const running = part(1);
      await Deno.writeTextFile(running, "half");
      const other = await StoreLock.share(store, silent, system);
      assert((await Deno.stat(running)).isFile);
      await one.release();
      await other.release();
      assertEquals(await store.has(id), true);
      assert((await Deno.stat(notes)).isFile);
    }));
}

Deno.test("StoreLock: what a shard writes that only signs is not removed by a run with a lock", () =>
  inFolder(async (root) => {
    const store = new Store(root);
    await store.write(stored);
    const signed = await StoreLock.shareBySigns(store);
    const part = `${root}/temporary/${id.key}.elsewhere-12-0123abcd.part`;
    await Deno.writeTextFile(part, "half");
    await (await StoreLock.share(store)).release();
    assert((await Deno.stat(part)).isFile);
    await signed.release();
    await (await StoreLock.share(store)).release();
    await assertRejects(() => Deno.stat(part), Deno.errors.NotFound);
  }));

Deno.test("StoreLock: where there are no locks, the message says which run uses the store, and how to remove its sign", () =>
  inFolder(async (root) => {
    const store = new Store(root);
    const user = `${root}/.user-elsewhere-12-0123abcd`;
    const words = "process 12 on elsewhere, since 2026-01-02 03:04:05 UTC";
    await Deno.writeTextFile(user, `${words}, token 0123abcd\n`);
    const { message } = await assertRejects(
      () => StoreLock.takeAlone(store, noLocks(noLock)),
      StoreError,
      `(${words}; its lock is the file ${user}, because not every run has locks of the file system`,
    );
    assertStringIncludes(message, `; if that process has ended, remove ${user})`);
    await assertRejects(() => StoreLock.takeAlone(store), StoreError, words);
    // One that was made this moment is still empty.
    await Deno.truncate(user);
    await assertRejects(() => StoreLock.takeAlone(store), StoreError, "process 12 on elsewhere");
    await Deno.writeTextFile(user, `${words}, token 0123abcd\n`);
    const ended = `${root}/.user-${host}-1-0123abcd`;
    await Deno.rename(user, ended);
    const record = `process ${await endedProcess()} on ${host}, since 2026-01-02 03:04:05 UTC`;
    await Deno.writeTextFile(ended, `${record}, token 0123abcd\n`);
    await (await StoreLock.takeAlone(store, noLocks(noLock))).release();
    await assertRejects(() => Deno.stat(ended), Deno.errors.NotFound);
  }));

Deno.test("StoreLock: where there are no locks, a run waits while the store is pruned, and says so", () =>
  inFolder(async (root) => {
    const store = new Store(root);
    const alone = await StoreLock.takeAlone(store, noLocks(noLock));
    const said: string[] = [];
    const shared = await StoreLock.share(
      store,
      (message) => said.push(message),
      noLocks(noLock, () => alone.release()),
    );
    assertEquals(said.length, 1);
    assertStringIncludes(said[0] ?? "", `waiting until ${root} is pruned (process ${Deno.pid} on`);
    await shared.release();
  }));

Deno.test("StoreLock: one that prunes and has ended holds nobody up", () =>
  inFolder(async (root) => {
    const store = new Store(root);
    const left = `process ${await endedProcess()} on ${host}, since 2026-01-02 03:04:05 UTC`;
    await Deno.writeTextFile(`${root}/.lock-held`, `${left}, token 0123abcd\n`);
    await (await StoreLock.share(store, silent, noLocks(noLock))).release();
    await (await StoreLock.takeAlone(store, noLocks(noLock))).release();
    await assertRejects(() => Deno.stat(`${root}/.lock-held`), Deno.errors.NotFound);
  }));

for (const name of [".lock", ".lock-held"]) {
  Deno.test(`StoreLock: ${name} that is a link is not followed`, () =>
    inFolder(async (outside) => {
      const store = new Store(`${outside}/store`);
      await Deno.mkdir(store.root);
      await Deno.writeTextFile(`${outside}/precious.txt`, "precious");
      await Deno.symlink(`${outside}/precious.txt`, `${store.root}/${name}`);
      const system = noLocks(noLock);
      await assertRejects(() => StoreLock.takeAlone(store, system), LinkedPathError);
      await assertRejects(() => StoreLock.share(store, silent, system), LinkedPathError);
      assertEquals(await Deno.readTextFile(`${outside}/precious.txt`), "precious");
    }));
}

Deno.test("StoreLock: results of an older version are named once, with their size and how to remove them, and left alone", () =>
  inFolder(async (root) => {
    const store = new Store(root);
    const older = `${root}/decode/${"0".repeat(64)}`;
    await Deno.mkdir(`${root}/decode`);
    await Deno.writeTextFile(
      older,
      `${"f".repeat(64)}\n{"format":"microbeam-store-1","stage":"decode"}\n${"x".repeat(900)}`,
    );
    await store.write(stored);
    const said: string[] = [];
    for (let run = 0; run < 2; run++) {
      await (await StoreLock.share(store, (message) => said.push(message))).release();
    }
    assertEquals(said, [
      `${root} has 1 result of an older version of microbeam (1013 bytes), which this one cannot use ` +
      "and leaves alone; deno task cache --prune --older removes them",
    ]);
    assert((await Deno.stat(older)).isFile);
    assert(await store.has(id));
  }));
