// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertMatch } from "@std/assert";
import { changedFiles, programFiles } from "../../src/runs/program_files.ts";

Deno.test("programFiles: has what computes results, and neither commands nor pages", async () => {
  const files = await programFiles();
  const those = [
    "deno.json",
    "deno.lock",
    "main.ts",
    "src/decode/kernels.wasm",
    "src/model/onnx/native/deno.lock",
    "src/stages/train.ts",
    "src/threads/worker.ts",
  ];
  for (const file of those) assertMatch(files[file] ?? "", /^[0-9a-f]{16}$/, file);
  for (const file of Object.keys(files)) {
    assert(!/^src\/(cli|compare|diff|launch)\/|\.md$|node_modules/.test(file), file);
  }
  assertEquals(await programFiles(), files);
});

Deno.test("programFiles: no file outside of the folders that it leaves out imports from one in them", async () => {
  for (const file of Object.keys(await programFiles())) {
    if (!/^src\/.*\.ts$/.test(file)) continue;
    const text = await Deno.readTextFile(file);
    assert(!/from "(\.\.\/)+(cli|compare|diff|launch)\//.test(text), file);
  }
});

Deno.test("changedFiles: those that are another, gone or new", () => {
  const then = { "a.ts": "1", "b.ts": "2", "c.ts": "3" };
  assertEquals(changedFiles(then, then), []);
  assertEquals(changedFiles(then, { "a.ts": "1", "b.ts": "4", "d.ts": "5" }), [
    "b.ts",
    "c.ts",
    "d.ts",
  ]);
  // What every object has is no file.
  assertEquals(changedFiles({ constructor: "1" }, {}), ["constructor"]);
});
