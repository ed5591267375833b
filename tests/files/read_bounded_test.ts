// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { readBounded, readBoundedSync, UnreadableError } from "../../src/files/read_bounded.ts";
import { inFolder } from "../temporary_folder.ts";

const bytes = new TextEncoder().encode("twelve bytes");

Deno.test("readBounded: reads a file of as many bytes as it may have, and an empty one", () =>
  inFolder(async (folder) => {
    await Deno.writeFile(`${folder}/c`, bytes);
    assertEquals(await readBounded(`${folder}/c`, 12), bytes);
    assertEquals(readBoundedSync(`${folder}/c`, 12), bytes);
    await Deno.writeFile(`${folder}/empty`, new Uint8Array());
    assertEquals(await readBounded(`${folder}/empty`, 0), new Uint8Array());
  }));

const refused: readonly [what: string, make: (path: string) => Promise<void>, message: string][] = [
  ["nothing", async () => {}, "there is no such file"],
  ["a folder", (path) => Deno.mkdir(path), "expected a file, found a folder"],
  [
    "a device",
    (path) => Deno.symlink("/dev/zero", path),
    "expected a file, found a pipe, a device or the like",
  ],
  [
    "a file that Deno never lets a task read",
    (path) => Deno.symlink("/proc/self/environ", path),
    "it is where this task may not read",
  ],
  [
    "a larger file",
    (path) => Deno.writeFile(path, new Uint8Array(1_200_000)),
    "expected at most 1 MB, found 1.2 MB",
  ],
];
for (const [what, make, message] of refused) {
  Deno.test(`readBounded: ${what} is refused`, () =>
    inFolder(async (folder) => {
      const path = `${folder}/c`;
      await make(path);
      await assertRejects(() => readBounded(path, 1_000_000), UnreadableError, message);
      assertThrows(() => readBoundedSync(path, 1_000_000), UnreadableError, message);
    }));
}
