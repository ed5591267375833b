/**
 * The cells and models of a sweep as its charts show them.
 *
 * @module
 */
import type { Cell } from "../../decode/cell.ts";
import { modelMeasures } from "../../measure/corpus_loss.ts";
import { comparableIn, type MeasureFacts } from "../../measure/measure.ts";
import { shortNames } from "../charts/names.ts";
import type { Summary, SweepSummary, VariantRun } from "./sweep_summary.ts";

/** A cell or a model of a sweep. */
export interface SweptThing extends Summary {
  /** Its name where there is little room. */
  readonly short: string;
  /** Its strategy and settings, where it is a cell. */
  readonly cell: Cell | undefined;
}

/** The cells of a sweep, and after them its trained models. */
export function thingsOf({ cells, models, variants }: SweepSummary): SweptThing[] {
  const known = new Map(
    variants.flatMap((run) => run.cells.map(({ cell }) => [cell.label, cell] as const)),
  );
  const own = cells.flatMap((summary) => {
    const cell = known.get(summary.name);
    return cell === undefined ? [] : [{ ...summary, cell }];
  });
  const names = shortNames(own.map(({ cell }) => cell));
  const trained = models.filter(({ name }) => !name.endsWith("-gram"));
  return [
    ...own.map((thing, i) => ({ ...thing, short: names[i] ?? thing.name })),
    ...trained.map((model) => ({ ...model, short: model.name, cell: undefined })),
  ];
}

/** The value of `measure` in one run of a sweep, where that has it. */
export function valueInRun(
  { cells, losses }: VariantRun,
  { name, cell }: SweptThing,
  measure: MeasureFacts,
): number | undefined {
  if (cell !== undefined) {
    const found = cells.find((one) => one.cell.label === name);
    return found && comparableIn(found, measure)?.value;
  }
  const own = losses.find((one) => one.name === name);
  return own && modelMeasures.find((one) => one.name === measure.name)?.of(own)?.value;
}
