/**
 * The layers of a config: how they are merged, and where each value was written.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { ConfigSource, laidOver } from "../../src/config/layers.ts";
import { readOverride, withOverride } from "../../src/config/override.ts";
import type { ConfigPath } from "../../src/config/path.ts";
import { inFolder } from "../temporary_folder.ts";

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

/** Merging as the page about configs describes it. */
function merged(base: unknown, over: unknown): unknown {
  if (!isMap(over)) return over;
  const below = isMap(base) ? base : {};
  const keys = new Set([...Object.keys(below), ...Object.keys(over)]);
  return Object.fromEntries([...keys].map((key) => [
    key,
    Object.hasOwn(over, key)
      ? merged(Object.hasOwn(below, key) ? below[key] : undefined, over[key])
      : below[key],
  ]));
}

function isMap(one: unknown): one is Record<string, unknown> {
  return typeof one === "object" && one !== null && !Array.isArray(one);
}

Deno.test("laidOver: maps are merged key by key, all else is replaced (1,000 pairs)", () => {
  fc.assert(
    fc.property(value, value, (base, over) => {
      assertEquals(laidOver(base, over), merged(base, over));
    }),
    { numRuns: 1000, seed: 2 },
  );
});

Deno.test("laidOver: null removes a key and all below it, and a later map takes its place", () => {
  const out = laidOver({ a: { b: 1 }, c: 2 }, { a: null });
  assertEquals(out, { c: 2 });
  assertEquals(laidOver(out, { a: { d: null, e: 3 } }), { c: 2, a: { e: 3 } });
});

const base = `models:
  target: { n_embd: 16, n_head: 4 }
  draft: { n_embd: 8 }
decoding:
  prompts: [a, b, c]
  strategies:
    - { strategy: sample, warp: [{ top_k: 1 }, { eta: 0.1 }] }
`;
const child = `extends: base.yaml
models: { target: { n_embd: 8 }, draft: null }
seed: &s 3
training: { target: { steps: *s } }
`;

/** Overrides, a path, and where its value was written, in which the folder is left out. */
const places: readonly [string, string[], ConfigPath, string][] = [
  ["a value of the child", [], ["models", "target", "n_embd"], "child.yaml:2:21"],
  ["a value of the base", [], ["models", "target", "n_head"], "base.yaml:2:25"],
  ["a map of both", [], ["models", "target"], "child.yaml:2:11"],
  ["an item of a list", [], ["decoding", "prompts", 1], "base.yaml:5:16"],
  ["a setting that was taken out", [], ["models", "draft"], "child.yaml:2:34"],
  ["a value below what was taken out", [], ["models", "draft", "n_embd"], "child.yaml:2:34"],
  ["a value that is missing", [], ["models", "target", "n_layer"], "child.yaml:2:11"],
  ["a value of an alias", [], ["training", "target", "steps"], "child.yaml:4:23"],
  ["a value that is set", ["seed=5"], ["seed"], "--set seed=5"],
  [
    "a map that is set in part",
    ["models.target.n_head=2"],
    ["models", "target"],
    "--set models.target.n_head=2",
  ],
  [
    "beside what is set",
    ["models.target.n_head=2"],
    ["models", "target", "n_embd"],
    "child.yaml:2:21",
  ],
  [
    "a value that is missing in a map that is set",
    ["models.target={n_embd: 4}"],
    ["models", "target", "n_head"],
    "--set models.target={n_embd: 4}",
  ],
  ["the last of two that set it", ["seed=5", "seed=6"], ["seed"], "--set seed=6"],
  ["an item after one that is taken out", ["decoding.prompts.0=null"], [
    "decoding",
    "prompts",
    1,
  ], "base.yaml:5:19"],
  ["an item before one that is taken out", ["decoding.prompts.2=null"], [
    "decoding",
    "prompts",
    1,
  ], "base.yaml:5:16"],
  [
    "a warper after one that is taken out",
    ["decoding.strategies.sample.warp.top_k=null"],
    ["decoding", "strategies", 0, "warp", 0, "eta"],
    "base.yaml:7:50",
  ],
];
for (const [name, overrides, path, place] of places) {
  Deno.test(`ConfigSource: ${name} is located`, () =>
    inFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/base.yaml`, base);
      const source = overrides.map(readOverride).reduce(
        withOverride,
        ConfigSource.read(`${folder}/child.yaml`, child),
      );
      const { message } = await source.error(path, "wrong").located();
      const [, line = ""] = message.replaceAll(`${folder}/`, "").split("\n  ");
      assertEquals(line.replace(/: [\w.[\]]+: wrong$/, ""), place);
    }));
}
