/**
 * The table that a report begins with: every cell with the measures that tell most.
 *
 * @module
 */
import { acceptanceRate, tokensPerTargetCall } from "../../measure/cost.ts";
import { samples } from "../../measure/likelihood.ts";
import { estimateIn, type MeasureFacts, numberIn } from "../../measure/measure.ts";
import { searchMeasures } from "../../measure/search.ts";
import { formatCount } from "../../text/format.ts";
import type { ReportTable } from "../document.ts";
import { foldedTable } from "../folded_table.ts";
import { thousands } from "../markdown.ts";
import {
  cellColumn,
  columnsOf,
  estimateCell,
  measureColumn,
  type MeasuredCell,
  textCell,
} from "../measure_table.ts";
import { codeSpan, type Prose, prose, proseOf } from "../prose.ts";
import { estimandText } from "./intervals.ts";
import { measuresOf } from "./measures_of_run.ts";
import type { RunRecord } from "./run_record.ts";

/** A table that fits, and the measures in it. */
export interface Overview {
  /** The table. */
  readonly table: ReportTable;
  /** The measures that it shows. */
  readonly shown: readonly MeasureFacts[];
}

/** The cells of `run` with their main measures; none where there are no cells. */
export function overviewOf(run: RunRecord): Overview | undefined {
  const cells = withSearches(run);
  if (cells.length === 0) return undefined;
  const shown = columnsOf<MeasureFacts>(
    [...measuresOf(run), ...searchMeasures],
    "overview",
    // What few cells have is in the section about these.
    (measure) => 2 * cells.filter((cell) => tells(cell, measure)).length >= cells.length,
  );
  const rows = cells.map((cell) => [
    textCell(codeSpan(cell.cell.label)),
    ...shown.map((measure) => estimateCell(measure, estimateIn(cell, measure))),
  ]);
  const columns = [cellColumn, ...shown.map((measure) => measureColumn(measure))];
  const [table] = foldedTable({ caption: captionOf(run), columns, rows });
  if (table?.kind !== "table") return undefined;
  const inTable = new Set(table.table.columns.map(({ measure }) => measure));
  return { table: table.table, shown: shown.filter((measure) => inTable.has(measure)) };
}

/** Whether `measure` says something of a cell: without a draft a pass gives a token. */
function tells(cell: MeasuredCell, measure: MeasureFacts): boolean {
  if (estimateIn(cell, measure) === undefined) return false;
  return measure !== tokensPerTargetCall || estimateIn(cell, acceptanceRate) !== undefined;
}

/** The cells, those that search with the measures of searches, too. */
function withSearches({ cells, search }: RunRecord): MeasuredCell[] {
  const searched = new Map(search?.cells.map(({ cell, values }) => [cell.label, values]) ?? []);
  return cells.map(({ cell, values }) => ({
    cell,
    values: { ...values, ...searched.get(cell.label) },
  }));
}

function captionOf(run: RunRecord): Prose {
  const { experiment: { config }, cells, prompts } = run;
  const decoded = cells.reduce((sum, cell) => sum + numberIn(cell, samples), 0);
  const each = prompts.length === 1 ? "the prompt" : `each of ${prompts.length} prompts`;
  return prose`${formatCount(cells.length, "cell")} (a strategy with its settings), ${
    thousands(decoded)
  } ${decoded === 1 ? "sample" : "samples"} in all: ${config.decoding.samples} of ${each}. ${
    proseOf(estimandText(run))
  }`;
}
