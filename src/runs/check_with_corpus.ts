import { configError, type Problem } from "../config/config_error.ts";
import type { Experiment } from "../config/load.ts";
import { areListed, comparedProblems } from "../config/prompt_problems.ts";
import type { DrawnPrompts, ModelSizes } from "../config/schema.ts";
import { characterCount } from "../text/characters.ts";
import { shown } from "../text/suggestions.ts";
import type { Corpus } from "../data/corpus.ts";
import { drawPrompts, longEnough } from "../data/drawn_prompts.ts";
import type { Split } from "../data/split.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import { checkpointBytes, MOST_CHECKPOINT_BYTES } from "../train/checkpoint.ts";
import type { ModelSpec } from "../model/language_model.ts";
import { CorpusShelf } from "./corpus_cache.ts";
import { engines } from "../model/engines.ts";
import { promptStream } from "../stages/seeding.ts";
import type { Setup } from "../stages/experiment_data.ts";

/** Everything that a run needs before its first step. */
export interface Prepared {
  /** What was asked for. */
  readonly experiment: Experiment;
  /** What its stages need of it. */
  readonly setup: Setup;
  /** All documents. */
  readonly corpus: Corpus;
  /** The tokens of all documents, those held out included. */
  readonly vocabulary: Vocabulary;
}

/**
 * Reads the corpus, unless it is on the `shelf`, and makes every check that needs it; a grid that fails
 * one never starts.
 */
export async function prepare(
  experiment: Experiment,
  shelf: CorpusShelf = new CorpusShelf(),
): Promise<Prepared> {
  const { source, config } = experiment;
  const { corpus, split, vocabulary } = await shelf.read(experiment);
  const prompts = promptsOf(experiment, split);
  const { block_size, target, draft } = config.models;
  const spec = (sizes: ModelSizes): ModelSpec => ({
    vocabSize: vocabulary.size,
    blockSize: block_size,
    nEmbd: sizes.n_embd,
    nHead: sizes.n_head,
    nLayer: sizes.n_layer,
  });
  const specs = draft === undefined
    ? { target: spec(target) }
    : { target: spec(target), draft: spec(draft) };
  const spelling = promptProblems(experiment, prompts, vocabulary);
  const problems = [
    ...splitProblems(experiment, split),
    ...drawnProblems(experiment, split, prompts),
    ...spelling,
    ...(spelling.length > 0 ? [] : roomProblems(experiment, prompts, vocabulary)),
    ...sizeProblems(experiment, specs, { corpus, vocabulary }),
  ];
  if (problems.length > 0) throw configError(source.file, problems);
  const setup = {
    config,
    cells: experiment.cells,
    corpusSha256: corpus.sha256,
    vocabulary: vocabulary.data,
    split,
    prompts,
    specs,
  };
  return { experiment, setup, corpus, vocabulary };
}

/** A side of the split on which there is nothing. */
function splitProblems(
  { source, config }: Experiment,
  { training, heldOut }: Split,
): Problem[] {
  const share = config.corpus.held_out;
  if (share === 0 || (training.length > 0 && heldOut.length > 0)) return [];
  const message = `expected a share that leaves documents to train on and holds some out, or 0, ` +
    `found ${share}, which holds out ${heldOut.length} of ${training.length + heldOut.length}`;
  return [source.problem(["corpus", "held_out"], message)];
}

/** The prompts, listed or drawn; none where there are too few documents to draw from. */
function promptsOf({ config }: Experiment, split: Split): readonly string[] {
  const { prompts } = config.decoding;
  if (areListed(prompts)) return prompts;
  const documents = longEnough(documentsFor(prompts, split), prompts.length);
  if (documents.length < prompts.count) return [];
  return drawPrompts(documents, prompts, promptStream(config.seed, prompts.from));
}

function documentsFor({ from }: DrawnPrompts, { training, heldOut }: Split): readonly string[] {
  return from === "held_out" ? heldOut : training;
}

