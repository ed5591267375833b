/**
 * Functions of one row of a large vocabulary, by passes of WebAssembly kernels (`kernels/`) over their
 * memory. They are those of smaller rows ({@linkcode ../distribution.ts} and the warpers) with two
 * differences, which is why a small row never comes here: sums are of several numbers side by side, so
 * that their last bits differ, and exponentials are within 2 units in the last place, not 1.
 *
 * A row that is made by {@linkcode workRow} is in that memory already; any other is copied there and
 * back. None of the functions keeps anything, and none calls another one's caller.
 *
 * Shapes: `V` tokens in the vocabulary; rows are `[V]`.
 *
 * @module
 */
import * as kernels from "./kernels.wasm";

/** The most tokens of a vocabulary that is not large: more than a corpus of characters has. */
const MOST_OF_SMALL = 16_384;
/** Where in the memory the parts for large rows begin: after a small row. */
const FIRST = 4 * 65_536;
/** A WebAssembly page. */
const PAGE = 65_536;

/** Whether a row is one of a large vocabulary. */
export function isLarge({ length }: { readonly length: number }): boolean {
  return length > MOST_OF_SMALL;
}

/** The addresses of what a function of a row needs, each with room for the longest row so far. */
interface Parts {
  /** The row that is lent out by {@linkcode workRow}. */
  readonly work: number;
  /** A row from elsewhere. */
  readonly guest: number;
  /** Exponentials. */
  readonly exponentials: number;
  /** Indices of tokens, i32. */
  readonly members: number;
  /** Bins of tokens, u16. */
  readonly places: number;
  /** What the bins hold. */
  readonly bins: number;
  /** Four numbers that a kernel returns. */
  readonly result: number;
}

// One memory for all, as the kernels are one module for each thread.
let room = 0;
let parts: Parts | undefined;
let memory = new Float64Array(kernels.memory.buffer);

/** The parts of the memory, with room for rows of `length`. */
function partsFor(length: number): Parts {
  // The other rows of this thread may have grown the memory.
  if (memory.length === 0) memory = new Float64Array(kernels.memory.buffer);
  if (parts !== undefined && length <= room) return parts;
  room = Math.ceil((length + 8) / 16) * 16;
  let end = FIRST;
  const next = (bytes: number): number => {
    const begin = end;
    end += Math.ceil(bytes / 16) * 16;
    return begin;
  };
  parts = {
    work: next(8 * room),
    guest: next(8 * room),
    exponentials: next(8 * room),
    members: next(4 * room + 16),
    places: next(2 * room + 16),
    bins: next(16 * 1025),
    result: next(32),
  };
  const missing = end - kernels.memory.buffer.byteLength;
  if (missing > 0) {
    kernels.memory.grow(Math.ceil(missing / PAGE));
    memory = new Float64Array(kernels.memory.buffer);
  }
  return parts;
}

function rowAt(address: number, length: number): Float64Array {
  return memory.subarray(address / 8, address / 8 + length);
}

/**
 * A row of `length` numbers in the kernels' memory, of any value. There is one: it is the caller's until
 * it returns, so that nothing that may ask for another is called meanwhile.
 */
export function workRow(length: number): Float64Array {
  return rowAt(partsFor(length).work, length);
}

/** The address of `row`, which is copied if it is elsewhere. */
function addressOf(row: Float64Array, parts: Parts): number {
  if (isWorkRow(row, parts)) return parts.work;
  memory.set(row, parts.guest / 8);
  return parts.guest;
}

function isWorkRow(row: Float64Array, { work }: Parts): boolean {
  return row.buffer === memory.buffer && row.byteOffset === work;
}

/** Changes `row` by a function of its address. */
function change(row: Float64Array, by: (x: number, parts: Parts) => void): void {
  const parts = partsFor(row.length);
  const x = addressOf(row, parts);
  by(x, parts);
  if (x === parts.guest) row.set(rowAt(x, row.length));
}

/** The largest of `row`; NaN if one is. */
export function largestOf(row: Float64Array): number {
  return kernels.largest(addressOf(row, partsFor(row.length)), row.length);
}

/** Turns logits into probabilities. */
export function softmaxOf(row: Float64Array): void {
  const { length } = row;
  change(row, (x) => {
    const sum = kernels.exponentials(x, x, length, kernels.largest(x, length));
    kernels.divide(x, length, sum);
  });
}

