/**
 * The measures of searches beside the most probable text after each prompt, its *mode*: they depend on
 * the cell that proved it, and so stand in `comparisons.csv`.
 *
 * @module
 */
import type { Estimate } from "./estimate.ts";
import type { MeasureFacts } from "./measure.ts";

/** A search over the draws whose most probable text was proved. Each draw counts alike. */
export interface ComparedSearch {
  /** Decodings; a deterministic one counts once in each draw. */
  readonly decodings: number;
  /** Those whose best text is less probable than the mode. */
  readonly errors: number;
  /** The same as a share. */
  readonly errorShare: Estimate;
  /** Mean log-probability of the mode less that of the best text, nats. */
  readonly gap: Estimate;
  /** The largest gap of a decoding, nats. */
  readonly largestGap: number;
  /** Mean log-probability of the best texts, nats. */
  readonly logProb: Estimate;
  /** The share of decodings whose best text is empty: EOS at once. */
  readonly emptyShare: Estimate;
}

/** A measure of a search beside the most probable texts. */
export interface SearchMeasure extends MeasureFacts {
  /** Its value. */
  readonly of: (search: ComparedSearch) => Estimate;
}

/** Decodings that were compared. */
export const searchDecodings: SearchMeasure = {
  name: "search_decodings",
  title: "decodings",
  unit: "decodings",
  glossary:
    "decodings compared with the mode. A deterministic one counts once each time that its " +
    "prompt was drawn.",
  interval: "none",
  format: "count",
  tables: { search: 70 },
  of: ({ decodings }) => ({ value: decodings }),
};

/** Decodings that found nothing as probable as the mode (Stahlberg and Byrne, 2019). */
export const searchErrors: SearchMeasure = {
  name: "search_errors",
  title: "search errors",
  unit: "decodings",
  glossary: "decodings whose best text is less probable than the mode.",
  interval: "none",
  format: "count",
  tables: { search: 60 },
  of: ({ errors }) => ({ value: errors }),
};

/** The same as a share. */
export const searchErrorShare: SearchMeasure = {
  name: "search_error_share",
  title: "share of errors",
  unit: "share",
  glossary: "search errors over decodings.",
  interval: "share",
  format: "percent",
  tables: { overview: 55, search: 10 },
  of: ({ errorShare }) => errorShare,
};

/** How much less probable the best texts are than the mode. */
export const searchGap: SearchMeasure = {
  name: "search_gap",
  title: "gap, nats",
  unit: "nats",
  glossary:
    "log-prob of the mode less that of the best text, the mean over decodings; never below 0.",
  interval: "mean",
  format: { decimals: 3 },
  tables: { overview: 50, search: 20 },
  of: ({ gap }) => gap,
};

/** The largest gap. */
export const searchLargestGap: SearchMeasure = {
  name: "search_largest_gap",
  title: "largest gap",
  unit: "nats",
  glossary: "the largest gap of a decoding.",
  interval: "none",
  format: { decimals: 3 },
  tables: { search: 50 },
  of: ({ largestGap }) => ({ value: largestGap }),
};

/** The log-probability of the best texts. */
export const searchLogProb: SearchMeasure = {
  name: "search_log_prob",
  title: "log-prob of the best",
  unit: "nats",
  glossary: "the log-prob of the best text that a decoding found, whatever it was looking for: " +
    "with a length penalty a search looks for something else.",
  interval: "mean",
  format: { decimals: 3 },
  tables: { search: 40 },
  of: ({ logProb }) => logProb,
};

/** Decodings whose best text is empty. */
export const searchEmptyShare: SearchMeasure = {
  name: "search_empty_share",
  title: "empty",
  unit: "share",
  glossary: "decodings whose best text has no token: EOS at once.",
  interval: "share",
  format: "percent",
  tables: { overview: 40, search: 30 },
  of: ({ emptyShare }) => emptyShare,
};

/** The measures of searches, in the order of `comparisons.csv`. */
export const searchMeasures: readonly SearchMeasure[] = [
  searchDecodings,
  searchErrors,
  searchErrorShare,
  searchGap,
  searchLargestGap,
  searchLogProb,
  searchEmptyShare,
];
