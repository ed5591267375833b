import type { ResolvedExperiment } from "../config/experiment.ts";
import {
  areListed,
  type DrawnPrompts,
  type ExperimentConfig,
  isSizes,
  type ModelSizes,
  readingOf,
} from "../config/settings.ts";
import type { Corpus } from "../data/corpus.ts";
import { Documents } from "../data/documents.ts";
import { drawPrompts, longEnough, type Split } from "../data/selection.ts";
import type { Vocabulary, VocabularyData } from "../data/vocabulary.ts";
import type { LongDocuments, WindowOptions } from "../data/windows.ts";
import { sha256Hex } from "../files/sha256.ts";
import type { PromptDesign } from "../measure/sampling.ts";
import type { ModelSpec } from "../model/language_model.ts";
import type { OnnxPlatform } from "../model/onnx/platform.ts";
import type { Arithmetic } from "../model/simd/arithmetic.ts";
import type { TransformerSpec } from "../model/transformer.ts";
import { promptStream } from "./seeding.ts";

/** One of an experiment's models. */
export type ModelName = "target" | "draft";

/** A checked config as plain data: one value for each setting. */
export type ExperimentSettings = Omit<ResolvedExperiment, "source">;

/** Where a corpus is read from, wherever a config or plan that says so lies. */
export type CorpusSource =
  | { readonly path: string }
  | { readonly url: string };

/** The settings of an experiment and what pins its corpus. */
export interface PinnedExperiment {
  /** Every setting. */
  readonly experiment: ExperimentSettings;
  /** The text of `config.yaml`, from which the same run can be started. */
  readonly configText: string;
  /** The corpus; absent where nothing is trained, drawn or counted. */
  readonly corpus?: {
    /** Where it is read from. */
    readonly source: CorpusSource;
    /** SHA-256 of its file, lower-case hexadecimal. */
    readonly sha256: string;
  };
  /** Where its models are computed, if that is done by an onnxruntime. */
  readonly platform?: OnnxPlatform;
  /** How products and sums are rounded, if the engine simd trains a model. */
  readonly arithmetic?: Arithmetic;
}

/** A folder that a model is read from, and what it held. */
export interface ModelFolderSource {
  /** Its path, wherever a config or plan that says so lies: in the project `project:…`. */
  readonly path: string;
  /** See {@linkcode FolderOrigin}. */
  readonly digest: string;
}

/** An experiment as a plan holds it, without the data that follow from the corpus and the models. */
export interface FrozenExperiment extends PinnedExperiment {
  /** The folders of the models that have one; absent where none has. */
  readonly folders?: { readonly [Name in ModelName]?: ModelFolderSource };
}

/** The prompts of an experiment. */
export interface ChosenPrompts {
  /** The beginnings of the texts; prompts that were drawn may repeat. */
  readonly prompts: readonly string[];
  /** How many documents prompts could be drawn from, where they are drawn. */
  readonly population?: number;
}

/** A model that the experiment trains. */
export interface TrainedOrigin {
  /** Tells it apart. */
  readonly kind: "trained";
  /** Its sizes. */
  readonly spec: ModelSpec;
}

/** A model that is read from a folder in Hugging Face's form. */
export interface FolderOrigin {
  /** Tells it apart. */
  readonly kind: "folder";
  /** The folder, as a path that can be opened from here. */
  readonly folder: string;
  /** SHA-256 over the files that matter: lower-case hexadecimal. */
  readonly digest: string;
  /** Its files as they were when the digest was made: see `CheckedFolder`. */
  readonly state: string;
  /** Where it is read from, as a plan says it; `folder` is made of it. */
  readonly path: string;
  /** As tables show it: as `config.yaml` has it, without where on this machine it lies. */
  readonly written: string;
  /** Its sizes and parts; the block is that of the experiment. */
  readonly spec: TransformerSpec;
  /** How many numbers its weights are. */
  readonly parameters: number;
  /** The bytes of each of them while they are read: 4, or up to 8 where some are stored as f64. */
  readonly parameterBytes: number;
  /** How many numbers each of its layers has; all are alike. */
  readonly layerParameters: number;
}

/** A draft that is the first layers of the target and its head. */
export interface LayersOrigin {
  /** Tells it apart. */
  readonly kind: "layers";
  /** How many of the target's layers it has: at most all. */
  readonly layers: number;
}

