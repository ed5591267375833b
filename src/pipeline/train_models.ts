import { type Checkpoint, serializeCheckpoint } from "../model/checkpoint.ts";
import { parameterCount, type Weights } from "../model/weights.ts";
import type { ModelRun } from "../report/run_record.ts";
import type { Prepared } from "./prepare.ts";
import type { Progress } from "./progress.ts";
import { trainingStart } from "./seeding.ts";
import { trainJobs } from "./train_jobs.ts";
import type { Training, TrainingJob } from "./train_model.ts";

/** A trained model and the text of its checkpoint. */
export interface TrainedModel {
  /** How it was trained. */
  readonly run: ModelRun;
  /** What goes to `checkpoints/<model>.json`. */
  readonly checkpoint: string;
  /** Documents that it saw, those seen again included. */
  readonly documents: number;
  /** Wall-clock time of the training. */
  readonly seconds: number;
}

/** Trains the target, and the draft where there is one, on up to `threads` threads in all. */
export async function trainModels(
  prepared: Prepared,
  threads: number,
  progress: Progress,
): Promise<TrainedModel[]> {
  const jobs = trainingJobs(prepared);
  const trainings = await trainJobs(jobs, threads, progress);
  return jobs.map((job, i) => trainedModel(prepared, job, trainings[i] as Training));
}

/** What there is to train, the target first. */
export function trainingJobs(prepared: Prepared): TrainingJob[] {
  const { documents, weights } = trainingStart(prepared);
  const { training, engine } = prepared.experiment.config;
  const job = (name: "target" | "draft", initial: Weights): TrainingJob => {
    const { learning_rate: learningRate, batch_size: batchSize, ...settings } = training[name];
    return {
      name,
      engine,
      initial,
      documents: documents.slice(0, settings.steps * batchSize)
        .map((text) => prepared.tokenizer.encodeDocument(text, initial.spec.blockSize)),
      settings: { ...settings, learningRate, batchSize },
    };
  };
  const target = job("target", weights.target);
  return weights.draft === undefined ? [target] : [target, job("draft", weights.draft)];
}

function trainedModel(
  { experiment: { config }, corpus, tokenizer }: Prepared,
  { name, initial: { spec } }: TrainingJob,
  { weights, steps, seconds }: Training,
): TrainedModel {
  const { engine, seed, seeding } = config;
  const checkpoint: Checkpoint = {
    characters: tokenizer.characters,
    training: {
      ...config.training[name],
      engine,
      seed,
      seeding,
      corpus: corpus.sha256,
      held_out: config.corpus.held_out,
    },
    weights,
  };
  return {
    run: { name, spec, parameters: parameterCount(spec), steps },
    checkpoint: serializeCheckpoint(checkpoint),
    documents: config.training[name].steps * config.training[name].batch_size,
    seconds,
  };
}
