import { mostProbable } from "./best_first.ts";
import { searchResult } from "./search_result.ts";
import { noCosts, type Strategy } from "../strategy.ts";

/** What to search for, and how long. */
export interface ExactOptions {
  /** Texts returned, at most: the most probable ones; default 1, the mode. */
  readonly nBest?: number;
  /** Rows of the target after which the search gives up; default none. */
  readonly budget?: number;
}

/**
 * The most probable texts of all, with a proof (`search`): by best-first search over prefixes. Where
 * the budget ends before the proof, the best texts found until then, and a bound on the others. Where
 * it ends before any text was found, the most probable prefix is completed greedily, past the budget.
 */
export function exact({ nBest = 1, budget = Infinity }: ExactOptions = {}): Strategy {
  if (!(Number.isInteger(nBest) && nBest >= 1)) {
    throw new RangeError(
      `Cannot search for the ${nBest} most probable texts: expected an integer of at least 1`,
    );
  }
  if (!(budget >= 1)) {
    throw new RangeError(`Cannot search with a budget of ${budget} rows: expected at least 1`);
  }
  return function* (request) {
    const costs = noCosts();
    const found = yield* mostProbable(request, costs, { count: nBest, budget });
    const { proven, unproven, bound } = found;
    const optimal = unproven.length === 0 && (proven.length === nBest || bound === -Infinity);
    return { ...searchResult([...proven, ...unproven], costs), search: { optimal, bound } };
  };
}
