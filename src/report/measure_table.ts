/**
 * Tables and glossaries made from the definitions of measures.
 *
 * @module
 */
import {
  type CellMeasures,
  estimateIn,
  type MeasuredValues,
  type MeasureFacts,
  type TableName,
} from "../measure/measure.ts";
import { measures } from "../measure/measures.ts";
import type { Estimate } from "../measure/estimate.ts";
import { code, percent, table, type TableCell, thousands } from "./markdown.ts";

/** A part of a report, and the measures in its tables, which the glossary explains. */
export interface Section {
  /** Markdown; empty where there is nothing to say. */
  readonly text: string;
  /** The measures that its tables show. */
  readonly shown: readonly MeasureFacts[];
}

/** A section without measures. */
export function plainSection(text: string): Section {
  return { text, shown: [] };
}

/** How a table of measures differs from one row per cell, each with its intervals. */
export interface TableOptions {
  /** The columns before those of measures; the strategy if left out. */
  readonly leading?: Leading;
  /** Columns after those of measures. */
  readonly trailing?: Leading;
  /** Whether to leave out intervals. */
  readonly valuesOnly?: boolean;
}

/** Columns that are not measures. */
export interface Leading {
  /** Their titles. */
  readonly header: readonly string[];
  /** Their values in the row of a cell. */
  row(cell: CellMeasures): readonly TableCell[];
}

const strategy: Leading = { header: ["strategy"], row: ({ cell }) => [code(cell.label)] };

/** The measures of `name`, a table, that any of `cells` has, with a row for each cell. */
export function measureTable(
  name: TableName,
  cells: readonly CellMeasures[],
  { leading = strategy, trailing, valuesOnly = false }: TableOptions = {},
): Section {
  const shown = columnsOf(
    measures,
    name,
    (measure) => cells.some((cell) => estimateIn(cell, measure) !== undefined),
  );
  const rows = cells.map((cell) => [
    ...leading.row(cell),
    ...shown.map((measure) => measuredText(measure, valueIn(cell, measure, valuesOnly))),
    ...trailing?.row(cell) ?? [],
  ]);
  const titles = shown.map(({ title }) => title);
  return { text: table([...leading.header, ...titles, ...trailing?.header ?? []], rows), shown };
}

function valueIn(
  cell: MeasuredValues,
  measure: MeasureFacts,
  valuesOnly: boolean,
): Estimate | undefined {
  const estimate = estimateIn(cell, measure);
  return valuesOnly && estimate !== undefined ? { value: estimate.value } : estimate;
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

/** A measured number with its interval, `12.3 % (11.9 to 12.7)`; a dash where there is none. */
export function measuredText(
  measure: Pick<MeasureFacts, "format">,
  estimate: Estimate | undefined,
): string {
  if (estimate === undefined) return "–";
  const { value, interval } = estimate;
  const text = numberText(measure, value);
  if (interval === undefined) return text;
  // The unit is said once.
  const bare = (end: number): string => numberText(measure, end).replace(/ %$/, "");
  return `${text} (${bare(interval.low)} to ${bare(interval.high)})`;
}

/** A number as tables write this measure. */
export function numberText({ format }: Pick<MeasureFacts, "format">, value: number): string {
  if (format === "count") return thousands(value);
  return format === "percent" ? percent(value) : value.toFixed(format.decimals);
}

/** An item for each of `shown`, once each: its title and what it says. */
export function glossaryItems(shown: readonly MeasureFacts[]): string[] {
  return [...new Set(shown)].map(({ title, glossary }) => `- **${title}**: ${glossary}`);
}
