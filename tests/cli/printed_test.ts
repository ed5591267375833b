/**
 * The sentences of microbeam: a renaming by text replacement once left `is not what s../config/… says`
 * in one that no test printed.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import project from "../../deno.json" with { type: "json" };
import type { Command } from "../../src/cli/command.ts";
import { cache } from "../../src/cli/cache.ts";
import { compare } from "../../src/cli/compare.ts";
import { diff } from "../../src/cli/diff.ts";
import { plan } from "../../src/cli/plan.ts";
import { run } from "../../src/cli/run.ts";
import { sample } from "../../src/cli/sample.ts";
import { generatedFiles, schema } from "../../src/cli/schema.ts";
import { inFolder } from "../temporary_folder.ts";

const root = new URL("../../", import.meta.url);

/** The names of the TypeScript files below `folder`, with their text. */
function* sources(folder: string): Generator<[file: string, text: string]> {
  for (const { name, isDirectory } of Deno.readDirSync(new URL(folder, root))) {
    // Packages of the onnxruntimes are installed beside their deno.json.
    if (name === "node_modules") continue;
    if (isDirectory) yield* sources(`${folder}${name}/`);
    else if (name.endsWith(".ts")) {
      yield [folder + name, Deno.readTextFileSync(new URL(folder + name, root))];
    }
  }
}

/** The paths that `text` mentions as seen from the project's folder, and relative ones in mid-word. */
function suspiciousPaths(text: string): string[] {
  const named = [...text.matchAll(/(?<![\w./])(?:src|tests|configs)\/[\w./-]*\w/g)].map(String);
  const missing = named.filter((path) => {
    try {
      return !Deno.statSync(new URL(path, root));
    } catch {
      return true;
    }
  });
  return [...missing, ...[...text.matchAll(/\w\.\.\/\S*/g)].map(String)];
}

Deno.test("suspiciousPaths: finds the sentence that was garbled, and a file that was moved", () => {
  const garbled = "configs/schema.json is not what s../config/json_schema.ts says";
  assertEquals(suspiciousPaths(garbled), ["s../config/json_schema.ts"]);
  assertEquals(suspiciousPaths("described in src/diff/gone.ts"), ["src/diff/gone.ts"]);
  assertEquals(suspiciousPaths('import "../text/format.ts" // see configs/schema.json.'), []);
});

Deno.test("src and main.ts: every path of the project in a message or comment exists", () => {
  const files = [...sources("src/"), ["main.ts", Deno.readTextFileSync(new URL("main.ts", root))]];
  assert(files.length > 100);
  const wrong = files.flatMap(([file, text = ""]) =>
    suspiciousPaths(text).map((path) => `${file}: ${path}`)
  );
  assertEquals(wrong, []);
});

const commands: Readonly<Record<string, Command>> = {
  run,
  diff,
  compare,
  plan,
  cache,
  sample,
  schema,
};

for (const [name, { summary, help }] of Object.entries(commands)) {
  Deno.test(`${name} --help: names tasks and flags that exist, and nothing that was not filled in`, () => {
    const text = `${summary}\n${help}`;
    const tasks = [...text.matchAll(/deno task (\w+)/g)].map(([, task = ""]) => task);
    assertEquals(tasks.filter((task) => !(task in project.tasks)), []);
    assertEquals(text.match(/undefined|NaN|\[object|\$\{/g), null);
    // The flags of the usage are those that are explained.
    const [usage = "", explained = ""] = help.split("\n\n").slice(1);
    const flags = (part: string): string[] =>
      [...new Set(part.match(/(?<![\w-])--?[a-z][a-z-]*/g))].sort();
    assertEquals(flags(usage).filter((flag) => !flags(explained).includes(flag)), []);
  });
}

const outcomes: readonly [args: string, code: number, printed: [stdout: string, stderr: string]][] =
  [
    ["schema --check", 1, [
      "",
      generatedFiles.map(({ file }) =>
        `${file} is not up to date with src/: run deno task schema\n`
      ).join(""),
    ]],
    ["cache", 0, ["outputs/.cache/store is empty\n", ""]],
    ["cache prune", 2, [
      "",
      'error: expected flags only, found "prune"; did you mean "--prune"?\n',
    ]],
    ["schema check", 2, [
      "",
      'error: expected flags only, found "check"; did you mean "--check"?\n',
    ]],
  ];

for (const [args, code, printed] of outcomes) {
  Deno.test(`${args}: in an empty folder prints one line`, () =>
    inFolder(async (cwd) => {
      const main = new URL("main.ts", root).pathname;
      const outcome = await new Deno.Command("deno", {
        args: ["run", "-q", "-A", main, ...args.split(" ")],
        cwd,
        env: { NO_COLOR: "1" },
        stdin: "null",
      }).output();
      const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
      assertEquals(
        [outcome.code, decode(outcome.stdout), decode(outcome.stderr)],
        [code, ...printed],
      );
    }));
}
