// @ts-types="../declarations/assert.d.ts"
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { LinkedPathError } from "../../src/files/inside.ts";
import { sha256Hex } from "../../src/files/sha256.ts";
import { WriteError } from "../../src/files/write_whole.ts";
import {
  DamagedResultError,
  decodeHead,
  decodeStored,
  encodeStored,
  formatVersion,
  resultId,
  type StoredResult,
} from "../../src/store/stored_result.ts";
import type { StoredFile } from "../../src/store/layout.ts";
import { StoreError } from "../../src/store/read_stored.ts";
import { LostResultError, Store } from "../../src/store/store.ts";
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

/** The bytes of the first line and of the head. */
const headBytes = bytes.length - stored.body.length;

/** Whether `bytes` are a whole result, and if its head is read, whether that is the right one. */
function refused(damaged: Uint8Array): void {
  assertThrows(() => decodeStored(damaged), DamagedResultError);
  try {
    const { id: found, effort, bytes: size } = decodeHead(damaged);
    assertEquals({ found, effort, size }, { found: id, effort: stored.effort, size: bytes.length });
  } catch (error) {
    assert(error instanceof DamagedResultError, String(error));
  }
}

Deno.test("decodeStored: cut off at any byte it is refused, and so is the head within it", () => {
  for (let length = 0; length < bytes.length; length++) {
    refused(bytes.slice(0, length));
    if (length >= headBytes) continue;
    assertThrows(() => decodeHead(bytes.slice(0, length)), DamagedResultError);
  }
  refused(joined([bytes, new Uint8Array(1)]));
});

Deno.test("decodeStored: with any one bit changed it is refused, and so is the head within it", () => {
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    const damaged = bytes.slice();
    damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
    refused(damaged);
    if (bit >> 3 < headBytes) assertThrows(() => decodeHead(damaged), DamagedResultError);
  }
});

Deno.test("decodeHead: says what an entry is without its body", () => {
  const { effort, body } = stored;
  const head = { id, effort, bytes: bytes.length, sha256: sha256Hex(body) };
  assertEquals(decodeHead(bytes.slice(0, -5)), head);
});

const forged: readonly [what: string, head: unknown][] = [
  ["no object", [1, 2]],
  ["text for a time", { ...fields(), effort: { seconds: "1", count: 7, unit: "samples" } }],
  ["a negative count", { ...fields(), effort: { seconds: 1, count: -7, unit: "samples" } }],
  ["no unit", { ...fields(), effort: { seconds: 1, count: 7 } }],
  ["no effort", { ...fields(), effort: undefined }],
  ["inputs that are a list", { ...fields(), inputs: [] }],
  ["half a byte", { ...fields(), body: { bytes: 0.5, sha256: "0" } }],
  ["no body", { ...fields(), body: null }],
];
for (const [what, head] of forged) {
  Deno.test(`decodeHead: a head with the right digest and ${what} is refused`, () => {
    const line = `${JSON.stringify(head)}\n`;
    const first = `microbeam-store-2 ${sha256Hex(line)} ${line.length}\n`;
    assertThrows(() => decodeHead(new TextEncoder().encode(first + line)), DamagedResultError);
  });
}

Deno.test("decodeHead: a head with the right digest that is not JSON is refused", () => {
  const line = "{,}\n";
  const first = `microbeam-store-2 ${sha256Hex(line)} ${line.length}\n`;
  assertThrows(() => decodeHead(new TextEncoder().encode(first + line)), DamagedResultError);
});

function fields(): Record<string, unknown> {
  const { stage, name, inputs } = id;
  const effort = { seconds: 1, count: 7, unit: "samples" };
  return { stage, name, inputs, effort, body: { bytes: 0, sha256: sha256Hex("") } };
}

const versions: readonly [what: string, text: string | Uint8Array, version: number | undefined][] =
  [
    ["this version", bytes, 2],
    ["version 1", `${"0".repeat(64)}\n{"format":"microbeam-store-1","stage":"decode"}\n`, 1],
    ["a later version", `microbeam-store-11 ${"0".repeat(64)} 77\n`, 11],
    ["an empty file", "", undefined],
    ["a person's file", "shopping list\n", undefined],
    ["JSON with a digest", `${"0".repeat(64)}\n{"format":"another"}\n`, undefined],
  ];
