/**
 * Decoding on the SIMD kernels: one forward pass over the next tokens of many sequences, each with
 * its own KV cache.
 *
 * Letters: `N` rows (tokens of all sequences), `C` width of the residual stream, padded to a
 * multiple of 4, `B` block size, `L` layers, `V` vocabulary.
 *
 * @module
 */
import type {
  ForwardRequest,
  LanguageModel,
  Logits,
  ModelSpec,
  Sequence,
} from "../language_model.ts";
import { checkRequest } from "../forward_check.ts";
import { numbers } from "../numbers.ts";
import type { Weights } from "../weights.ts";
import { Arena, ArenaPlan } from "./arena.ts";
import { MatmulMode } from "./kernels.ts";
import { type Matrix, PackedMatrices, padded, ParameterLayout } from "./parameters.ts";

/** Rows that go through the layers together: enough to reuse weights, few enough for the cache. */
const MOST_ROWS = 256;
/** The most caches that are made at once when none is free, and the most bytes that they may take. */
const CACHES_AT_ONCE = 64;
const BYTES_AT_ONCE = 2 ** 26;

/** A trained GPT that answers with the SIMD kernels. */
export class SimdGpt implements LanguageModel {
  /** Sizes of the model. */
  readonly spec: ModelSpec;
  readonly #layout: ParameterLayout;
  readonly #arena: Arena;
  readonly #parameters: number;
  readonly #packed: PackedMatrices;
  readonly #tokens: number;
  readonly #positions: number;
  readonly #caches: number;
  readonly #x: number;
  readonly #normed: number;
  readonly #scales: number;
  readonly #qkv: number;
  readonly #attentionWeights: number;
  readonly #heads: number;
  readonly #hidden: number;
  readonly #logits: number;
  readonly #width: number;
  readonly #cacheBytes: number;
  readonly #freeCaches: number[] = [];
  /** Of the rows that have been written, those whose logits are wanted. */
  readonly #wantedRows = new Int32Array(MOST_ROWS);
  /** Where the logits of each go: into which array, and from where on. */
  readonly #answers: Float64Array[] = [];
  readonly #answerOffsets = new Int32Array(MOST_ROWS);
  #wanted = 0;

  /** Copies `weights`. */
  constructor(weights: Weights) {
    const { spec } = weights;
    const { nEmbd, nHead, nLayer, blockSize, vocabSize } = spec;
    this.spec = spec;
    const c = padded(nEmbd);
    const plan = new ArenaPlan();
    this.#width = c;
    this.#cacheBytes = nLayer * blockSize * 2 * c * 4;
    this.#layout = new ParameterLayout(spec);
    this.#parameters = plan.reserve(this.#layout.size);
    this.#packed = new PackedMatrices(plan, this.#layout, true);
    this.#tokens = plan.reserve(MOST_ROWS);
    this.#positions = plan.reserve(MOST_ROWS);
    this.#caches = plan.reserve(MOST_ROWS);
    this.#x = plan.reserve(MOST_ROWS * c);
    this.#normed = plan.reserve(MOST_ROWS * c);
    this.#scales = plan.reserve(MOST_ROWS);
    this.#qkv = plan.reserve(MOST_ROWS * 3 * c);
    this.#attentionWeights = plan.reserve(nHead * padded(blockSize));
    this.#heads = plan.reserve(MOST_ROWS * c);
    this.#hidden = plan.reserve(MOST_ROWS * 4 * nEmbd);
    this.#logits = plan.reserve(MOST_ROWS * padded(vocabSize));
    this.#arena = new Arena(plan);
    this.#layout.store(weights, this.#arena, this.#parameters);
    this.#packed.pack(this.#arena, this.#parameters);
  }