/** The largest logit, and ln Σ exp(logit − largest), nats. */
export function normaliserOf(row: Float64Array): { readonly largest: number; logSum: number } {
  const x = addressOf(row, partsFor(row.length));
  const largest = kernels.largest(x, row.length);
  return { largest, logSum: Math.log(kernels.sumOfExponentials(x, row.length, largest)) };
}

/** Divides each of `row`. */
export function divideBy(row: Float64Array, divisor: number): void {
  change(row, (x) => kernels.divide(x, row.length, divisor));
}

/** Sets the logits below `least(largest)` to −∞. */
export function keepFromLargest(row: Float64Array, least: (largest: number) => number): void {
  const { length } = row;
  change(row, (x) => kernels.keepFrom(x, length, least(kernels.largest(x, length))));
}

/** Sets the logits that are more than `n` standard deviations below the largest to −∞. */
export function keepWithinDeviations(row: Float64Array, n: number): void {
  const { length } = row;
  change(row, (x, { result }) => {
    const sum = kernels.sumOf(x, length, result);
    const count = memory[result / 8] as number;
    const deviation = Math.sqrt(kernels.squares(x, length, sum / count) / count);
    kernels.keepFrom(x, length, kernels.largest(x, length) - n * deviation);
  });
}

/**
 * Sets the logits of tokens of less probability than `least(entropy)` (nats) to −∞, but never that of
 * the most probable and its equals.
 */
export function keepProbable(row: Float64Array, least: (entropy: number) => number): void {
  const { length } = row;
  change(row, (x, { exponentials: e, result }) => {
    const largest = kernels.largest(x, length);
    const sum = kernels.exponentialsWithMean(x, e, length, largest, result);
    const entropy = Math.log(sum) - (memory[result / 8] as number) / sum;
    const threshold = Math.min(least(entropy), 1 / sum);
    kernels.keepSelected(x, e, length, smallestReaching(threshold, sum), length);
  });
}

/** The smallest number above 0 that, divided by `sum`, is at least `threshold`. */
function smallestReaching(threshold: number, sum: number): number {
  let number = threshold * sum;
  const step = Math.max(number * 2 ** -53, Number.MIN_VALUE);
  while ((number - step) / sum >= threshold && number - step < number) number -= step;
  while (number / sum < threshold) number += 2 * step;
  return number;
}

/** Keeps the `k` largest, of equal ones the first, and sets the others to −∞. */
export function keepLargest(row: Float64Array, k: number): void {
  const { length } = row;
  change(row, (x, { members, places, bins, result }) => {
    kernels.select(x, 0, length, k, length, members, places, bins, result);
    keepSelected(x, length, result);
  });
}

/** Keeps the fewest of the most probable tokens that reach the mass `p`, and sets the others to −∞. */
export function keepMass(row: Float64Array, p: number): void {
  const { length } = row;
  change(row, (x, { exponentials: e, members, places, bins, result }) => {
    if (!kernels.selectRoughly(x, length, p, e, members, places, bins, result)) {
      const sum = kernels.exponentials(x, e, length, kernels.largest(x, length));
      kernels.select(x, e, length, p * sum, sum, members, places, bins, result);
    }
    keepSelected(x, length, result);
  });
}

/** Keeps what {@linkcode kernels.select} has selected by the numbers at `x` themselves. */
function keepSelected(x: number, length: number, result: number): void {
  const [threshold, last] = selected(result);
  if (threshold > -Infinity) kernels.keepSelected(x, x, length, threshold, last);
}

/** Keeps the fewest tokens of the most typical surprisal that reach the mass `p`; see `typical_p`. */
export function keepTypicalMass(row: Float64Array, p: number): void {
  const { length } = row;
  change(row, (x, { exponentials: e, members, places, bins, result }) => {
    let mean: number;
    if (kernels.selectNearRoughly(x, length, p, e, members, places, bins, result)) {
      mean = memory[result / 8 + 2] as number;
    } else {
      const largest = kernels.largest(x, length);
      const sum = kernels.exponentialsWithMean(x, e, length, largest, result);
      mean = largest + (memory[result / 8] as number) / sum;
      kernels.selectNear(x, mean, e, length, p * sum, sum, members, places, bins, result);
    }
    const [threshold, last] = selected(result);
    if (threshold > -Infinity) kernels.keepNear(x, mean, length, threshold, last);
  });
}

/** The key of the last token that a kernel has selected, and its place; −∞ where all are. */
function selected(result: number): readonly [threshold: number, last: number] {
  return [memory[result / 8] as number, memory[result / 8 + 1] as number];
}
