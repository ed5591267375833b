/**
 * Parts of the warpers that keep some tokens and forbid the others: by rank, the first tokens until
 * there are enough by number or by mass; or by a threshold, every token that reaches it, so that equal
 * tokens are kept or dropped together.
 *
 * @module
 */

/**
 * Tokens by descending key, of equal ones the lower ids first, sorted only as far as they are taken:
 * a heap, from which a warper that keeps five tokens takes five. It reuses its memory: each warper
 * creates one ranking for all of its choices, and `begin` starts the next.
 */
export class Ranking {
  #keys: Float64Array = new Float64Array();
  /** Tokens that have not been taken: each before those at twice its place and one or two more. */
  #heap = new Int32Array();
  #left = 0;

  /** Ranks the tokens by `keys` `[V]`, which must stay as they are until the last one is taken. */
  begin(keys: Float64Array): void {
    const { length } = keys;
    if (this.#heap.length < length) this.#heap = new Int32Array(length);
    this.#keys = keys;
    this.#left = length;
    for (let i = 0; i < length; i++) this.#heap[i] = i;
    for (let i = (length >> 1) - 1; i >= 0; i--) this.#sink(i, i);
  }

  /** Takes the next token; there must be one. */
  take(): number {
    const best = this.#heap[0] as number;
    this.#left -= 1;
    this.#sink(0, this.#heap[this.#left] as number);
    return best;
  }

  /** Sets the logits of all tokens that have not been taken to −∞. */
  forbidRest(logits: Float64Array): void {
    for (let i = 0; i < this.#left; i++) logits[this.#heap[i] as number] = -Infinity;
  }

  /** Keeps the next tokens until their mass reaches `p`, and sets the logits of the others to −∞. */
  keepMass(logits: Float64Array, probabilities: Float64Array, p: number): void {
    let mass = 0;
    for (let kept = 0; kept < logits.length && mass < p; kept++) {
      mass += probabilities[this.take()] as number;
    }
    this.forbidRest(logits);
  }

  /** Puts `token` at the free `place`, or as far below it as the order demands. */
  #sink(place: number, token: number): void {
    const heap = this.#heap;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= this.#left) break;
      const sibling = child + 1;
      if (sibling < this.#left && this.#before(heap[sibling] as number, heap[child] as number)) {
        child = sibling;
      }
      if (!this.#before(heap[child] as number, token)) break;
      heap[place] = heap[child] as number;
      place = child;
    }
    heap[place] = token;
  }

  #before(a: number, b: number): boolean {
    const left = this.#keys[a] as number;
    const right = this.#keys[b] as number;
    return left > right || left === right && a < b;
  }
}

/** Throws a `RangeError` unless `p` is above 0 and at most 1. */
export function checkMass(what: string, p: number): void {
  if (!(p > 0 && p <= 1)) {
    throw new RangeError(`Cannot keep the ${what} ${p}: expected a number above 0, at most 1`);
  }
}

/** Sets the logits of the tokens whose `values` `[V]` are below `threshold` to −∞. */
export function keepFrom(logits: Float64Array, values: Float64Array, threshold: number): void {
  for (let i = 0; i < logits.length; i++) {
    if ((values[i] as number) < threshold) logits[i] = -Infinity;
  }
}

/** The largest of `values`, −∞ if there are none. */
export function largest(values: Float64Array): number {
  let largest = -Infinity;
  for (let i = 0; i < values.length; i++) {
    if ((values[i] as number) > largest) largest = values[i] as number;
  }
  return largest;
}

/** Throws a `RangeError` unless `share` is from 0 to 1. */
export function checkShare(what: string, share: number): void {
  if (!(share >= 0 && share <= 1)) {
    throw new RangeError(`Cannot keep from ${what} ${share}: expected a number from 0 to 1`);
  }
}
