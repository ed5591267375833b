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

/**
 * The contexts as a trie, read from the newest token back: so that the way down from the root passes
 * every shorter context, and ends at the longest one that was seen. Contexts are numbered from
 * {@linkcode ROOT} on.
 */
export interface NgramCounts {
  /** How many different n-grams there are, of all lengths. */
  readonly size: number;
  /** The context that is `context` with `token` before it, or −1 if that was never seen. */
  longer(context: number, token: Token): number;
  /** How many tokens followed `context`: c(h). */
  total(context: number): number;
  /** How many different ones did: T(h). */
  distinct(context: number): number;
  /** `row[w] += scale · c(h w)` for every token `w`; `row` is `[V]`. */
  addTo(row: Float64Array, context: number, scale: number): void;
}
