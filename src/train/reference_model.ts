import type { Token } from "../model/language_model.ts";
import { TrainingGpt } from "../model/reference/training_gpt.ts";
import type { AdamUpdate, TrainingModel } from "../model/training_model.ts";
import { Weights } from "../model/weights.ts";
import { Adam } from "./adam.ts";

/** A model trained by the reference engine, one document after another. */
export class ReferenceTrainingModel implements TrainingModel {
  readonly #weights: Weights;
  readonly #model: TrainingGpt;
  readonly #gradient: Weights;
  readonly #adam: Adam;

  /** Trains a copy of `weights`. */
  constructor({ spec, data }: Weights) {
    this.#weights = new Weights(spec, data.slice());
    this.#model = new TrainingGpt(this.#weights);
    this.#gradient = new Weights(spec);
    this.#adam = new Adam(data.length);
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
    this.#adam.update(this.#weights.data, this.#gradient.data, update);
  }

  /** See {@linkcode TrainingModel.weights}. */
  weights(): Weights {
    return new Weights(this.#weights.spec, this.#weights.data.slice());
  }

  /** See {@linkcode TrainingModel.close}: there is nothing to give back. */
  close(): void {}

  /** See {@linkcode TrainingModel.gradient}. */
  gradient(): Weights {
    return new Weights(this.#gradient.spec, this.#gradient.data.slice());
  }
}
