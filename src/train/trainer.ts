import { DivergedError, type Token, type TokenTexts } from "../model/language_model.ts";
import type { AdamUpdate, TrainingModel } from "../model/engine.ts";

/** The length and the pace of training. */
export interface TrainingSettings extends Omit<AdamUpdate, "step"> {
  /** Updates. */
  readonly steps: number;
  /** Documents per update. */
  readonly batchSize: number;
  /** The learning rate of the first step; it falls linearly to 0. */
  readonly learningRate: number;
}

/** One update. */
export interface TrainingStep {
  /** From 0. */
  readonly step: number;
  /** Mean cross-entropy of the step's documents before the update, nats per token. */
  readonly loss: number;
  /** The learning rate of the update. */
  readonly learningRate: number;
}

/**
 * Trains `model`, going round and round through `documents`; yields after every step. A model that
 * has had `done` updates continues with the next one. Throws a {@linkcode DivergedError} at the
 * first loss that is not finite.
 */
export function* train(
  model: TrainingModel,
  documents: TokenTexts,
  { steps, batchSize, learningRate, ...adam }: TrainingSettings,
  done = 0,
): Generator<TrainingStep, void> {
  if (documents.length === 0) throw new RangeError("Cannot train: there are no documents");
  let next = (done * batchSize) % documents.length;
  for (let step = done; step < steps; step++) {
    const batch: (readonly Token[])[] = [];
    while (batch.length < batchSize) {
      batch.push(documents.at(next) ?? []);
      next = (next + 1) % documents.length;
    }
    const loss = model.lossAndGradient(batch);
    if (!Number.isFinite(loss)) {
      throw new DivergedError(
        `expected a finite loss, found ${loss} at step ${step + 1} of ${steps}; ` +
          `try a learning rate below ${learningRate}`,
      );
    }
    const rate = linearDecay(learningRate, step, steps);
    model.update({ ...adam, step: step + 1, learningRate: rate });
    yield { step, loss, learningRate: rate };
  }
}

/** The learning rate of `step` (from 0) when it falls linearly from `initial` to 0 over `steps`. */
export function linearDecay(initial: number, step: number, steps: number): number {
  return initial * (1 - step / steps);
}
