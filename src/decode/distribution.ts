/**
 * Functions of one row of logits, `[V]`. Each runs once or twice for every token that is decoded, so
 * that exponentials come from WebAssembly kernels (`kernels/`), in f64, and loops are plain.
 *
 * @module
 */
import { pooledArray } from "../model/pooled_arrays.ts";
import { choose } from "../random/choose.ts";
import * as kernels from "./kernels.wasm";
import { isLarge, keepLargest, normaliserOf, softmaxOf } from "./large_rows.ts";

/** The address of a row in the kernels' memory: after their constants. */
const ROW = 4096;
/** The same as an index of numbers. */
const FIRST = ROW / 8;
/** A WebAssembly page. */
const PAGE = 65536;

// One memory for all callers, as the kernels are one module for each thread: a row is in it only within
// one of the functions below, none of which calls another.
let memory = new Float64Array(kernels.memory.buffer);

/** Softmax, `[V] → [V]`, shifted by the maximum; −∞ becomes exactly 0. */
export function softmax(logits: Float64Array): Float64Array {
  if (isLarge(logits)) {
    const probabilities = logits.slice();
    softmaxOf(probabilities);
    return probabilities;
  }
  const probabilities = pooledArray(logits.length);
  const row = load(logits);
  kernels.softmax(ROW, logits.length);
  for (let i = 0; i < logits.length; i++) probabilities[i] = row[FIRST + i] as number;
  return probabilities;
}

/**
 * Writes {@linkcode softmax} of a row of logits `[V]` that is not large into `probabilities` `[V]`; returns
 * their {@linkcode logNormaliser}.
 */
export function normalise(logits: Float64Array, probabilities: Float64Array): LogNormaliser {
  const row = load(logits);
  kernels.softmax(ROW, logits.length);
  for (let i = 0; i < logits.length; i++) probabilities[i] = row[FIRST + i] as number;
  const at = largestOf(logits);
  return { largest: row[at] as number, logSum: Math.log(row[at + 1] as number) };
}

/** Turns logits `[V]` into probabilities. */
export function softmaxInPlace(logits: Float64Array): void {
  if (isLarge(logits)) return softmaxOf(logits);
  const row = load(logits);
  kernels.softmax(ROW, logits.length);
  for (let i = 0; i < logits.length; i++) logits[i] = row[FIRST + i] as number;
}

/** Natural logarithm of the softmax, `[V] → [V]`, without the rounding of small probabilities. */
export function logSoftmax(logits: Float64Array): Float64Array {
  const { largest, logSum } = logNormaliser(logits);
  const logProbs = pooledArray(logits.length);
  for (let i = 0; i < logits.length; i++) {
    logProbs[i] = ((logits[i] as number) - largest) - logSum;
  }
  return logProbs;
}

/** The log-probability of one token, nats: one entry of {@linkcode logSoftmax}. */
export function logProbability(logits: Float64Array, token: number): number {
  const { largest, logSum } = logNormaliser(logits);
  // In this order: a logarithm near 0 would be rounded away in largest + logSum.
  return ((logits[token] as number) - largest) - logSum;
}

/** The numbers that turn logits into log-probabilities: (logit − largest) − logSum, nats. */
export interface LogNormaliser {
  /** The largest logit. */
  readonly largest: number;
  /** ln Σ exp(logit − largest). */
  readonly logSum: number;
}

/** The normaliser of a row of logits `[V]`. */
export function logNormaliser(logits: Float64Array): LogNormaliser {
  if (isLarge(logits)) return normaliserOf(logits);
  const row = load(logits);
  const logSum = Math.log(kernels.shiftedSum(ROW, logits.length));
  return { largest: row[largestOf(logits)] as number, logSum };
}

/** Numbers of a large row that are added up together. */
const RUN = 256;

/**
 * The token that a uniform number in [0, 1) draws by `weights` `[V]`, in any unit: {@linkcode choose},
 * whose sums are taken run by run where there are many.
 */
