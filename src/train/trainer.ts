import type { Token } from "../model/language_model.ts";
import type { Weights } from "../model/weights.ts";
import { Adam, type AdamSettings } from "./adam.ts";
import { linearDecay } from "./schedule.ts";

/** What an engine offers to be trained. */
export interface TrainableModel {
  /** The parameters that training changes. */
  readonly weights: Weights;
  /** Gradient of the last loss, in the order of `weights.data`. */
  readonly gradient: Float64Array;
  /** Mean cross-entropy of one document in nats; sets `gradient`. */
  lossAndGradient(document: readonly Token[]): number;
}

/** How long and how fast to train. */
export interface TrainingSettings extends AdamSettings {
  /** Updates, one document each. */
  readonly steps: number;
  /** The learning rate of the first step; it falls linearly to 0. */
  readonly learningRate: number;
}

/** What one update saw. */
export interface TrainingStep {
  /** From 0. */
  readonly step: number;
  /** Mean cross-entropy of the step's document before the update, nats a token. */
  readonly loss: number;
  /** The learning rate of the update. */
  readonly learningRate: number;
}

/**
 * Trains `model` in place, one document a step, round and round through `documents`; yields after
 * every step.
 */
export function* train(
  model: TrainableModel,
  documents: readonly (readonly Token[])[],
  settings: TrainingSettings,
): Generator<TrainingStep, void> {
  const adam = new Adam(model.weights.data.length, settings);
  for (let step = 0; step < settings.steps; step++) {
    const document = documents[step % documents.length];
    if (document === undefined) throw new RangeError("Cannot train: there are no documents");
    const loss = model.lossAndGradient(document);
    const learningRate = linearDecay(settings.learningRate, step, settings.steps);
    adam.step(model.weights.data, model.gradient, learningRate);
    yield { step, loss, learningRate };
  }
}