/** Where the target comes from. */
export type TargetOrigin = TrainedOrigin | FolderOrigin;

/** Where a model of an experiment comes from. */
export type ModelOrigin = TargetOrigin | LayersOrigin;

/** The models of an experiment. */
export interface ModelOrigins {
  /** The model that is decoded from. */
  readonly target: TargetOrigin;
  /** The model that proposes for it, where there is one. */
  readonly draft?: ModelOrigin;
}

/** Everything of an experiment that stages need. */
export interface ExperimentData extends PinnedExperiment, CorpusData {}

/** The data that follow from an experiment's settings, its models and its corpus. */
export interface CorpusData extends ChosenPrompts {
  /** The tokens: of all documents, those held out included, or those of the target's tokenizer. */
  readonly vocabulary: VocabularyData;
  /** The documents, those to learn from and those held out; none where there is no corpus. */
  readonly split: Split;
  /** The longest document, in characters. */
  readonly longest: number;
  /** The documents, held out or not, that do not fit into the block. */
  readonly long: LongDocuments;
  /** The models. */
  readonly models: ModelOrigins;
}

/** The inputs of an experiment, read: the folders of its models, and its corpus. */
export interface ReadInputs {
  /** The tokens of every model. */
  readonly vocabulary: Vocabulary;
  /** The corpus, where there is one. */
  readonly texts?: SplitCorpus;
  /** The models that have a folder. */
  readonly folders: { readonly [Name in ModelName]?: FolderOrigin };
}

/** A corpus, and what follows from it, its tokens and the share that is held out. */
export interface SplitCorpus {
  /** All documents. */
  readonly corpus: Corpus;
  /** The documents, those to learn from and those held out. */
  readonly split: Split;
  /** The tokens: of all documents, those held out included, or those of the target's tokenizer. */
  readonly vocabulary: Vocabulary;
  /** The longest document, in characters. */
  readonly longest: number;
  /** The documents, held out or not, that do not fit into a block of that size. */
  readonly longDocuments: (blockSize: number) => LongDocuments;
}

/**
 * The corpus as keys name it: by its file, and by what is done to its documents, as far as that makes a
 * difference.
 */
export function corpusKey(
  { corpus, ...data }: ExperimentData,
): { readonly [name: string]: string | number | undefined } | undefined {
  if (corpus === undefined) return undefined;
  const { sha256 } = corpus;
  const held_out = data.experiment.config.corpus?.held_out;
  return { sha256, held_out, ...choicesThatMatter(data) };
}

/** The digests of tokens, each made once: a tokenizer may be megabytes. */
const digests = new WeakMap<VocabularyData, string>();

/**
 * The tokens as keys name them, where they do not follow from the corpus: those of the target's folder
 * decide what is counted and trained on the same corpus.
 */
export function tokensKey(
  { vocabulary, models: { target } }: Pick<CorpusData, "vocabulary" | "models">,
): string | undefined {
  return target.kind === "trained" ? undefined : digestOfTokens(vocabulary);
}

/** Tells tokens apart by all that they are made by: merges and normal forms, too. */
export function digestOfTokens(vocabulary: VocabularyData): string {
  const known = digests.get(vocabulary) ?? sha256Hex(JSON.stringify(vocabulary));
  digests.set(vocabulary, known);
  return known;
}

/** The treatment of documents, where it changes any of them; a cut where none is named. */
export function choicesThatMatter(
  { experiment: { config: { corpus } }, long }: Pick<ExperimentData, "experiment" | "long">,
): { readonly normalize?: string; readonly long_documents?: string } {
  if (corpus === undefined) return {};
  const { normalize, long_documents } = corpus;
  return {
    ...(normalize !== "none" && { normalize }),
    ...(long.documents > 0 && long_documents !== "cut" && { long_documents }),
  };
}

/** How the models of an experiment read documents. */
export function windowOptions(
  config: ExperimentConfig,
): WindowOptions {
  return {
    blockSize: config.models.block_size,
    longDocuments: readingOf(config).long_documents,
  };
}

