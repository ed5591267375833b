import type { ExperimentConfig } from "../config/schema.ts";
import { DivergedError, type Token } from "../model/language_model.ts";
import { untrained } from "../model/engine.ts";
import type { Weights } from "../model/weights.ts";
import { train, type TrainingSettings, type TrainingStep } from "../train/trainer.ts";
import { engines } from "../model/engines.ts";
import { Interrupted } from "../threads/interrupted.ts";
import { SaveTimes } from "./checkpoint_schedule.ts";
import type { TrainingProgress } from "./training_progress.ts";

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
  /** Wall-clock time, that of the runs before an interruption included. */
  readonly seconds: number;
}

/** How a training is watched, kept and stopped. */
export interface TrainingControl {
  /** Told after each update how many are done. */
  readonly onStep: (done: number) => void;
  /** What an earlier run of the same job has done; the weights and losses are the same without. */
  readonly resume?: TrainingProgress | undefined;
  /** Keeps what is done so far, now and then and before a stop; what it throws ends the training. */
  readonly save?: ((progress: TrainingProgress) => void) | undefined;
  /** Asked after each update but the last, whether to stop. */
  readonly stopped?: (() => boolean) | undefined;
}

/**
 * Trains a model on up to `threads` threads. Throws a {@linkcode DivergedError} that names the model,
 * or {@linkcode Interrupted} where it was stopped.
 */
export function trainModel(
  { name, engine, initial, documents, settings }: TrainingJob,
  threads: number,
  { onStep, resume, save, stopped }: TrainingControl,
): Training {
  const began = performance.now();
  const start = resume?.state ?? untrained(initial);
  const model = engines[engine].trainingModel(start, settings.batchSize, threads);
  const steps = [...resume?.steps ?? []];
  const seconds = (): number => (resume?.seconds ?? 0) + (performance.now() - began) / 1000;
  const times = new SaveTimes(began);
  try {
    for (const step of train(model, documents, settings, steps.length)) {
      steps.push(step);
      onStep(steps.length);
      if (steps.length === settings.steps) break;
      const now = performance.now();
      const isStopped = stopped?.() ?? false;
      if (isStopped || times.isDue(now)) {
        save?.({ steps: [...steps], state: model.state(), seconds: seconds() });
        times.saved(now, performance.now());
      }
      if (isStopped) {
        throw new Interrupted(
          `training ${name}: stopped after ${steps.length} of ${settings.steps} steps`,
        );
      }
    }
    return { weights: model.weights(), steps, seconds: seconds() };
  } catch (error) {
    if (!(error instanceof DivergedError)) throw error;
    throw new DivergedError(`training ${name}: ${error.message}`);
  } finally {
    model.close();
  }
}
