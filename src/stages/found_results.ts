/**
 * The results that a report is a view of: those of an experiment that did not fail.
 *
 * @module
 */
import type { ModelLosses } from "../measure/corpus_loss.ts";
import type { CellMeasures } from "../measure/measure.ts";
import { refOf, type ResultRef } from "../store/stored_result.ts";
import { usableModels } from "./check.ts";
import type { ExperimentData } from "./experiment_data.ts";
import { loss } from "./loss.ts";
import { measure, type MeasureTask } from "./measure.ts";
import type { EarlierTasks, ModelUse, ReadResult, StageTask } from "./stage.ts";
import { train, type TrainTask } from "./train.ts";

/** The results of an experiment that did not fail, in the order of the report. */
export interface FoundResults {
  /** The trained models. */
  readonly models: readonly TrainTask[];
  /** The models that were not trained; where they need a result, that is there. */
  readonly others: readonly ModelUse[];
  /** How well models predict the corpus. */
  readonly losses: readonly ResultRef[];
  /** The measures of cells. */
  readonly cells: readonly MeasureTask[];
}

/** The results of an experiment that did not fail. */
export function foundResults(data: ExperimentData, earlier: EarlierTasks): FoundResults {
  const isFound = ({ id }: StageTask): boolean => earlier.failure(id) === undefined;
  return {
    models: earlier.of(train).filter(isFound),
    others: usableModels(data, earlier).filter(({ name, needs }) =>
      data.models[name]?.kind !== "trained" &&
      needs.every((ref) => earlier.failure(ref) === undefined)
    ),
    losses: earlier.of(loss).filter(isFound).map(({ id }) => refOf(id)),
    cells: earlier.of(measure).filter(isFound),
  };
}

/** The measures of the cells that did not fail. */
export function readCells({ cells }: FoundResults, read: ReadResult): Promise<CellMeasures[]> {
  return Promise.all(cells.map(async ({ id, cell }): Promise<CellMeasures> => ({
    ...await read(measure, id),
    // Where in the grid a cell stands differs between configs that share its results.
    cell,
  })));
}

/** The losses that did not fail. */
export function readLosses({ losses }: FoundResults, read: ReadResult): Promise<ModelLosses[]> {
  return Promise.all(losses.map((ref) => read(loss, ref)));
}
