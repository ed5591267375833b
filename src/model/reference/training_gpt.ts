/**
 * The GPT on scalar autograd: slow, short, and the truth that every other engine is held against.
 *
 * Letters: `C` width of the residual stream (`nEmbd`), `H` heads, `D = C / H` width of a head,
 * `T` positions read so far, `V` vocabulary.
 *
 * @module
 */
import type { ModelSpec, Token } from "../language_model.ts";
import { tensorShapes, type Weights } from "../weights.ts";
import { Value } from "./value.ts";

/** Added to the mean square before RMSNorm's root, so that a zero vector stays finite. */
export const RMS_NORM_EPSILON = 1e-5;
/** Probabilities below this count as this in the loss. */
const SMALLEST_PROBABILITY = 1e-10;

type Vector = readonly Value[];
type Matrix = readonly Vector[];
/** Keys and values of one layer, `[T, C]` each. */
interface LayerCache {
  readonly keys: Vector[];
  readonly values: Vector[];
}

/** A GPT that can be trained: gradients by backpropagation through every scalar operation. */
export class TrainingGpt {
  /** Sizes of the model. */
  readonly spec: ModelSpec;
  /** The parameters; read again by each call of {@linkcode TrainingGpt.lossAndGradient}. */
  readonly weights: Weights;
  /** Gradient of the last loss, in the order of `weights.data`. */
  readonly gradient: Float64Array;
  readonly #leaves: Value[];
  readonly #matrices = new Map<string, Matrix>();

  /** Trains `weights` in place. */
  constructor(weights: Weights) {
    this.spec = weights.spec;
    this.weights = weights;
    this.gradient = new Float64Array(weights.data.length);
    this.#leaves = Array.from(weights.data, (parameter) => new Value(parameter));
    let offset = 0;
    for (const { name, rows, columns } of tensorShapes(weights.spec)) {
      const matrix: Vector[] = [];
      for (let row = 0; row < rows; row++, offset += columns) {
        matrix.push(this.#leaves.slice(offset, offset + columns));
      }
      this.#matrices.set(name, matrix);
    }
  }

  /**
   * Mean cross-entropy, in nats, of each token of `document` given those before it, and its gradient
   * with respect to every parameter (in {@linkcode TrainingGpt.gradient}).
   *
   * `document` is at least two tokens; the model reads all but the last, so at most
   * `blockSize + 1` of them.
   */
  lossAndGradient(document: readonly Token[]): number {
    this.#leaves.forEach((leaf, i) => {
      leaf.data = at(this.weights.data, i);
      leaf.gradient = 0;
    });
    const loss = this.#meanLoss(document);
    loss.backward();
    this.#leaves.forEach((leaf, i) => this.gradient[i] = leaf.gradient);
    return loss.data;
  }

  #meanLoss(document: readonly Token[]): Value {
    const caches = Array.from({ length: this.spec.nLayer }, (): LayerCache => ({
      keys: [],
      values: [],
    }));
    const positions = document.length - 1;
    const losses: Value[] = [];
    for (let position = 0; position < positions; position++) {
      const logits = this.#forward(at(document, position), position, caches);
      const probability = at(softmax(logits), at(document, position + 1));
      losses.push(probability.logAtLeast(SMALLEST_PROBABILITY).negate());
    }
    return sum(losses).multiply(1 / positions);
  }

  /** Logits `[V]` after reading `token` at `position`; appends to `caches`. */
  #forward(token: Token, position: number, caches: readonly LayerCache[]): Vector {
    let x: Vector = add(at(this.#matrix("wte"), token), at(this.#matrix("wpe"), position));
    x = rmsNorm(x);
    caches.forEach((cache, layer) => {
      x = add(this.#attention(rmsNorm(x), layer, cache), x);
      x = add(this.#mlp(rmsNorm(x), layer), x);
    });
    return linear(x, this.#matrix("lm_head"));
  }

  #attention(x: Vector, layer: number, cache: LayerCache): Vector {
    const query = linear(x, this.#matrix(`l${layer}.wq`));
    cache.keys.push(linear(x, this.#matrix(`l${layer}.wk`)));
    cache.values.push(linear(x, this.#matrix(`l${layer}.wv`)));
    const { nEmbd, nHead } = this.spec;
    const headWidth = nEmbd / nHead;
    const heads: Value[] = [];
    for (let start = 0; start < nEmbd; start += headWidth) {
      const scores = cache.keys.map((key) =>
        dot(query, key, start, start + headWidth).divide(Math.sqrt(headWidth))
      );
      const attention = softmax(scores);
      for (let j = start; j < start + headWidth; j++) {
        heads.push(sum(attention.map((weight, t) => weight.multiply(at(at(cache.values, t), j)))));
      }
    }
    return linear(heads, this.#matrix(`l${layer}.wo`));
  }

  #mlp(x: Vector, layer: number): Vector {
    const hidden = linear(x, this.#matrix(`l${layer}.fc1`)).map((value) => value.relu());
    return linear(hidden, this.#matrix(`l${layer}.fc2`));
  }

  #matrix(name: string): Matrix {
    const matrix = this.#matrices.get(name);
    if (matrix === undefined) throw new RangeError(`Cannot find tensor "${name}"`);
    return matrix;
  }
}

/** `array[index]`, where the index is known to be inside. */
function at<T>(array: ArrayLike<T>, index: number): T {
  return array[index] as T;
}

function add(a: Vector, b: Vector): Vector {
  return a.map((value, i) => value.add(at(b, i)));
}

function sum(values: Vector): Value {
  let total = at(values, 0);
  for (let i = 1; i < values.length; i++) total = total.add(at(values, i));
  return total;
}

/** Dot product of `a` and `b` over `start … end - 1`, added from left to right. */
function dot(a: Vector, b: Vector, start: number, end: number): Value {
  let total = at(a, start).multiply(at(b, start));
  for (let i = start + 1; i < end; i++) total = total.add(at(a, i).multiply(at(b, i)));
  return total;
}

/** `matrix · x`: `[rows, columns] · [columns] → [rows]`. */
function linear(x: Vector, matrix: Matrix): Vector {
  return matrix.map((row) => dot(row, x, 0, x.length));
}

/** Softmax, shifted by the maximum so that it cannot overflow. */
function softmax(logits: Vector): Vector {
  const maximum = logits.reduce((max, { data }) => Math.max(max, data), -Infinity);
  const exponentials = logits.map((logit) => logit.subtract(maximum).exp());
  const total = sum(exponentials);
  return exponentials.map((exponential) => exponential.divide(total));
}

/** x / √(mean(x²) + ε), without a gain (Zhang & Sennrich, 2019). */
function rmsNorm(x: Vector): Vector {
  const meanSquare = dot(x, x, 0, x.length).divide(x.length);
  const scale = meanSquare.add(RMS_NORM_EPSILON).power(-0.5);
  return x.map((value) => value.multiply(scale));
}
