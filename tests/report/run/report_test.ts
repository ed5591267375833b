// @ts-types="../../declarations/assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { modelMeasures } from "../../../src/measure/corpus_loss.ts";
import { measures } from "../../../src/measure/measures.ts";
import { chartsOf } from "../../../src/report/run/charts.ts";
import { reportMarkdown } from "../../../src/report/run/report.ts";
import { record } from "../made_up_run.ts";

/** The first row of `text` that begins so, after what comes `below`, and its table's header. */
function rowBelow(
  text: string,
  below: string,
  begins: string,
): { row: string[]; header: string[] } {
  const lines = text.slice(text.indexOf(below)).split("\n");
  const at = lines.findIndex((line) => line.replace(/^\| +/, "").startsWith(begins));
  assert(at >= 0, `${begins} is not below ${below}`);
  const rule = lines.slice(0, at).findLastIndex((line) => /^\| :?-/.test(line));
  return { row: cellsOf(lines[at]), header: cellsOf(lines[rule - 1]) };
}

function cellsOf(line = ""): string[] {
  return line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim());
}

const report = reportMarkdown(record, chartsOf(record));
const speculative = "`speculative(acceptance_rule=original, draft_k=2)`";
/** Rows, or of a table of measures the cells below some titles: a new measure changes no test. */
const tables: readonly [string, string, string[] | Readonly<Record<string, string>>][] = [
  ["## Corpus", "documents", ["documents", "1,234"]],
  ["## Corpus", "longest document", ["longest document", "17 characters"]],
  ["## Corpus", "read in", [
    "read in",
    "1,236 windows: 2 of the documents are longer than the block (16 tokens)",
  ]],
  ["## Models", "target", ["target", "12", "4", "1", "16", "4,192", "20", "32"]],
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
  ["### Held-out loss", "2-gram", {
    "held out: nats per token": "2.750 (2.688 to 2.875)",
    "bits per character": "3.750 (3.688 to 3.875)",
    "training: nats per token": "1.500 (1.438 to 1.625)",
  }],
  ["## Corpus", "held out", ["held out from training", "321 (26.0 %)"]],
  ["## Quality", speculative, {
    "samples": "4",
    "mean log-prob": "-7.50 (-26.56 to 11.56)",
    "log-prob per token": "-2.000",
    "perplexity": "7.39",
    "entropy per token": "–",
    "mean length": "3.00 (-9.71 to 15.71)",
    "ended by EOS": "75.0 % (0.6 to 100.0)",
  }],
  ["## Diversity", speculative, {
    "unique": "3",
    "unique share": "75.0 % (19.4 to 99.4)",
    "novel": "50.0 % (6.8 to 93.2)",
    "in held-out": "25.0 % (0.0 to 99.4)",
    "repetitive": "0.0 % (0.0 to 60.2)",
    "distinct-1": "0.833 (0.252 to 0.999)",
    "distinct-2": "0.875 (0.284 to 1.000)",
    "distinct-3": "1.000 (0.398 to 1.000)",
    "self-BLEU": "0.158",
    "Zipf": "0.334",
    "length distance": "0.250",
    "mass covered": "0.2 % (0.0 to 1.4)",
  }],
  ["## Speculative", speculative, {
    "rounds": "88",
    "target passes": "8",
    "proposed": "320",
    "tested": "160",
    "accepted": "120",
    "resampled": "24",
    "bonus": "16",
    "accepted / tested": "75.0 % (19.4 to 99.4)",
    "accepted / proposed": "37.5 % (2.8 to 87.7)",
    "draft passes": "20",
  }],
  ["by position", speculative, [speculative, "75.0 %", "75.0 %"]],
  ["### Losslessness", speculative, {
    "distance": "0.5000",
    "by chance": "0.1250",
    "draws from": "**another distribution**",
  }],
  ["The original script prints", speculative, [speculative, "45.0 %", "0.9"]],
  ["## Sweeps", "4", {
    "unique share": "75.0 % (19.4 to 99.4)",
    "mean length": "3.00 (-9.71 to 15.71)",
    "mean log-prob": "-11.25 (-39.84 to 17.34)",
    "log-prob per token": "-3.000",
    "tokens per target pass": "1.88 (-2.89 to 6.64)",
    "target rows": "12,000",
    "accepted / tested": "75.0 % (19.4 to 99.4)",
    "accepted / proposed": "37.5 % (2.8 to 87.7)",
  }],
];
for (const [below, begins, expected] of tables) {
  Deno.test(`reportMarkdown: ${below}: the row ${begins}`, () => {
    const { row, header } = rowBelow(report, below, begins);
    if (Array.isArray(expected)) return assertEquals(row, expected);
    const found = Object.keys(expected).map((title) => [title, row[header.indexOf(title)]]);
    assertEquals(Object.fromEntries(found), expected);
  });
}
Deno.test("reportMarkdown: of documents that are longer than the block, says what is read", () => {
  const { config } = record.experiment;
  const withChoice = (long_documents: "cut" | "windows"): string => {
    const experiment = {
      ...record.experiment,
      config: { ...config, corpus: { ...config.corpus, long_documents } },
    };
    return reportMarkdown({ ...record, experiment }, []);
  };
  const [windows, cut] = [withChoice("windows"), withChoice("cut")];
  assertStringIncludes(windows, "are predicted in consecutive windows, each token once.");
  assertStringIncludes(cut, "the tokens past it are not predicted.");
  assertEquals(
    rowBelow(cut, "## Corpus", "cut").row[1],
    "2 of the documents are longer than the block (16 tokens): 3 of their 35 tokens, EOS " +
      "among them, are neither learned nor predicted (`corpus.long_documents`)",
  );
  const none = { documents: 0, tokens: 0, pastBlock: 0, windows: 0 };
  const short = reportMarkdown({ ...record, corpus: { ...record.corpus, long: none } }, []);
  assert(!short.includes("longer than the block") && !short.includes("windows"));
});

Deno.test("reportMarkdown: says what is shown of several samples, and of how many", () => {
  assertStringIncludes(report, "The first of each cell's samples is shown.");
  assertStringIncludes(
    report,
    "in 3 ways (cells: a strategy with its settings), 12 samples in all: 2 of each of 2 prompts. Seed 42",
  );
});

Deno.test("reportMarkdown: the glossary explains every measure of every table, once", () => {
  const [body = "", glossary = ""] = report.split("## How to read this");
  const headers = body.split("\n").filter((_, i, lines) => /^\| :?-/.test(lines[i + 1] ?? ""));
  const titles = new Set(headers.flatMap((line) => line.split("|").map((title) => title.trim())));
  const shown = [...measures, ...modelMeasures].filter(({ title }) => titles.has(title));
  assert(shown.length > 30, `${shown.length}`);
  for (const { title } of shown) {
    assertEquals(glossary.split(`- **${title}**: `).length, 2, `${title} is not explained once`);
  }
});

Deno.test("reportMarkdown: every chart is shown once", () => {
  for (const { file } of chartsOf(record)) {
    assertEquals(report.split(`](${file})`).length, 2, file);
  }
});