/** The number of windows that a document is read in, the mean over all. */
export function windowsPerDocument(
  { experiment: { config }, split: { training, heldOut }, long }: WindowSizes,
): number {
  if (readingOf(config).long_documents !== "windows" || long.documents === 0) return 1;
  const documents = training.length + heldOut.length;
  return (documents - long.documents + long.windows) / documents;
}

/** The number of tokens that are predicted in a window, about: the mean over all. */
export function windowLength(data: WindowSizes): number {
  const bytes = data.split.training.meanBytes;
  const { block_size } = data.experiment.config.models;
  return Math.min(block_size, (1 + bytes) / windowsPerDocument(data));
}

/** The inputs of estimates about windows. */
export type WindowSizes = Pick<CorpusData, "split" | "long"> & {
  readonly experiment: Pick<ExperimentSettings, "config">;
};

/** The names of an experiment's models, the target first. */
export function modelNames({ models }: Pick<CorpusData, "models">): readonly ModelName[] {
  return models.draft === undefined ? ["target"] : ["target", "draft"];
}

/** The names of the models that an experiment trains, the target first. */
export function trainedNames({ models }: Pick<CorpusData, "models">): readonly ModelName[] {
  return modelNames({ models }).filter((name) => models[name]?.kind === "trained");
}

/** The sizes of the model `name`, if the experiment trains it. */
export function trainedSpec(
  { models }: Pick<CorpusData, "models">,
  name: ModelName,
): ModelSpec | undefined {
  const origin = models[name];
  return origin?.kind === "trained" ? origin.spec : undefined;
}

/** The data that follow from these settings and inputs; no prompts where too few can be drawn. */
export function corpusData(
  config: ExperimentConfig,
  { vocabulary, texts, folders }: ReadInputs,
): CorpusData {
  const { block_size } = config.models;
  const split = texts?.split ?? NO_SPLIT;
  return {
    vocabulary: vocabulary.data,
    split,
    longest: texts?.longest ?? 0,
    long: texts?.longDocuments(block_size) ?? NO_LONG,
    ...promptsOf(config, split),
    models: originsOf(config, vocabulary, folders),
  };
}

/** The documents where there is no corpus, and those of them that are long. */
const NO_SPLIT: Split = { training: Documents.of([]), heldOut: Documents.of([]) };
const NO_LONG: LongDocuments = { documents: 0, tokens: 0, pastBlock: 0, windows: 0, longest: 0 };

/** The models of `config`, those of `folders` among them. */
function originsOf(
  { models: { block_size, target, draft } }: ExperimentConfig,
  { size }: Vocabulary,
  folders: ReadInputs["folders"],
): ModelOrigins {
  const trained = ({ n_embd, n_head, n_layer }: ModelSizes): TrainedOrigin => ({
    kind: "trained",
    spec: {
      vocabSize: size,
      blockSize: block_size,
      nEmbd: n_embd,
      nHead: n_head,
      nLayer: n_layer,
    },
  });
  const opened = (name: ModelName): FolderOrigin => {
    const folder = folders[name];
    if (folder === undefined) throw new TypeError(`Cannot use the ${name}: its folder is not open`);
    return folder;
  };
  const origins: ModelOrigins = { target: isSizes(target) ? trained(target) : opened("target") };
  if (draft === undefined) return origins;
  if (isSizes(draft)) return { ...origins, draft: trained(draft) };
  if ("from" in draft) return { ...origins, draft: opened("draft") };
  return { ...origins, draft: { kind: "layers", layers: draft.layers } };
}

/** The documents that prompts are drawn from. */
export function promptDocuments(
  { from, length }: DrawnPrompts,
  { training, heldOut }: Split,
): Documents {
  return longEnough(from === "held_out" ? heldOut : training, length);
}

function promptsOf(
  { seed, decoding: { prompts } }: ExperimentConfig,
  split: Split,
): ChosenPrompts {
  if (areListed(prompts)) return { prompts };
  const documents = promptDocuments(prompts, split);
  const population = documents.length;
  if (population < prompts.count) return { prompts: [], population };
  return {
    prompts: drawPrompts(documents, prompts, promptStream(seed, prompts.from)),
    population,
  };
}

/** How the prompts were chosen. */
export function designOf({ population }: Pick<ChosenPrompts, "population">): PromptDesign {
  return population === undefined ? { prompts: "listed" } : { prompts: "drawn", population };
}
