/**
 * Data goes one way: config → data → train → decode → measure → report. No file imports from a later
 * stage; `files/`, `random/` and `model/` are leaves; only `pipeline/` sees every stage, and only `cli/` sees
 * the pipeline.
 *
 * @module
 */
// @ts-types="./declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";

const beforeStages = [
  "text",
  "files",
  "config",
  "data",
  "train",
  "decode",
  "measure",
  "report",
  "model",
  "random",
];

/** What each folder may import from, besides itself. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  text: [],
  files: ["text"],
  random: [],
  model: [],
  config: ["text", "files", "model", "decode", "measure", "report"],
  data: ["text", "files", "model", "random"],
  train: ["files", "data", "model"],
  decode: ["text", "model", "random", "config"],
  measure: ["text", "config", "data", "train", "decode", "model", "random"],
  report: ["text", "config", "data", "train", "decode", "measure", "model", "random"],
  diff: ["text", "files", "config", "data", "train", "measure", "model", "report"],
  store: ["files"],
  stages: [...beforeStages, "store"],
  threads: [...beforeStages, "stages", "store"],
  runs: [...beforeStages, "stages", "store", "threads"],
  cli: [...beforeStages, "stages", "store", "threads", "runs", "diff"],
};

const source = new URL("../src/", import.meta.url);

function* filesBelow(folder: URL): Generator<URL> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) yield* filesBelow(new URL(`${name}/`, folder));
    else if (name.endsWith(".ts") && !name.endsWith(".d.ts")) yield new URL(name, folder);
  }
}

function folderOf(file: URL): string {
  return file.href.slice(source.href.length).split("/")[0] ?? "";
}

const files = [...filesBelow(source)];

for (const folder of Object.keys(allowed)) {
  Deno.test(`src/${folder}: imports from nothing later`, () => {
    const own = files.filter((file) => folderOf(file) === folder);
    assert(own.length > 0);
    for (const file of own) {
      for (const [, path = ""] of Deno.readTextFileSync(file).matchAll(/from "(\.[^"]+)"/g)) {
        const imported = new URL(path, file);
        if (!imported.href.startsWith(source.href)) continue;
        const other = folderOf(imported);
        const fine = other === folder || allowed[folder]?.includes(other);
        assert(fine, `${file.pathname} imports ${path}: ${folder} may not import ${other}`);
      }
    }
  });
}

Deno.test("src: every folder has a place in the order", () => {
  const folders = new Set(files.map(folderOf));
  assertEquals([...folders].filter((folder) => !(folder in allowed)), []);
});

Deno.test("configs/schema.json: is what the schema says", async () => {
  const { configJsonSchema } = await import("../src/config/json_schema.ts");
  const written = Deno.readTextFileSync(new URL("../configs/schema.json", import.meta.url));
  assertEquals(JSON.parse(written), JSON.parse(JSON.stringify(configJsonSchema())));
});

Deno.test("configs: each is valid and names the schema in its first line", async () => {
  const { loadExperiments } = await import("../src/config/experiment.ts");
  const folder = new URL("../configs/", import.meta.url);
  const configs = [...Deno.readDirSync(folder)].filter(({ name }) => name.endsWith(".yaml"));
  assert(configs.length >= 4);
  for (const { name } of configs) {
    const file = new URL(name, folder).pathname;
    const [first] = Deno.readTextFileSync(file).split("\n");
    assertEquals(first, "# yaml-language-server: $schema=schema.json");
    await loadExperiments(file);
  }
});
