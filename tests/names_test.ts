/**
 * No code decides by the name of a strategy, warper, draft, acceptance rule or measure: the names stand
 * where they are defined, and elsewhere only where they mean something else.
 *
 * @module
 */
// @ts-types="./declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { strategies } from "../src/decode/definitions.ts";
import { drafts } from "../src/decode/speculative/drafts/definitions.ts";
import { acceptanceRules } from "../src/decode/speculative/speculative.ts";
import { warpers } from "../src/decode/warp/definitions.ts";
import { measures } from "../src/measure/measures.ts";

/** The names of definitions, and the folder below `src/` that has their files. */
const folders = new Map<string, string>([
  ...[strategies, warpers, drafts, acceptanceRules].flatMap((list) =>
    list.map(({ name }): [string, string] => [name, "decode/"])
  ),
  ...measures.map(({ name }): [string, string] => [name, "measure/"]),
]);

/** Names that mean something else: where, as the beginning of a path below `src/`, and what. */
const others: readonly [name: string, where: string, meaning: string][] = [
  ["model", "train/checkpoint.ts", "a key of the checkpoint's format"],
  ["model", "report/", "the column of a trained model's name"],
  ["model", "diff/", "the column of a trained model's name"],
  ["exact", "diff/render/chance.ts", "a word: that no chance is in a change"],
  ["model", "cli/sample.ts", "the flag --model: a trained model's name"],
  ["model", "cli/export.ts", "the flag --model: a trained model's name"],
  ["model", "data/character_tokenizer.ts", "a key of tokenizer.json"],
  ["model", "cli/run_results.ts", "one model, as opposed to a cell, in counts of results"],
  ["sample", "report/samples_csv.ts", "the column of a sample's number"],
  ["sample", "cli/run_results.ts", "one sample, in counts"],
  ["sample", "decode/speculative/drafts/model.ts", "the draft's choice: drawn or the argmax"],
  ["sample", "decode/speculative/speculative.ts", "the default of the draft's choice"],
  ["eta", "decode/sample/mirostat.ts", "mirostat's setting eta"],
  ["prompts", "config/", "the setting decoding.prompts"],
  ["prompts", "runs/check_with_corpus.ts", "the setting decoding.prompts"],
  ["prompts", "runs/corpus_defaults.ts", "the setting decoding.prompts"],
  ["prompts", "stages/seeding.ts", "the random stream that draws prompts"],
  ["sample", "report/run/overview.ts", "one sample, in counts"],
  ["samples", "report/run/overview.ts", "samples, in counts"],
  ["prompts", "report/run/", "a noun of a sentence, and the prompts of a run"],
  ["sample", "report/run/intervals.ts", "one sample, in counts"],
  ["prompts", "diff/tables.ts", "the first column of results.csv that is not a setting"],
  ["samples", "config/checks.ts", "the setting decoding.samples"],
  ["samples", "stages/", "the unit of progress"],
  ["samples", "cli/sample.ts", "the flag --samples"],
  ["accepted", "cli/explanation/round.ts", "the fate of one proposed token"],
  ["prompts", "measure/measure.ts", "a unit"],
  ["samples", "measure/measure.ts", "a unit"],
  ["rounds", "measure/", "a unit, and a cost of a sample"],
  ["draws", "measure/", "a kind of spread: over draws of prompts"],
  ["population", "stages/experiment_data.ts", "a field: the documents that prompts are drawn from"],
  ["target_calls", "report/samples_csv.ts", "a column of samples.csv: the costs of one sample"],
  ["draft_calls", "report/samples_csv.ts", "a column of samples.csv: the costs of one sample"],
  ["proposed", "report/samples_csv.ts", "a column of samples.csv: the costs of one sample"],
  ["tested", "report/samples_csv.ts", "a column of samples.csv: the costs of one sample"],
  ["accepted", "report/samples_csv.ts", "a column of samples.csv: the costs of one sample"],
  ["proposed", "report/results_csv.ts", "a column of positions.csv: the counts at one position"],
  ["tested", "report/results_csv.ts", "a column of positions.csv: the counts at one position"],
  ["accepted", "report/results_csv.ts", "a column of positions.csv: the counts at one position"],
  ["resampled", "report/samples_csv.ts", "a column of samples.csv: the costs of one sample"],
  ["bonus", "report/samples_csv.ts", "a column of samples.csv: the costs of one sample"],
  [
    "unique_share",
    "measure/coverage_limits.ts",
    "a kind of intervals: of the measure of that name",
  ],
  ["distinct_1", "measure/coverage_limits.ts", "a kind of intervals: of the measure of that name"],
  ["distinct_2", "measure/coverage_limits.ts", "a kind of intervals: of the measure of that name"],
  ["distinct_3", "measure/coverage_limits.ts", "a kind of intervals: of the measure of that name"],
  [
    "mass_covered",
    "measure/coverage_limits.ts",
    "a kind of intervals: of the measure of that name",
  ],
  ["prompts", "measure/coverage_limits.ts", "a field: how the prompts were chosen"],
  ["target_calls", "diff/samples_file.ts", "a column of samples.csv"],
  ["draft_calls", "diff/samples_file.ts", "a column of samples.csv"],
  ["proposed", "diff/samples_file.ts", "a column of samples.csv"],
  ["tested", "diff/samples_file.ts", "a column of samples.csv"],
  ["accepted", "diff/samples_file.ts", "a column of samples.csv"],
  ["resampled", "diff/samples_file.ts", "a column of samples.csv"],
  ["bonus", "diff/samples_file.ts", "a column of samples.csv"],
  ["draws", "model/simd/inference_plan.ts", "an area of memory: what is drawn in a pass"],
  ["model", "model/onnx/runtime_thread.ts", "a field of a message: which model it is for"],
  ["model", "stages/check.ts", "the noun of a stage"],
  ["model", "runs/model_folders.ts", "a field: the model of a folder"],
  ["sample", "model/onnx/platform.ts", "the command of that name"],
  ["sample", "model/onnx/platform.ts", "the command of that name"],
  ["sample", "cli/sample.ts", "the command of that name"],
];

