/**
 * `comparisons.csv`: whatever of a cell depends on the other cells or on their number of texts, one row
 * per cell, measure and cell that it is compared with.
 *
 * @module
 */
import { type Comparison, isExact } from "../measure/judged.ts";
import type { ComparedCells } from "../measure/compare_cells.ts";
import type { Estimate } from "../measure/estimate.ts";
import { comparableIn, estimateIn, type MeasureFacts } from "../measure/measure.ts";
import { measures } from "../measure/measures.ts";
import { searchMeasures } from "../measure/search.ts";
import { decimals, fieldsTable } from "./csv.ts";
import type { RowColumn } from "./csv_columns.ts";

/** A measure of a cell, alone or beside that of another. */
export interface ComparisonRow {
  /** The cell that is compared. */
  readonly cell: string;
  /** The measure that it is compared by. */
  readonly measure: MeasureFacts;
  /** Its value in the cell. */
  readonly estimate: Estimate;
  /** The comparison, where there is something to compare with. */
  readonly comparison?: Comparison;
  /** Of measures of the set of samples: texts of each prompt. */
  readonly texts: number | undefined;
}

const fields: readonly RowColumn<ComparisonRow>[] = [
  {
    name: "variant",
    type: "text",
    unit: "",
    meaning: "the variant of a sweep; empty in a run's own folder",
    of: () => "",
  },
  {
    name: "cell",
    type: "text",
    unit: "",
    meaning: "the strategy and its settings",
    of: ({ cell }) => cell,
  },
  {
    name: "measure",
    type: "text",
    unit: "",
    meaning: "the measure: a column of `results.csv`, or `search_…`, which are below",
    of: ({ measure }) => measure.name,
  },
  {
    name: "compared_with",
    type: "text",
    unit: "",
    meaning: "the cell that it is compared with; empty where it is compared with none",
    of: ({ comparison }) => comparison?.than ?? "",
  },
  {
    name: "texts_per_prompt",
    type: "whole number",
    unit: "texts",
    meaning: "of measures that depend on the number of texts: how many of each prompt they are of",
    of: ({ texts }) => texts ?? "",
  },
  number("value", "the measure of the cell", ({ estimate }) => estimate.value),
  number("low", "the lower end of its 95 % interval", ({ estimate }) => estimate.interval?.low),
  number("high", "the upper end of its 95 % interval", ({ estimate }) => estimate.interval?.high),
  number(
    "baseline_value",
    "the same measure of the cell that it is compared with",
    ({ comparison }) => comparison?.other.value,
  ),
  number("difference", "value − baseline_value", ({ comparison }) => comparison?.difference),
  number(
    "difference_low",
    "the lower end of its 95 % interval, which allows for no other comparison",
    ({ comparison }) => comparison?.inference?.interval.low,
  ),
  number(
    "difference_high",
    "the upper end of that",
    ({ comparison }) => comparison?.inference?.interval.high,
  ),
  {
    name: "expected",
    type: "whole number",
    unit: "",
    meaning:
      "0 where both cells are known to draw from the same distribution, so that only chance makes a " +
      "difference; else empty",
    of: ({ comparison }) => comparison?.isExpected0 ? 0 : "",
  },
  {
    name: "pairing",
    type: "text",
    unit: "",
    meaning:
      "`draw`: the difference is taken prompt by prompt; `none`: the variances of both are " +
      "added; `no chance`: neither is subject to any",
    of: ({ comparison }) => pairingOf(comparison),
  },
  {
    name: "p",
    type: "number",
    unit: "",
    meaning:
      "the probability of a difference as large as this where there is none, from Student's t",
    of: ({ comparison }) => probability(comparison?.inference?.p),
  },
  {
    name: "p_holm",
    type: "number",
    unit: "",
    meaning: "the same adjusted (Holm, 1979) for all rows of the measure that have a p",
    of: ({ comparison }) => probability(comparison?.inference?.pHolm),
  },
  {
    name: "verdict",
    type: "text",
    unit: "",
    meaning:
      "`higher` or `lower`: p_holm is below 0.05, or there is no chance in it; `equal`: the " +
      "same, without chance; `open`: neither is shown; empty: it is not known what chance does",
    of: ({ comparison }) => comparison?.verdict ?? "",
  },
];

/** The columns of `comparisons.csv`. */
export const comparisonColumns: readonly RowColumn<ComparisonRow>[] = fields;

function number(
  name: string,
  meaning: string,
  of: (row: ComparisonRow) => number | undefined,
): RowColumn<ComparisonRow> {
  return {
    name,
    type: "number",
    unit: "that of the measure",
    meaning,
    of: (row) => {
      const value = of(row);
      if (value === undefined) return "";
      // Of fewer texts than there are, a count is an expectation.
      return Number.isInteger(value) && row.measure.format === "count" ? value : decimals(value);
    },
  };
}

function pairingOf(comparison: Comparison | undefined): string {
  if (comparison === undefined) return "";
  const { inference } = comparison;
  if (inference !== undefined) return inference.isPaired ? "draw" : "none";
  return isExact(comparison) ? "no chance" : "";
}

/** With all of its digits that count: p may be tiny. */
function probability(p: number | undefined): string {
  return p?.toPrecision(6) ?? "";
}

/**
 * `comparisons.csv`, by measure and then by cell: the judged measures and those of as many texts as all
 * cells have, and then those of searches beside the most probable texts.
 */
export function comparisonsCsv(
  compared: ComparedCells,
  /** Texts of each prompt that measures of the set of samples are of. */
  texts: number,
): string {
  const rows = [...cellRows(compared, texts), ...searchRows(compared)];
  return fieldsTable(fields, rows);
}

function cellRows({ cells, comparisons }: ComparedCells, texts: number): ComparisonRow[] {
  const byMeasure = Map.groupBy(comparisons, ({ measure }) => measure.name);
  return measures.flatMap((measure) => {
    const isOfSet = measure.rarefied !== undefined;
    const own = new Map(byMeasure.get(measure.name)?.map((one) => [one.cell, one]));
    return cells.flatMap((one): ComparisonRow[] => {
      const { cell: { label } } = one;
      const [estimate, comparison] = [comparableIn(one, measure), own.get(label)];
      if (estimate === undefined || !isOfSet && comparison === undefined) return [];
      return [{
        cell: label,
        measure,
        estimate,
        ...(comparison && { comparison }),
        texts: isOfSet ? texts : undefined,
      }];
    });
  });
}

function searchRows({ search }: ComparedCells): ComparisonRow[] {
  if (search === undefined) return [];
  // A sweep may begin with greedy: that comparison is one.
  const pairs = [...new Set([...search.overGreedy, ...search.overFirst])];
  return searchMeasures.flatMap((measure) =>
    search.cells.flatMap((one): ComparisonRow[] => {
      const { cell: { label } } = one;
      const estimate = estimateIn(one, measure);
      if (estimate === undefined) return [];
      const row = { cell: label, measure, estimate, texts: undefined };
      const compared = pairs.filter((pair) => pair.measure === measure && pair.cell === label);
      return compared.length === 0 ? [row] : compared.map((comparison) => ({ ...row, comparison }));
    })
  );
}