for (const [what, text, version] of versions) {
  Deno.test(`formatVersion: of ${what} is ${version}`, () => {
    const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
    assertEquals(formatVersion(bytes), version);
  });
}

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

const damages: readonly [what: string, make: (file: string) => Promise<void>, reason: string][] = [
  ["cut off", (file) => Deno.writeFile(file, bytes.slice(0, -1)), `found ${bytes.length - 1}`],
  ["longer", (file) => Deno.writeFile(file, joined([bytes, bytes])), `found ${2 * bytes.length}`],
  ["changed", (file) => Deno.writeFile(file, flipped(bytes.length - 1)), "its content was changed"],
  ["changed in its head", (file) => Deno.writeFile(file, flipped(150)), "its head was changed"],
  ["empty", (file) => Deno.writeFile(file, new Uint8Array(0)), "it is empty"],
  ["text", (file) => Deno.writeTextFile(file, "{}\n"), "its first line is not that of a result"],
  [
    "another's",
    (file) => {
      const other = { ...stored, id: resultId("decode", "greedy", {}) };
      return Deno.writeFile(file, joined(encodeStored(other)));
    },
    "it is another result",
  ],
  ["a folder", (file) => Deno.mkdir(`${file}/inside`, { recursive: true }), "found a folder"],
  ["a pipe", makePipe, "found a pipe, a device or the like"],
];
for (const [what, make, reason] of damages) {
  Deno.test(`Store: an entry that is ${what} is named, set aside, and can be recomputed`, () =>
    inFolder(async (root) => {
      const store = new Store(root);
      const file = store.file(id);
      const damage = async (): Promise<void> => {
        await store.write(stored);
        await Deno.remove(file);
        await make(file);
      };
      const message = `${file} (decode top_k(k=5)) is damaged, and was set aside as ${file}.`;
      await damage();
      const lost = await assertRejects(() => store.read(id), LostResultError, message);
      assertStringIncludes(lost.message, reason);
      assertEquals(await store.find(id), { state: "absent" });
      await damage();
      // All but the content is seen before it is read.
      if (what !== "changed") {
        assertEquals(await store.head(id), undefined);
        assertStringIncludes((await store.setAsideIfDamaged(id))?.message ?? "", message);
        assertEquals(await store.find(id), { state: "absent" });
      }
      await store.write(stored);
      assertEquals(await store.setAsideIfDamaged(id), undefined);
      assertEquals(await store.read(id), stored);
    }));
}

/** The bytes of the result with one bit changed. */
function flipped(place: number): Uint8Array {
  return bytes.map((byte, i) => i === place ? byte ^ 1 : byte);
}

async function makePipe(file: string): Promise<void> {
  const { success } = await new Deno.Command("mkfifo", { args: [file] }).output();
  assert(success);
}

Deno.test("Store: a result that another machine replaces while it is read is read again, but not for ever", () =>
  inFolder(async (root) => {
    const store = new Store(root);
    await store.write(stored);
    const { open } = Deno;
    let times = 0;
    Deno.open = (path, options) => {
      if (times-- <= 0) return open(path, options);
      throw new Error("Stale file handle (os error 116)");
    };
    try {
      for (times of [1, 2]) assertEquals(await store.read(id), stored);
      times = 2;
      assert(await store.has(id));
      times = 3;
      await assertRejects(() => store.read(id), StoreError, "Stale file handle");
    } finally {
      Deno.open = open;
    }
    assertEquals(await store.read(id), stored);
  }));

Deno.test("Store: messages call the folder as the user did", () =>
  inFolder(async (root) => {
    const store = new Store(root, "scratch/store");
    await store.write(stored);
    await Deno.writeTextFile(store.file(id), "");
    const file = `scratch/store/decode/${id.key.slice(0, 2)}/${id.key}`;
    await assertRejects(
      () => store.read(id),
      LostResultError,
      `${file} (decode top_k(k=5)) is damaged, and was set aside as ${file}.damaged: it is empty`,
    );
  }));

