import { comparedProblems } from "../config/checks.ts";
import type { Problem } from "../config/config_error.ts";
import type { Experiment, ResolvedExperiment } from "../config/experiment.ts";
import { MOST_BLOCK_SIZE } from "../config/schema.ts";
import { areListed, type ExperimentConfig } from "../config/settings.ts";
import { withoutSecrets } from "../data/secret_url.ts";
import { leastShare, type Split } from "../data/selection.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import { availableMemory } from "../files/available_memory.ts";
import { arithmeticOf, type EngineChoice, trainingEngine } from "../model/engine.ts";
import { engines } from "../model/engines.ts";
import type { ModelSpec } from "../model/language_model.ts";
import { runtimeLimit } from "../model/onnx/open_session.ts";
import { onnxRuntime, type RuntimeName } from "../model/onnx/runtime.ts";
import { type Arithmetic, processorArithmetic } from "../model/simd/arithmetic.ts";
import { parameterCount } from "../model/weights.ts";
import {
  type CorpusData,
  corpusData,
  type ExperimentData,
  modelNames,
  promptDocuments,
  type SplitCorpus,
  trainedNames,
  trainedSpec,
} from "../stages/experiment_data.ts";
import { parametersOf } from "../stages/model_use.ts";
import { memoryParts, type MemorySizes, totalBytes } from "../stages/memory.ts";
import { formatBytes, formatCount } from "../text/format.ts";
import { shown } from "../text/suggestions.ts";
import { checkpointBytes, MOST_CHECKPOINT_BYTES } from "../train/checkpoint.ts";
import { folderProblems, tokenProblems } from "./check_models.ts";
import { CorpusCache, corpusSource } from "./corpus_cache.ts";
import {
  roomAfter,
  withDrawnPrompts,
  withInputs,
  withModels,
  withPrompts,
} from "./corpus_defaults.ts";
import { ownBlockSize } from "./model_folders.ts";
import { resolvedConfig } from "./resolved_config.ts";

/**
 * Reads the corpus of `experiment` and opens the folders of its models, unless `corpora` has them already,
 * chooses the defaults that follow from them, and makes every check that needs them: an experiment that
 * fails one never starts. Throws a `ConfigError`.
 */
export async function checkWithCorpus(
  experiment: Experiment,
  corpora: CorpusCache = new CorpusCache(),
  machine: Machine = {},
): Promise<ExperimentData> {
  const opened = await corpora.folders.openFor(experiment);
  const unfit = folderProblems(experiment, opened);
  if (unfit.length > 0) throw experiment.source.errorOf(unfit);
  const { experiment: written, read } = await withInputs(
    withModels(experiment, opened),
    opened,
    corpora,
  );
  const { vocabulary, texts } = read;
  const bounds = { vocabulary, most: ownBlockSize(opened) ?? MOST_BLOCK_SIZE };
  const foreign = tokenProblems(written, opened, vocabulary);
  if (foreign.length > 0) throw experiment.source.errorOf(foreign);
  const drawn = withDrawnPrompts({ experiment: written, read });
  const found = corpusData(drawn.config, read);
  const spelling = promptProblems(drawn, found.prompts, bounds);
  const whole = spelling.length > 0 ? drawn : withPrompts(drawn, found.prompts, vocabulary);
  const problems = [
    ...(texts === undefined ? [] : splitProblems(whole, texts)),
    ...await lengthProblems(whole, found, { corpora, most: bounds.most }),
    ...drawnProblems(whole, found.split, found.prompts),
    ...spelling,
    ...(spelling.length > 0 ? [] : roomProblems(whole, found.prompts, bounds)),
    ...sizeProblems(whole, found, texts),
    ...runtimeProblems(whole, found, machine),
  ];
  const { source: config, ...settings } = whole;
  if (problems.length === 0) {
    const problem = memoryProblem({ experiment: settings, ...found }, machine);
    if (problem !== undefined) problems.push(config.problem(problem.path, problem.message));
  }
  if (problems.length > 0) throw config.errorOf(problems);
  const sha256 = texts?.corpus.sha256;
  const source = corpusSource(whole);
  return {
    experiment: { ...settings, config: withoutSecretsIn(whole.config) },
    configText: resolvedConfig(whole, read, found.prompts),
    ...(source === undefined || sha256 === undefined ? {} : { corpus: { source, sha256 } }),
    ...arithmeticIn(whole.config.engine, found, machine),
    ...found,
  };
}

