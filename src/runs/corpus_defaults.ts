/**
 * Defaults that follow from the corpus and the prompts: what a config leaves out is chosen such that it
 * fits them. What a config says is never changed, and what fits anyway keeps the plain default.
 *
 * @module
 */
import type { Experiment } from "../config/experiment.ts";
import { withOwnComparison } from "../config/checks.ts";
import type { ConfigPath } from "../config/path.ts";
import { areListed, type ExperimentConfig } from "../config/schema.ts";
import { leastShare } from "../data/selection.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import { promptDocuments, type SplitCorpus } from "../stages/experiment_data.ts";
import type { CorpusCache } from "./corpus_cache.ts";

/** An experiment, and its corpus. */
export interface WithCorpus {
  /** The experiment. */
  readonly experiment: Experiment;
  /** Its corpus. */
  readonly read: SplitCorpus;
}

/** `experiment` with its corpus: unless it says what share to hold out, one that leaves both sides some. */
export async function withCorpus(
  experiment: Experiment,
  corpora: CorpusCache,
): Promise<WithCorpus> {
  const read = await corpora.readFor(experiment);
  const { corpus } = experiment.config;
  const { split: { training, heldOut } } = read;
  const isSplit = training.length > 0 && heldOut.length > 0;
  if (isSplit || experiment.source.says(["corpus", "held_out"])) return { experiment, read };
  const held_out = leastShare(read.corpus.documents);
  if (held_out === undefined) return { experiment, read };
  const fitting = changed(experiment, { corpus: { ...corpus, held_out } });
  return { experiment: fitting, read: await corpora.readFor(fitting) };
}

/** `experiment` with as many prompts as there are documents to draw them from, unless it says how many. */
export function withDrawnPrompts({ experiment, read }: WithCorpus): Experiment {
  const { decoding } = experiment.config;
  const { prompts } = decoding;
  if (areListed(prompts) || experiment.source.says(["decoding", "prompts", "count"])) {
    return experiment;
  }
  const count = Math.min(prompts.count, promptDocuments(prompts, read.split).length);
  if (count === 0 || count === prompts.count) return experiment;
  return changed(experiment, { decoding: { ...decoding, prompts: { ...prompts, count } } });
}

/**
 * `experiment` with what follows from its `prompts`: unless it says how many tokens to generate, as
 * many as the block has room for, and of the prompts to compare those that it decodes.
 */
export function withPrompts(
  experiment: Experiment,
  prompts: readonly string[],
  vocabulary: Vocabulary,
): Experiment {
  const { source, config } = experiment;
  const own = withOwnComparison(source, config, prompts);
  const room = roomAfter(prompts, vocabulary, config.models.block_size);
  const { decoding } = own;
  if (source.says(MAX_NEW_TOKENS) || room === undefined || room >= decoding.max_new_tokens) {
    return own === config ? experiment : { ...experiment, config: own };
  }
  const max_new_tokens = Math.max(0, room);
  return { ...experiment, config: { ...own, decoding: { ...decoding, max_new_tokens } } };
}

const MAX_NEW_TOKENS: ConfigPath = ["decoding", "max_new_tokens"];

/** Tokens that the block has room for after the shortest of `prompts`; unknown where there are none. */
export function roomAfter(
  prompts: readonly string[],
  vocabulary: Vocabulary,
  blockSize: number,
): number | undefined {
  if (prompts.length === 0) return undefined;
  const lengths = prompts.map((prompt) => vocabulary.encodePrompt(prompt).length);
  return blockSize - lengths.reduce((least, length) => Math.min(least, length));
}

function changed(experiment: Experiment, settings: Partial<ExperimentConfig>): Experiment {
  return { ...experiment, config: { ...experiment.config, ...settings } };
}
