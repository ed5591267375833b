/**
 * The section of a report that compares each cell with the baseline.
 *
 * @module
 */
import { areListed } from "../../config/schema.ts";
import { LEVEL } from "../../measure/comparison.ts";
import { type Comparison, type Tally, tallyOf } from "../../measure/judged.ts";
import type { MeasureFacts } from "../../measure/measure.ts";
import { measures } from "../../measure/measures.ts";
import { code, table, thousands } from "../markdown.ts";
import { columnsOf, comparisonText, plainSection, type Section } from "../measure_table.ts";
import { countedTexts } from "./decoding_sections.ts";
import type { RunRecord } from "./run_record.ts";

/** The main measures of each cell less those of the baseline; empty where there is nothing to compare. */
export function baselineSection(run: RunRecord): Section {
  const { cells, baseline, comparisons } = run;
  if (baseline === undefined || comparisons.length === 0) return plainSection("");
  const { label } = baseline.cell;
  const of = new Map(comparisons.map((one) => [keyOf(one.measure.name, one.cell), one]));
  const shown = columnsOf(
    measures,
    "baseline",
    ({ name }) => comparisons.some(({ measure }) => measure.name === name),
  );
  const expected = new Set(
    comparisons.filter(({ isExpected0 }) => isExpected0).map((one) => one.cell),
  );
  const hasExpected = expected.size > 0;
  const rows = cells.filter(({ cell }) => cell.label !== label).map(({ cell }) => [
    code(cell.label),
    ...shown.map(({ name }) => comparisonText(of.get(keyOf(name, cell.label)))),
    ...(hasExpected ? [expected.has(cell.label) ? "0" : ""] : []),
  ]);
  const header = [
    "strategy",
    ...shown.map(({ title, unit }) => unit === "share" ? `${title}, points` : title),
    ...(hasExpected ? ["expected"] : []),
  ];
  const parts = [
    `## Compared with ${code(label)}`,
    introduction(run, shown),
    table(header, rows),
    closing(comparisons),
  ];
  return { text: parts.join("\n\n"), shown };
}

function keyOf(measure: string, cell: string): string {
  return JSON.stringify([measure, cell]);
}

function introduction(
  { experiment, comparisons }: RunRecord,
  shown: readonly MeasureFacts[],
): string {
  const { decoding } = experiment.config;
  const how = areListed(decoding.prompts)
    ? "The variances of both are added, prompt by prompt."
    : "Differences are taken prompt by prompt, so that what both owe to a prompt cancels out.";
  const isExpected = comparisons.some(({ isExpected0 }) => isExpected0)
    ? " Where 0 is *expected*, both draw from the same distribution, and only chance makes a difference, but for costs " +
      "(tokens per target pass)."
    : "";
  const texts = measures.some((one) => one.rarefied !== undefined && shown.includes(one))
    ? ` Measures that depend on the number of texts are of ${countedTexts(decoding)}.`
    : "";
  return `Each cell less the baseline, with a 95 % interval. ${how} ` +
    "Each interval is for its own comparison; ▲ and ▼ mark what is higher or lower also when all " +
    `comparisons of the measure are allowed for (Holm's correction, p < ${LEVEL}), or where neither ` +
    `is subject to chance.${isExpected}${texts} All judged measures are in ` +
    "[comparisons.csv](comparisons.csv).";
}

/** How many comparisons show a difference, beside how many would if there were none. */
function closing(comparisons: readonly Comparison[]): string {
  const all = tallyOf(comparisons);
  if (all.compared === 0) {
    return "No comparison has a p: see below which intervals are missing and why.";
  }
  const families = new Set(comparisons.map(({ measure }) => measure.name)).size;
  const expected = tallyOf(comparisons.filter(({ isExpected0 }) => isExpected0));
  const text = `Of ${thousands(all.compared)} comparisons of ${families} measures ${
    tallyText(all)
  }.`;
  if (expected.compared === 0) return text;
  return `${text} Of the ${thousands(expected.compared)} that are expected to be 0, ` +
    `${tallyText(expected)}.`;
}

function tallyText({ compared, unadjusted, adjusted }: Tally): string {
  return `${have(unadjusted)} p < ${LEVEL} unadjusted, where chance alone would give about ` +
    `${(compared * LEVEL).toFixed(1)}; ${have(adjusted)} it after the correction`;
}

function have(count: number): string {
  if (count === 0) return "none has";
  return count === 1 ? "1 has" : `${thousands(count)} have`;
}
