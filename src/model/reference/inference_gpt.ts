/**
 * The plain-number forward pass of the reference engine: one token at a time, in f64, with a KV
 * cache, so that a sequence's logits cannot depend on what else is in a batch.
 *
 * Letters: `C` width of the residual stream (`nEmbd`), `H` heads, `D = C / H` width of a head,
 * `T` positions read so far, `B` block size, `L` layers, `V` vocabulary.
 *
 * @module
 */
import {
  checkRequest,
  type ForwardRequest,
  type LanguageModel,
  type Logits,
  type ModelSpec,
  type Sequence,
  type Token,
} from "../language_model.ts";
import { pooledArray } from "../pooled_arrays.ts";
import type { Weights } from "../weights.ts";
import { RMS_NORM_EPSILON } from "./training_gpt.ts";
import { addTo, softmaxInPlace } from "./vectors.ts";

interface Layer {
  readonly wq: Float64Array;
  readonly wk: Float64Array;
  readonly wv: Float64Array;
  readonly wo: Float64Array;
  readonly fc1: Float64Array;
  readonly fc2: Float64Array;
}

/** A trained GPT that answers with the reference engine. */
export class InferenceGpt implements LanguageModel {
  /** Sizes of the model. */
  readonly spec: ModelSpec;
  readonly #tokenEmbedding: Float64Array;
  readonly #positionEmbedding: Float64Array;
  readonly #layers: readonly Layer[];
  readonly #head: Float64Array;

