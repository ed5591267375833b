import { Weights } from "./weights.ts";

/**
 * All that a training has to keep between two updates: where it goes on from this, it ends with the
 * bits of one that never stopped.
 */
export interface TrainingState {
  /** The parameters. */
  readonly weights: Weights;
  /** Adam's running mean of the gradient. */
  readonly firstMoment: Weights;
  /** Adam's running mean of the squared gradient. */
  readonly secondMoment: Weights;
}

/** Where a training from `weights` begins: no gradient has been seen. */
export function untrained(weights: Weights): TrainingState {
  const { spec } = weights;
  return { weights, firstMoment: new Weights(spec), secondMoment: new Weights(spec) };
}