/** How the models that an experiment trains are computed, where products and sums may be fused. */
function arithmeticIn(
  engine: EngineChoice,
  found: CorpusData,
  machine: Machine,
): Pick<ExperimentData, "arithmetic"> {
  if (trainedNames(found).length === 0) return {};
  const arithmetic = arithmeticOf(engine, machine.arithmetic ?? processorArithmetic());
  return arithmetic === undefined ? {} : { arithmetic };
}

/** The machine that a run is for: what is left out is that of this process. */
export interface Machine {
  /** Threads; as many as there are cores if left out. */
  readonly threads?: number;
  /** Memory, bytes; what {@linkcode availableMemory} says if left out. */
  readonly memory?: number | undefined;
  /** The onnxruntime; that of this process if left out. */
  readonly runtime?: RuntimeName | undefined;
  /** How its processor rounds products and sums; what {@linkcode processorArithmetic} says if left out. */
  readonly arithmetic?: Arithmetic;
}

/**
 * Why a run of these sizes does not fit into the memory that there is, and the setting that takes most of
 * it; `undefined` where it fits, or nobody knows how much there is.
 */
export function memoryProblem(
  sizes: MemorySizes,
  { threads = navigator.hardwareConcurrency, memory = availableMemory() }: Machine = {},
): Problem | undefined {
  if (memory === undefined) return undefined;
  const parts = memoryParts(sizes, threads).toSorted((a, b) => b.bytes - a.bytes);
  const bytes = totalBytes(parts);
  const largest = parts.find(({ setting }) => setting !== undefined);
  if (bytes <= memory || largest?.setting === undefined) return undefined;
  const list = parts.slice(0, 3).map(({ what, bytes }) => `${what} ${formatBytes(bytes)}`);
  const message =
    `expected a run that fits in ${formatBytes(memory)}, which is what this machine ` +
    `or its control group has, found one that takes about ${formatBytes(bytes)} on ` +
    `${formatCount(threads, "thread")}: ${list.join(", ")}`;
  return { path: largest.setting, message };
}

/** Models that the onnxruntime has no room for: it has all of them in one memory. */
function runtimeProblems(
  { source, config: { engine } }: ResolvedExperiment,
  { models }: Pick<CorpusData, "models">,
  { runtime = onnxRuntime()?.name }: Machine,
): Problem[] {
  if (engine !== "onnx" || runtime === undefined) return [];
  const parameters = modelNames({ models }).reduce((sum, name) => {
    const origin = models[name];
    return sum + (origin === undefined ? 0 : parametersOf(models, origin));
  }, 0);
  const limit = runtimeLimit(runtime, parameters);
  if (limit === undefined) return [];
  const message = `expected models that fit in ${runtime}, found ${
    formatCount(parameters, "parameter")
  } in all: ${limit}`;
  return [source.problem(["models", "target"], message)];
}

/** The config as stages see, write and name it: a URL in it has no secrets. */
function withoutSecretsIn(config: ExperimentConfig): ExperimentConfig {
  const { corpus } = config;
  if (corpus?.url === undefined) return config;
  return { ...config, corpus: { ...corpus, url: withoutSecrets(corpus.url) } };
}

/** Problems with a split that leaves one of its sides empty. */
function splitProblems(
  { source, config }: ResolvedExperiment,
  { split: { training, heldOut }, corpus }: SplitCorpus,
): Problem[] {
  const share = config.corpus?.held_out ?? 0;
  if (share === 0 || (training.length > 0 && heldOut.length > 0)) return [];
  const fitting = leastShare(corpus.documents);
  const way = fitting === undefined
    ? "; --set corpus.held_out=0 holds none out"
    : `; --set corpus.held_out=${fitting} holds the fewest out`;
  const message = `expected a share that leaves documents to train on and holds some out, or 0, ` +
    `found ${share}, which holds out ${heldOut.length} of ${
      training.length + heldOut.length
    }${way}`;
  return [source.problem(["corpus", "held_out"], message)];
}

