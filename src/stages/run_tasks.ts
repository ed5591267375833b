/**
 * The pieces of work that a run consists of, made or not.
 *
 * @module
 */
import type { Cell } from "../decode/cell.ts";
import { strategyOf } from "../decode/definitions.ts";
import { modelNames, type Setup } from "./experiment_data.ts";
import { type CellIds, type RunIds, timeId } from "./cache_keys.ts";
import type { PlacedTask, Task, TrainIds } from "../threads/task.ts";

/** A run as far as its stages go. */
export interface StagedRun {
  /** The experiment. */
  readonly setup: Setup;
  /** Its results. */
  readonly ids: RunIds;
}

/** The trainings of a run. */
export function trainTasks({ setup, ids }: StagedRun): PlacedTask[] {
  return modelNames(setup).flatMap((model) => {
    const id = ids.train[model];
    return id === undefined ? [] : [placed(setup, { kind: "train", model, id })];
  });
}

/** What each of its models loses on the corpus: first that of the n-grams that take longest to count. */
export function lossTasks({ setup, ids }: StagedRun): PlacedTask[] {
  return ids.losses.toReversed().map(({ of, id, model }) => {
    const train = typeof of === "number" || model === undefined ? {} : { [of]: model };
    return placed(setup, { kind: "loss", of, id, train });
  });
}

/** Its cells. */
export function cellTasks({ setup, ids }: StagedRun): PlacedTask[] {
  return ids.cells.map(({ cell, decode, measure }) =>
    placed(setup, {
      kind: "cell",
      cell,
      decode,
      decoded: false,
      id: measure,
      train: needed(ids, [cell]),
    })
  );
}

/** Timing those of its speculative cells, `timed`; nothing where there is none. */
export function timeTasks(
  { setup, ids }: StagedRun,
  timed: readonly CellIds[],
): PlacedTask[] {
  const id = timeId(timed);
  if (id === undefined) return [];
  const cells = timed.map(({ measure }) => measure);
  const train = needed(ids, timed.map(({ cell }) => cell));
  return [placed(setup, { kind: "time", cells, train, id })];
}

function placed(setup: Setup, task: Task): PlacedTask {
  return { setup, task };
}

/** The trained models that cells need. */
function needed({ train: { target, draft } }: RunIds, cells: readonly Cell[]): TrainIds {
  const drafted = cells.some(({ settings }) =>
    strategyOf(settings).speculation?.(settings).needs === "draft model"
  );
  return drafted && draft !== undefined ? { target, draft } : { target };
}
