import { z } from "zod";
import { defineStrategy } from "../definition.ts";
import { mostProbable } from "./best_first.ts";
import { PREFIXES_PER_PASS } from "./frontier.ts";
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

/**
 * The strategy `exact`.
 *
 * @internal
 */
export const exactDefinition = defineStrategy({
  name: "exact",
  summary: "The most probable texts of all, with a proof",
  reference: "Stahlberg and Byrne, 2019, On NMT Search Errors and Model Errors",
  settings: {
    n_best: z.int().min(1).max(100_000).default(1).describe("Texts returned"),
    budget: z.int().min(1).default(1_000_000).describe(
      "Tokens that the target may read for a prompt, after which the best found is returned, with " +
        "a bound on the rest",
    ),
  },
  unsaid: { n_best: 1, budget: 1_000_000 },
  isDeterministic: true,
  isSearch: true,
  sequences: () => PREFIXES_PER_PASS,
  texts: ({ n_best }) => n_best,
  create: ({ n_best, budget }) => exact({ nBest: n_best, budget }),
});
