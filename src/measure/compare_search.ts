/**
 * Searches beside the most probable text after each prompt, its *mode*, over the draws whose mode was
 * proved. Each draw counts alike: a prompt that was drawn again counts again.
 *
 * @module
 */
import type { Estimate } from "./estimate.ts";
import { type PromptDesign, Sampling } from "./sampling.ts";
import type { ComparedSearch } from "./search.ts";
import { isProved, type SearchedDraw } from "./searched.ts";

/** The most probable text of all after a prompt. */
export interface Mode {
  /** Its log-probability, nats. */
  readonly logProb: number;
  /** How many tokens it has, EOS not counted. */
  readonly tokens: number;
  /** Whether it is empty: EOS at once. */
  readonly isEmpty: boolean;
}

/** The mode of each prompt whose mode was proved. */
export type Modes = ReadonlyMap<string, Mode>;

/** The modes of a run, taken together. */
export interface ModeSummary {
  /** Draws whose mode was proved. */
  readonly proved: number;
  /** Draws in all. */
  readonly draws: number;
  /** The different prompts among those proved. */
  readonly prompts: number;
  /** Of the draws whose mode was proved, those whose mode has not a single token: EOS at once. */
  readonly empty: number;
  /** The same as a share. */
  readonly emptyShare: Estimate;
  /** Mean log-probability of the modes, nats. */
  readonly logProb: Estimate;
  /** Mean number of their tokens, EOS not counted. */
  readonly tokens: Estimate;
}

/** Two sums of the same numbers in another order differ by less than this, nats. */
export const ROUNDING = 1e-9;

/** The modes that exact searches among `searches` have proved. */
export function modesOf(searches: readonly (readonly SearchedDraw[])[]): Modes {
  const modes = new Map<string, Mode>();
  for (const draw of searches.flat()) {
    const { prompt, logProbs: [logProb = -Infinity], empty, proof } = draw;
    if (proof === undefined || !isProved(draw)) continue;
    modes.set(prompt, { logProb, tokens: proof.tokens, isEmpty: empty[0] === true });
  }
  return modes;
}

/** Summarizes the `modes` of the drawn `prompts`; `undefined` where none of them is known. */
export function summarizeModes(
  modes: Modes,
  prompts: readonly string[],
  design: PromptDesign,
): ModeSummary | undefined {
  const proved = prompts.flatMap((prompt) => {
    const mode = modes.get(prompt);
    return mode === undefined ? [] : [{ prompt, mode, logProbs: [mode.logProb] }];
  });
  if (proved.length === 0) return undefined;
  const decodings = new Decodings(proved, { hasChance: false, design });
  return {
    proved: proved.length,
    draws: prompts.length,
    prompts: new Set(proved.map(({ prompt }) => prompt)).size,
    empty: proved.filter(({ mode }) => mode.isEmpty).length,
    emptyShare: decodings.share(proved.map(({ mode }) => [mode.isEmpty])),
    logProb: decodings.mean(proved.map(({ logProbs }) => logProbs)),
    tokens: decodings.mean(proved.map(({ mode }) => [mode.tokens])),
  };
}

/** The facts about a search that its intervals depend on. */
export interface SearchFacts {
  /** Whether its decodings of a prompt differ by chance. */
  readonly hasChance: boolean;
  /** How the prompts were chosen. */
  readonly design: PromptDesign;
}

/** Compares what was `searched` with `modes`; `undefined` where no mode is of its prompts. */
export function compareSearch(
  searched: readonly SearchedDraw[],
  modes: Modes,
  facts: SearchFacts,
): ComparedSearch | undefined {
  const draws = searched.filter(({ prompt }) => modes.has(prompt));
  if (draws.length === 0) return undefined;
  const gaps = draws.map(({ prompt, logProbs }) =>
    logProbs.map((logProb) => {
      const gap = (modes.get(prompt)?.logProb ?? NaN) - logProb;
      return gap > ROUNDING ? gap : 0;
    })
  );
  const errors = gaps.map((own) => own.map((gap) => gap > 0));
  const decodings = new Decodings(draws, facts);
  return {
    decodings: gaps.flat().length,
    errors: errors.flat().filter((isError) => isError).length,
    errorShare: decodings.share(errors),
    gap: notBelow0(decodings.mean(gaps)),
    largestGap: gaps.flat().reduce((a, b) => Math.max(a, b), 0),
    ...foundTexts(draws, facts),
  };
}

/** The best texts that a search found, whatever the most probable ones are; at least one draw. */
export function foundTexts(
  searched: readonly SearchedDraw[],
  facts: SearchFacts,
): Pick<ComparedSearch, "logProb" | "emptyShare"> {
  const decodings = new Decodings(searched, facts);
  return {
    logProb: decodings.mean(searched.map(({ logProbs }) => logProbs)),
    emptyShare: decodings.share(searched.map(({ empty }) => empty)),
  };
}

/** An estimate of what is never below 0. */
function notBelow0(estimate: Estimate): Estimate {
  const { interval } = estimate;
  if (interval === undefined) return estimate;
  return { ...estimate, interval: { ...interval, low: Math.max(0, interval.low) } };
}

/** The estimates of sums over the decodings of draws, of which each has as many. */
class Decodings {
  readonly #sampling: Sampling;
  readonly #ones: Float64Array;

  /** Those of the draws of `prompts`, with the log-probabilities of each. */
  constructor(draws: readonly Pick<SearchedDraw, "prompt" | "logProbs">[], facts: SearchFacts) {
    const drawOf = Int32Array.from(draws.flatMap(({ logProbs }, draw) => logProbs.map(() => draw)));
    this.#sampling = new Sampling({
      ...facts,
      prompts: draws.map(({ prompt }) => prompt),
      drawOf,
    });
    this.#ones = new Float64Array(drawOf.length).fill(1);
  }

  /** The mean of `values`, by draw and decoding. */
  mean(values: readonly (readonly number[])[]): Estimate {
    return this.#sampling.ratio(Float64Array.from(values.flat()), this.#ones);
  }

  /** The share of those that are true. */
  share(hits: readonly (readonly boolean[])[]): Estimate {
    return this.#sampling.share(Float64Array.from(hits.flat(), Number), this.#ones);
  }
}
