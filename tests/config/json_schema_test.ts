/**
 * configs/schema.json, by which editors check configs, as a validator reads it.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { parse } from "yaml";
import { z } from "zod";
import { configJsonSchema } from "../../src/config/json_schema.ts";

// Not typed as what it is read from: that is plain data here.
const editor = z.fromJSONSchema(
  structuredClone(configJsonSchema()) as z.core.JSONSchema.BaseSchema,
);
const minimal = `corpus: { path: names.txt }
decoding:
  prompts: [a]
  strategies: [{ strategy: greedy }]
`;

const cases: readonly [string, string, boolean][] = [
  ["the least config", minimal, true],
  ["a list of seeds", "seed: [1, 2]", true],
  ["a range of seeds", "seed: 1..8", true],
  ["ranges in a list", "seed: [1, 4..8, 8..1:-1]", true],
  ["a range of fractions", "training: { target: { learning_rate: 0.5..1.5:0.25 } }", true],
  ["text for a seed", "seed: many", false],
  ["an empty list of seeds", "seed: []", false],
  ["a list of engines", "engine: [simd, reference]", true],
  ["a range of engines", "engine: 1..2", false],
  ["a list of names", "name: [a, b]", false],
  ["a list for whether there are charts", "report: { charts: [true, false] }", false],
  ["a part of a model, as where the base has the rest", "models: { target: { n_embd: 8 } }", true],
  ["a model's folder", "models: { target: { from: ../m }, draft: { layers: 3 } }", true],
  [
    "folders and layers, swept",
    "models: { target: { from: [a, b] }, draft: { layers: 1..3 } }",
    true,
  ],
  ["a model's folder and sizes", "models: { target: { from: m, n_embd: 8 } }", false],
  ["layers of a target", "models: { target: { layers: 3 } }", false],
  ["a folder that is a number", "models: { draft: { from: 3 } }", false],
  ["an engine of models in folders", "engine: onnx", true],
  ["no corpus", "corpus: null", true],
  ["null where the base has something", "models: { draft: null }\nseed: null", true],
  ["groups", "zip: [[seed, models.block_size], [a, b]]", true],
  ["one group", "zip: [seed, models.block_size]", true],
  ["a group of one", "zip: [[seed]]", false],
  ["a base", "extends: default.yaml", true],
  ["several bases", "extends: [a.yaml, b.yaml]", false],
  ["drawn prompts, swept", "decoding: { prompts: { from: held_out, count: 1..3 } }", true],
  ["drawn prompts of nowhere", "decoding: { prompts: { count: 3 } }", false],
  ["prompts in a file", "decoding: { prompts: { file: prompts.txt } }", true],
  ["prompts in several files", "decoding: { prompts: { file: [a, b] } }", false],
  ["prompts in a file and drawn", "decoding: { prompts: { file: a, from: held_out } }", false],
  ["prompts that look like a range", "decoding: { prompts: [1..8] }", true],
  ["a range in a strategy", "decoding: { strategies: [{ strategy: top_k, k: 1..8 }] }", true],
  [
    "ranges in a strategy's list",
    "decoding: { strategies: [{ strategy: top_k, k: [1, 4..8] }] }",
    true,
  ],
  [
    "a range in a chain",
    "decoding: { strategies: [{ strategy: sample, warp: [{ top_k: 1..8 }] }] }",
    true,
  ],
  ["text in a strategy", "decoding: { strategies: [{ strategy: top_k, k: x }] }", false],
  ["a strategy that there is not", "decoding: { strategies: [{ strategy: greddy }] }", false],
  ["an unknown key", "sed: 1", false],
];
for (const [name, text, valid] of cases) {
  Deno.test(`configJsonSchema: ${name} is ${valid ? "right" : "wrong"}`, () => {
    assertEquals(editor.safeParse(parse(text)).success, valid);
  });
}

Deno.test("configJsonSchema: each config of configs/ is right", () => {
  const folder = new URL("../../configs/", import.meta.url);
  for (const { name } of Deno.readDirSync(folder)) {
    if (!name.endsWith(".yaml")) continue;
    const { error } = editor.safeParse(parse(Deno.readTextFileSync(new URL(name, folder))));
    assertEquals(error?.issues ?? [], [], name);
  }
});

Deno.test("configJsonSchema: each example in the pages about configs is right", () => {
  for (const page of ["README.md", "configs/README.md"]) {
    const text = Deno.readTextFileSync(new URL(`../../${page}`, import.meta.url));
    for (const [, example = ""] of text.matchAll(/^```ya?ml\n([^]*?)^```$/gm)) {
      const { error } = editor.safeParse(parse(example));
      assertEquals(error?.issues ?? [], [], `${page}: ${example}`);
    }
  }
});

Deno.test("configs/schema.json: has less than 60 kB", () => {
  const { size } = Deno.statSync(new URL("../../configs/schema.json", import.meta.url));
  assert(size < 60_000, `${size} bytes`);
});
