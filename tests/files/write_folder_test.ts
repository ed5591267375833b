// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { writeFolderWhole } from "../../src/files/write_folder.ts";
import { thisProcess } from "../../src/files/this_process.ts";
import { type Content, WriteError } from "../../src/files/write_whole.ts";
import { inFolder } from "../temporary_folder.ts";

const old = new Map<string, Content>([["a", "old"], ["b", "old"]]);
const young = new Map<string, Content>([["a", "young"], ["c", "young"]]);

/** All that lies below a folder: texts by path. */
function textsIn(folder: string, below = ""): Record<string, string> {
  const texts = [...Deno.readDirSync(`${folder}/${below}`)].flatMap(({ name, isDirectory }) => {
    const path = `${below}${name}`;
    if (isDirectory) return Object.entries(textsIn(folder, `${path}/`));
    return [[path, Deno.readTextFileSync(`${folder}/${path}`)]];
  });
  return Object.fromEntries(texts);
}

/** A content that fails in its middle. */
function* failing(): Generator<Uint8Array> {
  yield new Uint8Array(8);
  throw new RangeError("no more");
}

Deno.test("writeFolderWhole: makes the folder and those it lies in, and nothing beside it", () =>
  inFolder(async (folder) => {
    await writeFolderWhole(`${folder}/x/y`, old);
    assertEquals(textsIn(folder), { "x/y/a": "old", "x/y/b": "old" });
  }));

Deno.test("writeFolderWhole: what is there is replaced, other files included", () =>
  inFolder(async (folder) => {
    await writeFolderWhole(`${folder}/y`, old);
    await writeFolderWhole(`${folder}/y`, young);
    assertEquals(textsIn(folder), { "y/a": "young", "y/c": "young" });
  }));

Deno.test("writeFolderWhole: a content that fails leaves what was there, and nothing half-written", () =>
  inFolder(async (folder) => {
    const half = new Map<string, Content>([["a", "half"], ["b", failing()]]);
    await assertRejects(() => writeFolderWhole(`${folder}/y`, half), RangeError, "no more");
    assertEquals(textsIn(folder), {});
    await writeFolderWhole(`${folder}/y`, old);
    half.set("b", failing());
    await assertRejects(() => writeFolderWhole(`${folder}/y`, half), RangeError, "no more");
    assertEquals(textsIn(folder), { "y/a": "old", "y/b": "old" });
  }));

Deno.test("writeFolderWhole: a file in the way of the folder it lies in is named", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/x`, "mine");
    const { message } = await assertRejects(
      () => writeFolderWhole(`${folder}/x/y`, old),
      WriteError,
    );
    assertStringIncludes(message, `cannot write ${folder}/x: expected a folder, found a file`);
    assertEquals(textsIn(folder), { x: "mine" });
  }));

Deno.test("writeFolderWhole: a rename that fails puts back what was there", () =>
  inFolder(async (folder) => {
    await writeFolderWhole(`${folder}/y`, old);
    const { rename } = Deno;
    Deno.rename = async (from, to) => {
      if (to === `${folder}/y` && String(from).endsWith(".part")) {
        // Once, so that the old folder can come back.
        Deno.rename = rename;
        throw new Error("Input/output error (os error 5)");
      }
      await rename(from, to);
    };
    try {
      const { message } = await assertRejects(
        () => writeFolderWhole(`${folder}/y`, young),
        WriteError,
      );
      assertStringIncludes(message, `cannot write ${folder}/y: Input/output error`);
    } finally {
      Deno.rename = rename;
    }
    assertEquals(textsIn(folder), { "y/a": "old", "y/b": "old" });
  }));

Deno.test("writeFolderWhole: folders of processes that ended are removed, of others and of running ones not", () =>
  inFolder(async (folder) => {
    const { host, pid } = thisProcess();
    const ended = await new Deno.Command("sh", { args: ["-c", "echo $$"] }).output();
    const gone = Number(new TextDecoder().decode(ended.stdout));
    const names = [
      `y.${host}-${gone}-0123abcd.part`,
      `y.${host}-${pid}-0123abcd.part`,
      `y.elsewhere-${gone}-0123abcd.part`,
      `z.${host}-${gone}-0123abcd.part`,
    ];
    for (const name of names) await Deno.mkdir(`${folder}/${name}/inner`, { recursive: true });
    await writeFolderWhole(`${folder}/y`, old);
    const left = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assertEquals(left, [...names.slice(1), "y"].sort());
    assert(textsIn(folder)["y/a"] === "old");
  }));
