import type { RandomSource } from "../random/random_stream.ts";
import { bootstrap, type ClusterSums, ratio } from "./bootstrap.ts";
import type { CellMeasures } from "./cell_measures.ts";
import { type Estimate, estimateOf, wilson } from "./interval.ts";
import { sum } from "./sample.ts";
import type { SearchedPrompt } from "./searched_prompts.ts";

/** The most probable text of all after a prompt. */
export interface Mode {
  /** Its log-probability, nats. */
  readonly logProb: number;
  /** How many tokens it has, EOS not counted. */
  readonly tokens: number;
  /** Whether it is empty: EOS at once. */
  readonly empty: boolean;
}

/** The mode of each prompt, as far as it was proved. */
export type Modes = ReadonlyMap<string, Mode>;

/** The modes of a run, taken together. */
export interface ModeSummary {
  /** Prompts whose mode was proved. */
  readonly proved: number;
  /** Prompts in all. */
  readonly prompts: number;
  /** Of the modes proved, those without a single token: EOS at once. */
  readonly empty: number;
  /** The same as a share, with Wilson's interval. */
  readonly emptyShare: Estimate;
  /** Mean log-probability of the modes, nats. */
  readonly meanLogProb: number;
  /** Mean number of their tokens, EOS not counted. */
  readonly meanLength: number;
}

/**
 * How far the best text that each decoding of a cell finds is from the mode, over the prompts whose
 * mode was proved.
 */
export interface SearchQuality {
  /** Decodings compared; one stands for all of its prompt's samples where nothing is left to chance. */
  readonly decodings: number;
  /** Decodings that found nothing as probable as the mode (Stahlberg and Byrne, 2019). */
  readonly errors: number;
  /** The same as a share; Wilson's interval, for as many trials as there are prompts. */
  readonly errorShare: Estimate;
  /** What the best texts lack of the mode's log-probability, nats; mean, resampled by prompts. */
  readonly gap: Estimate;
  /** The largest of them. */
  readonly largestGap: number;
  /** The log-probability of the best texts, nats; mean, resampled by prompts. */
  readonly logProb: Estimate;
  /** Decodings whose best text is empty, as a share; Wilson's interval as above. */
  readonly emptyShare: Estimate;
}

/** Two sums of the same numbers in another order differ by less than this, nats. */
const ROUNDING = 1e-9;

/** The modes that the `exact` cells among `cells` have proved. */
export function modesOf(cells: readonly CellMeasures[]): Modes {
  const modes = new Map<string, Mode>();
  for (
    const { prompt, logProbs, empty, proof } of cells.flatMap(({ searched }) => searched ?? [])
  ) {
    const logProb = logProbs[0] ?? -Infinity;
    // The best text is the mode where nothing can be above it, even if the next were not found.
    if (proof === undefined || logProb < (proof.bound ?? -Infinity)) continue;
    modes.set(prompt, { logProb, tokens: proof.tokens, empty: empty > 0 });
  }
  return modes;
}

/** Sums up `modes` of so many `prompts`; `undefined` where there is none. */
export function summarizeModes(modes: Modes, prompts: number): ModeSummary | undefined {
  const proved = modes.size;
  if (proved === 0) return undefined;
  const all = [...modes.values()];
  const empty = all.filter((mode) => mode.empty).length;
  return {
    proved,
    prompts,
    empty,
    emptyShare: estimateOf(empty / proved, wilson(empty / proved, proved)),
    meanLogProb: sum(all.map(({ logProb }) => logProb)) / proved,
    meanLength: sum(all.map(({ tokens }) => tokens)) / proved,
  };
}

/** Compares what a cell `searched` with `modes`; `undefined` where no mode is of its prompts. */
export function searchQuality(
  searched: readonly SearchedPrompt[],
  modes: Modes,
  random: RandomSource,
): SearchQuality | undefined {
  const compared = searched.flatMap((own): Compared[] => {
    const mode = modes.get(own.prompt);
    return mode === undefined ? [] : [compare(own, mode)];
  });
  const decodings = sum(compared.map(({ gaps }) => gaps.length));
  if (decodings === 0) return undefined;
  const share = (count: number): Estimate =>
    estimateOf(count / decodings, wilson(count / decodings, compared.length));
  const sums = (values: (one: Compared) => readonly number[]): ClusterSums => ({
    numerators: Float64Array.from(compared, (one) => sum(values(one))),
    denominators: Float64Array.from(compared, (one) => values(one).length),
  });
  const gaps = sums((one) => one.gaps);
  const logProbs = sums((one) => one.logProbs);
  const [ofGap, ofLogProb] = bootstrap([gaps, logProbs], random);
  const errors = sum(compared.map((one) => one.gaps.filter((gap) => gap > 0).length));
  return {
    decodings,
    errors,
    errorShare: share(errors),
    gap: estimateOf(ratio(gaps), ofGap),
    largestGap: compared.flatMap((one) => one.gaps).reduce((a, b) => Math.max(a, b), 0),
    logProb: estimateOf(ratio(logProbs), ofLogProb),
    emptyShare: share(sum(compared.map(({ empty }) => empty))),
  };
}

/** What was searched of one prompt, and what each best text lacks of its mode, nats. */
interface Compared extends SearchedPrompt {
  readonly gaps: readonly number[];
}

function compare(searched: SearchedPrompt, mode: Mode): Compared {
  const gaps = searched.logProbs.map((logProb) => mode.logProb - logProb);
  return { ...searched, gaps: gaps.map((gap) => gap > ROUNDING ? gap : 0) };
}
