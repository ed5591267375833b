/**
 * Best-first search over prefixes. A prefix is at least as probable as all that begins with it, so
 * that a complete text no less probable than every prefix still open is the most probable of all
 * that have not been found: the texts come out in order, each with a proof.
 *
 * Complete is what EOS has ended and what has as many tokens as it may have.
 *
 * Shapes: `V` tokens in the vocabulary.
 *
 * @module
 */
import { OpenPrefixes } from "./frontier.ts";
import type { Complete } from "./prefix.ts";
import type { Costs, DecodeRequest, Decoding } from "../strategy.ts";
import type { Warper } from "../warp/warper.ts";

/** What to search for, and how long. */
export interface SearchOptions {
  /** Applied to the target's logits, in order; default none. */
  readonly warpers?: readonly Warper[];
  /** The search ends with so many texts; default as many as there are. */
  readonly count?: number;
  /** Or when those found have this probability in all; default no limit. */
  readonly mass?: number;
  /** Or when this many rows have been read, and one more would be too many; default no limit. */
  readonly budget?: number;
}

/** What a search has shown. */
export interface Found {
  /** The most probable complete texts, in order: no other is more probable than the last. */
  readonly proven: readonly Complete[];
  /** Further ones that the search has come across when its budget ended, the best first. */
  readonly unproven: readonly Complete[];
  /** No text but the proven ones has a log-probability above this, nats; −∞ where there is none. */
  readonly bound: number;
}

/** The most probable complete texts of `request`, by falling probability. */
export function* mostProbable(
  request: DecodeRequest,
  costs: Costs,
  { warpers = [], count = Infinity, mass = Infinity, budget = Infinity }: SearchOptions = {},
): Decoding<Found> {
  const search = new OpenPrefixes(request, costs, warpers);
  const { complete, frontier } = search;
  const proven: Complete[] = [];
  let found = 0;
  try {
    yield* search.begin();
    while (proven.length < count && found < mass) {
      if (complete.highest >= frontier.highest) {
        const text = complete.pop();
        if (text === undefined) break;
        proven.push(text);
        found += Math.exp(text.score);
        continue;
      }
      // Below what is known to be complete there is nothing to find, if one text is all that is wanted.
      const floor = count - proven.length === 1 ? complete.highest : -Infinity;
      if (!(yield* search.expand(floor, budget - costs.targetRows))) break;
    }
    if (proven.length === 0 && complete.size === 0) yield* search.completeOne();
    const bound = Math.max(complete.highest, frontier.highest);
    const unproven: Complete[] = [];
    while (proven.length + unproven.length < count && complete.size > 0 && found < mass) {
      unproven.push(complete.pop() as Complete);
    }
    return { proven, unproven, bound };
  } finally {
    search.close();
  }
}
