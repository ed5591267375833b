// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { entryAt, merged, plain, REMOVED, withEntry, withoutItem } from "../../src/config/tree.ts";
import { yamlTree } from "../../src/config/yaml_tree.ts";

const tree = (value: unknown, file = "c.yaml") => yamlTree(JSON.stringify(value), { file });
const value = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.integer(),
    fc.string(),
    fc.boolean(),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("a", "b", "__proto__", "constructor"), tie("value"), {
      noNullPrototype: true,
    }),
  ),
})).value;

Deno.test("yamlTree, plain: JSON is what it was (1,000 values)", () => {
  fc.assert(
    fc.property(
      value,
      (one) => assertEquals(plain(tree(one).tree), JSON.parse(JSON.stringify(one))),
    ),
    { numRuns: 1000, seed: 1 },
  );
});

/** What the documentation of extends says, of plain values. */
function laidOver(base: unknown, over: unknown): unknown {
  if (!isMap(over)) return over;
  const below = isMap(base) ? base : {};
  const keys = new Set([...Object.keys(below), ...Object.keys(over)]);
  return Object.fromEntries([...keys].map((key) => [
    key,
    Object.hasOwn(over, key)
      ? laidOver(Object.hasOwn(below, key) ? below[key] : undefined, over[key])
      : below[key],
  ]));
}

function isMap(one: unknown): one is Record<string, unknown> {
  return typeof one === "object" && one !== null && !Array.isArray(one);
}

Deno.test("merged: maps key by key, all else replaced (1,000 pairs)", () => {
  fc.assert(
    fc.property(value, value, (base, over) => {
      assertEquals(plain(merged(tree(base), tree(over)).tree), laidOver(base, over));
    }),
    { numRuns: 1000, seed: 2 },
  );
});

Deno.test("merged: each value keeps its place, of the file that it was written in", () => {
  const both = merged(tree({ a: { b: 1, c: 2 } }, "base"), tree({ a: { c: 3 } }, "over"));
  const placed = [["a"], ["a", "b"], ["a", "c"]].map((path) => entryAt(both, path)?.place.text);
  assertEquals(placed, ["over:1:2", "base:1:7", "over:1:7"]);
});

Deno.test("merged: null takes out what is there, below it too, and a later map comes in its place", () => {
  const out = merged(tree({ a: { b: 1 }, c: 2 }), tree({ a: null }));
  assertEquals(plain(out.tree), { c: 2 });
  assertEquals(plain(merged(out, tree({ a: { d: null, e: 3 } })).tree), { a: { e: 3 }, c: 2 });
});

Deno.test("withEntry, withoutItem: a changed tree, and the one before as it was", () => {
  const before = tree({ a: [1, 2, 3], b: 4 });
  const entry = { place: { text: "here" }, tree: tree(9).tree };
  assertEquals(plain(withEntry(before, ["a", 1], entry).tree), { a: [1, 9, 3], b: 4 });
  assertEquals(plain(withEntry(before, ["c", "d"], entry).tree), {
    a: [1, 2, 3],
    b: 4,
    c: { d: 9 },
  });
  assertEquals(plain(withoutItem(before, ["a", 0]).tree), { a: [2, 3], b: 4 });
  assertEquals(plain(withEntry(before, ["a"], { ...entry, tree: REMOVED }).tree), { b: 4 });
  assertEquals(plain(before.tree), { a: [1, 2, 3], b: 4 });
});

Deno.test("yamlTree: -0 is 0, which has the same name", () => {
  assert(Object.is(plain(yamlTree("-0", { file: "f" }).tree), 0));
});

Deno.test("yamlTree: an alias shares what it stands for, and has a place of its own", () => {
  const root = yamlTree("a: &x { b: 1 }\nc: *x\n", { file: "f" });
  const [anchor, alias] = [entryAt(root, ["a"]), entryAt(root, ["c"])];
  assert(anchor !== undefined && anchor.tree === alias?.tree);
  assertEquals(alias.place.text, "f:2:1");
});