  /** A new, empty sequence. */
  open(): Sequence {
    return new CachedSequence(this, this.#takeCache());
  }

  /** See {@linkcode LanguageModel.forward}. */
  forward(batch: readonly ForwardRequest[]): Logits[] {
    const { vocabSize } = this.spec;
    // All are checked before any is read, so that a refused batch changes nothing.
    for (let r = 0; r < batch.length; r++) {
      const { sequence, tokens, rows } = batch[r] as ForwardRequest;
      checkRequest(this.spec, this.#own(sequence).length, tokens, rows);
    }
    const answers: Float64Array[] = [];
    let row = 0;
    this.#wanted = 0;
    const flush = (): void => {
      this.#run(row);
      this.#readLogits();
      this.#wanted = 0;
      row = 0;
    };
    for (let r = 0; r < batch.length; r++) {
      const { sequence, tokens, rows } = batch[r] as ForwardRequest;
      const cached = this.#own(sequence);
      const answer = numbers(rows * vocabSize);
      answers.push(answer);
      for (let i = 0; i < tokens.length; i++) {
        if (row === MOST_ROWS) flush();
        this.#write(row, tokens[i] as number, cached.length + i, cached.address);
        const at = i - (tokens.length - rows);
        if (at >= 0) this.#want(row, answer, at * vocabSize);
        row++;
      }
      cached.length += tokens.length;
    }
    flush();
    return answers;
  }

  #write(row: number, token: number, position: number, cache: number): void {
    const { i32 } = this.#arena;
    i32[this.#tokens / 4 + row] = token;
    i32[this.#positions / 4 + row] = position;
    i32[this.#caches / 4 + row] = cache;
  }

  /** A free cache's address. */
  #takeCache(): number {
    if (this.#freeCaches.length === 0) {
      // Attention reads keys four at a time, up to three rows past the last cache.
      const beyond = 3 * 2 * this.#width * 4;
      const fitting = Math.floor(BYTES_AT_ONCE / this.#cacheBytes);
      const count = Math.max(1, Math.min(CACHES_AT_ONCE, fitting));
      const first = this.#arena.extend(count * this.#cacheBytes + beyond);
      for (let i = count - 1; i >= 0; i--) {
        this.#freeCaches.push(first + i * this.#cacheBytes);
      }
    }
    return this.#freeCaches.pop() as number;
  }

  /** A copy of the cache at `address`. */
  copyCache(address: number): number {
    const copy = this.#takeCache();
    this.#arena.f32.copyWithin(copy / 4, address / 4, (address + this.#cacheBytes) / 4);
    return copy;
  }

  /** Takes a cache back. */
  freeCache(address: number): void {
    this.#freeCaches.push(address);
  }

  #own(sequence: Sequence): CachedSequence {
    if (sequence instanceof CachedSequence && sequence.model === this) {
      sequence.requireOpen();
      return sequence;
    }
    throw new TypeError("Cannot read a sequence: it belongs to another model");
  }

  /** Runs the rows that have been written through all layers; the residual stream is in `x`. */
  #run(rows: number): void {
    const { kernels } = this.#arena;
    const { nEmbd, nHead, blockSize } = this.spec;
    const c = this.#width;
    const { wte, wpe, layers } = this.#layout;
    const table = ({ offset }: Matrix): number => this.#parameters + 4 * offset;
    kernels.embed(this.#tokens, this.#positions, table(wte), table(wpe), this.#x, rows, c);
    kernels.rmsNorm(this.#x, this.#x, this.#scales, rows, c, nEmbd);
    for (let layer = 0; layer < layers.length; layer++) {
      const { qkv, wo, fc1, fc2 } = layers[layer] as typeof layers[number];
      kernels.rmsNorm(this.#x, this.#normed, this.#scales, rows, c, nEmbd);
      this.#multiply(this.#normed, qkv, this.#qkv, rows, MatmulMode.store);
      kernels.attentionCached(
        this.#qkv,
        this.#caches,
        this.#positions,
        this.#attentionWeights,
        this.#heads,
        rows,
        nHead,
        nEmbd / nHead,
        c,
        layer * blockSize * 2 * c * 4,
      );
      this.#multiply(this.#heads, wo, this.#x, rows, MatmulMode.add);
      kernels.rmsNorm(this.#x, this.#normed, this.#scales, rows, c, nEmbd);
      this.#multiply(this.#normed, fc1, this.#hidden, rows, MatmulMode.relu);
      this.#multiply(this.#hidden, fc2, this.#x, rows, MatmulMode.add);
    }
  }

  /** Notes that a row's logits are wanted, and where. */
  #want(row: number, answer: Float64Array, at: number): void {
    this.#wantedRows[this.#wanted] = row;
    this.#answers[this.#wanted] = answer;
    this.#answerOffsets[this.#wanted++] = at;
  }

  /** Multiplies the wanted rows by the head; their logits go where they are wanted. */
  #readLogits(): void {
    const { head } = this.#layout;
    const { f32 } = this.#arena;
    const { vocabSize } = this.spec;
    const c = this.#width;
    const x = this.#x / 4;
    for (let i = 0; i < this.#wanted; i++) {
      // To the front, and never onto a row that is still to be moved.
      const row = this.#wantedRows[i] as number;
      if (row !== i) f32.copyWithin(x + i * c, x + row * c, x + (row + 1) * c);
    }
    this.#multiply(this.#x, head, this.#logits, this.#wanted, MatmulMode.store);
    for (let i = 0; i < this.#wanted; i++) {
      const from = this.#logits / 4 + i * head.rows;
      const at = this.#answerOffsets[i] as number;
      const to = this.#answers[i] as Float64Array;
      for (let v = 0; v < vocabSize; v++) to[at + v] = f32[from + v] as number;
    }
  }

  /** `out` (+)= x·Wᵀ, `[N, in] → [N, out]`. */
  #multiply(x: number, matrix: Matrix, out: number, rows: number, mode: number): void {
    const { rows: n, columns: k } = matrix;
    this.#arena.kernels.matmul(x, k, this.#packed.of(matrix), out, n, rows, n, k, mode);
  }
}

/** A sequence and the address of its cache: keys and values, `[L, B, 2C]`. */
class CachedSequence implements Sequence {
  readonly model: SimdGpt;
  readonly address: number;
  length = 0;
  #closed = false;

  constructor(model: SimdGpt, address: number) {
    this.model = model;
    this.address = address;
  }

  truncate(length: number): void {
    this.requireOpen();
    if (!(length >= 0 && length <= this.length)) {
      throw new RangeError(`Cannot truncate to ${length}: the sequence has ${this.length} tokens`);
    }
    this.length = length;
  }

  fork(): CachedSequence {
    this.requireOpen();
    const copy = new CachedSequence(this.model, this.model.copyCache(this.address));
    copy.length = this.length;
    return copy;
  }

  close(): void {
    if (!this.#closed) this.model.freeCache(this.address);
    this.#closed = true;
  }

  requireOpen(): void {
    if (this.#closed) throw new TypeError("Cannot use a sequence: it is closed");
  }
}
