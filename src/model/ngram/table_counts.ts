import { checkToken, type Token, type TokenTexts } from "../language_model.ts";
import { NgramCounts, ROOT, type Successors } from "./ngram_counts.ts";

/** Counts of n-grams in hash tables: for any vocabulary and any order. */
export class TableCounts extends NgramCounts {
  /** A context and the token before it → the number of the longer context, less one. */
  readonly #contexts: PairTable;

  /** See `countNgrams`. */
  constructor(texts: TokenTexts, order: number, vocabSize: number) {
    const contexts = new PairTable();
    const pairs = new PairTable();
    const counts: number[] = [];
    for (let t = 0; t < texts.length; t++) {
      const text = texts.at(t) ?? [];
      for (const token of text) checkToken(token, vocabSize);
      for (let i = texts.given?.(t) ?? 1; i < text.length; i++) {
        const token = text[i] as Token;
        let context = ROOT;
        for (let back = 1;; back++) {
          const pair = pairs.add(context, token);
          counts[pair] = (counts[pair] ?? 0) + 1;
          if (back >= order || back > i) break;
          context = contexts.add(context, text[i - back] as Token) + 1;
        }
      }
    }
    super(successorsOf(contexts.size + 1, pairs, counts));
    this.#contexts = contexts;
  }

  /** See {@linkcode NgramCounts.longer}. */
  override longer(context: number, token: Token): number {
    const found = this.#contexts.find(context, token);
    return found < 0 ? -1 : found + 1;
  }
}

/** Puts the pairs of each of `contexts` contexts, and a token that followed it, side by side. */
function successorsOf(contexts: number, pairs: PairTable, seen: readonly number[]): Successors {
  const begins = new Int32Array(contexts + 1);
  const totals = new Int32Array(contexts);
  const tokens = new Int32Array(pairs.size);
  const counts = new Int32Array(pairs.size);
  pairs.forEach((context, _, pair) => {
    begins[context + 1] = (begins[context + 1] as number) + 1;
    totals[context] = (totals[context] as number) + (seen[pair] as number);
  });
  for (let i = 1; i < begins.length; i++) {
    begins[i] = (begins[i] as number) + (begins[i - 1] as number);
  }
  const next = begins.slice();
  pairs.forEach((context, token, pair) => {
    const at = next[context] as number;
    next[context] = at + 1;
    tokens[at] = token;
    counts[at] = seen[pair] as number;
  });
  return { begins, tokens, counts, totals };
}

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
