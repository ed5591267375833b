/**
 * No code decides by the name of a strategy, warper, draft or acceptance rule: the names stand where
 * they are defined, and elsewhere only where they mean something else.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { strategies } from "../../src/decode/definitions.ts";
import { drafts } from "../../src/decode/speculative/drafts/definitions.ts";
import { acceptanceRules } from "../../src/decode/speculative/speculative.ts";
import { warpers } from "../../src/decode/warp/definitions.ts";

const names = new Set(
  [strategies, warpers, drafts, acceptanceRules].flatMap((list) => list.map(({ name }) => name)),
);

/** Names that mean something else: where, as the beginning of a path below `src/`, and what. */
const others: readonly [name: string, where: string, meaning: string][] = [
  ["model", "train/checkpoint.ts", "a key of the checkpoint's format"],
  ["model", "report/", "the column of a trained model's name"],
  ["model", "diff/", "the column of a trained model's name"],
  ["model", "cli/sample.ts", "the flag --model: a trained model's name"],
  ["model", "cli/run.ts", "one model, as opposed to a cell, in counts of results"],
  ["model", "runs/run.ts", "one model, as opposed to a cell, in counts of results"],
  ["sample", "cli/run.ts", "one sample, in counts"],
  ["sample", "decode/speculative/drafts/model.ts", "the draft's choice: drawn or the argmax"],
  ["sample", "decode/speculative/speculative.ts", "the default of the draft's choice"],
  ["eta", "decode/sample/mirostat.ts", "mirostat's setting eta"],
  ["ngram", "threads/worker_models.ts", "a member of DecodeResources, whatever the draft"],
  // Until the report's search section asks for facts, which its owner is at.
  ["greedy", "report/run/search_section.ts", "temporary: the baseline of the search section"],
];

const source = new URL("../../src/", import.meta.url);

function* filesBelow(folder: URL): Generator<URL> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) yield* filesBelow(new URL(`${name}/`, folder));
    else if (name.endsWith(".ts")) yield new URL(name, folder);
  }
}

/** The string literals of a file that are one of the names, outside comments. */
function namesIn(text: string): string[] {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*/g, "");
  return [...code.matchAll(/(["'`])(\w+)\1/g)].map(([, , name = ""]) => name)
    .filter((name) => names.has(name));
}

const found = [...filesBelow(source)].flatMap((file) => {
  const path = file.href.slice(source.href.length);
  const text = Deno.readTextFileSync(file);
  const isDefinition = (name: string): boolean =>
    path.startsWith("decode/") && text.includes(`  name: "${name}",`);
  return namesIn(text).filter((name) => !isDefinition(name)).map((name) => ({ path, name }));
});

const explained = (entry: typeof others[number]) => ({ path, name }: typeof found[number]) =>
  name === entry[0] && path.startsWith(entry[1]);

Deno.test("src: names of strategies, warpers, drafts and acceptance rules stand where they are defined", () => {
  const unexplained = found.filter((one) => !others.some((entry) => explained(entry)(one)));
  assertEquals(unexplained, []);
});

Deno.test("src: every name is defined once, and every other meaning in the list is there", () => {
  assert(names.size >= strategies.length);
  for (const name of names) {
    const definitions = [...filesBelow(new URL("decode/", source))]
      .filter((file) => Deno.readTextFileSync(file).includes(`  name: "${name}",`));
    assertEquals(definitions.length, 1, `${name} is defined in ${definitions}`);
  }
  const unused = others.filter((entry) => !found.some(explained(entry)));
  assertEquals(unused, []);
});