  /** Reads `weights`, which must not change while the model is in use. */
  constructor(weights: Weights) {
    this.spec = weights.spec;
    this.#tokenEmbedding = weights.tensor("wte");
    this.#positionEmbedding = weights.tensor("wpe");
    this.#layers = Array.from({ length: weights.spec.nLayer }, (_, layer) => ({
      wq: weights.tensor(`l${layer}.wq`),
      wk: weights.tensor(`l${layer}.wk`),
      wv: weights.tensor(`l${layer}.wv`),
      wo: weights.tensor(`l${layer}.wo`),
      fc1: weights.tensor(`l${layer}.fc1`),
      fc2: weights.tensor(`l${layer}.fc2`),
    }));
    this.#head = weights.tensor("lm_head");
  }

  /** A new, empty sequence. */
  open(): Sequence {
    return new CachedSequence(this);
  }

  /** See {@linkcode LanguageModel.forward}. */
  forward(batch: readonly ForwardRequest[]): Logits[] {
    // All are checked before any is read, so that a refused batch changes nothing.
    for (const { sequence, tokens, rows } of batch) {
      checkRequest(this.spec, this.#own(sequence).length, tokens, rows);
    }
    return batch.map(({ sequence, tokens, rows }) => {
      const cache = this.#own(sequence);
      const logits = pooledArray(rows * this.spec.vocabSize);
      const firstRow = tokens.length - rows;
      tokens.forEach((token, i) => {
        const x = this.#read(token, cache);
        if (i >= firstRow) logits.set(linear(x, this.#head), (i - firstRow) * this.spec.vocabSize);
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
    const { nEmbd } = this.spec;
    const position = cache.length;
    const embedding = pooledArray(nEmbd);
    for (let j = 0; j < nEmbd; j++) {
      embedding[j] = (this.#tokenEmbedding[token * nEmbd + j] as number) +
        (this.#positionEmbedding[position * nEmbd + j] as number);
    }
    const x = rmsNorm(embedding);
    this.#layers.forEach((weights, layer) => {
      const normed = rmsNorm(x);
      cache.keys(layer).set(linear(normed, weights.wk), position * nEmbd);
      cache.values(layer).set(linear(normed, weights.wv), position * nEmbd);
      const query = linear(normed, weights.wq);
      const heads = this.#attention(query, cache.keys(layer), cache.values(layer), position + 1);
      addTo(x, linear(heads, weights.wo));
      const hidden = linear(rmsNorm(x), weights.fc1);
      for (let j = 0; j < hidden.length; j++) hidden[j] = Math.max(0, hidden[j] as number);
      addTo(x, linear(hidden, weights.fc2));
    });
    cache.length = position + 1;
    return x;
  }

  /** Attention of one query `[C]` over `length` keys and values `[T, C]`; `[C]`. */
  #attention(
    query: Float64Array,
    keys: Float64Array,
    values: Float64Array,
    length: number,
  ): Float64Array {
    const { nEmbd, nHead } = this.spec;
    const headWidth = nEmbd / nHead;
    const result = pooledArray(nEmbd);
    const scores = pooledArray(length);
    for (let start = 0; start < nEmbd; start += headWidth) {
      for (let t = 0; t < length; t++) {
        let score = 0;
        for (let j = start; j < start + headWidth; j++) {
          score += (query[j] as number) * (keys[t * nEmbd + j] as number);
        }
        scores[t] = score / Math.sqrt(headWidth);
      }
      softmaxInPlace(scores);
      for (let j = start; j < start + headWidth; j++) {
        let mean = 0;
        for (let t = 0; t < length; t++) {
          mean += (scores[t] as number) * (values[t * nEmbd + j] as number);
        }
        result[j] = mean;
      }
    }
    return result;
  }
}

/** A sequence with its keys and values, `[L, B, C]` each. */
class CachedSequence implements Sequence {
  readonly model: InferenceGpt;
  length = 0;
  readonly #keys: Float64Array;
  readonly #values: Float64Array;
  #closed = false;

  constructor(model: InferenceGpt) {
    const { nLayer, blockSize, nEmbd } = model.spec;
    this.model = model;
    this.#keys = new Float64Array(nLayer * blockSize * nEmbd);
    this.#values = new Float64Array(nLayer * blockSize * nEmbd);
  }

  /** Keys of one layer, `[B, C]`. */
  keys(layer: number): Float64Array {
    return this.#layer(this.#keys, layer);
  }

  /** Values of one layer, `[B, C]`. */
  values(layer: number): Float64Array {
    return this.#layer(this.#values, layer);
  }

  truncate(length: number): void {
    this.#checkOpen();
    if (!(length >= 0 && length <= this.length)) {
      throw new RangeError(`Cannot truncate to ${length}: the sequence has ${this.length} tokens`);
    }
    this.length = length;
  }

  fork(): CachedSequence {
    this.#checkOpen();
    const copy = new CachedSequence(this.model);
    copy.#keys.set(this.#keys);
    copy.#values.set(this.#values);
    copy.length = this.length;
    return copy;
  }

  close(): void {
    this.#closed = true;
  }

  #layer(all: Float64Array, layer: number): Float64Array {
    this.#checkOpen();
    const size = this.model.spec.blockSize * this.model.spec.nEmbd;
    return all.subarray(layer * size, (layer + 1) * size);
  }

  #checkOpen(): void {
    if (this.#closed) throw new TypeError("Cannot use a sequence: it is closed");
  }
}

/** `matrix · x`: `[rows, columns] · [columns] → [rows]`, each sum from left to right. */
function linear(x: Float64Array, matrix: Float64Array): Float64Array {
  const columns = x.length;
  const result = pooledArray(matrix.length / columns);
  for (let row = 0; row < result.length; row++) {
    let sum = 0;
    for (let j = 0; j < columns; j++) {
      sum += (matrix[row * columns + j] as number) * (x[j] as number);
    }
    result[row] = sum;
  }
  return result;
}

/** x / √(mean(x²) + ε), without a gain (Zhang & Sennrich, 2019). */
function rmsNorm(x: Float64Array): Float64Array {
  let squares = 0;
  for (const value of x) squares += value * value;
  const scale = Math.pow(squares / x.length + RMS_NORM_EPSILON, -0.5);
  return x.map((value) => value * scale);
}
