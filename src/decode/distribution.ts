/**
 * Functions of one row of logits, `[V]`. Each runs once or twice for every token that is decoded, so
 * that exponentials come from WebAssembly kernels (`kernels/`), in f64, and loops are plain.
 *
 * @module
 */
import { pooledArray } from "../model/pooled_arrays.ts";
import * as kernels from "./kernels.wasm";

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
  const probabilities = pooledArray(logits.length);
  const row = load(logits);
  kernels.softmax(ROW, logits.length);
  for (let i = 0; i < logits.length; i++) probabilities[i] = row[FIRST + i] as number;
  return probabilities;
}

/** Turns logits `[V]` into probabilities. */
export function softmaxInPlace(logits: Float64Array): void {
  const row = load(logits);
  kernels.softmax(ROW, logits.length);
  for (let i = 0; i < logits.length; i++) logits[i] = row[FIRST + i] as number;
}

/** Natural logarithm of the softmax, `[V] → [V]`, without the rounding of small probabilities. */
export function logSoftmax(logits: Float64Array): Float64Array {
  const row = load(logits);
  const logSum = Math.log(kernels.shiftedSum(ROW, logits.length));
  const largest = row[largestOf(logits)] as number;
  const logProbs = pooledArray(logits.length);
  for (let i = 0; i < logits.length; i++) {
    logProbs[i] = ((logits[i] as number) - largest) - logSum;
  }
  return logProbs;
}

/** The log-probability of one token, nats: one entry of {@linkcode logSoftmax}. */
export function logProbability(logits: Float64Array, token: number): number {
  const row = load(logits);
  const logSum = Math.log(kernels.shiftedSum(ROW, logits.length));
  // In this order: a logarithm near 0 would be rounded away in largest + logSum.
  return ((logits[token] as number) - (row[largestOf(logits)] as number)) - logSum;
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
  return Array.from(values.keys()).sort((a, b) =>
    (values[b] as number) - (values[a] as number) || a - b
  );
}

/** The kernels' memory as numbers, with `logits` at {@linkcode ROW}. */
function load(logits: Float64Array): Float64Array {
  // With one number to make pairs, and one for the largest.
  const missing = FIRST + logits.length + 2 - memory.length;
  if (missing > 0) {
    kernels.memory.grow(Math.ceil(8 * missing / PAGE));
    memory = new Float64Array(kernels.memory.buffer);
  }
  for (let i = 0; i < logits.length; i++) memory[FIRST + i] = logits[i] as number;
  return memory;
}

/** Where `shiftedSum` leaves the largest of the logits. */
function largestOf({ length }: Float64Array): number {
  return FIRST + length + (length & 1);
}
