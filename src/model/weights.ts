import type { ModelSpec } from "./language_model.ts";

/** Name and shape of one weight matrix, stored row by row. */
export interface TensorShape {
  /** For example `l0.wq`: the query projection of layer 0. */
  readonly name: string;
  /** Outputs of the matrix, or entries of an embedding table. */
  readonly rows: number;
  /** Inputs of the matrix, or width of an embedding. */
  readonly columns: number;
}

/** Anything that draws from a normal distribution. */
export interface GaussianSource {
  /** A draw from the normal distribution with mean `mu` and standard deviation `sigma`. */
  gauss(mu: number, sigma: number): number;
}

/**
 * The matrices of a GPT, in the order in which they are initialised, stored and checkpointed:
 * token and position embedding, then per layer query, key, value and output projections and the two
 * MLP matrices, then the (untied) head.
 */
export function tensorShapes(spec: ModelSpec): TensorShape[] {
  const { vocabSize, blockSize, nEmbd, nLayer } = spec;
  const shapes: TensorShape[] = [
    { name: "wte", rows: vocabSize, columns: nEmbd },
    { name: "wpe", rows: blockSize, columns: nEmbd },
  ];
  for (let layer = 0; layer < nLayer; layer++) {
    shapes.push(
      { name: `l${layer}.wq`, rows: nEmbd, columns: nEmbd },
      { name: `l${layer}.wk`, rows: nEmbd, columns: nEmbd },
      { name: `l${layer}.wv`, rows: nEmbd, columns: nEmbd },
      { name: `l${layer}.wo`, rows: nEmbd, columns: nEmbd },
      { name: `l${layer}.fc1`, rows: 4 * nEmbd, columns: nEmbd },
      { name: `l${layer}.fc2`, rows: nEmbd, columns: 4 * nEmbd },
    );
  }
  shapes.push({ name: "lm_head", rows: vocabSize, columns: nEmbd });
  return shapes;
}

/** How many matrices a model of these sizes has. */
export function tensorCount({ nLayer }: ModelSpec): number {
  return 3 + 6 * nLayer;
}

/** How many numbers a model of these sizes learns. */
export function parameterCount(spec: ModelSpec): number {
  return tensorShapes(spec).reduce((sum, { rows, columns }) => sum + rows * columns, 0);
}

/** All the parameters of one model in one flat array, with a view for each matrix. */
export class Weights {
  /** Sizes of the model. */
  readonly spec: ModelSpec;
  /** Every parameter, in the order of {@linkcode tensorShapes}. */
  readonly data: Float64Array;
  readonly #views = new Map<string, Float64Array>();

  /** Wraps `data`; throws a `RangeError` if it is not exactly as long as `spec` needs. */
  constructor(spec: ModelSpec, data: Float64Array = new Float64Array(parameterCount(spec))) {
    const expected = parameterCount(spec);
    if (data.length !== expected) {
      throw new RangeError(
        `Cannot make weights: the model has ${expected} parameters, got ${data.length}`,
      );
    }
    this.spec = spec;
    this.data = data;
    let offset = 0;
    for (const { name, rows, columns } of tensorShapes(spec)) {
      this.#views.set(name, data.subarray(offset, offset + rows * columns));
      offset += rows * columns;
    }
  }

  /** The matrix called `name`, `[rows, columns]`, as a view: writing to it changes the weights. */
  tensor(name: string): Float64Array {
    const view = this.#views.get(name);
    if (view === undefined) {
      throw new RangeError(
        `Cannot find tensor "${name}": the model has ${[...this.#views.keys()]}`,
      );
    }
    return view;
  }
}

/**
 * The weights of the first `layers` layers and of the head: an early exit. Throws a `RangeError` unless
 * there are as many.
 */
export function firstLayersOf(weights: Weights, layers: number): Weights {
  const { spec } = weights;
  if (!(Number.isInteger(layers) && layers >= 1 && layers <= spec.nLayer)) {
    throw new RangeError(`Cannot take ${layers} layers: the model has ${spec.nLayer}`);
  }
  const first = new Weights({ ...spec, nLayer: layers });
  for (const { name } of tensorShapes(first.spec)) first.tensor(name).set(weights.tensor(name));
  return first;
}

/** Untrained weights: every parameter drawn from N(0, `standardDeviation`²), in storage order. */
export function initialWeights(
  spec: ModelSpec,
  random: GaussianSource,
  standardDeviation: number,
): Weights {
  const weights = new Weights(spec);
  for (let i = 0; i < weights.data.length; i++) {
    weights.data[i] = random.gauss(0, standardDeviation);
  }
  return weights;
}
