// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import { writeWhole } from "../../src/files/write_whole.ts";
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
