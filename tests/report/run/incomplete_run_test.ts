/**
 * Reports of a run with failures, of a smoke run and of a run of a sweep.
 *
 * @module
 */
// @ts-types="../../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
// @ts-types="../../../src/declarations/csv.d.ts"
import { parse } from "@std/csv";
import { chartsOf } from "../../../src/report/run/charts.ts";
import { resultsCsv } from "../../../src/report/results_csv.ts";
import { markdownOf } from "../../../src/report/render/markdown.ts";
import { runDocument } from "../../../src/report/run/document.ts";
import type { RunRecord } from "../../../src/report/run/run_record.ts";
import { record } from "../made_up_run.ts";

/** The paragraphs of a run's report. */
function paragraphs(changes: Partial<RunRecord>): string[] {
  const run = { ...record, ...changes };
  return markdownOf(
    runDocument(run, chartsOf(run), { configDigest: "abc", inputs: ["corpus"], isOnnx: false }),
  ).trimEnd().split(
    "\n\n",
  );
}

const [topK, ...others] = record.cells;
const [target] = record.models;
assert(topK !== undefined && target !== undefined);
const failures = [{ what: "top_k(k=5)", message: "expected a\nnumber" }];

const incomplete: readonly [string, Partial<RunRecord>, string][] = [
  ["one cell", { cells: others }, "1 of 3 cells is missing"],
  ["cells", { cells: [topK] }, "2 of 3 cells are missing"],
  ["a model", { models: [target] }, "1 of 2 models is missing"],
  [
    "a model and its cells",
    { models: [target], cells: [topK] },
    "1 of 2 models and 2 of 3 cells are missing",
  ],
  ["a loss", {}, "not every loss is known"],
];
for (const [what, changes, text] of incomplete) {
  Deno.test(`runDocument: without ${what} it says so right below the title`, () => {
    assertEquals(paragraphs({ ...changes, failures }).slice(0, 2), [
      "# made-up",
      `**Incomplete:** ${text}; [why](#missing).`,
    ]);
  });
}

Deno.test("runDocument: every failure with its message, in one line each", () => {
  const all = [...failures, { what: "training of the draft", message: "expected a finite loss" }];
  const text = paragraphs({ cells: others, failures: all });
  const section = text.indexOf("## Missing");
  assertEquals(
    text[section + 2],
    "- top_k(k=5): expected a number\n- training of the draft: expected a finite loss",
  );
});

Deno.test("runDocument: of a whole run it says nothing of missing things", () => {
  assert(
    !markdownOf(
      runDocument(record, chartsOf(record), {
        configDigest: "abc",
        inputs: ["corpus"],
        isOnnx: false,
      }),
    ).includes("issing"),
  );
});

Deno.test("resultsCsv: there is no row of a missing cell", () => {
  const rows = parse(resultsCsv({ ...record, cells: others }), { skipFirstRow: true });
  assertEquals(rows.map(({ cell }) => cell), others.map(({ cell }) => cell.label));
});

Deno.test("runDocument: without a model there are no cells, and no section of them", () => {
  const changes = { models: [], losses: [], cells: [], failures };
  const headings = paragraphs(changes).filter((text) => text.startsWith("## "));
  assertEquals(headings, [
    "## Findings",
    "## Models",
    "## Corpus and settings",
    "## Missing",
    "## How to cite this",
  ]);
  assert(paragraphs(changes).includes("No model was trained."));
});

for (const name of ["models", "losses", "cells"] as const) {
  Deno.test(`runDocument: without ${name} it shows every chart that there is, and no number is NaN`, () => {
    const run = { ...record, [name]: [], failures };
    const text = markdownOf(
      runDocument(run, chartsOf(run), { configDigest: "abc", inputs: ["corpus"], isOnnx: false }),
    );
    const shown = [...text.matchAll(/!\[[^\]]+\]\(([^)]+)\)/g)].map(([, file]) => file);
    assertEquals(shown.toSorted(), chartsOf(run).map(({ file }) => file).toSorted());
    assert(!/NaN|undefined|Infinity/.test(text));
  });
}

Deno.test("runDocument: the first line of a smoke run's says so, and then that it is of no use", () => {
  const [title, warning] = paragraphs({ experiment: { ...record.experiment, limit: 3 } });
  assertEquals(
    title,
    "# made-up (smoke run: at most 3 training steps, samples of each prompt and drawn prompts)",
  );
  assert(warning?.endsWith("do not use them."));
});

Deno.test("runDocument: a run of a sweep is named by its settings, and leads to the others", () => {
  const settings = [
    { path: "seed", value: 1 },
    { path: "models.target.n_embd", value: 16 },
  ];
  const variant = { label: "seed=1,models.target.n_embd=16", settings };
  assertEquals(paragraphs({ experiment: { ...record.experiment, variant } }).slice(0, 2), [
    "# made-up: seed=1, models.target.n_embd=16",
    "This is the run of a [sweep](../report.md) with `seed=1`, `models.target.n_embd=16`.",
  ]);
});
