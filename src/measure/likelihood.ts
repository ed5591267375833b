/**
 * How probable samples are under the target, how long they are, and how they end.
 *
 * @module
 */
import type { StopReason } from "../decode/strategy.ts";
import type { CellSamples } from "./cell_samples.ts";
import { type Estimate, transformed } from "./estimate.ts";
import { byteCount, charactersBegun } from "../text/bytes.ts";
import { type CellMeasure, ONLY_TOKENS } from "./measure.ts";

/** How many different prompts the samples continue. */
export const prompts: CellMeasure = {
  name: "prompts",
  title: "prompts",
  unit: "prompts",
  glossary: "different prompts that the samples continue.",
  interval: "none",
  format: "count",
  tables: {},
  of: ({ prompts }) => ({ value: new Set(prompts).size }),
};

/** How many prompts were drawn or listed. */
export const draws: CellMeasure = {
  name: "draws",
  title: "draws",
  unit: "prompts",
  glossary: "prompts that the samples continue, one that was drawn or listed twice counted twice.",
  interval: "none",
  format: "count",
  tables: {},
  of: (cell) => ({ value: cell.draws }),
};

/** How many documents prompts could be drawn from. */
export const population: CellMeasure = {
  name: "population",
  title: "population",
  unit: "documents",
  glossary: "documents that prompts could be drawn from; none where prompts are listed.",
  interval: "none",
  format: "count",
  tables: {},
  of: ({ sampling: { design } }) =>
    design.prompts === "drawn" ? { value: design.population } : undefined,
};

/** How many samples there are. */
export const samples: CellMeasure = {
  name: "samples",
  title: "samples",
  unit: "samples",
  glossary: "continuations that were decoded, over all prompts.",
  interval: "none",
  format: "count",
  tables: { likelihood: 70 },
  of: ({ samples }) => ({ value: samples.length }),
};

/** Mean log-probability under the target. */
export const meanLogProb: CellMeasure = {
  name: "mean_log_prob",
  title: "mean log-prob",
  unit: "nats",
  glossary: "the mean over samples of the log-prob of a continuation.",
  interval: "mean",
  judged: "distribution",
  format: { decimals: 2 },
  tables: {
    overview: 10,
    baseline: 10,
    likelihood: 20,
    "entry sweep": 10,
    "speculative sweep": 50,
    "run sweep": 10,
  },
  of: (cell) => cell.mean(cell.logProbs),
};

/** Log-probability per token chosen, pooled. */
export const logProbPerToken: CellMeasure = {
  name: "log_prob_per_token",
  title: "log-prob per token",
  unit: "nats per token",
  glossary: "the log-prob of all samples over the number of tokens chosen, EOS among them.",
  interval: "mean",
  judged: "distribution",
  format: { decimals: 3 },
  tables: { likelihood: 10, "entry sweep": 40, "speculative sweep": 80, "run sweep": 40 },
  panel: "own",
  of: pooledLogProb,
};

function pooledLogProb(cell: CellSamples): Estimate | undefined {
  return perChoice(cell, cell.logProbs);
}

/** `values`, `[samples]`, per token chosen; none where there was room for no token. */
function perChoice(cell: CellSamples, values: Float64Array): Estimate | undefined {
  const { choices } = cell;
  return choices.some((count) => count > 0) ? cell.mean(values, choices) : undefined;
}

/** The same under an n-gram model. */
export const ngramLogProbPerToken: CellMeasure = {
  name: "ngram_log_prob_per_token",
  title: "n-gram log-prob per token",
  unit: "nats per token",
  glossary:
    "the log-prob per token under the *n*-gram model of the report that predicts documents " +
    "held out best: a second opinion, since what is searched for under the target is probable under " +
    "it. None where no document was held out, or no *n*-gram model counted.",
  interval: "mean",
  format: { decimals: 3 },
  tables: { likelihood: 15 },
  of: (cell) => {
    const scores = cell.ngramLogProbs();
    return scores && perChoice(cell, scores);
  },
};

/** The largest perplexity: e to the loss of weights that are far too large is no number any more. */
const LARGEST_PERPLEXITY = 1e150;

/** Pooled perplexity. */
export const perplexity: CellMeasure = {
  name: "perplexity",
  title: "perplexity",
  unit: "ratio",
  glossary: "exp of minus the log-prob per token; 1e150 stands for that and more.",
  interval: "mean",
  format: { decimals: 2 },
  tables: { likelihood: 50 },
  of: (cell) => {
    const pooled = pooledLogProb(cell);
    return pooled && transformed(pooled, (x) => Math.min(Math.exp(-x), LARGEST_PERPLEXITY));
  },
};

