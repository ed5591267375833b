/**
 * What makes a report readable, whatever the run.
 *
 * @module
 */
// @ts-types="../../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { readExperiment } from "../../../src/config/experiment.ts";
import { measureCell } from "../../../src/measure/cell_measures.ts";
import type { Block, ReportDocument, ReportTable } from "../../../src/report/document.ts";
import { plainOf } from "../../../src/report/prose.ts";
import { markdownOf } from "../../../src/report/render/markdown.ts";
import { chartsOf } from "../../../src/report/run/charts.ts";
import { runDocument } from "../../../src/report/run/document.ts";
import type { RunRecord } from "../../../src/report/run/run_record.ts";
import { sampleOf, speculating } from "../../measure/sample_of.ts";
import { record } from "../made_up_run.ts";

/** Three entries that sweep the same setting. */
const experiment = readExperiment(
  "c.yaml",
  `
name: drafts
corpus: { path: names.txt }
models: { draft: { n_embd: 8, n_head: 2, n_layer: 1 } }
decoding:
  prompts: [a]
  strategies:
    - { strategy: speculative, draft_k: [1, 2, 4] }
    - { strategy: speculative, draft: prompt_lookup, draft_k: [1, 2, 4] }
    - { strategy: speculative, warp: [{ temperature: 0.5 }], draft_k: [1, 2, 4] }
`,
);
const drafts: RunRecord = {
  ...record,
  experiment,
  cells: experiment.cells.map((cell, i) =>
    measureCell(
      cell,
      [0, 1].map((number) => ({ ...sampleOf("x".repeat(3 + i)), number })),
      speculating(),
    )
  ),
  comparisons: [],
};

const runs: readonly [string, RunRecord][] = [
  ["a run", record],
  ["three entries that sweep one setting", drafts],
  ["an incomplete smoke run of a sweep", {
    ...record,
    failures: [{ what: "a cell", message: "expected a number" }],
    experiment: {
      ...record.experiment,
      limit: 2,
      variant: { label: "seed=1", settings: [{ path: "seed", value: 1 }] },
    },
  }],
];

function documentOf(run: RunRecord): ReportDocument {
  return runDocument(run, chartsOf(run), {
    configDigest: "abc",
    inputs: ["corpus"],
    isOnnx: false,
  });
}

/** The tables that are not folded. */
function mainTables({ overview, sections }: ReportDocument): ReportTable[] {
  const blocks: readonly Block[] = sections.flatMap(({ blocks }) => blocks);
  return [
    ...(overview === undefined ? [] : [overview]),
    ...blocks.flatMap((block) => block.kind === "table" ? [block.table] : []),
  ];
}

/** The longest label that leaves room for the other columns. */
const LONGEST_LABEL = 20;

for (const [what, run] of runs) {
  Deno.test(`runDocument: of ${what} the findings begin within the first 20 lines`, () => {
    const lines = markdownOf(documentOf(run)).split("\n");
    const at = lines.indexOf("## Findings");
    assert(at >= 0 && at < 20, `line ${at + 1}`);
  });

  Deno.test(`runDocument: of ${what} no table that is not folded has more than 6 columns`, () => {
    for (const { columns } of mainTables(documentOf(run))) {
      assert(columns.length <= 6, columns.map(({ title }) => title).join());
    }
  });

  Deno.test(`runDocument: of ${what} tables of measures fit 80 characters, but for long labels`, () => {
    for (const { columns, rows } of mainTables(documentOf(run))) {
      if (!columns.some(({ measure }) => measure !== undefined) || columns.length <= 3) continue;
      const widths = columns.map(({ title }, i) =>
        Math.max(...[[...title], ...rows.map((row) => [...plainOf(row[i]?.text ?? [])])]
          .map(({ length }) => length))
      );
      const [label = 0, ...others] = widths;
      const width = [Math.min(label, LONGEST_LABEL), ...others]
        .reduce((sum, one) => sum + one + 3, 1);
      assert(width <= 80, `${width}: ${columns.map(({ title }) => title).join()}`);
    }
  });

  Deno.test(`runDocument: of ${what} headings and anchors are unique`, () => {
    const document = documentOf(run);
    const { sections, glossary } = document;
    const headings = markdownOf(document).split("\n").filter((line) => /^##+ /.test(line));
    assertEquals(headings.filter((one, i) => headings.indexOf(one) < i), []);
    const ids = [...sections.map(({ id }) => id), ...glossary.map(({ id }) => id)];
    assertEquals(ids.filter((one, i) => ids.indexOf(one) < i), []);
  });

  Deno.test(`runDocument: of ${what} no section is empty, and no number is NaN`, () => {
    const document = documentOf(run);
    for (const { id, blocks } of document.sections) assert(blocks.length > 0, id);
    assert(!/NaN|undefined|Infinity/.test(markdownOf(document)));
  });

  Deno.test(`runDocument: of ${what} numbers keep their error and their unit, and minus signs are minus signs`, () => {
    const tables = mainTables(documentOf(run));
    const texts = tables.flatMap(({ rows }) => rows.flat().map(({ text }) => text))
      .filter((text) => text.every(({ kind }) => kind === "text")).map(plainOf);
    assert(run !== record || texts.some((text) => text.includes("\u00a0±\u00a0")));
    for (const text of texts) assert(!/ [±%]|(?<!\w)-\d/.test(text), text);
  });
}

Deno.test("runDocument: headings of sweeps tell entries apart by what they do not sweep", () => {
  const { sections } = documentOf(drafts);
  const blocks = sections.find(({ id }) => id === "sweeps")?.blocks ?? [];
  assertEquals(blocks.flatMap((block) => block.kind === "heading" ? [plainOf(block.text)] : []), [
    "speculative(draft=model, draft_k=…) by draft_k",
    "speculative(draft=prompt_lookup, draft_k=…) by draft_k",
    "speculative(draft=model, draft_k=…, warp=temperature 0.5) by draft_k",
  ]);
});

Deno.test("runDocument: a report ends with the digest that it is cited by", () => {
  const text = plainOf(documentOf(record).citation);
  assert(text.startsWith("microbeam, run made-up: config.yaml with the SHA-256 abc."), text);
});
