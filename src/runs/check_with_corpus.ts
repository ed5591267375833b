import { configError, type Problem } from "../config/config_error.ts";
import type { Experiment } from "../config/load.ts";
import { areListed, comparedProblems } from "../config/prompt_problems.ts";
import type { Split } from "../data/split.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import { engines } from "../model/engines.ts";
import {
  type CorpusData,
  corpusData,
  type ExperimentData,
  promptDocuments,
} from "../stages/experiment_data.ts";
import { checkpointBytes, MOST_CHECKPOINT_BYTES } from "../train/checkpoint.ts";
import { CorpusCache, corpusSource } from "./corpus_cache.ts";
import { resolvedConfig } from "./resolved_config.ts";

/**
 * Reads the corpus of `experiment`, unless it is in `corpora` already, and makes every check that needs
 * it: an experiment that fails one never starts. Throws a `ConfigError`.
 */
export async function checkWithCorpus(
  experiment: Experiment,
  corpora: CorpusCache = new CorpusCache(),
): Promise<ExperimentData> {
  const { source, ...settings } = experiment;
  const { config } = settings;
  const read = await corpora.readFor(experiment);
  const found = corpusData(config, read);
  const problems = [
    ...splitProblems(experiment, found.split),
    ...drawnProblems(experiment, found.split, found.prompts),
    ...characterProblems(experiment, read.vocabulary),
    ...sizeProblems(experiment, found.specs, found.longest),
  ];
  if (problems.length > 0) throw configError(source.file, problems);
  const { sha256 } = read.corpus;
  return {
    experiment: settings,
    configText: resolvedConfig(experiment, sha256, found.prompts),
    corpus: { source: corpusSource(experiment), sha256 },
    ...found,
  };
}

/** Problems with a split that leaves one of its sides empty. */
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

/** Problems with prompts that were to be drawn. */
function drawnProblems(
  { source, config }: Experiment,
  split: Split,
  drawn: readonly string[],
): Problem[] {
  const { prompts } = config.decoding;
  if (areListed(prompts)) return [];
  if (drawn.length === prompts.count) return comparedProblems(source, config, drawn);
  const documents = promptDocuments(prompts, split).length;
  const kind = prompts.from === "held_out" ? "documents held out" : "training documents";
  const message = `expected at most ${documents}, which is how many ${kind} have ` +
    `${prompts.length} characters, found ${prompts.count}`;
  return [source.problem(["decoding", "prompts", "count"], message)];
}

function characterProblems({ source, config }: Experiment, vocabulary: Vocabulary): Problem[] {
  const { prompts } = config.decoding;
  // Prompts that were drawn from the corpus have its characters.
  return (areListed(prompts) ? prompts : []).flatMap((prompt, i) => {
    const message = vocabulary.describeUnknown(prompt);
    if (message === undefined) return [];
    return [source.problem(["decoding", "prompts", i], message)];
  });
}

function sizeProblems(
  { source, config }: Experiment,
  specs: CorpusData["specs"],
  longest: number,
): Problem[] {
  const { trainingBytes, mostBytes } = engines[config.engine];
  const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  return (["target", "draft"] as const).flatMap((model) => {
    const spec = specs[model];
    if (spec === undefined) return [];
    const positions = Math.min(spec.blockSize, longest + 1);
    const bytes = trainingBytes(spec, config.training[model].batch_size, positions);
    const message = `expected a model that the ${config.engine} engine can train in ${
      gib(mostBytes)
    }, found one that takes about ${gib(bytes)}`;
    if (bytes > mostBytes) return [source.problem(["models", model], message)];
    const stored = checkpointBytes(spec);
    const tooLong = `expected a model whose checkpoint takes at most ${
      gib(MOST_CHECKPOINT_BYTES)
    }, found one that takes about ${gib(stored)}`;
    return stored <= MOST_CHECKPOINT_BYTES ? [] : [source.problem(["models", model], tooLong)];
  });
}