const group = `decode/${id.key.slice(0, 2)}`;
const elsewhere: readonly [what: string, link: string, isSeenAtTheStart: boolean][] = [
  ["a stage's folder", "decode", true],
  ["a folder of entries", group, true],
  ["an entry", `${group}/${id.key}`, false],
];
for (const [what, link, isSeenAtTheStart] of elsewhere) {
  Deno.test(`Store: ${what} that is a link is not read, written, listed or deleted through`, () =>
    inFolder(async (folder) => {
      const outside = new Store(`${folder}/outside`);
      await outside.write(stored);
      const before = await Deno.readFile(outside.file(id));
      const store = new Store(`${folder}/store`);
      await Deno.mkdir(`${store.root}/${group}`, { recursive: true });
      await Deno.remove(`${store.root}/${link}`, { recursive: true }).catch(() => {});
      await Deno.symlink(`${outside.root}/${link}`, `${store.root}/${link}`);
      const refusals: (() => Promise<unknown>)[] = [
        () => store.find(id),
        () => store.read(id),
        () => store.write(stored),
        () => store.setAside("decode", `${id.key.slice(0, 2)}/${id.key}`),
        ...isSeenAtTheStart ? [() => store.checkFolders(["train", "decode"])] : [],
      ];
      for (const refusal of refusals) await assertRejects(refusal, LinkedPathError, link);
      const kinds: string[] = [];
      for await (const { kind } of store.files()) kinds.push(kind);
      assertEquals(kinds, link === "decode" ? [] : ["foreign"]);
      assertEquals(await Deno.readFile(outside.file(id)), before);
    }));
}

/** A store as versions wrote it that had all results of a stage in one folder. */
async function writeAsBefore(store: Store): Promise<string> {
  const file = `${store.root}/decode/${id.key}`;
  await Deno.mkdir(`${store.root}/decode`, { recursive: true });
  await Deno.writeFile(file, bytes);
  return file;
}

Deno.test("Store: a result that lies where earlier versions put it is found, read, listed and set aside there", () =>
  inFolder(async (root) => {
    const file = await writeAsBefore(new Store(root));
    const store = new Store(root);
    assertEquals(await store.has(id), true);
    assertEquals(await store.read(id), stored);
    assertEquals(await store.keys("decode"), [id.key]);
    assertEquals([...await store.keysIn("decode", id.key.slice(0, 2))], [id.key]);
    await Deno.truncate(file, 7);
    const title = `${file} (decode top_k(k=5)) is damaged, and was set aside as ${file}.damaged: `;
    await assertRejects(() => store.read(id), LostResultError, title);
    assertEquals(await store.find(id), { state: "absent" });
    await store.write(stored);
    assertEquals(await store.read(id), stored);
    assertEquals((await Deno.stat(store.file(id))).size, bytes.length);
  }));

Deno.test("Store: of a result that lies in both places, the one of this version is read", () =>
  inFolder(async (root) => {
    const store = new Store(root);
    await store.write(stored);
    const file = await writeAsBefore(store);
    await Deno.writeTextFile(file, "damaged");
    assertEquals(await store.read(id), stored);
    assertEquals(await store.keys("decode"), [id.key]);
  }));

Deno.test("Store: keys() are sorted, in whichever place they lie, and as many as asked for", () =>
  inFolder(async (root) => {
    const store = new Store(root);
    const ids = [1, 2, 3, 4, 5, 6].map((seed) => resultId("decode", "greedy", { seed }));
    for (const own of ids.slice(0, 5)) await store.write({ ...stored, id: own });
    const [flat] = ids.slice(5);
    await Deno.writeTextFile(`${root}/decode/${flat?.key}`, "");
    const sorted = ids.map(({ key }) => key).sort();
    // It is asked anew: an earlier version may have written meanwhile.
    assertEquals(await new Store(root).keys("decode"), sorted);
    assertEquals(await new Store(root).keys("decode", 2), sorted.slice(0, 2));
  }));

