// @ts-types="../../declarations/assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { readingOf } from "../../../src/config/settings.ts";
import { modelMeasures } from "../../../src/measure/corpus_loss.ts";
import { measures } from "../../../src/measure/measures.ts";
import { markdownOf } from "../../../src/report/render/markdown.ts";
import { chartsOf } from "../../../src/report/run/charts.ts";
import { runDocument } from "../../../src/report/run/document.ts";
import type { RunRecord } from "../../../src/report/run/run_record.ts";
import { record } from "../made_up_run.ts";
import { plain, rowBelow, tablesOf, textBelow } from "../read_report.ts";

function reportOf(run: RunRecord): string {
  return plain(
    markdownOf(
      runDocument(run, chartsOf(run), { configDigest: "abc", inputs: ["corpus"], isOnnx: false }),
    ),
  );
}

const report = reportOf(record);
const speculative = "`speculative(acceptance_rule=original, draft_k=2)`";
/** The cells of rows below some titles: a new measure changes no test. */
const tables: readonly [string, string, Readonly<Record<string, string>>][] = [
  ["## Corpus and settings", "documents", { value: "1,234" }],
  ["## Corpus and settings", "longest document", { value: "17 characters" }],
  ["## Corpus and settings", "held out from training", { value: "321 (26.0 %)" }],
  ["## Corpus and settings", "prompts", { value: "2 prompts" }],
  ["## Corpus and settings", "read in", {
    value: "1,236 windows: 2 of the documents are longer than the block (16 tokens)",
  }],
  ["## Models", "target", {
    parameters: "4,192",
    steps: "20",
    batch: "32",
    n_embd: "12",
    n_head: "4",
    n_layer: "1",
    block: "16",
  }],
  ["## Models", "draft", { "first step": "20.000", "0–10 %": "20.000", "90–100 %": "11.000" }],
  ["## Models", "target", { "first step": "20.000", "0–10 %": "19.500", "90–100 %": "1.500" }],
  ["### After the prompt `a`", speculative, {
    "text": "`axy`",
    "log-prob": "-6.00",
    "stopped by": "eos",
  }],
  ["### After the prompt `m`", speculative, {
    "text": "`mlonger`",
    "log-prob": "-12.00",
    "stopped by": "max_new_tokens",
  }],
  ["### Held-out loss", "2-gram", {
    "held out: nats per token": "2.75 (2.69 to 2.88)",
    "bits per character": "3.75 (3.69 to 3.88)",
    "training: nats per token": "1.50 (1.44 to 1.63)",
  }],
  ["## Findings", speculative, { "mean log-prob": "-8 ± 19" }],
  ["## Likelihood under the target", speculative, {
    "mean log-prob": "-8 ± 19",
    "log-prob per token": "-2.000",
    "perplexity": "7.39",
    "entropy per token": "–",
  }],
  ["## Diversity", speculative, { "mass covered": "0.2 % (0.0 to 1.4)" }],
  ["## Speculative", speculative, {
    "rounds": "88",
    "target passes": "8",
    "proposed": "320",
    "tested": "160",
    "accepted": "120",
    "resampled": "24",
    "bonus": "16",
    "accepted / tested": "75 % (19 to 99)",
    "accepted / proposed": "38 % (3 to 88)",
    "draft passes": "20",
    "1": "75.0 %",
    "2": "75.0 %",
  }],
  ["### Losslessness", speculative, {
    "distance": "0.5000",
    "by chance": "0.1250",
    "draws from": "**another distribution**",
    "its acceptance rate": "45.0 %",
    "its tokens per pass": "0.9",
  }],
  ["### `speculative(acceptance_rule=original, draft_k=…)` by `draft_k`", "4", {
    "unique share": "75 % (19 to 99)",
    "mean length": "3 ± 13",
    "mean log-prob": "-11 ± 29",
    "log-prob per token": "-3.000",
    "tokens per target pass": "1.9 ± 4.8",
    "target rows": "12,000",
    "accepted / tested": "75 % (19 to 99)",
    "accepted / proposed": "38 % (3 to 88)",
  }],
];
for (const [below, begins, expected] of tables) {
  Deno.test(`runDocument: ${below}: the row ${begins}`, () => {
    const row = rowBelow(report, below, begins);
    const found = Object.keys(expected).map((title) => [title, row[title]]);
    assertEquals(Object.fromEntries(found), expected);
  });
}

