/**
 * The plain forward pass of a transformer that others trained: one token at a time, in f64 from weights as
 * they are, with a KV cache, so that a sequence's logits cannot depend on what else is in a batch. It is
 * what the other engines of such models are compared with.
 *
 * Letters: `C` width, `H` heads, `G` heads of keys and values, `D` width of a head, `T` positions read so
 * far, `L` layers, `V` vocabulary.
 *
 * @module
 */
import type { LoadedModel } from "../engine.ts";
import {
  checkRequest,
  type ForwardRequest,
  type LanguageModel,
  type Logits,
  type Sequence,
  type Token,
} from "../language_model.ts";
import { pooledArray } from "../pooled_arrays.ts";
import type { RotaryPositions, Transformer, TransformerSpec } from "../transformer.ts";
import { addTo, softmaxInPlace } from "./vectors.ts";

/** Numbers as they are stored: those of an f32 are computed with in f64 all the same. */
type Numbers = Float32Array | Float64Array;

/** `matrix · x + bias`. */
interface Projection {
  readonly matrix: Numbers;
  readonly bias: Numbers | undefined;
}

/** A norm with what it multiplies by and adds, if anything. */
interface Norm {
  readonly gain: Numbers | undefined;
  readonly bias: Numbers | undefined;
}

interface Layer {
  readonly attentionNorm: Norm;
  readonly query: Projection;
  readonly key: Projection;
  readonly value: Projection;
  readonly output: Projection;
  readonly mlpNorm: Norm;
  readonly gate: Projection | undefined;
  readonly up: Projection;
  readonly down: Projection;
}

/** A transformer that answers in f64, token by token. */
export class ReferenceTransformer implements LoadedModel {
  /** Its sizes and parts. */
  readonly spec: TransformerSpec;
  readonly #embedding: Numbers;
  readonly #positions: Numbers | undefined;
  readonly #layers: readonly Layer[];
  readonly #finalNorm: Norm;
  readonly #head: Projection;

