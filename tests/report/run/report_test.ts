// @ts-types="../../declarations/assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { reportMarkdown } from "../../../src/report/run/report.ts";
import { record } from "../made_up_run.ts";

/** The cells of the first row of `text` that begins so, after what comes `below`. */
function row(text: string, below: string, begins: string): string[] {
  const line = text.slice(text.indexOf(below)).split("\n").find((line) =>
    line.replace(/^\| +/, "").startsWith(begins)
  );
  assert(line !== undefined, `${begins} is not below ${below}`);
  return line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim());
}
const report = reportMarkdown(record);
const speculative = "`speculative(acceptance_rule=original, draft_k=2)`";
const tables: readonly [string, string, string[]][] = [
  ["## Corpus", "documents", ["documents", "1,234"]],
  ["## Corpus", "longest document", ["longest document", "17 characters"]],
  ["## Models", "target", ["target", "12", "4", "1", "16", "4,192", "20"]],
  ["mean over a tenth", "draft", [
    "draft",
    "20.000",
    "20.000",
    "19.000",
    "18.000",
    "17.000",
    "16.000",
    "15.000",
    "14.000",
    "13.000",
    "12.000",
    "11.000",
  ]],
  ["mean over a tenth", "target", [
    "target",
    "20.000",
    "19.500",
    "17.500",
    "15.500",
    "13.500",
    "11.500",
    "9.500",
    "7.500",
    "5.500",
    "3.500",
    "1.500",
  ]],
  ["### Prompt `a`", speculative, [speculative, "`xy`", "-6.00", "eos", "1.50"]],
  ["### Prompt `m`", speculative, [speculative, "`longer`", "-12.00", "max_new_tokens", "3.00"]],
  ["### What they have learned", "2-gram", [
    "2-gram",
    "2.750 (2.688 to 2.875)",
    "3.750 (3.688 to 3.875)",
    "1.500",
  ]],
  ["## Corpus", "held out", ["held out from training", "321 (26.0 %)"]],
  ["## Quality", speculative, [
    speculative,
    "4",
    "-7.50 (-9.00 to -6.00)",
    "-3.50 (-3.56 to -3.38)",
    "-2.000 (-2.000 to -2.000)",
    "7.39 (7.39 to 7.39)",
    "0.267 (0.222 to 0.333)",
    "3.00 (2.00 to 4.00)",
    "75.0 % (25.6 to 96.3)",
  ]],
  ["## Diversity", speculative, [
    speculative,
    "3",
    "75.0 % (30.1 to 95.4)",
    "50.0 % (5.5 to 94.5)",
    "25.0 % (3.7 to 74.4)",
    "0.0 % (0.0 to 49.0)",
    "0.833 / 0.875 / 1.000",
    "0.158",
    "0.334",
    "0.250",
    "0.2 % (0.2 to 0.2)",
  ]],
  ["## Speculative", speculative, [
    speculative,
    "88",
    "320",
    "160",
    "120",
    "24",
    "16",
    "75.0 % (67.8 to 81.1)",
    "37.5 % (30.4 to 45.2)",
    "20",
  ]],
  ["by position", speculative, [speculative, "75.0 %", "75.0 %"]],
  ["### Losslessness", speculative, [
    speculative,
    "0.5000",
    "0.1250",
    "**changes the distribution**",
  ]],
  ["The original script prints", speculative, [speculative, "45.0 %", "0.9"]],
  ["## Sweeps", "4", [
    "4",
    "75.0 % (30.1 to 95.4)",
    "3.00 (2.00 to 4.00)",
    "-11.25 (-13.50 to -9.00)",
    "-3.000 (-3.000 to -3.000)",
    "1.88",
    "12,000",
    "75.0 % (69.2 to 80.1)",
    "37.5 % (31.6 to 43.8)",
  ]],
];
for (const [below, begins, expected] of tables) {
  Deno.test(`reportMarkdown: ${below}: the row ${begins}`, () =>
    assertEquals(row(report, below, begins), expected));
}
Deno.test("reportMarkdown: says what is shown of several samples, and of how many", () => {
  assertStringIncludes(report, "The first of each cell's samples is shown.");
  assertStringIncludes(
    report,
    "in 3 ways (cells: a strategy with its settings), 12 samples in all: 2 of each of 2 prompts. Seed 42",
  );
});
