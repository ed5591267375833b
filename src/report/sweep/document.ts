/**
 * The report of a sweep as content: its variants side by side.
 *
 * @module
 */
import { meanLogProb } from "../../measure/likelihood.ts";
import type { Chart } from "../chart.ts";
import type {
  Block,
  ReportCell,
  ReportColumn,
  ReportDocument,
  ReportTable,
  Section,
  Term,
} from "../document.ts";
import { citationOf, type Cited } from "../citation.ts";
import { findIn } from "../findings/finding.ts";
import { sweepFindings } from "../findings/findings.ts";
import { questionOf } from "../findings/question.ts";
import { foldedTable } from "../folded_table.ts";
import { glossaryTerms, textCell } from "../measure_table.ts";
import { sweepDecisionsIn } from "../findings/sweep_decisions.ts";
import { codeSpan, link, listed, type Prose, prose } from "../prose.ts";
import { smokeText, smokeWarning } from "../run/document.ts";
import type { SweepSummary, VariantRun } from "./sweep_summary.ts";
import {
  cellsTable,
  cellTable,
  lossTable,
  rowColumns,
  settingCell,
  settingsTable,
  shownMeasures,
} from "./sweep_tables.ts";

/** The report of a sweep, with its `charts`. */
export function sweepDocument(
  sweep: SweepSummary,
  charts: readonly Chart[],
  { configDigest, inputs }: Pick<Cited, "configDigest" | "inputs">,
): ReportDocument {
  const { name, limit, question } = sweep;
  const sections = [
    modelsSection(sweep),
    cellsSection(sweep, charts),
    variantsSection(sweep),
    missingSection(sweep),
  ].filter((section) => section !== undefined);
  return {
    title: `${name}: a sweep${smokeText(limit)}`,
    remarks: [incompleteText(sweep), smokeWarning(limit)]
      .filter((remark) => remark !== undefined),
    question: questionOf(sweepFindings, sweep, question),
    findings: findIn(sweepFindings, sweep),
    decisions: sweepDecisionsIn(sweep),
    overview: overviewOf(sweep),
    sections,
    glossary: [
      intervalTerm(sweep),
      ...glossaryTerms(sections.flatMap(({ shown }) => shown)),
    ],
    citation: citationOf({ kind: "sweep", name, configDigest, inputs }),
  };
}

function incompleteText({ variants }: SweepSummary): Prose | undefined {
  const incomplete = variants.filter(({ failures }) => failures.length > 0).length;
  if (incomplete === 0) return undefined;
  return prose`**Incomplete:** something is missing from ${incomplete} of ${variants.length} runs; [why](#missing).`;
}

/** Each swept setting with its values: `seed` (1, 2) and `engine` (simd, reference). */
function sweptText(variants: readonly VariantRun[]): Prose {
  const settings = variants.flatMap(({ variant }) => variant.settings);
  return listed(
    [...Map.groupBy(settings, ({ path }) => path)].map(([path, all]) =>
      prose`${codeSpan(path)} (${[...new Set(all.map(({ value }) => String(value)))].join(", ")})`
    ),
  );
}

/** The meaning of the intervals of the tables: said where the first of them stands. */
function intervalText({ hasReplicates, rows, trains }: SweepSummary): string {
  if (!hasReplicates) {
    const others = trains ? ": another seed trains other models, which may lie outside" : "";
    return `Intervals (95 %) are of one run each, over its prompts and samples${others}.`;
  }
  const seeds = Math.max(...rows.map(({ runs }) => runs.length));
  return `Each number is the mean over ${seeds} seeds with Student's 95 % interval for it, which covers ` +
    `the chance in ${trains ? "training and in " : ""}sampling.`;
}

/**
 * The table that the report begins with: of the cells, or where settings are swept, what these do to the
 * loss and to the log-prob of each cell.
 */
function overviewOf(sweep: SweepSummary): ReportTable | undefined {
  const { variants, settings, cells } = sweep;
  const caption = prose`${variants.length} runs of one experiment, which differ in ${
    sweptText(variants)
  }, and in nothing else. ${intervalText(sweep)}`;
  const isOfCells = settings.length === 0 && cells.length > 0;
  const whole = isOfCells ? cellsTable(sweep) : settingsTable(sweep);
  if (whole.columns.length <= rowColumns(sweep).length) return undefined;
  const [main] = foldedTable({ ...whole, caption });
  if (main?.kind !== "table") return undefined;
  // Columns that do not fit are not shown.
  const namesCells = !isOfCells &&
    main.table.columns.some(({ measure }) => measure?.name === meanLogProb.name);
  if (!namesCells) return main.table;
  const below = prose` Below the name of a cell stands its ${meanLogProb.title}.`;
  return { ...main.table, caption: [...main.table.caption ?? [], ...below] };
}

