import type { Token } from "../language_model.ts";
import { TrainingGpt } from "./training_gpt.ts";
import type { AdamUpdate, TrainingModel } from "../training_model.ts";
import type { TrainingState } from "../training_state.ts";
import { Weights } from "../weights.ts";
import { Adam } from "../../train/adam.ts";

/** A model trained by the reference engine, one document after another. */
export class ReferenceTrainingModel implements TrainingModel {
  readonly #state: TrainingState;
  readonly #model: TrainingGpt;
  readonly #gradient: Weights;
  readonly #adam: Adam;

  /** Goes on from a copy of `start`. */
  constructor(start: TrainingState) {
    this.#state = copied(start);
    const { weights, firstMoment, secondMoment } = this.#state;
    this.#model = new TrainingGpt(weights);
    this.#gradient = new Weights(weights.spec);
    this.#adam = new Adam(firstMoment.data, secondMoment.data);
  }

  /** See {@linkcode TrainingModel.lossAndGradient}. */
  lossAndGradient(documents: readonly (readonly Token[])[]): number {
    const sum = this.#gradient.data;
    sum.fill(0);
    let loss = 0;
    for (const document of documents) {
      loss += this.#model.lossAndGradient(document) / documents.length;
      const { gradient } = this.#model;
      for (let i = 0; i < sum.length; i++) {
        sum[i] = (sum[i] as number) + (gradient[i] as number) / documents.length;
      }
    }
    return loss;
  }

  /** See {@linkcode TrainingModel.update}. */
  update(update: AdamUpdate): void {
    this.#adam.update(this.#state.weights.data, this.#gradient.data, update);
  }

  /** See {@linkcode TrainingModel.weights}. */
  weights(): Weights {
    return copy(this.#state.weights);
  }

  /** See {@linkcode TrainingModel.state}. */
  state(): TrainingState {
    return copied(this.#state);
  }

  /** See {@linkcode TrainingModel.close}: there is nothing to give back. */
  close(): void {}

  /** See {@linkcode TrainingModel.gradient}. */
  gradient(): Weights {
    return copy(this.#gradient);
  }
}

function copied({ weights, firstMoment, secondMoment }: TrainingState): TrainingState {
  return {
    weights: copy(weights),
    firstMoment: copy(firstMoment),
    secondMoment: copy(secondMoment),
  };
}

function copy({ spec, data }: Weights): Weights {
  return new Weights(spec, data.slice());
}
