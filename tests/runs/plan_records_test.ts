// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertRejects } from "@std/assert";
import { LinkedPathError } from "../../src/files/inside.ts";
import { thisProcess } from "../../src/files/this_process.ts";
import { PlanRecords, type ShardBeat } from "../../src/runs/plan_records.ts";
import { Store } from "../../src/store/store.ts";
import { resultId } from "../../src/store/stored_result.ts";
import { inFolder } from "../temporary_folder.ts";

const sha256 = "0123456789abcdef".repeat(4);
const id = resultId("decode", "greedy", {});
const beat: ShardBeat = { shard: 2, of: 4, state: "running", tasks: 7, done: 3, computing: [5] };
const own = `plans/${sha256.slice(0, 16)}`;

Deno.test("PlanRecords: a failure is there until a later try succeeds", () =>
  inFolder(async (root) => {
    const records = new PlanRecords(new Store(root), sha256);
    assertEquals([...await records.failures()], []);
    await records.succeed(id);
    await records.fail(id, "the target has diverged");
    const record = { stage: "decode", name: "greedy", message: "the target has diverged" };
    assertEquals([...await records.failures()], [[id.key, record]]);
    assertEquals([...await new PlanRecords(new Store(root), "f".repeat(64)).failures()], []);
    await records.succeed(id);
    assertEquals([...await records.failures()], []);
  }));

Deno.test("PlanRecords: a plan is kept once, and a shard that works again takes the mark of a merge away", () =>
  inFolder(async (root) => {
    const records = new PlanRecords(new Store(root), sha256);
    const there = () => [...Deno.readDirSync(`${root}/${own}`)].map(({ name }) => name).toSorted();
    const file = `${root}/written.json`;
    await Deno.writeTextFile(file, "the plan");
    await records.markMerged();
    await records.keepPlan(file);
    assertEquals(await Deno.readTextFile(`${root}/${own}/plan.json`), "the plan");
    await records.markMerged();
    assertEquals(there(), ["merged", "plan.json"]);
    await Deno.remove(file);
    await records.keepPlan(file);
    assertEquals(there(), ["plan.json"]);
    assertEquals([...Deno.readDirSync(`${root}/temporary`)], []);
  }));

Deno.test("PlanRecords: each share has one heartbeat, the last, in the order of ranks and numbers", () =>
  inFolder(async (root) => {
    const records = new PlanRecords(new Store(root), sha256);
    for (const shard of [10, 2]) await records.beat({ ...beat, shard });
    await records.beat({ ...beat, shard: 1, rank: 1 });
    await records.beat({ ...beat, done: 7, state: "done", computing: [] });
    const shards = await records.shards();
    assertEquals(shards.map(({ shard, rank, done }) => [shard, rank, done]), [
      [2, undefined, 7],
      [10, undefined, 3],
      [1, 1, 3],
    ]);
    const { host, pid } = thisProcess();
    assert(shards.every((one) => one.host === host && one.pid === pid));
    // No temporary file is left.
    assertEquals([...Deno.readDirSync(`${root}/${own}`)].map(({ name }) => name), ["shards"]);
  }));

Deno.test("PlanRecords: a heartbeat is as old as the file system says, whatever this machine's clock", () =>
  inFolder(async (root) => {
    const records = new PlanRecords(new Store(root), sha256);
    await records.beat(beat);
    const file = `${root}/${own}/shards/2-of-4.json`;
    const { mtime } = await Deno.lstat(file);
    assert(mtime !== null);
    await Deno.utime(file, mtime, new Date(mtime.getTime() - 1000_000));
    const clock = Date.now;
    try {
      Date.now = () => 0;
      const [{ age } = { age: 0 }] = await records.shards();
      assert(age >= 1000 && age < 2000, String(age));
    } finally {
      Date.now = clock;
    }
  }));

Deno.test("PlanRecords: what is damaged, or no record, is left out, and no link is followed", () =>
  inFolder(async (root) => {
    const records = new PlanRecords(new Store(root), sha256);
    await records.fail(id, "no");
    await records.beat(beat);
    const texts = ["", "{", "[]", "null", '{"stage":1,"name":"a","message":"b"}', "\0"];
    for (const [i, text] of texts.entries()) {
      const key = String(i).repeat(64);
      await Deno.writeTextFile(`${root}/${own}/failed/${key}.json`, text);
      await Deno.writeTextFile(`${root}/${own}/shards/${i + 1}-of-9.json`, text);
    }
    const shard = JSON.stringify({ ...beat, host: "h", pid: 1 });
    await Deno.writeTextFile(`${root}/${own}/shards/notes.json`, shard);
    await Deno.writeTextFile(`${root}/secret`, shard);
    await Deno.symlink(`${root}/secret`, `${root}/${own}/shards/7-of-9.json`);
    for (const change of [{ state: "asleep" }, { computing: ["x"] }, { rank: "0" }]) {
      const text = JSON.stringify({ ...beat, host: "h", pid: 1, ...change });
      await Deno.writeTextFile(`${root}/${own}/shards/8-of-9.json`, text);
      assertEquals((await records.shards()).map(({ of }) => of), [4]);
    }
    assertEquals([...(await records.failures()).keys()], [id.key]);
    await Deno.rename(`${root}/plans`, `${root}/elsewhere`);
    await Deno.symlink(`${root}/elsewhere`, `${root}/plans`);
    await assertRejects(() => records.fail(id, "no"), LinkedPathError);
    await assertRejects(() => records.failures(), LinkedPathError);
  }));
