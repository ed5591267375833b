/**
 * The tables of a sweep's report: models and cells by the swept settings.
 *
 * @module
 */
import { modelMeasures } from "../../measure/corpus_loss.ts";
import { acceptanceRate } from "../../measure/cost.ts";
import { meanLogProb } from "../../measure/likelihood.ts";
import type { MeasureFacts } from "../../measure/measure.ts";
import { measures } from "../../measure/measures.ts";
import type { ReportCell, ReportColumn, ReportTable } from "../document.ts";
import {
  cellColumn,
  columnsOf,
  estimateCell,
  measureColumn,
  numberCell,
  textCell,
} from "../measure_table.ts";
import { codeSpan } from "../prose.ts";
import type { CellSummary, SummaryRow, SweepRow, SweepSummary } from "./sweep_summary.ts";

/** The loss of the models and the log-prob of the cells, by the swept settings. */
export function settingsTable(sweep: SweepSummary): ReportTable {
  const { rows, cells } = sweep;
  const losses = lossTable(sweep)?.table;
  const keys = rowColumns(sweep);
  return {
    columns: [
      ...losses?.columns ?? keys,
      ...cells.map(({ name }) => measureColumn(meanLogProb, name)),
    ],
    rows: rows.map((row, i) => [
      ...losses?.rows[i] ??
        [...valueCells(row), ...seedsCells(sweep, row, row.runs.length)],
      ...cells.map((cell) =>
        estimateCell(meanLogProb, cell.rows[i]?.estimates.get(meanLogProb.name))
      ),
    ]),
  };
}

/** The loss of the trained models by the swept settings, and which loss that is: none where none is known. */
export function lossTable(
  sweep: SweepSummary,
): { table: ReportTable; loss: MeasureFacts } | undefined {
  const trained = sweep.models.filter(({ name }) => !name.endsWith("-gram"));
  const [loss] = columnsOf(
    modelMeasures,
    "run sweep of models",
    ({ name }) => trained.some(({ rows }) => rows.some(({ estimates }) => estimates.has(name))),
  );
  if (loss === undefined) return undefined;
  const rows = sweep.rows.map((row, i) => [
    ...valueCells(row),
    ...seedsCells(sweep, row, Math.min(...trained.map(({ rows }) => rows[i]?.runs ?? 0))),
    ...trained.map(({ rows }) => estimateCell(loss, rows[i]?.estimates.get(loss.name))),
  ]);
  const columns = [
    ...rowColumns(sweep),
    ...trained.map(({ name }) => measureColumn(loss, `loss of the ${name}`)),
  ];
  return { table: { columns, rows }, loss };
}

/** All cells, where only seeds are swept. */
export function cellsTable(sweep: SweepSummary): ReportTable {
  const { cells, rows: [only] } = sweep;
  const shown = commonFirst(shownMeasures(cells), cells);
  const columns = [
    cellColumn,
    ...rowColumns(sweep),
    ...shown.map((measure) => measureColumn(measure)),
  ];
  const rows = only === undefined ? [] : cells.map((cell) => [
    textCell(codeSpan(cell.name)),
    ...foundCells(sweep, only, cell.rows[0], shown),
  ]);
  return { columns, rows };
}

/** The measures that most cells have, then those of a few. */
function commonFirst(
  shown: readonly MeasureFacts[],
  cells: readonly CellSummary[],
): readonly MeasureFacts[] {
  const isCommon = ({ name }: MeasureFacts): boolean =>
    2 * cells.filter(({ rows }) => rows.some(({ estimates }) => estimates.has(name))).length >=
      cells.length;
  return [...shown.filter(isCommon), ...shown.filter((measure) => !isCommon(measure))];
}

/** A cell by the swept settings. */
export function cellTable(sweep: SweepSummary, cell: CellSummary): ReportTable {
  const shown = speculationFirst(shownMeasures([cell]));
  const columns = [...rowColumns(sweep), ...shown.map((measure) => measureColumn(measure))];
  const rows = sweep.rows.map((row, i) => [
    ...valueCells(row),
    ...foundCells(sweep, row, cell.rows[i], shown),
  ]);
  return { columns, rows };
}

/** The measures that any of `cells` has. */
export function shownMeasures(cells: readonly CellSummary[]): MeasureFacts[] {
  return columnsOf(
    measures,
    "run sweep",
    ({ name }) => cells.some(({ rows }) => rows.some(({ estimates }) => estimates.has(name))),
  );
}

/** Of a cell that speculates first what speculation is for. */
function speculationFirst(shown: readonly MeasureFacts[]): readonly MeasureFacts[] {
  if (!shown.includes(acceptanceRate)) return shown;
  const first = columnsOf(shown, "speculative sweep", () => true);
  return [...first, ...shown.filter((measure) => !first.includes(measure))];
}

/** The swept settings, and how many seeds stand behind a row. */
export function rowColumns({ settings, hasReplicates }: SweepSummary): ReportColumn[] {
  const titles = [...settings, ...(hasReplicates ? ["seeds"] : [])];
  return titles.map((title) => ({ title, align: "right" }));
}

function valueCells({ values }: SweepRow): ReportCell[] {
  return values.map(settingCell);
}

/** A value of a swept setting. */
export function settingCell(value: SweepRow["values"][number]): ReportCell {
  return typeof value === "number" ? numberCell(String(value), value) : textCell(String(value));
}

function seedsCells(
  { hasReplicates }: SweepSummary,
  { runs }: SweepRow,
  found: number,
): ReportCell[] {
  if (!hasReplicates) return [];
  const text = found === runs.length ? `${found}` : `${found} of ${runs.length}`;
  return [numberCell(text, found)];
}

function foundCells(
  sweep: SweepSummary,
  row: SweepRow,
  found: SummaryRow | undefined,
  shown: readonly MeasureFacts[],
): ReportCell[] {
  const runs = found?.runs ?? 0;
  return [
    ...seedsCells(sweep, row, runs),
    ...shown.map((measure, i) =>
      runs === 0 && i === 0
        ? textCell("missing")
        : estimateCell(measure, found?.estimates.get(measure.name))
    ),
  ];
}
