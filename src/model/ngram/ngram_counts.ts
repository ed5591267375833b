/**
 * How often each token followed each context of up to `n − 1` tokens in texts.
 *
 * Letters: `V` vocabulary, `n` the longest n-gram, `h` a context, `c(h w)` how often `w` followed it.
 *
 * @module
 */
import type { Token } from "../language_model.ts";

/** The context of no tokens. */
export const ROOT = 0;

/** So many tokens that followed a context are looked through. */
const FEW = 64;

/** The tokens that followed each context, side by side. */
export interface Successors {
  /** `[contexts + 1]` where those of each context begin, at least. */
  readonly begins: Int32Array;
  /** The tokens that followed, context by context. */
  readonly tokens: Int32Array;
  /** How often each did. */
  readonly counts: Int32Array | Uint32Array;
  /** `[contexts]` how often anything did, at least. */
  readonly totals: Int32Array | Float64Array;
}

/**
 * The contexts as a trie, read from the newest token back: so that the way down from the root passes
 * every shorter context, and ends at the longest one that was seen. Contexts are numbered from
 * {@linkcode ROOT} on. How they are found is each kind's own.
 */
export abstract class NgramCounts {
  readonly #begins: Int32Array;
  readonly #tokens: Int32Array;
  readonly #counts: Int32Array | Uint32Array;
  readonly #totals: Int32Array | Float64Array;
  /** The counts of what followed contexts that many different tokens followed, by token. */
  readonly #byToken = new Map<number, ReadonlyMap<Token, number>>();

  /** With these successors. */
  constructor({ begins, tokens, counts, totals }: Successors) {
    this.#begins = begins;
    this.#tokens = tokens;
    this.#counts = counts;
    this.#totals = totals;
  }

  /** The context that is `context` with `token` before it, or −1 if that was never seen. */
  abstract longer(context: number, token: Token): number;

  /** How many different n-grams there are, of all lengths. */
  get size(): number {
    return this.#tokens.length;
  }

  /** How many contexts there are. */
  get contexts(): number {
    return this.#totals.length;
  }

  /** How many tokens followed `context`: c(h). */
  total(context: number): number {
    return this.#totals[context] as number;
  }

  /** How many different ones did: T(h). */
  distinct(context: number): number {
    return (this.#begins[context + 1] as number) - (this.#begins[context] as number);
  }

  /** How often `token` followed `context`: c(h w). Takes a time that does not grow with V, after the first. */
  count(context: number, token: Token): number {
    const begin = this.#begins[context] as number;
    const end = this.#begins[context + 1] as number;
    if (end - begin > FEW) return this.#countsByToken(context).get(token) ?? 0;
    for (let i = begin; i < end; i++) {
      if (this.#tokens[i] === token) return this.#counts[i] as number;
    }
    return 0;
  }

  #countsByToken(context: number): ReadonlyMap<Token, number> {
    const known = this.#byToken.get(context);
    if (known !== undefined) return known;
    const counts = new Map<Token, number>();
    const end = this.#begins[context + 1] as number;
    for (let i = this.#begins[context] as number; i < end; i++) {
      counts.set(this.#tokens[i] as Token, this.#counts[i] as number);
    }
    this.#byToken.set(context, counts);
    return counts;
  }

  /** `row[w] += scale · c(h w)` for every token `w`; `row` is `[V]`. */
  addTo(row: Float64Array, context: number, scale: number): void {
    const end = this.#begins[context + 1] as number;
    for (let i = this.#begins[context] as number; i < end; i++) {
      const token = this.#tokens[i] as Token;
      row[token] = (row[token] as number) + scale * (this.#counts[i] as number);
    }
  }
}
