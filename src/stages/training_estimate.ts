import { parameterCount } from "../model/weights.ts";
import { engines } from "../model/engines.ts";
import type { ModelName, Setup } from "./experiment_data.ts";

/** What a training asks for, about. */
export interface TrainingEstimate {
  /** Time that it takes on one thread, to the nearest power of ten. */
  readonly seconds: number;
  /** Threads that it can use. */
  readonly parts: number;
}

/** Estimates a training from its sizes. */
export function estimatedTraining(
  { config, split: { training }, specs }: Setup,
  model: ModelName,
): TrainingEstimate {
  const spec = specs[model] ?? specs.target;
  const { steps, batch_size } = config.training[model];
  const { operationsPerSecond, trainingParts } = engines[config.engine];
  const characters = training.reduce((sum, { length }) => sum + length, 0);
  const positions = Math.min(spec.blockSize, 1 + characters / training.length);
  // Two operations a parameter forward, four backward (Kaplan et al. 2020).
  const operations = 6 * parameterCount(spec) * positions * steps * batch_size;
  return { seconds: operations / operationsPerSecond, parts: trainingParts(spec, batch_size) };
}
