import type { Token } from "../language_model.ts";
import { TrainingGpt } from "./training_gpt.ts";
import type { AdamUpdate, TrainingModel, TrainingState } from "../engine.ts";
import { Weights } from "../weights.ts";

/** A model trained by the reference engine, one document after another. */
export class ReferenceTrainingModel implements TrainingModel {
  readonly #state: TrainingState;
  readonly #model: TrainingGpt;
  readonly #gradient: Weights;
  readonly #adam: Adam;

  /** Trains on from a copy of `start`. */
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

  /** See {@linkcode TrainingModel.close}: nothing is held. */
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

/** Adam in f64, with its running means. */
export class Adam {
  readonly #firstMoment: Float64Array;
  readonly #secondMoment: Float64Array;

  /** From these running means, which it changes in place; zeros where there was no update. */
  constructor(firstMoment: Float64Array, secondMoment: Float64Array) {
    this.#firstMoment = firstMoment;
    this.#secondMoment = secondMoment;
  }

  /** Updates `parameters`, in place, against `gradient` of the same length. */
  update(
    parameters: Float64Array,
    gradient: Float64Array,
    { step, learningRate, beta1, beta2, epsilon }: AdamUpdate,
  ): void {
    const first = this.#firstMoment;
    const second = this.#secondMoment;
    const firstCorrection = 1 - Math.pow(beta1, step);
    const secondCorrection = 1 - Math.pow(beta2, step);
    for (let i = 0; i < parameters.length; i++) {
      const slope = gradient[i] as number;
      const mean = beta1 * (first[i] as number) + (1 - beta1) * slope;
      const square = beta2 * (second[i] as number) + (1 - beta2) * (slope * slope);
      first[i] = mean;
      second[i] = square;
      const distance = learningRate * (mean / firstCorrection);
      parameters[i] = (parameters[i] as number) -
        distance / (Math.sqrt(square / secondCorrection) + epsilon);
    }
  }
}
