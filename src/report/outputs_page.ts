/**
 * The generated tables of `outputs/README.md`: the columns of every CSV file, as the definitions of
 * measures and columns have them.
 *
 * @module
 */
import { byteLossMeasures, modelMeasures } from "../measure/corpus_loss.ts";
import type { MeasureFacts } from "../measure/measure.ts";
import { allMeasures } from "../measure/measures.ts";
import { searchMeasures } from "../measure/search.ts";
import { type GeneratedParts, pageTable, withGenerated } from "../text/generated_page.ts";
import { comparisonColumns } from "./comparisons_csv.ts";
import type { FileColumn } from "./csv_columns.ts";
import { lossBytes, lossColumns } from "./losses_csv.ts";
import { positionColumns } from "./results_csv.ts";
import { sampleColumns, tokenIds } from "./samples_csv.ts";
import { variantColumns } from "./sweep_csv.ts";
import { timingColumns } from "./timings_csv.ts";
import { trainingColumns } from "./training_csv.ts";

/** The text of the page with its tables brought up to date; see {@linkcode withGenerated}. */
export function outputsPage(current: string): string {
  return withGenerated(current, tables);
}

const HEADER = ["column", "type", "unit", "interval", "meaning"];

const tables: GeneratedParts = {
  "results.csv": () => pageTable(HEADER, allMeasures.map(measureRow)),
  "comparisons.csv": () => columnsTable(comparisonColumns),
  "measures of searches": () => pageTable(HEADER, searchMeasures.map(measureRow)),
  "models.csv": () => pageTable(HEADER, [...modelMeasures, ...byteLossMeasures].map(measureRow)),
  "losses.csv": () => columnsTable([...lossColumns, lossBytes]),
  "positions.csv": () => columnsTable(positionColumns),
  "samples.csv": () => columnsTable([...sampleColumns, tokenIds]),
  "training.csv": () => columnsTable(trainingColumns),
  "timings.csv": () => columnsTable(timingColumns),
  "variants.csv": () => columnsTable(variantColumns),
};

function measureRow({ name, unit, interval, format, glossary }: MeasureFacts): string[] {
  const type = format === "count" ? "whole number" : "number";
  return [`\`${name}\``, type, unit, interval === "none" ? "" : interval, glossary];
}

function columnsTable(columns: readonly FileColumn[]): string {
  return pageTable(
    ["column", "type", "unit", "meaning"],
    columns.map(({ name, type, unit, meaning }) => [`\`${name}\``, type, unit, meaning]),
  );
}
