/**
 * How the files of `src/` depend on one another: by imports (of types, too, and dynamic ones) and by
 * `new URL("./…", import.meta.url)`, which is how threads and kernels are loaded.
 *
 * @module
 */
// @ts-types="./declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { commands } from "../main.ts";

/** No folder depends on one that is further down. */
const order = [
  "text",
  "files",
  "random",
  "model",
  "data",
  "train",
  "decode",
  "config",
  "measure",
  "report",
  "store",
  "stages",
  "threads",
  "runs",
  "launch",
  "diff",
  "compare",
  "cli",
];

/** The least mean of lines per file: below it, what belongs together has been taken apart. */
const LEAST_MEAN_LINES = 100;

const project = new URL("../", import.meta.url);

function* filesBelow(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(new URL(folder, project))) {
    // Packages of the native onnxruntime are installed beside its deno.json.
    if (isDirectory && name !== "node_modules") yield* filesBelow(`${folder}${name}/`);
    if (isDirectory) continue;
    yield `${folder}${name}`;
  }
}

const all = [...filesBelow("src/")];
/** Kernels are another language, which is compiled to the file that is loaded. */
const files = all.filter((file) => file.endsWith(".ts") && !file.includes("/kernels/"));

const REFERENCE = /(?:\bfrom |\bimport |\bimport\(\s*|@ts-types=|\bnew URL\(\s*)"(\.[^"]+)"/g;

/** The paths in the project that a file depends on. */
function dependenciesOf(file: string): string[] {
  const text = Deno.readTextFileSync(new URL(file, project));
  return [...text.matchAll(REFERENCE)].map(([, path = ""]) =>
    new URL(path, new URL(file, project)).href.slice(project.href.length)
  );
}

const dependencies = new Map(["main.ts", ...files].map((file) => [file, dependenciesOf(file)]));

const folderOf = (file: string): string => file.split("/")[1] ?? "";

/** Types of packages that have none belong to no part of the program. */
const parts = files.filter((file) => folderOf(file) !== "declarations");

Deno.test("src: every folder has a place in the order", () => {
  assertEquals([...new Set(parts.map(folderOf))].sort(), order.toSorted());
});

for (const [place, folder] of order.entries()) {
  Deno.test(`src/${folder}: depends on no later folder`, () => {
    const later = parts.filter((file) => folderOf(file) === folder).flatMap((file) =>
      (dependencies.get(file) ?? [])
        .filter((other) => order.indexOf(folderOf(other)) > place)
        .map((other) => `${file} → ${other}`)
    );
    assertEquals(later, []);
  });
}

Deno.test("src: no file depends on itself by way of others", () => {
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(" → "));
    if (done.has(file)) return;
    done.add(file);
    for (const other of dependencies.get(file) ?? []) visit(other, [...path, file]);
  };
  for (const file of files) visit(file, []);
  assertEquals(circles, []);
});

Deno.test("src: every file is part of the program: main.ts leads to it", () => {
  const reached = new Set<string>();
  const reach = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    dependencies.get(file)?.forEach(reach);
  };
  reach("main.ts");
  assertEquals(files.filter((file) => !reached.has(file)), []);
  assert(Object.keys(commands).every((name) => reached.has(`src/cli/${name}.ts`)));
});

Deno.test(`src: files have ${LEAST_MEAN_LINES} lines on average, or more`, () => {
  const lines = parts.reduce(
    (sum, file) => sum + Deno.readTextFileSync(new URL(file, project)).split("\n").length - 1,
    0,
  );
  assert(lines >= LEAST_MEAN_LINES * parts.length, `${lines} lines in ${parts.length} files`);
});

Deno.test("tests: none but the bench and the bound on torture reads a clock or waits for a time", () => {
  const clock = /\b(performance|Date)\.now\(\)|\bnew Date\(\)|\bset(Timeout|Interval)\([^;]*,\s*\d/;
  const clocks = [
    "tests/architecture_test.ts",
    "tests/torture/kills.ts",
    "tests/torture/torture.ts",
  ];
  const reading = [...filesBelow("tests/")]
    .filter((file) => /\.(ts|js)$/.test(file) && !file.startsWith("tests/bench/"))
    .filter((file) => !clocks.includes(file))
    .filter((file) => clock.test(Deno.readTextFileSync(new URL(file, project))));
  assertEquals(reading, []);
});

Deno.test("configs: each is valid and names the schema in its first line", async () => {
  const { loadExperiments } = await import("../src/config/experiment.ts");
  const folder = new URL("configs/", project);
  const configs = [...Deno.readDirSync(folder)].filter(({ name }) => name.endsWith(".yaml"));
  assert(configs.length >= 4);
  for (const { name } of configs) {
    const file = new URL(name, folder).pathname;
    const [first] = Deno.readTextFileSync(file).split("\n");
    assertEquals(first, "# yaml-language-server: $schema=schema.json");
    await loadExperiments(file);
  }
});
