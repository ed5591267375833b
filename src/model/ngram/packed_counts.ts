/**
 * Counts of n-grams by keys that are numbers: counted in one pass, sorted, and those of each order
 * derived from those of the order above.
 *
 * Letters: `V` vocabulary, `n` the longest n-gram, `B = V + 1` the base that keys are written in. A key
 * has a digit for each token of an n-gram: from the one before the last back to the first, and then the
 * last one. Where a text begins, the digit `V` stands for the tokens that are missing.
 *
 * @module
 */
import { checkToken, type Token, type TokenTexts } from "../language_model.ts";
import { NgramCounts } from "./ngram_counts.ts";

/** Whether the keys of such n-grams are exact. */
export function fitsKeys(order: number, vocabSize: number): boolean {
  return (vocabSize + 1) ** order <= Number.MAX_SAFE_INTEGER;
}

/** Different keys, those of a context side by side, and how often each came. */
interface CountedKeys {
  readonly keys: Uint32Array | Float64Array;
  readonly counts: Uint32Array;
}

/** Counts of n-grams whose keys are exact: see {@linkcode fitsKeys}. */
export class PackedCounts extends NgramCounts {
  /** `[contexts]` the oldest token of each; those of one length are sorted, newest token first. */
  readonly #oldest: Int32Array;
  /** `[contexts + 1]` where the contexts begin that are each with one more token before it. */
  readonly #longer: Int32Array;

  /** See `countNgrams`. */
  constructor(texts: TokenTexts, order: number, vocabSize: number) {
    const base = vocabSize + 1;
    let counted = countKeys(texts, order, vocabSize);
    const levels: Level[] = [];
    for (let length = order - 1; length >= 0; length--) {
      levels.unshift(new Level(counted, length, base, levels[0]));
      if (length > 0) counted = withoutOldest(counted, base);
    }
    const contexts = sum(levels.map(({ contexts }) => contexts.length));
    const successors = sum(levels.map(({ successors }) => successors.length));
    const oldest = new Int32Array(contexts);
    const longerBegins = new Int32Array(contexts + 1);
    const begins = new Int32Array(contexts + 1);
    const tokens = new Int32Array(successors);
    const counts = new Uint32Array(successors);
    const totals = new Float64Array(contexts);
    let context = 0;
    let successor = 0;
    let longer = 1;
    for (const level of levels) {
      tokens.set(level.successors, successor);
      counts.set(level.counts, successor);
      for (let i = 0; i < level.contexts.length; i++, context++) {
        oldest[context] = (level.contexts[i] as number) % base;
        begins[context] = successor + (level.begins[i] as number);
        totals[context] = level.totals[i] as number;
        longerBegins[context] = longer;
        longer += level.longer[i] as number;
      }
      successor += level.successors.length;
    }
    begins[context] = successor;
    longerBegins[context] = longer;
    super({ begins, tokens, counts, totals });
    this.#oldest = oldest;
    this.#longer = longerBegins;
  }

