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
import { measures } from "../measure/measures.ts";
import { firstAndCount } from "../text/format.ts";
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

/** A cell with its measures: a row of a table. */
export interface MeasuredCell extends MeasuredValues {
  /** The strategy and its settings. */
  readonly cell: Cell;
}

/** How a table of measures differs from one row per cell, each with its intervals. */
export interface TableOptions {
  /** The measures that it may show; those of cells if left out. */
  readonly among?: readonly MeasureFacts[];
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
  row(cell: MeasuredCell): readonly TableCell[];
}

const strategy: Leading = { header: ["strategy"], row: ({ cell }) => [code(cell.label)] };

/**
 * The measures of `name`, a table, that any of `cells` has, with a row for each cell; below it, which
 * intervals are missing and why.
 */
export function measureTable(
  name: TableName,
  cells: readonly MeasuredCell[],
  { among = measures, leading = strategy, trailing, valuesOnly = false }: TableOptions = {},
): Section {
  const shown = columnsOf(
    among,
    name,
    (measure) => cells.some((cell) => estimateIn(cell, measure) !== undefined),
  );
  const rows = cells.map((cell) => [
    ...leading.row(cell),
    ...shown.map((measure) => measuredText(measure, valueIn(cell, measure, valuesOnly))),
    ...trailing?.row(cell) ?? [],
  ]);
  const titles = shown.map(({ title }) => title);
  const text = table([...leading.header, ...titles, ...trailing?.header ?? []], rows);
  const blanks = valuesOnly ? "" : blanksText(cells, shown);
  return { text: blanks === "" ? text : `${text}\n\n${blanks}`, shown };
}

/** The most cells that are named for a reason. */
const MOST_NAMED = 6;

/** Which intervals are missing for which reason; empty where none is. */
function blanksText(cells: readonly MeasuredCell[], shown: readonly MeasureFacts[]): string {
  const reasons = new Map<Blank, string[]>();
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
      const label = code(cell.cell.label);
      const titles = own.map(({ title }) => title).join(", ");
      const name = own.length === with95.length ? label : `${label} (${titles})`;
      reasons.set(blank, [...reasons.get(blank) ?? [], name]);
    }
  }
  if (reasons.size === 0) return "";
  const parts = [...reasons].map(([blank, names]) =>
    `*${blank}*: ${firstAndCount(names, MOST_NAMED).join(", ")}`
  );
  return `No interval: ${parts.join("; ")}.`;
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

/**
 * A difference of a measure with its interval, `+0.42 (+0.31 to +0.53)`; that of two shares in
 * percentage points.
 */
function differenceText(
  { format }: Pick<MeasureFacts, "format">,
  { value, interval }: Estimate,
): string {
  const signed = (number: number): string => {
    const text = format === "percent" ? (100 * number).toFixed(1) : numberText({ format }, number);
    return Number(text) > 0 ? `+${text}` : text.replace(/^-(?=[0.]*$)/, "");
  };
  if (interval === undefined) return signed(value);
  return `${signed(value)} (${signed(interval.low)} to ${signed(interval.high)})`;
}

/** A difference with its verdict: `+0.42 (+0.31 to +0.53) ▲`; `none` where there is no comparison. */
export function comparisonText(comparison: Comparison | undefined, none = "–"): string {
  if (comparison === undefined) return none;
  const { measure, difference, inference, verdict } = comparison;
  const interval = inference && { interval: inference.interval };
  const mark = verdict === "higher" ? " ▲" : verdict === "lower" ? " ▼" : "";
  return differenceText(measure, { value: difference, ...interval }) + mark;
}

/** A number as tables write this measure. */
export function numberText({ format }: Pick<MeasureFacts, "format">, value: number): string {
  // Of fewer texts than there are, counts are expectations.
  if (format === "count") return thousands(Math.round(value));
  return format === "percent" ? percent(value) : value.toFixed(format.decimals);
}

/** An item for each of `shown`, once each: its title and what it says. */
export function glossaryItems(shown: readonly MeasureFacts[]): string[] {
  return [...new Set(shown)].map(({ title, glossary }) => `- **${title}**: ${glossary}`);
}