/** What is wrong with prompts that were to be drawn. */
function drawnProblems(
  { source, config }: Experiment,
  split: Split,
  drawn: readonly string[],
): Problem[] {
  const { prompts } = config.decoding;
  if (areListed(prompts)) return [];
  if (drawn.length === prompts.count) return comparedProblems(source, config, drawn);
  const documents = longEnough(documentsFor(prompts, split), prompts.length).length;
  const kind = prompts.from === "held_out" ? "documents held out" : "training documents";
  const message = `expected at most ${documents}, which is how many ${kind} have ` +
    `${prompts.length} characters, found ${prompts.count}`;
  return [source.problem(["decoding", "prompts", "count"], message)];
}

/** Prompts that are not text of the vocabulary, or too long for the block. */
function promptProblems(
  { source, config: { decoding, models: { block_size } } }: Experiment,
  prompts: readonly string[],
  vocabulary: Vocabulary,
): Problem[] {
  if (!areListed(decoding.prompts)) {
    const lengths = prompts.map((prompt) => vocabulary.encodePrompt(prompt).length);
    const longest = lengths.reduce((most, length) => Math.max(most, length), 0);
    const message = `expected at most ${block_size - 1}, which is what models.block_size ` +
      `(${block_size}) leaves after BOS, found ${longest - 1}`;
    return longest <= block_size
      ? []
      : [source.problem(["decoding", "prompts", "length"], message)];
  }
  return prompts.flatMap((prompt, i) => {
    const message = vocabulary.describeUnknown(prompt) ??
      tooLong(prompt, vocabulary.encodePrompt(prompt).length, block_size);
    return message === undefined ? [] : [source.problem(["decoding", "prompts", i], message)];
  });
}

function tooLong(prompt: string, length: number, blockSize: number): string | undefined {
  if (length <= blockSize) return undefined;
  return `expected a prompt of at most ${blockSize} tokens with BOS (models.block_size), ` +
    `found ${shown(prompt)}, which is ${length}`;
}

/** More new tokens than the block has room for after the shortest of `prompts`. */
function roomProblems(
  { source, config: { decoding, models: { block_size } } }: Experiment,
  prompts: readonly string[],
  vocabulary: Vocabulary,
): Problem[] {
  if (prompts.length === 0) return [];
  const lengths = prompts.map((prompt) => vocabulary.encodePrompt(prompt).length);
  const room = block_size - lengths.reduce((least, length) => Math.min(least, length));
  const message = `expected at most ${room}, which is what models.block_size (${block_size}) ` +
    `leaves after BOS and the shortest prompt, found ${decoding.max_new_tokens}`;
  return decoding.max_new_tokens <= room
    ? []
    : [source.problem(["decoding", "max_new_tokens"], message)];
}

/** Positions that a model reads of the longest document. */
function longestPass(
  { corpus, vocabulary }: Pick<Prepared, "corpus" | "vocabulary">,
  blockSize: number,
): number {
  return corpus.documents.reduce(
    (longest, text) => Math.max(longest, vocabulary.encodeDocument(text, blockSize).length - 1),
    0,
  );
}

/** The length of the longest document, in characters. */
export function longestDocument({ documents }: Corpus): number {
  return documents.reduce((longest, text) => Math.max(longest, characterCount(text)), 0);
}

function sizeProblems(
  { source, config }: Experiment,
  specs: Setup["specs"],
  texts: Pick<Prepared, "corpus" | "vocabulary">,
): Problem[] {
  const { trainingBytes, mostBytes } = engines[config.engine];
  const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  return (["target", "draft"] as const).flatMap((model) => {
    const spec = specs[model];
    if (spec === undefined) return [];
    const { batch_size } = config.training[model];
    // The corpus is encoded only where a model is too large if its documents fill the block.
    const most = trainingBytes(spec, batch_size, spec.blockSize);
    const bytes = most <= mostBytes
      ? most
      : trainingBytes(spec, batch_size, longestPass(texts, spec.blockSize));
    const message = `expected a model that the ${config.engine} engine can train in ${
      gib(mostBytes)
    }, found one that takes about ${gib(bytes)}`;
    if (bytes > mostBytes) return [source.problem(["models", model], message)];
    const kept = checkpointBytes(spec);
    const tooLong = `expected a model whose checkpoint takes at most ${
      gib(MOST_CHECKPOINT_BYTES)
    }, found one that takes about ${gib(kept)}`;
    return kept <= MOST_CHECKPOINT_BYTES ? [] : [source.problem(["models", model], tooLong)];
  });
}