  /** Reads all tensors of `transformer`. Throws a `RangeError` where one is missing. */
  constructor(transformer: Transformer) {
    const { spec } = transformer;
    this.spec = spec;
    const optional = (name: string): Numbers | undefined => transformer.tensor(name)?.numbers();
    const required = (name: string): Numbers => {
      const numbers = optional(name);
      if (numbers !== undefined) return numbers;
      throw new RangeError(`Cannot compute a transformer: it has no tensor "${name}"`);
    };
    const projection = (name: string): Projection => ({
      matrix: required(`${name}.weight`),
      bias: optional(`${name}.bias`),
    });
    const norm = (name: string): Norm => ({
      gain: optional(`${name}.gain`),
      bias: optional(`${name}.bias`),
    });
    this.#embedding = required("embedding.weight");
    if (spec.positions === "learned") this.#positions = required("position_embedding.weight");
    this.#layers = Array.from({ length: spec.layers }, (_, i) => ({
      attentionNorm: norm(`layers.${i}.attention_norm`),
      query: projection(`layers.${i}.query`),
      key: projection(`layers.${i}.key`),
      value: projection(`layers.${i}.value`),
      output: projection(`layers.${i}.output`),
      mlpNorm: norm(`layers.${i}.mlp_norm`),
      gate: spec.isGated ? projection(`layers.${i}.gate`) : undefined,
      up: projection(`layers.${i}.up`),
      down: projection(`layers.${i}.down`),
    }));
    this.#finalNorm = norm("final_norm");
    this.#head = {
      matrix: optional("head.weight") ?? this.#embedding,
      bias: optional("head.bias"),
    };
  }

  /** A new, empty sequence. */
  open(): Sequence {
    return new CachedSequence(this, this.spec);
  }

  /** See {@linkcode LanguageModel.forward}. */
  forward(batch: readonly ForwardRequest[]): Logits[] {
    // All are checked before any is read, so that a refused batch changes nothing.
    for (const { sequence, tokens, rows } of batch) {
      checkRequest(this.spec, this.#own(sequence).checked().length, tokens, rows);
    }
    return batch.map(({ sequence, tokens, rows }) => {
      const cache = this.#own(sequence);
      const { vocabSize, hasFinalNorm } = this.spec;
      const logits = pooledArray(rows * vocabSize);
      const firstRow = tokens.length - rows;
      tokens.forEach((token, i) => {
        const x = this.#read(token, cache);
        if (i < firstRow) return;
        const last = hasFinalNorm ? this.#normalized(x, this.#finalNorm) : x;
        logits.set(linear(last, this.#head), (i - firstRow) * vocabSize);
      });
      return logits;
    });
  }

  /** Nothing is held. */
  close(): void {}

  #own(sequence: Sequence): CachedSequence {
    if (sequence instanceof CachedSequence && sequence.model === this) return sequence;
    throw new TypeError("Cannot read a sequence: it belongs to another model");
  }

  /** Reads one token into the cache; the residual stream after the last layer, `[C]`. */
  #read(token: Token, cache: CachedSequence): Float64Array {
    const { width, positions, hasEmbeddingNorm, activation } = this.spec;
    const position = cache.length;
    let x: Float64Array = pooledArray(width);
    for (let j = 0; j < width; j++) x[j] = this.#embedding[token * width + j] as number;
    if (this.#positions !== undefined) {
      addTo(x, this.#positions.subarray(position * width, (position + 1) * width));
    }
    if (hasEmbeddingNorm) x = this.#normalized(x, { gain: undefined, bias: undefined });
    this.#layers.forEach((layer, i) => {
      const before = this.#normalized(x, layer.attentionNorm);
      const query = linear(before, layer.query);
      const key = linear(before, layer.key);
      if (positions !== "learned") {
        rotate(query, position, positions);
        rotate(key, position, positions);
      }
      const { keys, values } = cache.append(i, key, linear(before, layer.value));
      addTo(x, linear(this.#attention(query, keys, values, position + 1), layer.output));
      const between = this.#normalized(x, layer.mlpNorm);
      const up = linear(between, layer.up);
      const hidden = layer.gate === undefined ? up : linear(between, layer.gate);
      activate(hidden, activation);
      if (layer.gate !== undefined) {
        for (let j = 0; j < up.length; j++) hidden[j] = (hidden[j] as number) * (up[j] as number);
      }
      addTo(x, linear(hidden, layer.down));
    });
    cache.length = position + 1;
    return x;
  }

  /** Attention of one query `[H·D]` over `length` keys and values `[T, G·D]`; `[H·D]`. */
  #attention(
    query: Float64Array,
    keys: Float64Array,
    values: Float64Array,
    length: number,
  ): Float64Array {
    const { heads, keyValueHeads, headWidth: D } = this.spec;
    const row = keyValueHeads * D;
    const result = pooledArray(heads * D);
    const scores = pooledArray(length);
    for (let head = 0; head < heads; head++) {
      // Heads in a row share keys and values.
      const group = Math.floor(head * keyValueHeads / heads) * D;
      for (let t = 0; t < length; t++) {
        let score = 0;
        for (let j = 0; j < D; j++) {
          score += (query[head * D + j] as number) * (keys[t * row + group + j] as number);
        }
        scores[t] = score / Math.sqrt(D);
      }
      softmaxInPlace(scores);
      for (let j = 0; j < D; j++) {
        let mean = 0;
        for (let t = 0; t < length; t++) {
          mean += (scores[t] as number) * (values[t * row + group + j] as number);
        }
        result[head * D + j] = mean;
      }
    }
    return result;
  }

  /**
   * `x / √(mean(x²) + ε)` (Zhang & Sennrich, 2019), or the same of `x − mean(x)` (Ba et al., 2016), times
   * the gain, plus the bias.
   */
  #normalized(x: Float64Array, { gain, bias }: Norm): Float64Array {
    const { kind, epsilon } = this.spec.norm;
    let mean = 0;
    if (kind === "layer") {
      for (const value of x) mean += value;
      mean /= x.length;
    }
    let squares = 0;
    for (const value of x) squares += (value - mean) * (value - mean);
    const root = Math.sqrt(squares / x.length + epsilon);
    const result = pooledArray(x.length);
    for (let j = 0; j < x.length; j++) {
      result[j] = ((x[j] as number) - mean) / root * (gain?.[j] ?? 1) + (bias?.[j] ?? 0);
    }
    return result;
  }
}

/** A sequence with its keys and values, `[T, G·D]` in each layer, whose arrays grow as it does. */
class CachedSequence implements Sequence {
  readonly model: LanguageModel;
  length = 0;
  readonly #spec: TransformerSpec;
  readonly #row: number;
  readonly #layers: { keys: Float64Array; values: Float64Array }[];
  #closed = false;

