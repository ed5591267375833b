/**
 * The most probable tokens of a distribution, and what the others have together: vocabularies may have
 * thousands.
 *
 * Shapes: `V` tokens in the vocabulary.
 *
 * @module
 */
import { firstRanked } from "../../decode/distribution.ts";
import type { Token } from "../../model/language_model.ts";

/** Tokens shown of a distribution. */
const MOST_TOKENS = 6;
/** Of these, those that the last of several distributions puts first. */
const MOST_OF_LAST = 3;

/** One token in one or more distributions. */
export interface TokenRow {
  /** The token. */
  readonly token: Token;
  /** Its place by falling probability in the first distribution, from 1. */
  readonly rank: number;
  /** Its probability in each. */
  readonly probabilities: readonly number[];
}

/** Some tokens of one or more distributions, and the others together. */
export interface TopTokens {
  /** By falling probability in the first distribution. */
  readonly rows: readonly TokenRow[];
  /** The others. */
  readonly rest: {
    /** How many of them have a probability in the first distribution. */
    readonly count: number;
    /** Their total probability in each. */
    readonly probabilities: readonly number[];
  };
}

/**
 * The most probable tokens of the first of `distributions`, `[V]` each, with those that the last puts
 * first and `also`.
 */
export function topTokens(
  distributions: readonly Float64Array[],
  also: readonly Token[] = [],
  most = MOST_TOKENS,
): TopTokens {
  const [first = new Float64Array()] = distributions;
  const last = distributions.at(-1) ?? first;
  const possible = (own: Float64Array) => (token: Token): boolean => (own[token] as number) > 0;
  const shown = new Set([
    ...firstRanked(first, most).filter(possible(first)),
    ...firstRanked(last, Math.min(most, MOST_OF_LAST)).filter(possible(last)),
    ...also,
  ]);
  const rows = [...shown].map((token): TokenRow => ({
    token,
    rank: rankOf(token, first),
    probabilities: distributions.map((one) => one[token] as number),
  })).sort((a, b) => a.rank - b.rank);
  const isOther = (token: Token): boolean => !shown.has(token);
  return {
    rows,
    rest: {
      count: first.reduce((sum, p, token) => sum + (p > 0 && isOther(token) ? 1 : 0), 0),
      probabilities: distributions.map((one) =>
        one.reduce((sum, p, token) => isOther(token) ? sum + p : sum, 0)
      ),
    },
  };
}

/** The place of `token` by falling probability, from 1; of equal ones the lower ids come first. */
function rankOf(token: Token, probabilities: Float64Array): number {
  const own = probabilities[token] as number;
  return probabilities.reduce(
    (rank, p, other) => p > own || p === own && other < token ? rank + 1 : rank,
    1,
  );
}

/** `weights` `[V]` divided by their sum. */
export function normalized(weights: Float64Array): Float64Array {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** `22.9 %`, `0.17 %`, `0.006 %`, `3e-5 %`, and `–` of 0, which cannot be drawn. */
export function percent(probability: number): string {
  if (probability === 0) return "–";
  if (probability === 1) return "100 %";
  const percents = 100 * probability;
  if (percents >= 9.95) return `${Math.min(99.9, percents).toFixed(1)} %`;
  if (percents >= 0.01) return `${percents.toFixed(2)} %`;
  return `${percents >= 0.0005 ? percents.toFixed(3) : percents.toExponential(0)} %`;
}

/** `−6.75`: a log-probability, or a difference of two, nats. */
export function nats(value: number): string {
  return value.toFixed(3);
}
