/**
 * How far searches are from the most probable text after each prompt, its *mode*, over the prompts
 * whose mode was proved. Intervals are over prompts.
 *
 * @module
 */
import type { DecodeResult } from "../decode/strategy.ts";
import type { RandomStream } from "../random/random_stream.ts";
import type {
  CellMeasures,
  ComparedSearch,
  ComparisonMeasure,
  MeasureFacts,
  SearchedPrompt,
} from "./measure.ts";
import { logProb, type Sample, type Samples, sum } from "./sample.ts";
import { type Estimate, estimateOf, Resamples, wilson } from "./statistics.ts";

/** The most probable text of all after a prompt. */
export interface Mode {
  /** Its log-probability, nats. */
  readonly logProb: number;
  /** How many tokens it has, EOS not counted. */
  readonly tokens: number;
  /** Whether it is empty: EOS at once. */
  readonly empty: boolean;
}

/** The mode of each prompt whose mode was proved. */
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

/** Summarizes the `modes` of so many `prompts`; `undefined` where there is none. */
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
export function compareSearch(
  searched: readonly SearchedPrompt[],
  modes: Modes,
  random: RandomStream,
): ComparedSearch | undefined {
  const prompts = searched.flatMap(({ prompt, logProbs, empty }) => {
    const mode = modes.get(prompt);
    if (mode === undefined) return [];
    const gaps = logProbs.map((logProb) => mode.logProb - logProb);
    return [{ gaps: gaps.map((gap) => gap > ROUNDING ? gap : 0), logProbs, empty }];
  });
  const search = { prompts, random };
  return decodingsOf(search) === 0 ? undefined : search;
}

/** Decodings that were compared. */
export const searchDecodings: ComparisonMeasure = ofSearch({
  name: "search_decodings",
  title: "decodings",
  unit: "decodings",
  glossary: "decodings compared with the mode; a deterministic one counts once per prompt.",
  interval: "none",
  format: "count",
  tables: { search: 10 },
}, (search) => ({ value: decodingsOf(search) }));

/** Decodings that found nothing as probable as the mode (Stahlberg and Byrne, 2019). */
export const searchErrors: ComparisonMeasure = ofSearch({
  name: "search_errors",
  title: "search errors",
  unit: "decodings",
  glossary: "decodings whose best text is less probable than the mode.",
  interval: "none",
  format: "count",
  tables: { search: 20 },
}, (search) => ({ value: errorsOf(search) }));

/** The same as a share. */
export const searchErrorShare: ComparisonMeasure = ofSearch({
  name: "search_error_share",
  title: "share of errors",
  unit: "share",
  glossary: "search errors over decodings.",
  interval: "wilson",
  format: "percent",
  tables: { search: 30 },
}, (search) => shareOf(search, errorsOf(search)));

/** How much less probable the best texts are than the mode. */
export const searchGap: ComparisonMeasure = ofSearch({
  name: "search_gap",
  title: "gap, nats",
  unit: "nats",
  glossary:
    "log-prob of the mode less that of the best text, the mean over decodings; never below 0.",
  interval: "bootstrap",
  format: { decimals: 3 },
  tables: { search: 40 },
}, (search) => meanOf(search, "gaps"));

/** The largest gap. */
export const searchLargestGap: ComparisonMeasure = ofSearch({
  name: "search_largest_gap",
  title: "largest gap",
  unit: "nats",
  glossary: "the largest gap of a decoding.",
  interval: "none",
  format: { decimals: 3 },
  tables: { search: 50 },
}, ({ prompts }) => ({
  value: prompts.flatMap(({ gaps }) => gaps).reduce((a, b) => Math.max(a, b), 0),
}));

