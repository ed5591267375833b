/**
 * How far searches are from the most probable text after each prompt, its *mode*, over the prompts
 * whose mode was proved.
 *
 * @module
 */
import type { DecodeResult } from "../decode/strategy.ts";
import type {
  CellMeasures,
  ComparedPrompt,
  ComparedSearch,
  ComparisonMeasure,
  MeasureFacts,
  SearchedPrompt,
} from "./measure.ts";
import { logProb, type Sample, type Samples, sum } from "./sample.ts";
import { type Estimate, exactly } from "./estimate.ts";
import { type PromptDesign, Sampling } from "./sampling.ts";

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
    modes.set(prompt, { logProb, tokens: proof.tokens, empty: empty[0] === true });
  }
  return modes;
}

/** Summarizes the `modes` of `prompts`, each as often as it was drawn; `undefined` where none is known. */
export function summarizeModes(
  modes: Modes,
  prompts: readonly string[],
  design: PromptDesign,
): ModeSummary | undefined {
  const proved = prompts.filter((prompt) => modes.has(prompt));
  const all = proved.flatMap((prompt) => modes.get(prompt) ?? []);
  if (all.length === 0) return undefined;
  const empty = Float64Array.from(all, (mode) => mode.empty ? 1 : 0);
  const sampling = samplingOf(proved.map((prompt) => ({ prompt, logProbs: [0] })), design, false);
  return {
    proved: proved.length,
    prompts: prompts.length,
    empty: all.filter((mode) => mode.empty).length,
    emptyShare: sampling.share(empty, new Float64Array(all.length).fill(1)),
    meanLogProb: sum(all.map(({ logProb }) => logProb)) / all.length,
    meanLength: sum(all.map(({ tokens }) => tokens)) / all.length,
  };
}

/** Compares what a cell `searched` with `modes`; `undefined` where no mode is of its prompts. */
export function compareSearch(
  { searched = [], hasChance }: Pick<CellMeasures, "searched" | "hasChance">,
  modes: Modes,
  design: PromptDesign,
): ComparedSearch | undefined {
  const compared = searched.filter(({ prompt }) => modes.has(prompt));
  if (compared.length === 0) return undefined;
  const prompts = compared.map(({ prompt, logProbs, empty }) => {
    const best = modes.get(prompt)?.logProb ?? NaN;
    const gaps = logProbs.map((logProb) => best - logProb);
    return { gaps: gaps.map((gap) => gap > ROUNDING ? gap : 0), logProbs, empty };
  });
  return { prompts, sampling: samplingOf(compared, design, hasChance) };
}

/** The sampling of decodings, in the order of the draws. */
function samplingOf(
  searched: readonly Pick<SearchedPrompt, "prompt" | "logProbs">[],
  design: PromptDesign,
  hasChance: boolean,
): Sampling {
  return new Sampling({
    design,
    hasChance,
    prompts: searched.map(({ prompt }) => prompt),
    drawOf: Int32Array.from(searched.flatMap(({ logProbs }, draw) => logProbs.map(() => draw))),
  });
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
}, (search) => exactly(decodingsOf(search)));

/** Decodings that found nothing as probable as the mode (Stahlberg and Byrne, 2019). */
export const searchErrors: ComparisonMeasure = ofSearch({
  name: "search_errors",
  title: "search errors",
  unit: "decodings",
  glossary: "decodings whose best text is less probable than the mode.",
  interval: "none",
  format: "count",
  tables: { search: 20 },
}, (search) => exactly(errorsOf(search)));

/** The same as a share. */
export const searchErrorShare: ComparisonMeasure = ofSearch({
  name: "search_error_share",
  title: "share of errors",
  unit: "share",
  glossary: "search errors over decodings.",
  interval: "share",
  format: "percent",
  tables: { search: 30 },
}, (search) => shareOf(search, ({ gaps }) => gaps.map((gap) => gap > 0 ? 1 : 0)));

/** How much less probable the best texts are than the mode. */
export const searchGap: ComparisonMeasure = ofSearch({
  name: "search_gap",
  title: "gap, nats",
  unit: "nats",
  glossary:
    "log-prob of the mode less that of the best text, the mean over decodings; never below 0.",
  interval: "mean",
  format: { decimals: 3 },
  tables: { search: 40 },
}, (search) => meanOf(search, ({ gaps }) => gaps));

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
  interval: "mean",
  format: { decimals: 3 },
  tables: { search: 60 },
}, (search) => meanOf(search, ({ logProbs }) => logProbs));

/** Decodings whose best text is empty. */
export const searchEmptyShare: ComparisonMeasure = ofSearch({
  name: "search_empty_share",
  title: "empty",
  unit: "share",
  glossary: "decodings whose best text has no token: EOS at once.",
  interval: "share",
  format: "percent",
  tables: { search: 70 },
}, (search) => shareOf(search, ({ empty }) => empty.map(Number)));

/** A measure that only searches have, where modes were proved. */
function ofSearch(
  facts: MeasureFacts,
  value: (search: ComparedSearch) => Estimate,
): ComparisonMeasure {
  return {
    ...facts,
    kind: "comparison",
    of: ({ search }) => search && value(search),
  };
}

function decodingsOf({ prompts }: ComparedSearch): number {
  return sum(prompts.map(({ gaps }) => gaps.length));
}

function errorsOf({ prompts }: ComparedSearch): number {
  return sum(prompts.map(({ gaps }) => gaps.filter((gap) => gap > 0).length));
}

type ByDecoding = (prompt: ComparedPrompt) => readonly number[];

function shareOf({ prompts, sampling }: ComparedSearch, hits: ByDecoding): Estimate {
  const values = Float64Array.from(prompts.flatMap(hits));
  return sampling.share(values, new Float64Array(values.length).fill(1));
}

function meanOf({ prompts, sampling }: ComparedSearch, of: ByDecoding): Estimate {
  const values = Float64Array.from(prompts.flatMap(of));
  return sampling.ratio(values, new Float64Array(values.length).fill(1));
}

/** `[draws]` the best texts among `samples` of each prompt. */
export function searchedPrompts(samples: Samples): SearchedPrompt[] {
  const prompts: (SearchedPrompt & { logProbs: number[]; empty: boolean[] })[] = [];
  for (const { prompt, draw, result } of distinctDecodings(samples)) {
    const best = bestOf(result);
    const own = prompts[draw] ??= { prompt, logProbs: [], empty: [], ...proofOf(result, best) };
    own.logProbs.push(logProb(best));
    own.empty.push(isEmpty(best));
  }
  return prompts;
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

/**
 * The first sample of each decoding after each draw: neither its further texts nor its repetitions,
 * which follow it.
 */
function* distinctDecodings(samples: Samples): Generator<Sample> {
  let first: DecodeResult | undefined;
  let before = -1;
  let others = 0;
  for (const sample of samples) {
    const { draw, result } = sample;
    if (others > 0) {
      others--;
      continue;
    }
    others = result.others?.length ?? 0;
    if (result !== first || draw !== before) yield sample;
    first = result;
    before = draw;
  }
}

/** Whether EOS came at once, where there was room for a token. */
function isEmpty({ tokens, stop }: DecodeResult): boolean {
  return tokens.length === 0 && stop === "eos";
}