  /** See {@linkcode NgramCounts.longer}. */
  override longer(context: number, token: Token): number {
    let low = this.#longer[context] as number;
    let high = this.#longer[context + 1] as number;
    while (low < high) {
      const middle = low + high >>> 1;
      if ((this.#oldest[middle] as number) < token) low = middle + 1;
      else high = middle;
    }
    return low < (this.#longer[context + 1] as number) && this.#oldest[low] === token ? low : -1;
  }
}

/** The contexts of one length and what followed them. */
class Level {
  /** The contexts' keys, ascending: those that reach back beyond a text's beginning are left out. */
  readonly contexts: Float64Array;
  /** `[contexts]` where the successors of each begin. */
  readonly begins: Int32Array;
  /** `[contexts]` how often anything followed. */
  readonly totals: Float64Array;
  /** `[contexts]` how many contexts of the level below are each with one more token before it. */
  readonly longer: Int32Array;
  /** The tokens that followed, context by context. */
  readonly successors: Int32Array;
  /** How often each did. */
  readonly counts: Uint32Array;

  /** From the n-grams of one token more than `length`, and the level of contexts of that length. */
  constructor({ keys, counts }: CountedKeys, length: number, base: number, below?: Level) {
    const missing = base - 1;
    const isWhole = (context: number): boolean => length === 0 || context % base !== missing;
    let contexts = 0;
    let successors = 0;
    let before = -1;
    for (let i = 0; i < keys.length; i++) {
      const context = Math.floor((keys[i] as number) / base);
      if (!isWhole(context)) continue;
      successors++;
      if (context !== before) contexts++;
      before = context;
    }
    // Of no texts at all the context of no tokens is still there.
    const isEmpty = length === 0 && contexts === 0;
    this.contexts = new Float64Array(isEmpty ? 1 : contexts);
    this.begins = new Int32Array(this.contexts.length);
    this.totals = new Float64Array(this.contexts.length);
    this.longer = new Int32Array(this.contexts.length);
    this.successors = new Int32Array(successors);
    this.counts = new Uint32Array(successors);
    let at = -1;
    let put = 0;
    before = -1;
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as number;
      const context = Math.floor(key / base);
      if (!isWhole(context)) continue;
      if (context !== before) {
        this.contexts[++at] = context;
        this.begins[at] = put;
        before = context;
      }
      const count = counts[i] as number;
      this.successors[put] = key - context * base;
      this.counts[put++] = count;
      this.totals[at] = (this.totals[at] as number) + count;
    }
    if (below !== undefined) this.#countLonger(below.contexts, base);
  }

  #countLonger(below: Float64Array, base: number): void {
    let at = 0;
    for (let i = 0; i < below.length; i++) {
      const shorter = Math.floor((below[i] as number) / base);
      while (this.contexts[at] !== shorter) at++;
      this.longer[at] = (this.longer[at] as number) + 1;
    }
  }
}

/** The same n-grams without their first token. */
function withoutOldest({ keys, counts }: CountedKeys, base: number): CountedKeys {
  const next = new (keys instanceof Uint32Array ? Uint32Array : Float64Array)(keys.length);
  const sums = new Uint32Array(keys.length);
  const bySuccessor = new Uint32Array(base);
  const seen = new Int32Array(base);
  let length = 0;
  for (let i = 0; i < keys.length;) {
    // Contexts that differ in their oldest token alone are side by side.
    const shorter = Math.floor(Math.floor((keys[i] as number) / base) / base);
    const end = (shorter + 1) * base * base;
    let different = 0;
    for (; i < keys.length && (keys[i] as number) < end; i++) {
      const successor = (keys[i] as number) % base;
      if (bySuccessor[successor] === 0) seen[different++] = successor;
      bySuccessor[successor] = (bySuccessor[successor] as number) + (counts[i] as number);
    }
    for (let j = 0; j < different; j++) {
      const successor = seen[j] as number;
      next[length] = shorter * base + successor;
      sums[length++] = bySuccessor[successor] as number;
      bySuccessor[successor] = 0;
    }
  }
  return { keys: next.subarray(0, length), counts: sums.subarray(0, length) };
}

/** The keys of the n-grams of exactly `order` tokens, one that ends at each token but the given ones. */
function countKeys(texts: TokenTexts, order: number, vocabSize: number): CountedKeys {
  const base = vocabSize + 1;
  const newest = base ** (order - 2);
  const counter = new KeyCounter(base ** order);
  // A context in which everything is missing.
  let nothing = 0;
  for (let i = 1; i < order; i++) nothing = nothing * base + vocabSize;
  for (let t = 0; t < texts.length; t++) {
    const text = texts.at(t) ?? [];
    const given = texts.given?.(t) ?? 1;
    let context = nothing;
    for (let i = 0; i < text.length; i++) {
      const token = text[i] as Token;
      checkToken(token, vocabSize);
      if (i >= given) counter.add(context * base + token);
      if (order > 1) context = Math.floor(context / base) + token * newest;
    }
  }
  return counter.counted();
}

/** Keys that are counted at first; then as many as there are different ones. */
const FIRST_KEYS = 2 ** 18;

/** Counts keys: they are gathered, and now and then sorted and merged with what was counted before. */
class KeyCounter {
  readonly #isShort: boolean;
  #gathered: Uint32Array | Float64Array;
  #spare: Uint32Array | Float64Array;
  #length = 0;
  #counted: CountedKeys;