/** The log-probability of the best texts. */
export const searchLogProb: ComparisonMeasure = ofSearch({
  name: "search_log_prob",
  title: "log-prob of the best",
  unit: "nats",
  glossary: "the log-prob of the best text that a decoding found, whatever it was looking for: " +
    "with a length penalty a search looks for something else.",
  interval: "bootstrap",
  format: { decimals: 3 },
  tables: { search: 60 },
}, (search) => meanOf(search, "logProbs"));

/** Decodings whose best text is empty. */
export const searchEmptyShare: ComparisonMeasure = ofSearch({
  name: "search_empty_share",
  title: "empty",
  unit: "share",
  glossary: "decodings whose best text has no token: EOS at once.",
  interval: "wilson",
  format: "percent",
  tables: { search: 70 },
}, (search) => shareOf(search, sum(search.prompts.map(({ empty }) => empty))));

/** A measure that only searches have, where modes were proved. */
function ofSearch(
  facts: Omit<MeasureFacts, "whenAbsent">,
  value: (search: ComparedSearch) => Estimate,
): ComparisonMeasure {
  return {
    ...facts,
    kind: "comparison",
    whenAbsent: "no column",
    of: ({ search }) => search && value(search),
  };
}

function decodingsOf({ prompts }: ComparedSearch): number {
  return sum(prompts.map(({ gaps }) => gaps.length));
}

function errorsOf({ prompts }: ComparedSearch): number {
  return sum(prompts.map(({ gaps }) => gaps.filter((gap) => gap > 0).length));
}

/** So many of the decodings, with Wilson's interval for as many trials as there are prompts. */
function shareOf(search: ComparedSearch, count: number): Estimate {
  const share = count / decodingsOf(search);
  return estimateOf(share, wilson(share, search.prompts.length));
}

function meanOf({ prompts, random }: ComparedSearch, of: "gaps" | "logProbs"): Estimate {
  return new Resamples(prompts.length, random.child()).estimate({
    numerators: Float64Array.from(prompts, (prompt) => sum(prompt[of])),
    denominators: Float64Array.from(prompts, (prompt) => prompt[of].length),
  });
}

/** The best texts among `samples` of each different prompt, in the order of the prompts. */
export function searchedPrompts(samples: Samples): SearchedPrompt[] {
  const prompts = new Map<string, SearchedPrompt & { logProbs: number[] }>();
  for (const { prompt, result } of distinctDecodings(samples)) {
    const best = bestOf(result);
    const empty = isEmpty(best) ? 1 : 0;
    const known = prompts.get(prompt);
    if (known === undefined) {
      prompts.set(prompt, {
        prompt,
        logProbs: [logProb(best)],
        empty,
        ...proofOf(result, best),
      });
    } else {
      known.logProbs.push(logProb(best));
      prompts.set(prompt, { ...known, empty: known.empty + empty });
    }
  }
  return [...prompts.values()];
}

function proofOf({ search }: DecodeResult, best: DecodeResult): Pick<SearchedPrompt, "proof"> {
  if (search === undefined) return {};
  const { optimal, bound } = search;
  const tokens = best.tokens.length;
  // JSON cannot represent −∞.
  return { proof: bound === -Infinity ? { optimal, tokens } : { optimal, bound, tokens } };
}

/** The most probable text that a decoding found. */
function bestOf(result: DecodeResult): DecodeResult {
  const texts = [result, ...result.others ?? []];
  return texts.reduce((a, b) => logProb(b) > logProb(a) ? b : a);
}

/** The first sample of each decoding: neither its further texts nor its repetitions, which follow it. */
function* distinctDecodings(samples: Samples): Generator<Sample> {
  let first: DecodeResult | undefined;
  let others = 0;
  for (const sample of samples) {
    const { result } = sample;
    if (others > 0) {
      others--;
      continue;
    }
    others = result.others?.length ?? 0;
    if (result !== first) yield sample;
    first = result;
  }
}

/** Whether EOS came at once, where there was room for a token. */
function isEmpty({ tokens, stop }: DecodeResult): boolean {
  return tokens.length === 0 && stop === "eos";
}