export function draw(weights: Float64Array, uniform: number): number {
  if (!isLarge(weights)) return choose(weights, uniform);
  const sums = new Float64Array(Math.ceil(weights.length / RUN));
  for (let run = 0; run < sums.length; run++) sums[run] = sumOfRun(weights, run);
  const total = sums.reduce((sum, one) => sum + one, 0);
  if (!(total > 0 && total < Infinity)) {
    throw new RangeError(
      `Cannot draw a token: expected weights with a sum above 0 and below ∞, it is ${total}`,
    );
  }
  const threshold = uniform * total;
  // The last run and the last token with a weight, where rounding leaves the threshold past them.
  let run = 0;
  let before = 0;
  for (let i = 0, cumulative = 0; i < sums.length; i++) {
    const sum = sums[i] as number;
    if (sum === 0) continue;
    [run, before] = [i, cumulative];
    cumulative += sum;
    if (threshold < cumulative) break;
  }
  const end = Math.min(weights.length, (run + 1) * RUN);
  let token = run * RUN;
  for (let i = token, cumulative = before; i < end; i++) {
    const weight = weights[i] as number;
    if (weight === 0) continue;
    token = i;
    cumulative += weight;
    if (threshold < cumulative) break;
  }
  return token;
}

function sumOfRun(weights: Float64Array, run: number): number {
  const end = Math.min(weights.length, (run + 1) * RUN);
  let even = 0;
  let odd = 0;
  let i = run * RUN;
  for (; i + 1 < end; i += 2) {
    even += weights[i] as number;
    odd += weights[i + 1] as number;
  }
  return even + odd + (i < end ? weights[i] as number : 0);
}

/** ln Σ exp of the log-probabilities of `tokens`. */
export function logSumOf(tokens: readonly number[], logProbOf: (token: number) => number): number {
  const [only, ...others] = tokens;
  if (only !== undefined && others.length === 0) return logProbOf(only);
  const all = tokens.map(logProbOf);
  const largest = Math.max(...all);
  return largest + Math.log(all.reduce((sum, one) => sum + Math.exp(one - largest), 0));
}

/** The index of the largest value; of equal ones the lowest. */
export function argmax(values: Float64Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) {
    if ((values[i] as number) > (values[best] as number)) best = i;
  }
  return best;
}

/** All indices by descending value; of equal ones the lower first. */
export function ranked(values: Float64Array): number[] {
  return inOrder(Array.from(values.keys()), values);
}

/** The first `count` of {@linkcode ranked}, but none whose value is −∞. */
export function firstRanked(values: Float64Array, count: number): number[] {
  const isThere = (index: number): boolean => values[index] !== -Infinity;
  if (count >= values.length || !isLarge(values)) {
    return ranked(values).slice(0, count).filter(isThere);
  }
  // Not in the work row: an observer ranks what a strategy has in it.
  const kept = values.slice();
  keepLargest(kept, count);
  const indices: number[] = [];
  for (let i = 0; i < kept.length; i++) if (kept[i] !== -Infinity) indices.push(i);
  return inOrder(indices, values);
}

function inOrder(indices: number[], values: Float64Array): number[] {
  return indices.sort((a, b) => (values[b] as number) - (values[a] as number) || a - b);
}

/** The kernels' memory as numbers, with `logits` at {@linkcode ROW}. */
function load(logits: Float64Array): Float64Array {
  // With one number to make pairs, and two for the largest and a sum.
  const end = FIRST + logits.length + 3;
  if (end > memory.length) {
    const missing = 8 * end - kernels.memory.buffer.byteLength;
    if (missing > 0) kernels.memory.grow(Math.ceil(missing / PAGE));
    memory = new Float64Array(kernels.memory.buffer);
  }
  for (let i = 0; i < logits.length; i++) memory[FIRST + i] = logits[i] as number;
  return memory;
}

/** Where `softmax` and `shiftedSum` leave the largest of the logits; `softmax` leaves the sum after it. */
function largestOf({ length }: Float64Array): number {
  return FIRST + length + (length & 1);
}
