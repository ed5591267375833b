/**
 * `results.csv`, `models.csv` and `positions.csv`: what was measured. Their columns are the same in
 * every run, whatever it decodes, so that the tables of several runs can be read as one; runs of models
 * with a tokenizer have some more, last. The first, `variant`, is filled in a sweep's folder.
 *
 * @module
 */
import { settingValues } from "../decode/cell.ts";
import { settingNames } from "../decode/settings_schema.ts";
import { modelMeasures, modelMeasuresOf } from "../measure/corpus_loss.ts";
import type { Estimate } from "../measure/estimate.ts";
import type { MeasureFacts } from "../measure/measure.ts";
import { measures, measuresOf } from "../measure/measures.ts";
import { type CsvRow, csvTable, decimals, fieldsTable } from "./csv.ts";
import type { RowColumn } from "./csv_columns.ts";
import type { RunRecord } from "./run/run_record.ts";

/** The columns of `results.csv` that are no measures: the variant, the cell, and its settings. */
function resultSettings(): readonly string[] {
  return ["variant", "cell", ...settingNames()];
}

/** The columns of `models.csv` that are no measures. */
const MODEL_COLUMNS = ["variant", "model", "parameters"];

/** The columns of `results.csv`, to which {@linkcode measuresOf} may add some. */
export function resultColumns(among: readonly MeasureFacts[] = measures): readonly string[] {
  return [...resultSettings(), ...among.flatMap(columnsOf)];
}

/** The columns of `models.csv`, to which {@linkcode modelMeasuresOf} may add some. */
export const modelColumns: readonly string[] = [
  ...MODEL_COLUMNS,
  ...modelMeasures.flatMap(columnsOf),
];

/**
 * `results.csv`: one row per cell, a column for each setting of any strategy, empty where a cell's has
 * none, and for each measure of a cell, in the order of `measures`.
 */
export function resultsCsv({ cells }: Pick<RunRecord, "cells">): string {
  const among = measuresOf(cells);
  const rows = cells.map(({ cell, values }): CsvRow =>
    Object.assign(
      { variant: "", cell: cell.label, ...settingValues(cell.settings) },
      ...among.map((measure) => fields(measure, values[measure.name])),
    )
  );
  return csvTable(resultColumns(among), rows);
}

/**
 * `models.csv`: one row per model, n-gram models among them, and its loss on the corpus; where there is no
 * corpus, one row per model that was not trained.
 */
export function modelsCsv(
  { models, others, losses }: Pick<RunRecord, "models" | "others" | "losses">,
): string {
  const columns = modelMeasuresOf(losses);
  const known = [...models, ...others];
  const judged = losses.map((own): CsvRow =>
    Object.assign(
      {
        variant: "",
        model: own.name,
        parameters: known.find((model) => model.name === own.name)?.parameters ?? "",
      },
      ...columns.map((measure) => fields(measure, measure.of(own))),
    )
  );
  const rows = others.filter(({ name }) => losses.every((own) => own.name !== name))
    .map(({ name, parameters }): CsvRow =>
      Object.assign(
        { variant: "", model: name, parameters },
        ...columns.map((measure) => fields(measure, undefined)),
      )
    );
  return csvTable([...MODEL_COLUMNS, ...columns.flatMap(columnsOf)], [...rows, ...judged]);
}

/** The fate of the tokens that a cell proposed at one position. */
export interface PositionRow {
  /** The cell. */
  readonly cell: string;
  /** From 1. */
  readonly position: number;
  /** Tokens proposed there. */
  readonly proposed: number;
  /** Those that were tested. */
  readonly tested: number;
  /** Those that were accepted. */
  readonly accepted: number;
  /** The sum over the tested ones of β, where there are any and that is their chance to pass. */
  readonly overlap: number | undefined;
}

/** The columns of `positions.csv`. */
export const positionColumns: readonly RowColumn<PositionRow>[] = [
  {
    name: "variant",
    type: "text",
    unit: "",
    meaning: "the variant, in a sweep's folder",
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
    name: "draft_position",
    type: "whole number",
    unit: "",
    meaning: "the place in what the draft proposes in a round, from 1",
    of: ({ position }) => position,
  },
  {
    name: "proposed",
    type: "whole number",
    unit: "tokens",
    meaning: "tokens proposed there, over all samples",
    of: ({ proposed }) => proposed,
  },
  {
    name: "tested",
    type: "whole number",
    unit: "tokens",
    meaning: "those that were put to the acceptance test: where all before them were accepted",
    of: ({ tested }) => tested,
  },
  {
    name: "accepted",
    type: "whole number",
    unit: "tokens",
    meaning: "those that passed it",
    of: ({ accepted }) => accepted,
  },
  {
    name: "overlap",
    type: "number",
    unit: "tokens",
    meaning:
      "the sum over the tested ones of their chance to pass, β = Σ min(p, q); empty where none " +
      "was tested, or a rule that is not lossless gives them another chance",
    of: ({ overlap }) => overlap === undefined ? "" : decimals(overlap),
  },
];

/** `positions.csv`: of each cell that speculates, one row per position of a proposal. */
export function positionsCsv({ cells }: Pick<RunRecord, "cells">): string {
  const rows = cells.flatMap(({ cell: { label }, positions }) =>
    (positions?.proposedAt ?? []).map((proposed, i): PositionRow => ({
      cell: label,
      position: i + 1,
      proposed,
      tested: positions?.testedAt[i] ?? 0,
      accepted: positions?.acceptedAt[i] ?? 0,
      overlap: positions?.overlapAt[i],
    }))
  );
  return fieldsTable(positionColumns, rows);
}

/** The columns of a measure: its own, and those of its interval's ends. */
function columnsOf({ name, interval }: MeasureFacts): string[] {
  return interval === "none" ? [name] : [name, `${name}_low`, `${name}_high`];
}

/** The values of those columns; empty ones where there is no value or no interval. */
function fields(measure: MeasureFacts, measured: Estimate | undefined): CsvRow {
  const [column = "", low, high] = columnsOf(measure);
  const number = (value: number | undefined): string | number => {
    if (value === undefined) return "";
    return measure.format === "count" ? value : decimals(value);
  };
  return {
    [column]: number(measured?.value),
    ...(low === undefined ? {} : { [low]: number(measured?.interval?.low) }),
    ...(high === undefined ? {} : { [high]: number(measured?.interval?.high) }),
  };
}
