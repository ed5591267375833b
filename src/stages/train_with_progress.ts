import { writeWholeSync } from "../files/write_whole.ts";
import type { ModelName, Setup } from "./experiment_data.ts";
import type { StageId } from "../store/stored_result.ts";
import type { Store } from "../store/store.ts";
import { type Training, type TrainingJob, trainModel } from "./train_model.ts";
import { trainingJob } from "./training_job.ts";
import {
  parseTrainingProgress,
  serializeTrainingProgress,
  type TrainingProgress,
  TrainingProgressError,
} from "./training_progress.ts";
import type { Watch } from "../threads/run_task.ts";

/** Where and how to train. */
export interface TrainingPlace {
  /** The training's result. */
  readonly id: StageId;
  /** Where it keeps what it has done so far. */
  readonly store: Store;
  /** Threads that it may use. */
  readonly threads: number;
  /** Who watches it. */
  readonly watch: Watch;
}

/** Trains a model from where an earlier run of the same training was stopped, if one was. */
export async function trainWithProgress(
  setup: Setup,
  name: ModelName,
  { id, store, threads, watch }: TrainingPlace,
): Promise<Training> {
  const job = trainingJob(setup, name);
  const file = store.progressFile(id);
  return trainModel(job, threads, {
    onStep: watch.onStep,
    stopped: watch.stopped,
    resume: await progressIn(file, job, store),
    save: (progress) => writeWholeSync(file, serializeTrainingProgress(progress)),
  });
}

/** What `file` holds of the training; one that is damaged is set aside. */
async function progressIn(
  file: string,
  { initial: { spec }, settings: { steps } }: TrainingJob,
  store: Store,
): Promise<TrainingProgress | undefined> {
  try {
    return parseTrainingProgress(file, await Deno.readFile(file), { spec, steps });
  } catch (error) {
    if (error instanceof TrainingProgressError) await store.setAside(file);
    else if (!(error instanceof Deno.errors.NotFound)) throw error;
    return undefined;
  }
}