/** Documents that are longer than the block, where that is not to be. */
async function lengthProblems(
  experiment: ResolvedExperiment,
  { long: { documents, first, longest } }: CorpusData,
  { corpora, most }: { readonly corpora: CorpusCache; readonly most: number },
): Promise<Problem[]> {
  const { source, config: { corpus, models: { block_size } } } = experiment;
  if (corpus?.long_documents !== "error" || first === undefined) return [];
  const place = await corpora.placeOf(experiment, first.document);
  const ways = [
    ...(longest > most ? [] : [`--set models.block_size=${longest} has room`]),
    "--set corpus.long_documents=windows reads all of them in pieces",
  ];
  const message = `expected documents of at most ${formatCount(block_size, "token")} with EOS ` +
    `(models.block_size), found one of ${first.tokens} on ${place}` +
    (documents === 1 ? "" : `, the first of ${documents} that are longer`) + `; ${ways.join(", ")}`;
  return [source.problem(["corpus", "long_documents"], message)];
}

/** Problems with prompts that were to be drawn. */
function drawnProblems(
  { source, config }: ResolvedExperiment,
  split: Split,
  drawn: readonly string[],
): Problem[] {
  const { prompts } = config.decoding;
  if (areListed(prompts)) return [];
  if (drawn.length === prompts.count) return comparedProblems(source, config, drawn);
  const documents = promptDocuments(prompts, split).length;
  const kind = prompts.from === "held_out" ? "documents held out" : "training documents";
  const message = `expected at most ${documents}, which is how many ${kind} have ` +
    `${prompts.length} characters, found ${prompts.count}` +
    (documents === 0 ? "" : `; --set decoding.prompts.count=${documents} draws all`);
  return [source.problem(["decoding", "prompts", "count"], message)];
}

/** Prompts that are not text of the vocabulary, or too long for the block. */
function promptProblems(
  { source, config: { decoding, models: { block_size } } }: ResolvedExperiment,
  prompts: readonly string[],
  { vocabulary, most }: Bounds,
): Problem[] {
  if (!areListed(decoding.prompts)) {
    const lengths = prompts.map((prompt) => vocabulary.encodePrompt(prompt).length);
    const longest = lengths.reduce((most, length) => Math.max(most, length), 0);
    const message = "characters" in vocabulary.data
      ? `expected at most ${block_size - 1}, which is what models.block_size (${block_size}) ` +
        `leaves after BOS, found ${longest - 1}${wayToRoom(longest, most)}`
      : `expected a length of which no prompt has more than ${formatCount(block_size, "token")} ` +
        `(models.block_size), found one of ${longest}${wayToRoom(longest, most)}`;
    return longest <= block_size
      ? []
      : [source.problem(["decoding", "prompts", "length"], message)];
  }
  return prompts.flatMap((prompt, i) => {
    const message = vocabulary.describeUnknown(prompt) ??
      tooLong(prompt, { vocabulary, most, blockSize: block_size });
    return message === undefined ? [] : [source.problem(["decoding", "prompts", i], message)];
  });
}

/** The tokens of texts, and the longest block that there can be. */
interface Bounds {
  readonly vocabulary: Vocabulary;
  readonly most: number;
}

function tooLong(
  prompt: string,
  { vocabulary, most, blockSize }: Bounds & { readonly blockSize: number },
): string | undefined {
  const { length } = vocabulary.encodePrompt(prompt);
  if (length <= blockSize) return undefined;
  const withBos = "characters" in vocabulary.data ? " with BOS" : "";
  return `expected a prompt of at most ${
    formatCount(blockSize, "token")
  }${withBos} (models.block_size), ` +
    `found ${shown(prompt)}, which is ${length}${wayToRoom(length, most)}`;
}

/** How to have a block of at least `tokens`, where one of at most `most` is. */
function wayToRoom(tokens: number, most: number): string {
  return tokens <= most ? `; --set models.block_size=${tokens} or more has room` : "";
}