const source = new URL("../src/", import.meta.url);

function* filesBelow(folder: URL): Generator<URL> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    // Packages of the onnxruntimes are installed beside their deno.json.
    if (name === "node_modules") continue;
    if (isDirectory) yield* filesBelow(new URL(`${name}/`, folder));
    else if (name.endsWith(".ts")) yield new URL(name, folder);
  }
}

/** The string literals of a file that are one of the names, outside comments. */
function namesIn(text: string): string[] {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*/g, "");
  return [...code.matchAll(/(["'`])(\w+)\1/g)].map(([, , name = ""]) => name)
    .filter((name) => folders.has(name));
}

const found = [...filesBelow(source)].flatMap((file) => {
  const path = file.href.slice(source.href.length);
  const text = Deno.readTextFileSync(file);
  const isDefinition = (name: string): boolean =>
    path.startsWith(folders.get(name) ?? "") && text.includes(`  name: "${name}",`);
  return namesIn(text).filter((name) => !isDefinition(name)).map((name) => ({ path, name }));
});

const explained = (entry: typeof others[number]) => ({ path, name }: typeof found[number]) =>
  name === entry[0] && path.startsWith(entry[1]);

Deno.test("src: names of strategies, warpers, drafts, acceptance rules and measures stand where they are defined", () => {
  const unexplained = found.filter((one) => !others.some((entry) => explained(entry)(one)));
  assertEquals(unexplained, []);
});

Deno.test("src: every name is defined once, and every other meaning in the list is there", () => {
  for (const [name, folder] of folders) {
    const definitions = [...filesBelow(new URL(folder, source))]
      .filter((file) => Deno.readTextFileSync(file).includes(`  name: "${name}",`));
    // Some names of measures are made: distinct_1 from its n, stop_eos from the reason.
    const isOnce = definitions.length === 1 || folder === "measure/" && definitions.length === 0;
    assert(isOnce, `${name} is defined in ${definitions.join(" and ") || "no file"}`);
  }
  const unused = others.filter((entry) => !found.some(explained(entry)));
  assertEquals(unused, []);
});
