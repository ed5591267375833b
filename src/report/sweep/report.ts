import type { Estimate } from "../../measure/interval.ts";
import type { Chart } from "../chart.ts";
import { code, estimate, image, table, type TableCell } from "../markdown.ts";
import { failureText } from "../run/failures.ts";
import { smokeText } from "../smoke_run.ts";
import { type CellMeasure, cellMeasures } from "./measures.ts";
import type { VariantRun } from "./sweep_record.ts";
import type { CellSummary, Found, SweepRow, SweepSummary } from "./sweep_summary.ts";

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
    "nothing else. Each has a folder of its own with all that a run leaves. The same config gives " +
    "this file again, byte for byte.",
    "",
    "The rows of all runs are in [results.csv](results.csv) and [models.csv](models.csv), behind " +
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
    "What failed is in none of the tables, and no mean counts it:",
    "",
    ...failures,
  ].join("\n");
}

/** Where each run is, and whether it is whole. */
function variantsSection({ variants, cells }: SweepSummary): string {
  const paths = variants[0]?.variant.settings.map(({ path }) => path) ?? [];
  const rows = variants.map(({ variant, ...run }): TableCell[] => [
    ...variant.settings.map(({ value }) => String(value)),
    run.cells.length === cells.length ? cells.length : `${run.cells.length} of ${cells.length}`,
    hasReport(run) ? `[report.md](${folderLink(variant.label)}/report.md)` : "missing",
  ]);
  return `## Runs\n\n${table([...paths.map(code), "cells", "report"], rows)}`;
}

/** A run without a target is none. */
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

/** What the trained models lose on documents that they have not seen, or else on those they have. */
function modelsSection(sweep: SweepSummary): string {
  const trained = sweep.models.filter(({ name }) => !name.endsWith("-gram"));
  if (trained.length === 0) return "";
  const heldOut = trained.some(({ rows }) => rows.some(({ estimates }) => estimates.heldOut));
  const loss = heldOut ? "heldOut" : "training";
  const rows = sweep.rows.map((row, i): TableCell[] => [
    ...row.values.map(String),
    ...seedsCell(sweep, row, Math.min(...trained.map(({ rows }) => rows[i]?.runs ?? 0))),
    ...trained.map(({ rows }) => estimateText(rows[i]?.estimates[loss], (x) => x.toFixed(3))),
  ]);
  const on = heldOut
    ? "the documents held out, which no model has seen"
    : "training documents: none were held out, so that nothing is known of others";
  const header = [...rowHeader(sweep), ...trained.map(({ name }) => name)];
  return `## Models\n\nLoss on ${on}; nats a token.\n\n${table(header, rows)}`;
}

/** The cells: a table each by the swept settings, or one for all where only seeds are swept. */
function cellsSection(sweep: SweepSummary, charts: readonly Chart[]): string {
  const { cells, rows, settings } = sweep;
  if (cells.length === 0) return "";
  const [only] = rows;
  if (settings.length === 0 && only !== undefined) {
    const shown = shownMeasures(cells);
    const header = [
      "strategy",
      ...rowHeader(sweep),
      ...shown.map((name) => cellMeasures[name].title),
    ];
    const lines = cells.map((cell) => [
      code(cell.name),
      ...foundCells(sweep, only, cell.rows[0], shown),
    ]);
    return `## Cells\n\n${table(header, lines)}`;
  }
  const tables = cells.map((cell) => {
    const shown = shownMeasures([cell]);
    const header = [...rowHeader(sweep), ...shown.map((name) => cellMeasures[name].title)];
    const lines = rows.map((row, i) => [
      ...row.values.map(String),
      ...foundCells(sweep, row, cell.rows[i], shown),
    ]);
    return `### ${code(cell.name)}\n\n${table(header, lines)}`;
  });
  return ["## Cells", ...charts.map(image), ...tables].join("\n\n");
}

/** The measures that any of `cells` has. */
function shownMeasures(cells: readonly CellSummary[]): CellMeasure[] {
  return (Object.keys(cellMeasures) as CellMeasure[]).filter((name) =>
    cells.some(({ rows }) => rows.some(({ estimates }) => estimates[name] !== undefined))
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
  found: Found<CellMeasure> | undefined,
  shown: readonly CellMeasure[],
): TableCell[] {
  const runs = found?.runs ?? 0;
  return [
    ...seedsCell(sweep, row, runs),
    ...shown.map((name, i) =>
      runs === 0 && i === 0
        ? "missing"
        : estimateText(found?.estimates[name], cellMeasures[name].text)
    ),
  ];
}

function estimateText(found: Estimate | undefined, text: (value: number) => string): string {
  return found === undefined ? "–" : estimate(found, text);
}

function howToRead({ hasReplicates }: SweepSummary): string {
  const intervals = !hasReplicates
    ? "- **a (b to c)**: a measure and its 95 % interval, over the prompts and samples of that run " +
      "alone: another training, from another seed, may lie outside. To see how far, sweep `seed`."
    : "- **a (b to c)**: the mean over the seeds and Student's 95 % interval for it, from the spread " +
      "of the seeds' own values, with as many degrees of freedom as seeds less one. A seed draws " +
      "the order of documents, the initial weights, the prompts where they are drawn, and the " +
      "samples, so that this covers the chance in training and in sampling both; the intervals in " +
      "a run's own report are of sampling alone. Of one seed, and of seeds that all agree, there is " +
      "none.";
  return [
    "## How to read this",
    "",
    intervals,
    "- The measures are explained in the report of each run.",
  ].join("\n");
}
