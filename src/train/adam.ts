/** Settings of {@linkcode Adam}. */
export interface AdamSettings {
  /** Decay of the running mean of the gradient. */
  readonly beta1: number;
  /** Decay of the running mean of the squared gradient. */
  readonly beta2: number;
  /** Added to the root of the second moment. */
  readonly epsilon: number;
}

/** Adam with bias correction (Kingma & Ba, 2015, algorithm 1). */
export class Adam {
  readonly #settings: AdamSettings;
  readonly #firstMoment: Float64Array;
  readonly #secondMoment: Float64Array;
  #steps = 0;

  /** For `size` parameters. */
  constructor(size: number, settings: AdamSettings) {
    this.#settings = settings;
    this.#firstMoment = new Float64Array(size);
    this.#secondMoment = new Float64Array(size);
  }

  /** One update of `parameters`, in place, against `gradient` of the same length. */
  step(parameters: Float64Array, gradient: Float64Array, learningRate: number): void {
    const { beta1, beta2, epsilon } = this.#settings;
    const first = this.#firstMoment;
    const second = this.#secondMoment;
    this.#steps++;
    const firstCorrection = 1 - Math.pow(beta1, this.#steps);
    const secondCorrection = 1 - Math.pow(beta2, this.#steps);
    for (let i = 0; i < parameters.length; i++) {
      const slope = gradient[i] as number;
      const mean = beta1 * (first[i] as number) + (1 - beta1) * slope;
      const square = beta2 * (second[i] as number) + (1 - beta2) * (slope * slope);
      first[i] = mean;
      second[i] = square;
      const update = learningRate * (mean / firstCorrection);
      parameters[i] = (parameters[i] as number) -
        update / (Math.sqrt(square / secondCorrection) + epsilon);
    }
  }
}
