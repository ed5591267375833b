import { DivergedError, type Token, type TokenTexts } from "../model/language_model.ts";
import type { AdamUpdate, TrainingModel } from "../model/engine.ts";

/** The length and the pace of training. */
export interface TrainingSettings extends Omit<AdamUpdate, "step"> {
  /** Updates. */
  readonly steps: number;
  /** Documents, or windows of long ones, per update. */
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

/** Of how many steps the mean loss is compared, at the end of training. */
const COMPARED_STEPS = 10;

/**
 * Why the losses of a whole training mean that it diverged: at the end they are, on average, more than
 * twice both the first and that of guessing every token with the same probability, ln V. `undefined`
 * if they do not; a model that merely learned little has not diverged.
 *
 * Weights that are too large make most tokens impossible; their loss is cut at −ln 1e-10 there and has no
 * gradient, so that it stays finite and nothing more is learned.
 */
export function divergence(
  losses: readonly number[],
  vocabSize: number,
): string | undefined {
  const [first = 0] = losses;
  const last = losses.slice(-COMPARED_STEPS);
  const mean = last.reduce((sum, loss) => sum + loss, 0) / last.length;
  const guessing = Math.log(vocabSize);
  if (!(mean > 2 * Math.max(first, guessing))) return undefined;
  return `the loss rose from ${first.toFixed(2)} to ${mean.toFixed(2)} nats per token, where ` +
    `guessing has ${guessing.toFixed(2)}`;
}

/**
 * Trains `model`, going round and round through `documents`, or windows of them; yields after every
 * step. A model that has had `done` updates continues with the next one. Throws a
 * {@linkcode DivergedError} at the first loss that is not finite.
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