  constructor(model: LanguageModel, spec: TransformerSpec) {
    this.model = model;
    this.#spec = spec;
    this.#row = spec.keyValueHeads * spec.headWidth;
    this.#layers = Array.from(
      { length: spec.layers },
      () => ({ keys: new Float64Array(0), values: new Float64Array(0) }),
    );
  }

  /** Writes key and value at the end of a layer; the layer's, which are longer than what they hold. */
  append(
    layer: number,
    key: Float64Array,
    value: Float64Array,
  ): { readonly keys: Float64Array; readonly values: Float64Array } {
    const at = this.length * this.#row;
    const { keys, values } = this.#layers[layer] ?? { keys: key, values: value };
    const grown = at + this.#row <= keys.length ? { keys, values } : {
      keys: longer(keys, 2 * at + 8 * this.#row),
      values: longer(values, 2 * at + 8 * this.#row),
    };
    grown.keys.set(key, at);
    grown.values.set(value, at);
    this.#layers[layer] = grown;
    return grown;
  }

  truncate(length: number): void {
    this.checked();
    if (!(length >= 0 && length <= this.length)) {
      throw new RangeError(`Cannot truncate to ${length}: the sequence has ${this.length} tokens`);
    }
    this.length = length;
  }

  fork(): CachedSequence {
    this.checked();
    const copy = new CachedSequence(this.model, this.#spec);
    this.#layers.forEach(({ keys, values }, layer) => {
      copy.#layers[layer] = { keys: keys.slice(), values: values.slice() };
    });
    copy.length = this.length;
    return copy;
  }

  close(): void {
    this.#closed = true;
  }

  /** Itself; throws a `TypeError` if it is closed. */
  checked(): this {
    if (this.#closed) throw new TypeError("Cannot use a sequence: it is closed");
    return this;
  }
}

function longer(numbers: Float64Array, length: number): Float64Array {
  const result = new Float64Array(length);
  result.set(numbers);
  return result;
}

/** `matrix · x + bias`: `[out, in] · [in] + [out] → [out]`, each sum from left to right. */
function linear(x: Float64Array, { matrix, bias }: Projection): Float64Array {
  const inputs = x.length;
  const result = pooledArray(matrix.length / inputs);
  for (let row = 0; row < result.length; row++) {
    let sum = 0;
    for (let j = 0; j < inputs; j++) {
      sum += (matrix[row * inputs + j] as number) * (x[j] as number);
    }
    result[row] = sum;
  }
  if (bias !== undefined) addTo(result, bias);
  return result;
}

/** Turns each head of `x`, `[…, D]`, to `position` (see {@linkcode RotaryPositions}). */
function rotate(x: Float64Array, position: number, { frequencies, scale }: RotaryPositions): void {
  const half = frequencies.length;
  for (let head = 0; head < x.length; head += 2 * half) {
    for (let i = 0; i < half; i++) {
      const angle = position * (frequencies[i] as number);
      const [cos, sin] = [scale * Math.cos(angle), scale * Math.sin(angle)];
      const first = x[head + i] as number;
      const second = x[head + half + i] as number;
      x[head + i] = first * cos - second * sin;
      x[head + half + i] = second * cos + first * sin;
    }
  }
}

/** Applies a nonlinearity to each number. */
function activate(x: Float64Array, kind: TransformerSpec["activation"]): void {
  const of = ACTIVATIONS[kind];
  for (let j = 0; j < x.length; j++) x[j] = of(x[j] as number);
}

/** The nonlinearities; GELU by the normal distribution's Φ (Hendrycks & Gimpel, 2016). */
const ACTIVATIONS: Readonly<Record<TransformerSpec["activation"], (x: number) => number>> = {
  relu: (x) => Math.max(0, x),
  silu: (x) => x / (1 + Math.exp(-x)),
  gelu: (x) => x / 2 * (1 + errorFunction(x / Math.SQRT2)),
  gelu_tanh: (x) => x / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
};

/** erf, by a series whose terms have one sign (Abramowitz & Stegun, 7.1.6). */
function errorFunction(x: number): number {
  // Here it is 1 to the last bit.
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= 2 * x * x / (2 * n + 1);
    sum += term;
  }
  return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
}
