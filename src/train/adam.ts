import type { AdamUpdate } from "../model/training_model.ts";

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
