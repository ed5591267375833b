/** Slots to begin with; a power of two, as ever after. */
const FIRST_SLOTS = 1024;

/**
 * A map from pairs of small integers to the numbers 0, 1, 2, … in the order in which the pairs were
 * first seen: an open-addressing hash table in typed arrays, which allocates nothing for a pair and is
 * exact whatever the vocabulary.
 */
export class PairTable {
  #firsts = new Int32Array(FIRST_SLOTS);
  #seconds = new Int32Array(FIRST_SLOTS);
  /** The pair's number plus one; 0 where the slot is free. */
  #numbers = new Int32Array(FIRST_SLOTS);
  #size = 0;

  /** Pairs in the table. */
  get size(): number {
    return this.#size;
  }

  /** The number of a pair, or −1 if it was never added. */
  find(first: number, second: number): number {
    return (this.#numbers[this.#slot(first, second)] as number) - 1;
  }

  /** The number of a pair, which is added if it is new. */
  add(first: number, second: number): number {
    let slot = this.#slot(first, second);
    const number = (this.#numbers[slot] as number) - 1;
    if (number >= 0) return number;
    if (2 * this.#size >= this.#numbers.length) {
      this.#grow();
      slot = this.#slot(first, second);
    }
    this.#put(slot, first, second, ++this.#size);
    return this.#size - 1;
  }

  /** Calls `visit` with every pair and its number, in no particular order. */
  forEach(visit: (first: number, second: number, number: number) => void): void {
    for (let slot = 0; slot < this.#numbers.length; slot++) {
      const number = (this.#numbers[slot] as number) - 1;
      if (number >= 0) visit(this.#firsts[slot] as number, this.#seconds[slot] as number, number);
    }
  }

  /** Where the pair is, or the free slot where it would be. */
  #slot(first: number, second: number): number {
    const mask = this.#numbers.length - 1;
    // Multiplication by odd constants near 2³² / φ spreads small integers over the upper bits.
    const mixed = Math.imul(Math.imul(first, 0x9e3779b1) + second, 0x85ebca6b);
    let slot = (mixed ^ (mixed >>> 15)) & mask;
    while (
      this.#numbers[slot] !== 0 &&
      (this.#firsts[slot] !== first || this.#seconds[slot] !== second)
    ) slot = (slot + 1) & mask;
    return slot;
  }

  #put(slot: number, first: number, second: number, number: number): void {
    this.#firsts[slot] = first;
    this.#seconds[slot] = second;
    this.#numbers[slot] = number;
  }

  #grow(): void {
    const firsts = this.#firsts;
    const seconds = this.#seconds;
    const numbers = this.#numbers;
    this.#firsts = new Int32Array(2 * numbers.length);
    this.#seconds = new Int32Array(2 * numbers.length);
    this.#numbers = new Int32Array(2 * numbers.length);
    for (let i = 0; i < numbers.length; i++) {
      if (numbers[i] === 0) continue;
      const first = firsts[i] as number;
      const second = seconds[i] as number;
      this.#put(this.#slot(first, second), first, second, numbers[i] as number);
    }
  }
}
