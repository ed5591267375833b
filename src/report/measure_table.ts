/**
 * Tables and glossaries made from the definitions of measures.
 *
 * @module
 */
import type { Cell } from "../decode/cell.ts";
import type { Blank, Estimate } from "../measure/estimate.ts";
import type { Comparison } from "../measure/judged.ts";
import {
  estimateIn,
  type MeasuredValues,
  type MeasureFacts,
  type TableName,
} from "../measure/measure.ts";
import { allMeasures } from "../measure/measures.ts";
import type { Block, ReportCell, ReportColumn, Section, Term } from "./document.ts";
import { differenceText, estimateText, exactText } from "./estimate_text.ts";
import { foldedTable } from "./folded_table.ts";
import { codeSpan, emphasis, joined, type Prose, prose, proseOf } from "./prose.ts";

/** A part of a section, and the measures in its tables, which the glossary explains. */
export type Part = Pick<Section, "blocks" | "shown">;

/** A cell with its measures: a row of a table. */
export interface MeasuredCell extends MeasuredValues {
  /** The strategy and its settings. */
  readonly cell: Cell;
}

/** How a table of measures differs from one row per cell, each with its intervals. */
export interface TableOptions {
  /** A sentence on its content. */
  readonly caption?: Prose;
  /** The measures that it may show; those of cells if left out. */
  readonly among?: readonly MeasureFacts[];
  /** The columns before those of measures; the cell if left out. */
  readonly leading?: OtherColumns;
  /** Columns after those of measures. */
  readonly trailing?: OtherColumns;
}

/** Columns that are not measures. */
export interface OtherColumns {
  /** The columns. */
  readonly columns: readonly ReportColumn[];
  /** Their values in the row of a cell. */
  row(cell: MeasuredCell): readonly ReportCell[];
}

/** The column of labels, as the files have it. */
export const cellColumn: ReportColumn = { title: "cell", align: "left" };

const labels: OtherColumns = {
  columns: [cellColumn],
  row: ({ cell }) => [textCell(codeSpan(cell.label))],
};

/** A cell with a text. */
export function textCell(text: Parameters<typeof prose>[1]): ReportCell {
  return { text: prose`${text}` };
}

/** A cell with a number as it is written, and what it is sorted by. */
export function numberCell(text: string, sortKey: number): ReportCell {
  return { text: prose`${text}`, sortKey };
}

/** A cell with an estimate of `measure`. */
export function estimateCell(
  measure: Pick<MeasureFacts, "format">,
  estimate: Estimate | undefined,
): ReportCell {
  const text = prose`${estimateText(measure, estimate)}`;
  return estimate === undefined
    ? { text }
    : { text, sortKey: estimate.value, exact: exactText(estimate) };
}

/** The column of a measure. */
export function measureColumn(measure: MeasureFacts, title = measure.title): ReportColumn {
  return { title, align: "right", measure };
}

/**
 * The measures of `name`, a table, that any of `cells` has, with a row for each cell; below it, which
 * intervals are missing and why.
 */
export function measureTable(
  name: TableName,
  cells: readonly MeasuredCell[],
  { caption, among = allMeasures, leading = labels, trailing }: TableOptions = {},
): Part {
  const shown = columnsOf(
    among,
    name,
    (measure) => cells.some((cell) => estimateIn(cell, measure) !== undefined),
  );
  const rows = cells.map((cell) => [
    ...leading.row(cell),
    ...shown.map((measure) => estimateCell(measure, estimateIn(cell, measure))),
    ...trailing?.row(cell) ?? [],
  ]);
  const columns = [
    ...leading.columns,
    ...shown.map((measure) => measureColumn(measure)),
    ...trailing?.columns ?? [],
  ];
  const table = foldedTable({ ...(caption === undefined ? {} : { caption }), columns, rows });
  return { blocks: [...table, ...blanksBlocks(cells, shown)], shown };
}

/** The most cells that are named for a reason. */
const MOST_NAMED = 6;

/** Which intervals are missing for which reason; nothing where none is. */
function blanksBlocks(cells: readonly MeasuredCell[], shown: readonly MeasureFacts[]): Block[] {
  const reasons = new Map<Blank, Prose[]>();
  for (const cell of cells) {
    const with95 = shown.flatMap((measure) => {
      const estimate = measure.interval === "none" ? undefined : estimateIn(cell, measure);
      // What is the same for every sample by definition is no accident: a pass for each token, the
      // entropy of a search.
      const isConstant = measure.judged === "cost" && estimate?.blank === "all equal" ||
        estimate?.blank === "no chance" && estimate.spread !== undefined;
      return estimate === undefined || isConstant ? [] : [{ title: measure.title, estimate }];
    });
    const missing = with95.filter(({ estimate }) => estimate.interval === undefined);
    for (const [blank, own] of Map.groupBy(missing, ({ estimate }) => estimate.blank)) {
      if (blank === undefined) continue;
      const label = codeSpan(cell.cell.label);
      const titles = own.map(({ title }) => title).join(", ");
      const name = own.length === with95.length ? prose`${label}` : prose`${label} (${titles})`;
      reasons.set(blank, [...reasons.get(blank) ?? [], name]);
    }
  }
  if (reasons.size === 0) return [];
  const items = [...reasons].map(([blank, names]) => {
    const more = names.length - MOST_NAMED;
    const named = joined(names.slice(0, MOST_NAMED), ", ");
    return prose`${emphasis(blank)}: ${named}${more > 0 ? `, ${more} more` : ""}`;
  });
  return [{
    kind: "details",
    summary: prose`Numbers without an interval`,
    blocks: [{ kind: "list", items }],
  }];
}

/** The measures among `all` that the table shows, in the order of its columns. */
export function columnsOf<Facts extends MeasureFacts>(
  all: readonly Facts[],
  name: TableName,
  isMeasured: (measure: Facts) => boolean,
): Facts[] {
  const place = ({ tables }: Facts): number => tables[name] ?? 0;
  return all.filter((measure) => measure.tables[name] !== undefined && isMeasured(measure))
    .toSorted((a, b) => place(a) - place(b));
}

/** A difference with its verdict: `+0.42 ± 0.11 ▲`; `none` where there is no comparison. */
export function comparisonCell(comparison: Comparison | undefined, none = "–"): ReportCell {
  if (comparison === undefined) return textCell(none);
  const { measure, difference, inference, verdict } = comparison;
  const estimate = { value: difference, ...(inference && { interval: inference.interval }) };
  const mark = verdict === "higher" ? "\u00a0▲" : verdict === "lower" ? "\u00a0▼" : "";
  return {
    text: prose`${differenceText(measure, estimate)}${mark}`,
    sortKey: difference,
    exact: exactText(estimate),
  };
}

/** The measures of `shown`, once each, as terms. */
export function glossaryTerms(shown: readonly MeasureFacts[]): Term[] {
  return [...new Set(shown)].map(({ name, title, glossary }) => ({
    id: `term-${name}`,
    term: title,
    meaning: proseOf(glossary),
  }));
}
