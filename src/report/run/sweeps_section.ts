/**
 * The section of a report about what each swept setting does.
 *
 * @module
 */
import { sweptValue } from "../../decode/cell.ts";
import { acceptanceRate } from "../../measure/cost.ts";
import { type CellMeasures, estimateIn } from "../../measure/measure.ts";
import type { Chart } from "../chart.ts";
import type { Block, Section } from "../document.ts";
import { measureTable, numberCell, type Part, textCell } from "../measure_table.ts";
import { codeSpan, listed, type Prose, prose } from "../prose.ts";
import type { RunRecord } from "./run_record.ts";

/** A table, and where one number is swept a chart, for each entry that sweeps a setting. */
export function sweepsSection(
  { cells }: Pick<RunRecord, "cells">,
  charts: readonly Chart[],
): Section | undefined {
  const entries = Map.groupBy(
    cells.filter(({ cell }) => cell.swept.length > 0),
    ({ cell }) => cell.entry,
  );
  if (entries.size === 0) return undefined;
  const parts = [...entries].map(([entry, own]): Part => {
    const { blocks, shown } = sweepTable(own);
    const pictures = charts.filter((chart) => chart.entry === entry)
      .map((chart): Block => ({ kind: "chart", chart }));
    return {
      blocks: [{ kind: "heading", text: sweepHeading(own) }, ...pictures, ...blocks],
      shown,
    };
  });
  return {
    id: "sweeps",
    heading: prose`Sweeps`,
    blocks: parts.flatMap(({ blocks }) => blocks),
    shown: parts.flatMap(({ shown }) => shown),
  };
}

function sweepTable(cells: readonly CellMeasures[]): Part {
  const swept = cells[0]?.cell.swept ?? [];
  const speculates = cells.some((cell) => estimateIn(cell, acceptanceRate) !== undefined);
  return measureTable(speculates ? "speculative sweep" : "entry sweep", cells, {
    leading: {
      columns: swept.map((title) => ({ title, align: "right" })),
      row: ({ cell }) =>
        swept.map((key) => {
          const value = sweptValue(cell.settings, key);
          return typeof value === "number" ? numberCell(String(value), value) : textCell(value);
        }),
    },
  });
}

/** The swept settings, and the settings that all cells share, by which entries are told apart. */
export function sweepHeading(cells: readonly Pick<CellMeasures, "cell">[]): Prose {
  const swept = cells[0]?.cell.swept ?? [];
  return prose`${codeSpan(sweptLabel(cells))} by ${listed(swept.map((key) => [codeSpan(key)]))}`;
}

/** The label that `cells` share, with an ellipsis where they differ: `speculative(draft=model, draft_k=…)`. */
export function sweptLabel(cells: readonly Pick<CellMeasures, "cell">[]): string {
  const parts = cells.map(({ cell }) => cell.label.split(/(?<=[=(\s])|(?=[),])/));
  const [first = []] = parts;
  const longest = Math.max(...parts.map(({ length }) => length));
  const agree = (at: (own: readonly string[]) => string | undefined): boolean =>
    parts.every((own) => at(own) !== undefined && at(own) === at(first));
  let begin = 0;
  while (begin < longest && agree((own) => own[begin])) begin++;
  let end = 0;
  const shortest = Math.min(...parts.map(({ length }) => length));
  while (begin + end < shortest && agree((own) => own.at(-1 - end))) end++;
  const rest = end === 0 ? [] : first.slice(-end);
  return begin === first.length && begin === longest
    ? first.join("")
    : [...first.slice(0, begin), "…", ...rest].join("").replace(/…(?=→)/, "… ");
}
