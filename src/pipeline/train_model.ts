import type { ExperimentConfig } from "../config/schema.ts";
import { DivergedError } from "../model/diverged_error.ts";
import type { Token } from "../model/language_model.ts";
import { parameterCount, type Weights } from "../model/weights.ts";
import { train, type TrainingSettings, type TrainingStep } from "../train/trainer.ts";
import { engines } from "./engines.ts";

/** One model to train: everything that its weights depend on. */
export interface TrainingJob {
  /** Which of the experiment's models. */
  readonly name: "target" | "draft";
  /** How it is computed. */
  readonly engine: ExperimentConfig["engine"];
  /** Where it begins. */
  readonly initial: Weights;
  /** What it reads, in order, again and again. */
  readonly documents: readonly (readonly Token[])[];
  /** How long and how fast. */
  readonly settings: TrainingSettings;
}

/** A model that has been trained. */
export interface Training {
  /** Its weights. */
  readonly weights: Weights;
  /** Every update, in order. */
  readonly steps: readonly TrainingStep[];
  /** Wall-clock time. */
  readonly seconds: number;
}

/**
 * Trains a model on up to `threads` threads; `onStep` is told how many updates are done. Throws a
 * {@linkcode DivergedError} that names the model.
 */
export function trainModel(
  { name, engine, initial, documents, settings }: TrainingJob,
  threads: number,
  onStep: (done: number) => void,
): Training {
  const began = performance.now();
  const model = engines[engine].trainingModel(initial, settings.batchSize, threads);
  const steps: TrainingStep[] = [];
  try {
    for (const step of train(model, documents, settings)) {
      steps.push(step);
      onStep(steps.length);
    }
    const weights = model.weights();
    return { weights, steps, seconds: (performance.now() - began) / 1000 };
  } catch (error) {
    if (!(error instanceof DivergedError)) throw error;
    throw new DivergedError(`training ${name}: ${error.message}`);
  } finally {
    model.close();
  }
}

/** About how long a training takes on `threads` threads, seconds. */
export function estimatedSeconds(
  { engine, initial, documents, settings: { steps, batchSize } }: TrainingJob,
  threads: number,
): number {
  const { operationsPerSecond, trainingParts } = engines[engine];
  const positions = documents.reduce((sum, { length }) => sum + length - 1, 0) / documents.length;
  const operations = 6 * parameterCount(initial.spec) * positions * steps * batchSize;
  const parts = Math.min(threads, trainingParts(initial.spec, batchSize));
  return operations / operationsPerSecond / parts;
}
