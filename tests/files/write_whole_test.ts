// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { TEMPORARY, writeWhole } from "../../src/files/write_whole.ts";
import { inFolder } from "../temporary_folder.ts";

const names = (folder: string): string[] => Array.from(Deno.readDirSync(folder), (f) => f.name);

Deno.test("writeWhole: makes the folders it needs and leaves the file alone in its folder", () =>
  inFolder(async (folder) => {
    await writeWhole(`${folder}/a/b/c.txt`, "text");
    assertEquals(await Deno.readTextFile(`${folder}/a/b/c.txt`), "text");
    assertEquals(names(`${folder}/a/b`), ["c.txt"]);
  }));

Deno.test("writeWhole: replaces what was there", () =>
  inFolder(async (folder) => {
    await writeWhole(`${folder}/c.txt`, "a long text");
    await writeWhole(`${folder}/c.txt`, "é");
    assertEquals(await Deno.readTextFile(`${folder}/c.txt`), "é");
  }));

Deno.test("writeWhole: where it fails, what was there stays and no part is left", () =>
  inFolder(async (folder) => {
    // A folder that is not empty cannot be replaced by a file.
    await Deno.mkdir(`${folder}/c.txt/inside`, { recursive: true });
    await assertRejects(() => writeWhole(`${folder}/c.txt`, "text"));
    assertEquals(names(folder), ["c.txt"]);
    assertEquals(names(`${folder}/c.txt`), ["inside"]);
  }));

const temporaries: readonly [name: string, isTemporary: boolean][] = [
  ["a.csv.node-7_x-4711-0123abcd.part", true],
  ["a.csv.unknown-1-0123abcd.part", true],
  [`a.csv.${crypto.randomUUID()}.part`, true],
  ["a.csv.part", false],
  ["a.csv.node-4711-0123abcd.part.txt", false],
  ["thesis.draft-2.part", false],
  ["node-4711-0123abcd.part", false],
];
for (const [name, isTemporary] of temporaries) {
  Deno.test(`writeWhole: ${name} ${isTemporary ? "is" : "is not"} a temporary file of its own`, () => {
    assertEquals(TEMPORARY.test(name), isTemporary);
  });
}

Deno.test("writeWhole: its temporary file has the process in its name, and is seen as one", () =>
  inFolder(async (folder) => {
    const seen: string[] = [];
    const content = (function* () {
      seen.push(...names(folder));
      yield new Uint8Array(1);
    })();
    await writeWhole(`${folder}/c.txt`, content);
    assertEquals(seen.length, 1);
    assertMatch(seen[0] ?? "", new RegExp(`^c\\.txt\\.[\\w-]+-${Deno.pid}-[0-9a-f]{8}\\.part$`));
    assertMatch(seen[0] ?? "", TEMPORARY);
  }));
