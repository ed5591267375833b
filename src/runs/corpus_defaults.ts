/**
 * Defaults that follow from the models, the corpus and the prompts: what a config leaves out is chosen such
 * that it fits them. What a config says is never changed, and what fits anyway keeps the plain default.
 *
 * @module
 */
import type { Experiment, ResolvedExperiment } from "../config/experiment.ts";
import { withOwnComparison } from "../config/checks.ts";
import type { ConfigPath } from "../config/path.ts";
import { areListed, type ExperimentConfig } from "../config/settings.ts";
import { leastShare } from "../data/selection.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import { promptDocuments, type ReadInputs, type SplitCorpus } from "../stages/experiment_data.ts";
import type { CorpusCache } from "./corpus_cache.ts";
import { type OpenedFolders, ownBlockSize, readInputs } from "./model_folders.ts";

/** An experiment, and its inputs. */
export interface WithInputs {
  /** The experiment. */
  readonly experiment: ResolvedExperiment;
  /** Its models and its corpus. */
  readonly read: ReadInputs;
}

/**
 * `experiment` with what follows from the folders of its models: unless it says how long their block is,
 * as long as all of them can read, and without a corpus no n-grams. Throws a `TypeError` where neither it
 * nor a folder says a block.
 */
export function withModels(experiment: Experiment, opened: OpenedFolders): ResolvedExperiment {
  const { config } = experiment;
  const { block_size = ownBlockSize(opened), ...models } = config.models;
  if (block_size === undefined) throw new TypeError("Cannot run an experiment without a block");
  const report = config.corpus === undefined
    ? { ...config.report, ngram_orders: [] }
    : config.report;
  return { ...experiment, config: { ...config, models: { block_size, ...models }, report } };
}

/** `experiment` with its inputs: unless it says what share to hold out, one that leaves both sides some. */
export async function withInputs(
  experiment: ResolvedExperiment,
  opened: OpenedFolders,
  corpora: CorpusCache,
): Promise<WithInputs> {
  const { config: { corpus, models } } = experiment;
  const inputs = (texts?: SplitCorpus): Promise<ReadInputs> =>
    readInputs(models.block_size, opened, texts);
  if (corpus === undefined) return { experiment, read: await inputs() };
  const tokens = opened.target?.vocabulary;
  const texts = await corpora.readFor(experiment, corpus, tokens);
  const { split: { training, heldOut } } = texts;
  const isSplit = training.length > 0 && heldOut.length > 0;
  if (isSplit || experiment.source.says(["corpus", "held_out"])) {
    return { experiment, read: await inputs(texts) };
  }
  const held_out = leastShare(texts.corpus.documents);
  if (held_out === undefined) return { experiment, read: await inputs(texts) };
  const share = { ...corpus, held_out };
  const fitting = changed(experiment, { corpus: share });
  return { experiment: fitting, read: await inputs(await corpora.readFor(fitting, share, tokens)) };
}

/** `experiment` with as many prompts as there are documents to draw them from, unless it says how many. */
export function withDrawnPrompts(
  { experiment, read: { texts } }: WithInputs,
): ResolvedExperiment {
  const { decoding } = experiment.config;
  const { prompts } = decoding;
  if (
    texts === undefined || areListed(prompts) ||
    experiment.source.says(["decoding", "prompts", "count"])
  ) return experiment;
  const count = Math.min(prompts.count, promptDocuments(prompts, texts.split).length);
  if (count === 0 || count === prompts.count) return experiment;
  return changed(experiment, { decoding: { ...decoding, prompts: { ...prompts, count } } });
}

/**
 * `experiment` with what follows from its `prompts`: unless it says how many tokens to generate, as
 * many as the block has room for, and of the prompts to compare those that it decodes.
 */
export function withPrompts(
  experiment: ResolvedExperiment,
  prompts: readonly string[],
  vocabulary: Vocabulary,
): ResolvedExperiment {
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

function changed(
  experiment: ResolvedExperiment,
  settings: Partial<ExperimentConfig>,
): ResolvedExperiment {
  return { ...experiment, config: { ...experiment.config, ...settings } };
}
