import { modelMeasures } from "../../measure/corpus_loss.ts";
import type { MeasureFacts } from "../../measure/measure.ts";
import { measures } from "../../measure/measures.ts";
import type { Chart } from "../chart.ts";
import { code, image, table, type TableCell } from "../markdown.ts";
import { columnsOf, glossaryItems, measuredText } from "../measure_table.ts";
import { failureText, smokeText } from "../run/report.ts";
import type {
  CellSummary,
  SummaryRow,
  SweepRow,
  SweepSummary,
  VariantRun,
} from "./sweep_summary.ts";

/** The `report.md` of a sweep: its variants side by side. */
export function sweepReport(sweep: SweepSummary, charts: readonly Chart[]): string {
  const sections = [
    introduction(sweep),
    failuresSection(sweep),
    variantsSection(sweep),
    modelsSection(sweep),
    cellsSection(sweep, charts),
    howToRead(sweep),
  ];
  return sections.filter((section) => section !== "").join("\n\n") + "\n";
}

function introduction(sweep: SweepSummary): string {
  const { name, limit, variants } = sweep;
  const incomplete = variants.filter(({ failures }) => failures.length > 0).length;
  return [
    `# ${name}: a sweep${smokeText(limit)}`,
    "",
    ...(incomplete === 0 ? [] : [
      `**Incomplete:** something is missing from ${incomplete} of ${variants.length} runs.`,
      "",
    ]),
    `${variants.length} runs of one experiment, which differ in ${sweptText(variants)}, and in ` +
    "nothing else. Each has its own folder with all the files of a run. The same config gives the " +
    "same report, byte for byte.",
    "",
    "The rows of all runs are in [results.csv](results.csv) and [models.csv](models.csv), after " +
    "the swept settings.",
  ].join("\n");
}

/** Each swept setting with its values: `seed` (1, 2) and `engine` (simd, reference). */
function sweptText(variants: readonly VariantRun[]): string {
  const settings = variants.flatMap(({ variant }) => variant.settings);
  const items = [...Map.groupBy(settings, ({ path }) => path)].map(([path, all]) =>
    `${code(path)} (${[...new Set(all.map(({ value }) => String(value)))].join(", ")})`
  );
  return items.length < 2
    ? items.join()
    : `${items.slice(0, -1).join(", ")} and ${items.at(-1) ?? ""}`;
}

function failuresSection({ variants }: SweepSummary): string {
  const failures = variants.flatMap(({ variant, failures }) =>
    failures.map(({ what, message }) =>
      failureText({ what: `${code(variant.label)}: ${what}`, message })
    )
  );
  if (failures.length === 0) return "";
  return [
    "## Missing",
    "",
    "Failed results are in none of the tables and means:",
    "",
    ...failures,
  ].join("\n");
}

/** The folder of each run, and whether it is complete. */
function variantsSection({ variants, cells }: SweepSummary): string {
  const paths = variants[0]?.variant.settings.map(({ path }) => path) ?? [];
  const rows = variants.map(({ variant, ...run }): TableCell[] => [
    ...variant.settings.map(({ value }) => typeof value === "string" ? code(value) : String(value)),
    run.cells.length === cells.length ? cells.length : `${run.cells.length} of ${cells.length}`,
    hasReport(run) ? `[report.md](${folderLink(variant.label)}/report.md)` : "missing",
  ]);
  return `## Runs\n\n${table([...paths.map(code), "cells", "report"], rows)}`;
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

/** The loss of the trained models on held-out documents, or else on training documents. */
function modelsSection(sweep: SweepSummary): string {
  const trained = sweep.models.filter(({ name }) => !name.endsWith("-gram"));
  const [loss] = columnsOf(
    modelMeasures,
    "run sweep of models",
    ({ name }) => trained.some(({ rows }) => rows.some(({ estimates }) => estimates.has(name))),
  );
  if (loss === undefined) return "";
  const rows = sweep.rows.map((row, i): TableCell[] => [
    ...row.values.map(String),
    ...seedsCell(sweep, row, Math.min(...trained.map(({ rows }) => rows[i]?.runs ?? 0))),
    ...trained.map(({ rows }) => measuredText(loss, rows[i]?.estimates.get(loss.name))),
  ]);
  const header = [...rowHeader(sweep), ...trained.map(({ name }) => name)];
  return `## Models\n\nLoss, ${loss.title}: ${loss.glossary}\n\n${table(header, rows)}`;
}

/** The cells: a table each by the swept settings, or one for all where only seeds are swept. */
function cellsSection(sweep: SweepSummary, charts: readonly Chart[]): string {
  const { cells, rows, settings } = sweep;
  if (cells.length === 0) return "";
  const [only] = rows;
  if (settings.length === 0 && only !== undefined) {
    const shown = shownMeasures(cells);
    const header = ["strategy", ...rowHeader(sweep), ...shown.map(({ title }) => title)];
    const lines = cells.map((cell) => [
      code(cell.name),
      ...foundCells(sweep, only, cell.rows[0], shown),
    ]);
    return `## Cells\n\n${table(header, lines)}`;
  }
  const tables = cells.map((cell) => {
    const shown = shownMeasures([cell]);
    const header = [...rowHeader(sweep), ...shown.map(({ title }) => title)];
    const lines = rows.map((row, i) => [
      ...row.values.map(String),
      ...foundCells(sweep, row, cell.rows[i], shown),
    ]);
    return `### ${code(cell.name)}\n\n${table(header, lines)}`;
  });
  return ["## Cells", ...charts.map(image), ...tables].join("\n\n");
}

/** The measures that any of `cells` has. */
function shownMeasures(cells: readonly CellSummary[]): MeasureFacts[] {
  return columnsOf(
    measures,
    "run sweep",
    ({ name }) => cells.some(({ rows }) => rows.some(({ estimates }) => estimates.has(name))),
  );
}

/** The swept settings, and how many seeds stand behind a row. */
function rowHeader({ settings, hasReplicates }: SweepSummary): string[] {
  return [...settings.map(code), ...(hasReplicates ? ["seeds"] : [])];
}

function seedsCell(
  { hasReplicates }: SweepSummary,
  { runs }: SweepRow,
  found: number,
): TableCell[] {
  if (!hasReplicates) return [];
  return [found === runs.length ? found : `${found} of ${runs.length}`];
}

function foundCells(
  sweep: SweepSummary,
  row: SweepRow,
  found: SummaryRow | undefined,
  shown: readonly MeasureFacts[],
): TableCell[] {
  const runs = found?.runs ?? 0;
  return [
    ...seedsCell(sweep, row, runs),
    ...shown.map((measure, i) =>
      runs === 0 && i === 0 ? "missing" : measuredText(measure, found?.estimates.get(measure.name))
    ),
  ];
}

function howToRead({ hasReplicates, cells }: SweepSummary): string {
  const intervals = !hasReplicates
    ? "- **a (b to c)**: a measure and its 95 % interval, over the prompts and samples of that run " +
      "alone: another training, from another seed, may lie outside. To see how far, sweep `seed`."
    : "- **a (b to c)**: the mean over the seeds and Student's 95 % interval for it, from the spread " +
      "of the seeds' own values, with as many degrees of freedom as seeds less one. A seed draws " +
      "the order of documents, the initial weights, the prompts where they are drawn, and the " +
      "samples, so that this covers the chance both in training and in sampling; the intervals in " +
      "a run's own report are of sampling alone. One seed, or seeds that all agree, have none.";
  return [
    "## How to read this",
    "",
    intervals,
    ...glossaryItems(shownMeasures(cells)),
  ].join("\n");
}
