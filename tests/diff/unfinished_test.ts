// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import { interrupted } from "../../src/diff/unfinished.ts";

const cases: readonly [string, boolean][] = [
  [".begun", true],
  [".writing", true],
  ["config.yaml", false],
  ["results.csv", false],
];
for (const [name, expected] of cases) {
  Deno.test(`interrupted: ${name} is ${expected ? "" : "not "}a mark of a run that did not end`, async () => {
    const found = await interrupted((one) => Promise.resolve(one === name));
    assertEquals(found?.includes("repeat its command") ?? false, expected);
  });
}