/** Entropy of the distributions that tokens were drawn from. */
export const entropyPerToken: CellMeasure = {
  name: "entropy_per_token",
  title: "entropy per token",
  unit: "nats per token",
  glossary: "of the distributions that tokens were drawn from, after warping, in nats: minus the " +
    "mean warped log-probability of the drawn tokens, whose expectation it is. 0 where nothing is " +
    "drawn, as in most searches; none where texts are chosen among several that were drawn, or " +
    "drawn without replacement, or where a rule that is not lossless accepts tokens.",
  interval: "mean",
  judged: "distribution",
  format: { decimals: 3 },
  tables: { likelihood: 60 },
  of: (cell) => {
    if (!cell.drawsEachToken) return undefined;
    // Not −x, which is −0 of 0.
    const entropy = perChoice(cell, cell.warpedLogProbs.map((logProb) => 0 - logProb));
    // Where nothing is drawn it is 0 whatever the prompts.
    return entropy === undefined || cell.sampling.hasChance
      ? entropy
      : { ...entropy, blank: "no chance" };
  },
};

/** Mean number of tokens generated. */
export const meanLength: CellMeasure = {
  name: "mean_length",
  title: "mean length",
  unit: "tokens",
  glossary: "tokens of a continuation, EOS not counted; the mean over samples.",
  interval: "mean",
  judged: "distribution",
  format: { decimals: 2 },
  tables: {
    overview: 60,
    baseline: 20,
    likelihood: 30,
    "entry sweep": 30,
    "speculative sweep": 70,
  },
  panel: "from 0",
  of: (cell) => cell.mean(cell.tokens),
};

/** Mean number of characters generated. */
export const meanCharacters: CellMeasure = {
  name: "mean_characters",
  title: "mean characters",
  unit: "characters",
  glossary: `characters of a continuation; the mean over samples. ${ONLY_TOKENS}`,
  interval: "mean",
  format: { decimals: 2 },
  tables: { likelihood: 61 },
  of: (cell) => cell.isTokenized ? cell.mean(lengthsBy(cell, charactersBegun)) : undefined,
};

/** Bits per byte of the texts generated. */
export const bitsPerByte: CellMeasure = {
  name: "bits_per_byte",
  title: "bits per byte of texts",
  unit: "bits per byte",
  glossary:
    "minus the log-prob of all samples, in bits, over the bytes of the continuations (UTF-8): " +
    `models of different tokenizers compare by it. ${ONLY_TOKENS}`,
  interval: "mean",
  format: { decimals: 3 },
  tables: { likelihood: 45 },
  of: (cell) => {
    if (!cell.isTokenized) return undefined;
    const bytes = lengthsBy(cell, byteCount);
    // Of empty texts alone nothing can be said.
    if (bytes.every((count) => count === 0)) return undefined;
    return cell.mean(cell.logProbs.map((logProb) => -logProb / Math.LN2), bytes);
  },
};

/** `[samples]` how long the continuation of each is. */
function lengthsBy(
  cell: CellSamples,
  lengthOf: (text: string) => number,
): Float64Array {
  return cell.ofSamples(cell.distinct.texts.map(({ continuation }) => lengthOf(continuation)));
}

/** Samples that EOS ended. */
export const eosShare: CellMeasure = {
  name: "eos_share",
  title: "ended by EOS",
  unit: "share",
  glossary: "samples that the model ended itself, so that they are whole texts.",
  interval: "share",
  judged: "distribution",
  format: "percent",
  tables: { likelihood: 40 },
  of: (cell) => cell.share(({ complete }) => complete),
};

/** Samples that ended by themselves. */
export const stopEos: CellMeasure = stopCount("eos", "samples that the model ended");

/** Samples that were cut off after enough tokens. */
export const stopMaxNewTokens: CellMeasure = stopCount(
  "max_new_tokens",
  "samples cut off after `max_new_tokens` tokens",
);

/** Samples that were cut off at the end of the model's block. */
export const stopBlockSize: CellMeasure = stopCount(
  "block_size",
  "samples cut off at the end of the model's block",
);

function stopCount(reason: StopReason, what: string): CellMeasure {
  return {
    name: `stop_${reason}`,
    title: `stopped by ${reason}`,
    unit: "samples",
    glossary: `${what}.`,
    interval: "none",
    format: "count",
    tables: {},
    of: ({ stops }) => ({ value: stops[reason] }),
  };
}
