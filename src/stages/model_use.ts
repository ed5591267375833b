/**
 * The models of an experiment as its tasks use them: where the weights come from, and what the key of a
 * result that was computed with one says of it.
 *
 * @module
 */
import { refOf, type ResultRef } from "../store/stored_result.ts";
import type { EarlierTasks, ModelUse } from "./stage.ts";
import { train } from "./train.ts";

/** The models that a cell decodes with. */
export interface CellModels {
  /** The model that is decoded from. */
  readonly target: ModelUse;
  /** The draft model, where the strategy uses it. */
  readonly draft?: ModelUse;
}

/** The models of an experiment, the target first. */
export function modelUses(earlier: EarlierTasks): readonly ModelUse[] {
  return earlier.of(train).map(({ id, model }) => ({
    name: model,
    trained: refOf(id),
    key: id.key,
  }));
}

/** The results that the models of a task are made from. */
export function needsOf(models: Iterable<ModelUse>): readonly ResultRef[] {
  return [...models].map(({ trained }) => trained);
}
