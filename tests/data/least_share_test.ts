// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { Documents } from "../../src/data/documents.ts";
import { leastShare, splitByContent } from "../../src/data/selection.ts";

const names = Deno.readTextFileSync("tests/data/few_names.txt").trim().split("\n");

Deno.test("leastShare: holds one text out and leaves the others (every 2 to 40 names)", () => {
  for (let count = 2; count <= 40; count++) {
    for (const start of [0, 50, 100, 150]) {
      const documents = Documents.of(names.slice(start, start + count));
      const share = leastShare(documents);
      assert(share !== undefined && share > 0 && share < 1);
      const { training, heldOut } = splitByContent(documents, share);
      assertEquals([new Set(heldOut).size, training.length > 0], [1, true], `${start} ${count}`);
    }
  }
});

Deno.test("leastShare: is the shortest decimal, does not depend on the order, and needs two texts", () => {
  const share = leastShare(Documents.of(names.slice(0, 12)));
  assertEquals(share, leastShare(Documents.of(names.slice(0, 12).toReversed())));
  assert(String(share).length <= 5, `${share}`);
  assertEquals(leastShare(Documents.of([])), undefined);
  assertEquals(leastShare(Documents.of(["mar", "mar"])), undefined);
});