/** The loss of the trained models on held-out documents, or else on training documents. */
function modelsSection(sweep: SweepSummary): Section | undefined {
  const found = lossTable(sweep);
  if (found === undefined) return undefined;
  const { table, loss } = found;
  return {
    id: "models",
    heading: prose`Models`,
    blocks: foldedTable({ ...table, caption: prose`Loss, ${loss.title}.` }),
    shown: [loss],
  };
}

/** The cells: a table each by the swept settings, or one for all where only seeds are swept. */
function cellsSection(sweep: SweepSummary, charts: readonly Chart[]): Section | undefined {
  const { cells, settings } = sweep;
  // Where only seeds are swept, the report begins with the main columns of all cells.
  const tables = settings.length === 0
    ? foldedTable(cellsTable(sweep)).slice(1)
    : cells.flatMap((cell): Block[] => [
      { kind: "heading", text: [codeSpan(cell.name)] },
      ...foldedTable(cellTable(sweep, cell)),
    ]);
  if (charts.length + tables.length === 0) return undefined;
  return {
    id: "cells",
    heading: settings.length === 0
      ? prose`Cells`
      : prose`Cells by ${listed(settings.map((path) => [codeSpan(path)]))}`,
    blocks: [...charts.map((chart): Block => ({ kind: "chart", chart })), ...tables],
    shown: shownMeasures(cells),
  };
}

/** The folder of each run, and whether it is complete. */
function variantsSection({ variants, cells }: SweepSummary): Section {
  const paths = variants[0]?.variant.settings.map(({ path }) => path) ?? [];
  const rows = variants.map(({ variant, ...run }): ReportCell[] => [
    ...variant.settings.map(({ value }) => settingCell(value)),
    textCell(
      run.cells.length === cells.length
        ? `${cells.length}`
        : `${run.cells.length} of ${cells.length}`,
    ),
    hasReport(run)
      ? textCell(link("report.md", `${folderLink(variant.label)}/report.md`))
      : textCell("missing"),
  ]);
  const columns: ReportColumn[] = [
    ...paths.map((title): ReportColumn => ({ title, align: "right" })),
    { title: "cells", align: "right" },
    { title: "report", align: "left" },
  ];
  return {
    id: "runs",
    heading: prose`Runs`,
    blocks: [
      {
        kind: "paragraph",
        text:
          prose`Each run has its own folder with all the files of a run. The rows of all are in [results.csv](results.csv) and [models.csv](models.csv), after the swept settings.`,
      },
      { kind: "table", table: { columns, rows } },
    ],
    shown: [],
  };
}

/** A run without a target has no report. */
function hasReport({ cells, losses }: Omit<VariantRun, "variant">): boolean {
  return cells.length > 0 || losses.some(({ name }) => name === "target");
}

/** A folder's name as the target of a link. */
function folderLink(label: string): string {
  // encodeURIComponent leaves parentheses, which would end the link.
  const encoded = (character: string): string => `%${character.charCodeAt(0).toString(16)}`;
  return encodeURIComponent(label).replaceAll("%3D", "=").replaceAll("%2C", ",")
    .replaceAll(/[()]/g, encoded);
}

function missingSection({ variants }: SweepSummary): Section | undefined {
  const items = variants.flatMap(({ variant, failures }) =>
    failures.map(({ what, message }) => prose`${codeSpan(variant.label)}: ${what}: ${message}`)
  );
  if (items.length === 0) return undefined;
  return {
    id: "missing",
    heading: prose`Missing`,
    blocks: [
      { kind: "paragraph", text: prose`Failed results are in none of the tables and means:` },
      { kind: "list", items },
    ],
    shown: [],
  };
}

function intervalTerm({ hasReplicates, trains }: SweepSummary): Term {
  if (!trains && !hasReplicates) {
    const own =
      prose`a measure and its 95 % interval, over the prompts and samples of that run alone.`;
    return { id: "term-interval", term: "a ± b, a (b to c)", meaning: own };
  }
  const meaning = hasReplicates
    ? prose`the mean over the seeds and Student's 95 % interval for it, from the spread of the seeds' own values, with as many degrees of freedom as seeds less one. A seed draws the order of documents, the initial weights, the prompts where they are drawn, and the samples, so that this covers the chance both in training and in sampling; the intervals in a run's own report are of sampling alone. One seed, or seeds that all agree, have none.`
    : prose`a measure and its 95 % interval, over the prompts and samples of that run alone: another training, from another seed, may lie outside. To see how far, sweep \`seed\`.`;
  return { id: "term-interval", term: "a ± b, a (b to c)", meaning };
}
