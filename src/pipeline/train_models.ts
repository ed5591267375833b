import type { TrainingConfig } from "../config/schema.ts";
import type { Tokenizer } from "../data/tokenizer.ts";
import { type Checkpoint, serializeCheckpoint } from "../model/checkpoint.ts";
import { DivergedError } from "../model/diverged_error.ts";
import { parameterCount, type Weights } from "../model/weights.ts";
import type { ModelRun } from "../report/run_record.ts";
import { train, type TrainingStep } from "../train/trainer.ts";
import { engines } from "./engines.ts";
import type { Prepared } from "./prepare.ts";
import type { Progress } from "./progress.ts";
import { trainingStart } from "./seeding.ts";

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

/** Trains the target, and the draft where there is one, each on up to `threads` threads. */
export function trainModels(
  prepared: Prepared,
  threads: number,
  progress: Progress,
): TrainedModel[] {
  const { documents, weights } = trainingStart(prepared);
  const { training, engine, seed, seeding } = prepared.experiment.config;
  const models = [trainModel("target", weights.target, training.target)];
  if (weights.draft !== undefined) models.push(trainModel("draft", weights.draft, training.draft));
  return models;

  function trainModel(
    name: "target" | "draft",
    initial: Weights,
    config: TrainingConfig,
  ): TrainedModel {
    const began = performance.now();
    const { tokenizer } = prepared;
    const model = engines[engine].trainingModel(initial, config.batch_size, threads);
    const steps: TrainingStep[] = [];
    progress.begin(`training ${name}`, config.steps);
    const encoded = documents.slice(0, config.steps * config.batch_size)
      .map((text) => tokenizer.encodeDocument(text, initial.spec.blockSize));
    const settings = {
      ...config,
      learningRate: config.learning_rate,
      batchSize: config.batch_size,
    };
    try {
      for (const step of train(model, encoded, settings)) {
        steps.push(step);
        progress.advance(steps.length);
      }
    } catch (error) {
      if (!(error instanceof DivergedError)) throw error;
      throw new DivergedError(`training ${name}: ${error.message}`);
    } finally {
      model.close();
      progress.end();
    }
    const checkpoint = serializeCheckpoint(
      describe(model.weights(), tokenizer, {
        ...config,
        engine,
        seed,
        seeding,
        corpus: prepared.corpus.sha256,
      }),
    );
    const run = { name, spec: initial.spec, parameters: parameterCount(initial.spec), steps };
    const seen = config.steps * config.batch_size;
    return { run, checkpoint, documents: seen, seconds: (performance.now() - began) / 1000 };
  }
}

function describe(
  weights: Weights,
  tokenizer: Tokenizer,
  training: Readonly<Record<string, string | number>>,
): Checkpoint {
  return { characters: tokenizer.characters, training, weights };
}