Deno.test("Store: something else in the place of a stage's folder is found before the first step", () =>
  inFolder(async (root) => {
    const store = new Store(root);
    await store.checkFolders(["train", "decode"]);
    await makePipe(`${root}/decode`);
    await assertRejects(
      () => store.checkFolders(["train", "decode"]),
      WriteError,
      `cannot write ${root}/decode: expected a folder, found a pipe, a device or the like`,
    );
  }));

Deno.test("Store: progress that is a link is neither read nor written nor removed", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/precious.txt`, "precious");
    const store = new Store(`${folder}/store`);
    const progress = store.progress(id);
    progress.save(bytes);
    await Deno.remove(progress.file);
    await Deno.symlink(`${folder}/precious.txt`, progress.file);
    await assertRejects(() => progress.read(), LinkedPathError);
    assertThrows(() => progress.save(bytes), LinkedPathError);
    await assertRejects(() => store.removeProgress(id), LinkedPathError);
    await assertRejects(() => store.checkFolders([]), LinkedPathError);
    assertEquals(await Deno.readTextFile(`${folder}/precious.txt`), "precious");
  }));

const named: readonly [name: string, stage: string, kind: StoredFile["kind"]][] = [
  [id.key, "decode", "result"],
  [`${id.key.slice(0, 2)}/${id.key}`, "decode", "result"],
  [`${id.key.slice(0, 2)}/${id.key}.damaged`, "decode", "damaged"],
  [`00/${id.key}`, "decode", "foreign"],
  [`${id.key.slice(0, 2)}/notes.txt`, "decode", "foreign"],
  [`${id.key}.node-4711-0123abcd.part`, "temporary", "temporary"],
  [id.key, "temporary", "foreign"],
  ["0123456789abcdef/plan.json", "plans", "plan"],
  ["0123456789abcdef/merged", "plans", "plan"],
  [`0123456789abcdef/failed/${id.key}.json`, "plans", "plan"],
  ["0123456789abcdef/shards/node-7-4711.json", "plans", "plan"],
  ["0123456789abcdef/shards/notes.txt", "plans", "foreign"],
  ["0123456789abcdef/plan.json.node-4711-0123abcd.part", "plans", "temporary"],
  ["mine.json", "plans", "foreign"],
  [id.key, "progress", "progress"],
  [`${id.key}.damaged`, "decode", "damaged"],
  [`${id.key}.0123abcd.damaged`, "progress", "damaged"],
  [`${id.key}.node-4711-0123abcd.part`, "decode", "temporary"],
  [`${id.key}.${crypto.randomUUID()}.part`, "decode", "temporary"],
  ["notes.txt", "decode", "foreign"],
  ["notes.damaged", "decode", "foreign"],
  ["thesis.node-4711-0123abcd.part", "decode", "foreign"],
  [id.key.toUpperCase(), "decode", "foreign"],
];
for (const [name, stage, kind] of named) {
  Deno.test(`Store: files() takes ${stage}/${name.replace(id.key, "KEY")} for ${kind}`, () =>
    inFolder(async (root) => {
      const path = `${root}/${stage}/${name}`;
      await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
      await Deno.writeTextFile(path, "1");
      const files: StoredFile[] = [];
      for await (const file of new Store(root).files()) files.push(file);
      const key = kind === "result" || kind === "progress" ? id.key : undefined;
      assertEquals(files, [{ path, stage, name, kind, key, bytes: 1 }]);
    }));
}

Deno.test("Store: what cannot be written is a WriteError, and no part is left", () =>
  inFolder(async (root) => {
    const store = new Store(root);
    await Deno.mkdir(`${store.file(id)}/in the way`, { recursive: true });
    await assertRejects(() => store.write(stored), WriteError, `cannot write ${store.file(id)}: `);
    const [folders, parts] = [`${root}/${group}`, `${root}/temporary`];
    assertEquals(Array.from(Deno.readDirSync(folders), ({ name }) => name), [id.key]);
    assertEquals(Array.from(Deno.readDirSync(parts)), []);
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