  /** For keys below `end`. */
  constructor(end: number) {
    this.#isShort = end <= 2 ** 32;
    this.#gathered = this.#room(FIRST_KEYS);
    this.#spare = this.#room(this.#isShort ? FIRST_KEYS : 0);
    this.#counted = { keys: this.#room(0), counts: new Uint32Array(0) };
  }

  /** Counts one more `key`. */
  add(key: number): void {
    if (this.#length === this.#gathered.length) {
      this.#merge();
      if (this.#counted.keys.length > this.#gathered.length) {
        this.#gathered = this.#room(this.#counted.keys.length);
        this.#spare = this.#room(this.#isShort ? this.#counted.keys.length : 0);
      }
    }
    this.#gathered[this.#length++] = key;
  }

  /** The keys, ascending, and how often each was counted. */
  counted(): CountedKeys {
    this.#merge();
    return this.#counted;
  }

  #room(length: number): Uint32Array | Float64Array {
    return this.#isShort ? new Uint32Array(length) : new Float64Array(length);
  }

  #merge(): void {
    const sorted = this.#sorted();
    const { keys, counts } = this.#counted;
    const merged = this.#room(keys.length + different(sorted));
    const sums = new Uint32Array(merged.length);
    let length = 0;
    let i = 0;
    for (let j = 0; j < sorted.length;) {
      const key = sorted[j] as number;
      const begin = j;
      do j++; while (sorted[j] === key);
      for (; i < keys.length && (keys[i] as number) < key; i++) {
        merged[length] = keys[i] as number;
        sums[length++] = counts[i] as number;
      }
      merged[length] = key;
      sums[length++] = j - begin + (keys[i] === key ? counts[i++] as number : 0);
    }
    for (; i < keys.length; i++) {
      merged[length] = keys[i] as number;
      sums[length++] = counts[i] as number;
    }
    this.#counted = { keys: merged.subarray(0, length), counts: sums.subarray(0, length) };
    this.#length = 0;
  }

  #sorted(): Uint32Array | Float64Array {
    const gathered = this.#gathered.subarray(0, this.#length);
    return gathered instanceof Uint32Array && this.#spare instanceof Uint32Array
      ? radixSorted(gathered, this.#spare)
      : gathered.sort();
  }
}

/** How many different numbers there are. */
function different(sorted: Uint32Array | Float64Array): number {
  let count = 0;
  for (let i = 0; i < sorted.length; i++) if (i === 0 || sorted[i] !== sorted[i - 1]) count++;
  return count;
}

/** Bits that are sorted by at once. */
const DIGIT = 11;

/** `values` sorted, in one of the two arrays; both are written to, and `spare` is as long at least. */
function radixSorted(values: Uint32Array, spare: Uint32Array): Uint32Array {
  let from = values;
  let to = spare.subarray(0, values.length);
  const places = new Uint32Array(2 ** DIGIT);
  for (let shift = 0; shift < 32; shift += DIGIT) {
    places.fill(0);
    for (let i = 0; i < from.length; i++) {
      const digit = (from[i] as number) >>> shift & 2 ** DIGIT - 1;
      places[digit] = (places[digit] as number) + 1;
    }
    let place = 0;
    for (let digit = 0; digit < places.length; digit++) {
      const count = places[digit] as number;
      places[digit] = place;
      place += count;
    }
    for (let i = 0; i < from.length; i++) {
      const value = from[i] as number;
      const digit = value >>> shift & 2 ** DIGIT - 1;
      to[places[digit] as number] = value;
      places[digit] = (places[digit] as number) + 1;
    }
    [from, to] = [to, from];
  }
  return from;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
