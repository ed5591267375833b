import type { Token } from "./language_model.ts";
import type { TrainingState } from "./training_state.ts";
import type { Weights } from "./weights.ts";

/** One update by Adam (Kingma & Ba, 2015, algorithm 1, with bias correction). */
export interface AdamUpdate {
  /** Which update it is, from 1. */
  readonly step: number;
  /** How far to go. */
  readonly learningRate: number;
  /** Decay of the running mean of the gradient. */
  readonly beta1: number;
  /** Decay of the running mean of the squared gradient. */
  readonly beta2: number;
  /** Added to the root of the second moment. */
  readonly epsilon: number;
}

/** A model in training, as the training loop sees it: it never learns which engine computes it. */
export interface TrainingModel {
  /**
   * The mean over `documents` of each one's mean cross-entropy over its positions, nats a token, and
   * the gradient of that. A document is two tokens to `blockSize + 1`: each is predicted from those
   * before it.
   */
  lossAndGradient(documents: readonly (readonly Token[])[]): number;
  /** Changes the weights against the last gradient. */
  update(update: AdamUpdate): void;
  /** A copy of the weights as they are now. */
  weights(): Weights;
  /** A copy of all that the next updates depend on. */
  state(): TrainingState;
  /** A copy of the last gradient, tensor by tensor. */
  gradient(): Weights;
  /** Gives back what the model holds beside memory: threads, where it has any. */
  close(): void;
}
