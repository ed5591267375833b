import type { Cell } from "../config/grid.ts";
import type { DecodeResult } from "../decode/strategy.ts";
import type { RandomSource } from "../random/random_stream.ts";
import { bootstrap, type ClusterSums, ratio } from "./bootstrap.ts";
import type { CellMeasures } from "./cell_measures.ts";
import { type Estimate, wilson } from "./interval.ts";
import { logProb } from "./quality.ts";
import type { Sample } from "./sample.ts";

/** What is known to be the most probable text after each prompt, as far as it was proved. */
export type Modes = ReadonlyMap<string, DecodeResult>;

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
  const modes = new Map<string, DecodeResult>();
  for (const { prompt, result } of cells.flatMap(({ samples }) => samples)) {
    // The first text is the mode where nothing can be above it, even if the next were not found.
    if (result.search && logProb(result) >= result.search.bound) modes.set(prompt, result);
  }
  return modes;
}

/** Sums up `modes` of so many `prompts`; `undefined` where there is none. */
export function summarizeModes(modes: Modes, prompts: number): ModeSummary | undefined {
  const proved = modes.size;
  if (proved === 0) return undefined;
  const results = [...modes.values()];
  const empty = results.filter(isEmpty).length;
  return {
    proved,
    prompts,
    empty,
    emptyShare: { value: empty / proved, interval: wilson(empty / proved, proved) },
    meanLogProb: results.reduce((sum, one) => sum + logProb(one), 0) / proved,
    meanLength: results.reduce((sum, { tokens }) => sum + tokens.length, 0) / proved,
  };
}

/** Strategies that look for probable texts. */
const SEARCHES: readonly string[] = [
  "greedy",
  "beam",
  "diverse_beam",
  "stochastic_beam",
  "best_of",
  "exact",
];

/** Whether a cell's strategy looks for probable texts, so that it can miss the most probable. */
export function isSearch({ settings }: Cell): boolean {
  return SEARCHES.includes(settings.strategy);
}

/** Compares the `samples` of a cell with `modes`; `undefined` where no mode is of their prompts. */
export function searchQuality(
  samples: readonly Sample[],
  modes: Modes,
  random: RandomSource,
): SearchQuality | undefined {
  const compared = decodingsOf(samples).flatMap(({ prompt, result }) => {
    const mode = modes.get(prompt);
    return mode === undefined ? [] : [compare(prompt, result, mode)];
  });
  const decodings = compared.length;
  if (decodings === 0) return undefined;
  const byPrompt = [...Map.groupBy(compared, ({ prompt }) => prompt).values()];
  const share = (holds: (one: Compared) => boolean): Estimate => {
    const value = compared.filter(holds).length / decodings;
    return { value, interval: wilson(value, byPrompt.length) };
  };
  const sums = (measure: (one: Compared) => number): ClusterSums => ({
    numerators: Float64Array.from(
      byPrompt,
      (own) => own.reduce((sum, one) => sum + measure(one), 0),
    ),
    denominators: Float64Array.from(byPrompt, (own) => own.length),
  });
  const gaps = sums(({ gap }) => gap);
  const logProbs = sums(({ best }) => logProb(best));
  const [ofGap, ofLogProb] = bootstrap([gaps, logProbs], random);
  return {
    decodings,
    errors: compared.filter(({ gap }) => gap > 0).length,
    errorShare: share(({ gap }) => gap > 0),
    gap: { value: ratio(gaps), interval: ofGap },
    largestGap: compared.reduce((most, { gap }) => Math.max(most, gap), 0),
    logProb: { value: ratio(logProbs), interval: ofLogProb },
    emptyShare: share(({ best }) => isEmpty(best)),
  };
}

/** The best text that one decoding found, and what it lacks, nats. */
interface Compared {
  readonly prompt: string;
  readonly best: DecodeResult;
  readonly gap: number;
}

function compare(prompt: string, result: DecodeResult, mode: DecodeResult): Compared {
  const texts = [result, ...result.others ?? []];
  const best = texts.reduce((a, b) => logProb(b) > logProb(a) ? b : a);
  const gap = logProb(mode) - logProb(best);
  return { prompt, best, gap: gap > ROUNDING ? gap : 0 };
}

/** Each decoding once: neither its further texts nor what it stands for again. */
function decodingsOf(samples: readonly Sample[]): Sample[] {
  const further = new Set(samples.flatMap(({ result }) => result.others ?? []));
  const first = new Map<DecodeResult, Sample>();
  for (const sample of samples) {
    const { result } = sample;
    if (!further.has(result) && !first.has(result)) first.set(result, sample);
  }
  return [...first.values()];
}

/** Whether a text has nothing in it, though it might have had. */
function isEmpty({ tokens, stop }: DecodeResult): boolean {
  return tokens.length === 0 && stop === "eos";
}
