/**
 * Exact search: best-first over prefixes. A prefix is at least as probable as every text that begins
 * with it, so that a complete text no less probable than every open prefix is the most probable of
 * those not yet found: the texts come out in order, each with a proof. The strategy returns the first of
 * them; the distribution over all texts is the oracle that samples are tested against.
 *
 * A text is complete when a stop token has ended it or when it has as many tokens as it may have.
 *
 * Shapes: `V` tokens in the vocabulary.
 *
 * @module
 */
import type { LanguageModel, Logits, StopTokens, Token } from "../../model/language_model.ts";
import { defineStrategy, type Zod } from "../definition.ts";
import {
  type Costs,
  type DecodeRequest,
  type DecodeResult,
  type Decoding,
  noCosts,
  type Strategy,
} from "../strategy.ts";
import type { Warper } from "../warp/warper.ts";
import { Frontier, PREFIXES_PER_PASS } from "./frontier.ts";
import { type Complete, searchResult, tokensOf, traceOf } from "./prefix.ts";

/** The limits of a best-first search, and its warpers. */
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

/** The result of a best-first search. */
export interface Found {
  /** The most probable complete texts, in order: no other is more probable than the last. */
  readonly proven: readonly Complete[];
  /** Other complete texts, found but not proved when the budget ended, best first. */
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
  const search = new Frontier(request, costs, warpers, count);
  const { complete, open } = search;
  const { observe } = request;
  const progress = () => ({
    rows: costs.targetRows,
    complete: complete.highest,
    open: open.highest,
  });
  const proven: Complete[] = [];
  let found = 0;
  try {
    yield* search.begin();
    observe?.({ kind: "search", ...progress() });
    while (proven.length < count && found < mass) {
      if (complete.highest >= open.highest) {
        const text = complete.pop();
        if (text === undefined) break;
        proven.push(text);
        observe?.({
          kind: "search",
          ...progress(),
          proved: { tokens: tokensOf(text), logProb: text.score },
        });
        found += Math.exp(text.score);
        continue;
      }
      // If one more text is wanted, prefixes below a known complete one are of no use.
      const floor = count - proven.length === 1 ? complete.highest : -Infinity;
      if (!(yield* search.expand(floor, budget - costs.targetRows))) break;
      observe?.({ kind: "search", ...progress() });
    }
    if (proven.length === 0 && complete.size === 0) yield* search.completeOne();
    const bound = Math.max(complete.highest, open.highest, search.leftOut);
    const unproven: Complete[] = [];
    while (proven.length + unproven.length < count && complete.size > 0 && found < mass) {
      unproven.push(complete.pop() as Complete);
    }
    return { proven, unproven, bound };
  } finally {
    search.close();
  }
}

/** How many texts to search for, and for how long. */
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

/** One text that a model can generate, how it ends, and its probability. */
export interface ProbableText extends Pick<DecodeResult, "tokens" | "stop" | "stopToken"> {
  /** The probability of these tokens and this end, after warping. */
  readonly probability: number;
}

/** The distribution over whole texts that ancestral sampling draws from. */
export interface ExactDistribution {
  /** The most probable texts, by falling probability: no other is more probable than the last. */
  readonly texts: readonly ProbableText[];
  /** The probability of all others together. */
  readonly rest: number;
}

/** The texts to enumerate. */
export interface EnumerationOptions {
  /** The tokens of which any one ends a text. */
  readonly stops: StopTokens;
  /** The most tokens to generate, the stop token not counted. */
  readonly maxNewTokens: number;
  /** Stop after so many texts; default as many as there are. */
  readonly count?: number;
  /** Stop when the texts have this probability in all; default no limit. */
  readonly mass?: number;
}

/**
 * The texts that sampling from `model` after `prompt` (BOS included) and `warpers` can give, each with
 * its exact probability, by falling probability.
 */
export function exactDistribution(
  model: LanguageModel,
  prompt: readonly Token[],
  warpers: readonly Warper[],
  { stops, maxNewTokens, ...limits }: EnumerationOptions,
): ExactDistribution {
  const request = {
    target: model,
    prompt,
    stops,
    maxNewTokens,
    random: { next: () => NaN },
  };
  const { proven } = finish(mostProbable(request, noCosts(), { warpers, ...limits }), model);
  const texts = proven.map(probableText);
  // From the smallest up, so that little is lost to rounding.
  const found = texts.reduceRight((sum, { probability }) => sum + probability, 0);
  return { texts, rest: Math.max(0, 1 - found) };
}

function probableText(text: Complete): ProbableText {
  const { logProbs: _, ...ending } = traceOf(text);
  return { ...ending, probability: Math.exp(text.score) };
}

/** Runs a decoding that asks `model` alone. */
function finish<Result>(decoding: Decoding<Result>, model: LanguageModel): Result {
  let answers: readonly Logits[] = [];
  for (;;) {
    const step = decoding.next(answers);
    if (step.done) return step.value;
    answers = model.forward(step.value);
  }
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
  settings: (z: Zod) => ({
    n_best: z.int().min(1).max(100_000).default(1).describe("Texts returned"),
    budget: z.int().min(1).default(1_000_000).describe(
      "Tokens that the target may read for a prompt, after which the best found is returned, with " +
        "a bound on the rest",
    ),
  }),
  unsaid: { n_best: 1, budget: 1_000_000 },
  isDeterministic: true,
  isSearch: true,
  drawsEachToken: () => true,
  sequences: () => PREFIXES_PER_PASS,
  texts: ({ n_best }) => n_best,
  create: ({ n_best, budget }) => exact({ nBest: n_best, budget }),
});
