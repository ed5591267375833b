// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { WriteError } from "../../src/files/write_whole.ts";
import {
  decodeHead,
  decodeStored,
  encodeStored,
  resultId,
  type StoredResult,
} from "../../src/store/stored_result.ts";
import { LostResultError, Store, StoreLock } from "../../src/store/store.ts";
import { inFolder } from "../temporary_folder.ts";

const id = resultId("decode", "top_k(k=5)", { strategy: { k: 5 }, target: "0".repeat(64) });
const stored: StoredResult = {
  id,
  effort: { seconds: 0.25, count: 7, unit: "samples" },
  body: new TextEncoder().encode("first\nsecond\n\0é"),
};
const bytes = joined(encodeStored(stored));

Deno.test("resultId: the key is of stage and inputs, and the name is only for a reader", () => {
  const { stage, inputs, key } = id;
  assertEquals(resultId(stage, "another name", inputs).key, key);
  assert(resultId("measure", id.name, inputs).key !== key);
  assert(resultId(stage, id.name, { ...inputs, strategy: { k: 6 } }).key !== key);
});

Deno.test("encodeStored: what was written is read, a body of any bytes (1000 bodies)", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (body) => {
      assertEquals(decodeStored(joined(encodeStored({ ...stored, body }))), { ...stored, body });
    }),
    { numRuns: 1000, seed: 6 },
  );
});

Deno.test("decodeStored: cut off at any byte it is none", () => {
  for (let length = 0; length < bytes.length; length++) {
    assertEquals(decodeStored(bytes.slice(0, length)), undefined, `${length} bytes`);
  }
  assertEquals(decodeStored(joined([bytes, new Uint8Array(1)])), undefined);
});

Deno.test("decodeStored: with any one bit changed it is none", () => {
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    const damaged = bytes.slice();
    damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
    assertEquals(decodeStored(damaged), undefined, `bit ${bit}`);
  }
});

Deno.test("decodeHead: says what an entry is without its body", () => {
  const { id, effort } = stored;
  assertEquals(decodeHead(bytes.slice(0, -5)), { id, effort, bytes: bytes.length });
});

Deno.test("Store: gives back what it was given, and lists it", () =>
  inFolder(async (root) => {
    const store = new Store(root);
    assertEquals(await store.has(id), false);
    await assertRejects(() => store.read(id), LostResultError, "(decode top_k(k=5)) is gone");
    await store.write(stored);
    assertEquals(await store.has(id), true);
    assertEquals(await store.read(id), stored);
    assertEquals((await store.heads("decode")).map(({ id }) => id), [id]);
    assertEquals(await store.heads("train"), []);
  }));

Deno.test("Store: an entry with a head of megabytes is found by it", () =>
  inFolder(async (root) => {
    const store = new Store(root);
    const large = resultId("decode", "greedy", { prompts: "a".repeat(3_000_000) });
    await store.write({ ...stored, id: large });
    assertEquals((await store.head(large))?.id.key, large.key);
  }));

const damages: readonly [what: string, bytes: Uint8Array][] = [
  ["cut off", bytes.slice(0, -1)],
  ["changed", bytes.map((byte, i) => i === bytes.length - 1 ? byte ^ 1 : byte)],
  ["empty", new Uint8Array(0)],
  ["another's", joined(encodeStored({ ...stored, id: resultId("decode", "greedy", {}) }))],
];
for (const [what, content] of damages) {
  Deno.test(`Store: an entry that is ${what} is named, set aside, and can be recomputed`, () =>
    inFolder(async (root) => {
      const store = new Store(root);
      await store.write(stored);
      const file = store.file(id);
      await Deno.writeFile(file, content);
      await assertRejects(
        () => store.read(id),
        LostResultError,
        `${file} (decode top_k(k=5)) is damaged, and was set aside as ${file}.damaged`,
      );
      assertEquals(await store.has(id), false);
      assertEquals(await Deno.readFile(`${file}.damaged`), content);
      await store.write(stored);
      assertEquals(await store.read(id), stored);
    }));
}

Deno.test("Store: what cannot be written is a WriteError, and no part is left", () =>
  inFolder(async (root) => {
    const store = new Store(root);
    await Deno.mkdir(`${store.file(id)}/in the way`, { recursive: true });
    await assertRejects(() => store.write(stored), WriteError, `cannot write ${store.file(id)}: `);
    assertEquals(Array.from(Deno.readDirSync(`${root}/decode`), ({ name }) => name), [id.key]);
  }));

Deno.test("StoreLock: runs share a store, pruning takes it alone, or not at all", () =>
  inFolder(async (root) => {
    const store = new Store(root);
    const [one, other] = [await StoreLock.share(store), await StoreLock.share(store)];
    assertEquals(await StoreLock.takeAlone(store), undefined);
    await one.release();
    assertEquals(await StoreLock.takeAlone(store), undefined);
    await other.release();
    const alone = await StoreLock.takeAlone(store);
    assert(alone !== undefined);
    assertEquals(await StoreLock.takeAlone(store), undefined);
    await alone.release();
  }));

Deno.test("StoreLock: what a killed run has half written is removed by the next that is alone", () =>
  inFolder(async (root) => {
    const store = new Store(root);
    await store.write(stored);
    const part = `${store.file(id)}.${crypto.randomUUID()}.part`;
    await Deno.writeTextFile(part, "half");
    const one = await StoreLock.share(store);
    await assertRejects(() => Deno.stat(part), Deno.errors.NotFound);
    await Deno.writeTextFile(part, "half");
    const other = await StoreLock.share(store);
    assert((await Deno.stat(part)).isFile);
    await one.release();
    await other.release();
    assertEquals(await store.has(id), true);
  }));

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}