Deno.test("runDocument: what is the same in all rows of a table is said once, above it", () => {
  assertStringIncludes(
    textBelow(report, "## Likelihood"),
    "The same in all rows: mean length 3 ± 13, ended by EOS 75 % (1 to 100) and samples 4.",
  );
  const [table = []] = tablesOf(textBelow(report, "## Diversity"));
  assertEquals(table[0], ["cell", "mass covered"]);
});

Deno.test("runDocument: of documents that are longer than the block, says what is read", () => {
  const { config } = record.experiment;
  const { normalize } = readingOf(config);
  const withChoice = (long_documents: "cut" | "windows"): string => {
    const experiment = {
      ...record.experiment,
      config: { ...config, corpus: { held_out: 0.1, normalize, ...config.corpus, long_documents } },
    };
    return reportOf({ ...record, experiment });
  };
  const [windows, cut] = [withChoice("windows"), withChoice("cut")];
  assertStringIncludes(windows, "are predicted in consecutive windows, each token once.");
  assertStringIncludes(cut, "the tokens past it are not predicted.");
  assertEquals(
    rowBelow(cut, "## Corpus and settings", "cut")["value"],
    "2 of the documents are longer than the block (16 tokens): 3 of their 35 tokens, EOS " +
      "among them, are neither learned nor predicted (`corpus.long_documents`)",
  );
  const none = { documents: 0, tokens: 0, pastBlock: 0, windows: 0 };
  const short = reportOf({ ...record, corpus: { ...record.corpus, long: none } });
  assert(!short.includes("longer than the block") && !short.includes("windows"));
});

Deno.test("runDocument: says which of several samples is shown, and how many there are", () => {
  assertStringIncludes(report, "Each is the first of its cell's samples.");
  assertStringIncludes(
    report,
    "3 cells (a strategy with its settings), 12 samples in all: 2 of each of 2 prompts.",
  );
});

Deno.test("runDocument: counts a single cell and a single prompt as one", () => {
  const { experiment, cells, prompts } = record;
  const { decoding } = experiment.config;
  const config = { ...experiment.config, decoding: { ...decoding, prompts: prompts.slice(0, 1) } };
  const one = reportOf({
    ...record,
    experiment: { ...experiment, config },
    cells: cells.slice(0, 1),
    prompts: prompts.slice(0, 1),
    comparisons: [],
  });
  assertStringIncludes(
    one,
    "1 cell (a strategy with its settings), 4 samples in all: 2 of the prompt.",
  );
});

Deno.test("runDocument: the glossary explains every measure of every table, once", () => {
  const [body = "", glossary = ""] = report.split("<summary>Glossary</summary>");
  const titles = new Set(tablesOf(body).flatMap(([header = []]) => header));
  const shown = [...measures, ...modelMeasures].filter(({ title }) => titles.has(title));
  assert(shown.length > 20, `${shown.length}`);
  for (const { title, name } of shown) {
    const term = `- <a id="term-${name}"></a>**${title}**: `;
    assertEquals(glossary.split(term).length, 2, `${title} is not explained once`);
  }
});

Deno.test("markdownOf: the title of each measure's column leads to its entry in the glossary", () => {
  const anchors = new Set([...report.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => `#${id}`));
  const targets = new Map(
    [...report.matchAll(/^\[(.+)\]: (#.+)$/gm)].map((match) =>
      match.slice(1, 3) as [string, string]
    ),
  );
  const linked = [...report.matchAll(/(?<=^\|.*)\[([^\]]+)\](?=.*\|\n\| :?-)/gm)].map((
    [, title = ""],
  ) => title);
  assert(linked.length > 20, `${linked.length}`);
  for (const title of linked) assert(anchors.has(targets.get(title) ?? ""), title);
});

Deno.test("runDocument: every chart is shown once", () => {
  for (const { file } of chartsOf(record)) {
    assertEquals(report.split(`](${file})`).length, 2, file);
  }
});
