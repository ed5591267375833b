/**
 * The section of a report that compares each cell with the baseline.
 *
 * @module
 */
import { areListed } from "../../config/settings.ts";
import { LEVEL } from "../../measure/comparison.ts";
import type { MeasureFacts } from "../../measure/measure.ts";
import { measures } from "../../measure/measures.ts";
import { unprovedMark } from "../../measure/searched.ts";
import type { Section } from "../document.ts";
import { foldedTable } from "../folded_table.ts";
import {
  cellColumn,
  columnsOf,
  comparisonCell,
  measureColumn,
  textCell,
} from "../measure_table.ts";
import { codeSpan, type Prose, prose } from "../prose.ts";
import { countedTexts } from "./decoding_sections.ts";
import { measuresOf } from "./measures_of_run.ts";
import type { RunRecord } from "./run_record.ts";

/** The main measures of each cell less those of the baseline; none where there is nothing to compare. */
export function baselineSection(run: RunRecord): Section | undefined {
  const { cells, baseline, comparisons } = run;
  if (baseline === undefined || comparisons.length === 0) return undefined;
  const { label } = baseline.cell;
  const of = new Map(comparisons.map((one) => [keyOf(one.measure.name, one.cell), one]));
  const shown = columnsOf(
    measuresOf(run),
    "baseline",
    ({ name }) => comparisons.some(({ measure }) => measure.name === name),
  );
  const expected = new Set(
    comparisons.filter(({ isExpected0 }) => isExpected0).map((one) => one.cell),
  );
  const rows = cells.filter(({ cell }) => cell.label !== label).map(({ cell, searched }) => [
    textCell(
      prose`${codeSpan(cell.label)}${expected.has(cell.label) ? " (0)" : ""}${
        unprovedMark(searched)
      }`,
    ),
    ...shown.map(({ name }) => comparisonCell(of.get(keyOf(name, cell.label)))),
  ]);
  const columns = [
    cellColumn,
    ...shown.map((measure) =>
      measureColumn(
        measure,
        measure.unit === "share" ? `${measure.title}, points` : measure.title,
      )
    ),
  ];
  return {
    id: "compared-with",
    heading: prose`Compared with ${codeSpan(label)}`,
    blocks: [
      { kind: "paragraph", text: introduction(run, shown) },
      ...foldedTable({ columns, rows }),
    ],
    shown,
  };
}

function keyOf(measure: string, cell: string): string {
  return JSON.stringify([measure, cell]);
}

function introduction(
  { cells, baseline, experiment, comparisons }: RunRecord,
  shown: readonly MeasureFacts[],
): Prose {
  const { decoding } = experiment.config;
  const how = areListed(decoding.prompts)
    ? "The variances of both are added, prompt by prompt."
    : "Differences are taken prompt by prompt, so that what both owe to a prompt cancels out.";
  const isExpected = comparisons.some(({ isExpected0 }) => isExpected0)
    ? " Cells marked (0) draw from the same distribution as the baseline: only chance makes a difference, but for costs " +
      "(tokens per target pass)."
    : "";
  const isOpen = cells.some(({ cell, searched }) =>
    cell.label !== baseline?.cell.label && unprovedMark(searched) !== ""
  );
  const unproved = isOpen
    ? " Exact searches marked as unproved ran out of their budget: more probable texts than theirs may exist."
    : "";
  const texts = measures.some((one) => one.rarefied !== undefined && shown.includes(one))
    ? ` Measures that depend on the number of texts are of ${countedTexts(decoding)}.`
    : "";
  return prose`Each cell less the baseline, with a 95 % interval. ${how} ▲ and ▼ mark what is higher or lower also when all comparisons of the measure are allowed for (Holm's correction, p below ${LEVEL}), or where neither is subject to chance; each interval is for its own comparison.${isExpected}${unproved}${texts} All judged measures are in [comparisons.csv](comparisons.csv).`;
}
