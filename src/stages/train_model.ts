import type { ExperimentConfig } from "../config/schema.ts";
import { DivergedError, type Token } from "../model/language_model.ts";
import { untrained } from "../model/engine.ts";
import type { Weights } from "../model/weights.ts";
import { train, type TrainingSettings, type TrainingStep } from "../train/trainer.ts";
import { engines } from "../model/engines.ts";
import { Interrupted } from "./stage.ts";
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

/** How a training is watched, saved and stopped. */
export interface TrainingControl {
  /** Told after each update how many are done. */
  readonly onStep: (done: number) => void;
  /** Where an earlier run of the same job stopped; the weights and losses are the same without. */
  readonly resume?: TrainingProgress | undefined;
  /** Saves the progress, now and then and before a stop; an error that it throws ends the training. */
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
  const schedule = new CheckpointSchedule(began);
  try {
    for (const step of train(model, documents, settings, steps.length)) {
      steps.push(step);
      onStep(steps.length);
      if (steps.length === settings.steps) break;
      const now = performance.now();
      const isStopped = stopped?.() ?? false;
      if (isStopped || schedule.isDue(now)) {
        save?.({ steps: [...steps], state: model.state(), seconds: seconds() });
        schedule.saved(now, performance.now());
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

/** Milliseconds between two saves, at least. */
const LEAST = 5000;
/** The share of the time that saving may take. */
const SHARE = 0.02;

/**
 * When a long computation saves its progress: first after five seconds, then as soon as saving, judging
 * by how long the last one took, costs at most a fiftieth of the time. In milliseconds of any clock.
 */
export class CheckpointSchedule {
  #next: number;

  /** For a computation that begins at `now`. */
  constructor(now: number) {
    this.#next = now + LEAST;
  }

  /** Whether it is time to save. */
  isDue(now: number): boolean {
    return now >= this.#next;
  }

  /** Notes a save that took from `began` to `ended`. */
  saved(began: number, ended: number): void {
    this.#next = ended + Math.max(LEAST, (ended - began) * (1 / SHARE - 1));
  }
}