/** More new tokens than the block has room for after the shortest of `prompts`. */
function roomProblems(
  { source, config: { decoding, models: { block_size } } }: ResolvedExperiment,
  prompts: readonly string[],
  { vocabulary, most }: Bounds,
): Problem[] {
  const room = roomAfter(prompts, vocabulary, block_size);
  if (room === undefined || decoding.max_new_tokens <= room) return [];
  const needed = block_size + decoding.max_new_tokens - room;
  const bos = "characters" in vocabulary.data ? "BOS and " : "";
  const message = `expected at most ${room}, which is what models.block_size (${block_size}) ` +
    `leaves after ${bos}the shortest prompt, found ${decoding.max_new_tokens}; ` +
    `--set decoding.max_new_tokens=${Math.max(0, room)}` +
    `${needed <= most ? ` or --set models.block_size=${needed}` : ""} fits`;
  return [source.problem(["decoding", "max_new_tokens"], message)];
}

/** Positions that a model reads of the longest document. */
function longestPass(
  { corpus: { documents }, vocabulary }: SplitCorpus,
  blockSize: number,
): number {
  let longest = 0;
  for (let i = 0; i < documents.length && longest < blockSize; i++) {
    const { length } = vocabulary.encodeDocument(documents.bytes(i), blockSize);
    longest = Math.max(longest, length - 1);
  }
  return longest;
}

function sizeProblems(
  { source, config }: ResolvedExperiment,
  data: Pick<CorpusData, "models">,
  texts: SplitCorpus | undefined,
): Problem[] {
  const engine = trainingEngine(config.engine);
  const { trainingBytes, mostBytes } = engines[engine];
  const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  return trainedNames(data).flatMap((model) => {
    const spec = trainedSpec(data, model);
    if (spec === undefined || texts === undefined) return [];
    const { batch_size } = config.training[model];
    // The corpus is encoded only where a model is too large if its documents fill the block.
    const fills = trainingBytes(spec, batch_size, spec.blockSize) <= mostBytes;
    const positions = fills ? spec.blockSize : longestPass(texts, spec.blockSize);
    const bytesOf = (batchSize: number): number => trainingBytes(spec, batchSize, positions);
    if (bytesOf(1) > mostBytes) {
      const message = `expected a model that the ${engine} engine can train in ${
        gib(mostBytes)
      }, found one that takes about ${gib(bytesOf(batch_size))}${vocabularyShare(spec)}`;
      return [source.problem(["models", model], message)];
    }
    if (bytesOf(batch_size) > mostBytes) {
      const most = mostWhere((batchSize) => bytesOf(batchSize) <= mostBytes, batch_size);
      const message = `expected at most ${most}, which is how many documents of this model the ` +
        `${engine} engine can train on at once in ${gib(mostBytes)}, found ${batch_size}; ` +
        `--set training.${model}.batch_size=${most} fits`;
      return [source.problem(["training", model, "batch_size"], message)];
    }
    const stored = checkpointBytes(spec);
    const tooLong = `expected a model whose checkpoint takes at most ${
      gib(MOST_CHECKPOINT_BYTES)
    }, found one that takes about ${gib(stored)}${vocabularyShare(spec)}`;
    return stored <= MOST_CHECKPOINT_BYTES ? [] : [source.problem(["models", model], tooLong)];
  });
}

/** The largest number below `limit` for which `holds`, which holds for 1 and no more from some number on. */
function mostWhere(holds: (count: number) => boolean, limit: number): number {
  let [most, less] = [1, limit];
  while (less - most > 1) {
    const middle = Math.floor((most + less) / 2);
    if (holds(middle)) most = middle;
    else less = middle;
  }
  return most;
}

/** `; 32,000 of its 40,000 parameters are for the corpus's 1,000 tokens` where those are the most. */
function vocabularyShare(spec: ModelSpec): string {
  const all = parameterCount(spec);
  const own = all - parameterCount({ ...spec, vocabSize: 0 });
  if (own < all / 2) return "";
  return `; ${thousands(own)} of its ${thousands(all)} parameters are for the corpus's ` +
    `${thousands(spec.vocabSize)} tokens`;
}

function thousands(count: number): string {
  return count.toLocaleString("en");
}
