/**
 * What the system and Deno say, in plain words.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { makeFolder, makeFolderSync } from "../../src/files/lasting_folder.ts";
import { reasonOf } from "../../src/files/system_error.ts";
import { writeError } from "../../src/files/write_whole.ts";
import { inFolder } from "../temporary_folder.ts";

const reasons: readonly [unknown, string][] = [
  [new Error("Read-only file system (os error 30): open 'a'"), "the file system is read-only"],
  [
    new Deno.errors.PermissionDenied("Permission denied (os error 13): mkdir 'a'"),
    "this user may not do that there",
  ],
  [
    new Deno.errors.NotCapable('Requires read access to "a", run again with the --allow-read flag'),
    'this task has no read access to "a"',
  ],
  [
    new Deno.errors.NotCapable(
      'Requires all access to "/dev/shm/.lock", run again with the --allow-all flag',
    ),
    'this task has no access to "/dev/shm/.lock"',
  ],
  [
    new Deno.errors.NotADirectory("Not a directory (os error 20): mkdir 'a/b'"),
    "a part of its path is no folder",
  ],
  [new Error("Input/output error (os error 5)"), "Input/output error (os error 5)"],
  ["text", "text"],
];
for (const [error, expected] of reasons) {
  Deno.test(`reasonOf: ${error}`, () => assertEquals(reasonOf(error), expected));
}

const writes: readonly [Error, string][] = [
  [
    new Error("Read-only file system (os error 30): open 'a'"),
    "cannot write a: the file system is read-only; --store DIR",
  ],
  [
    new Error("Too many open files (os error 24)"),
    "cannot write a: Too many open files (os error 24)",
  ],
];
for (const [cause, expected] of writes) {
  Deno.test(`writeError: ${cause.message}: says how to write elsewhere where that helps`, () =>
    assertEquals(writeError("a", cause, "; --store DIR").message, expected));
}

const others: readonly [what: string, make: (path: string) => Promise<unknown>][] = [
  ["a file", (path) => Deno.writeTextFile(path, "")],
  [
    "a pipe, a device or the like",
    (path) => new Deno.Command("mkfifo", { args: [path] }).output(),
  ],
];
for (const [what, make] of others) {
  Deno.test(`makeFolder: ${what} there or on the way is named`, () =>
    inFolder(async (folder) => {
      const path = `${folder}/it`;
      await make(path);
      const expected = (at: string): string => `expected a folder${at}, found ${what}`;
      for (const [made, at] of [[path, ""], [`${path}/a/b`, ` at ${path}`]] as const) {
        await assertRejects(() => makeFolder(made), Error, expected(at));
        assertThrows(() => makeFolderSync(made), Error, expected(at));
      }
    }));
}
