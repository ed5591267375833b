import type { Experiment } from "../config/experiment.ts";
import {
  areListed,
  type DrawnPrompts,
  type ExperimentConfig,
  type ModelSizes,
} from "../config/schema.ts";
import type { Corpus } from "../data/corpus.ts";
import type { Documents } from "../data/documents.ts";
import { drawPrompts, longEnough, type Split } from "../data/selection.ts";
import type { Vocabulary, VocabularyData } from "../data/vocabulary.ts";
import type { LongDocuments, WindowOptions } from "../data/windows.ts";
import type { PromptDesign } from "../measure/sampling.ts";
import type { ModelSpec } from "../model/language_model.ts";
import type { OnnxPlatform } from "../model/onnx/platform.ts";
import { promptStream } from "./seeding.ts";

/** One of an experiment's trained models. */
export type ModelName = "target" | "draft";

/** A checked config as plain data: one value for each setting. */
export type ExperimentSettings = Omit<Experiment, "source">;

/** Where a corpus is read from, wherever a config or plan that says so lies. */
export type CorpusSource =
  | { readonly path: string }
  | { readonly url: string };

/** An experiment as a plan holds it, without the data that follow from the corpus. */
export interface FrozenExperiment {
  /** Every setting. */
  readonly experiment: ExperimentSettings;
  /** The text of `config.yaml`, from which the same run can be started. */
  readonly configText: string;
  /** The corpus. */
  readonly corpus: {
    /** Where it is read from. */
    readonly source: CorpusSource;
    /** SHA-256 of its file, lower-case hexadecimal. */
    readonly sha256: string;
  };
  /** Where its models are computed, if that is done by an onnxruntime. */
  readonly platform?: OnnxPlatform;
}

/** The prompts of an experiment. */
export interface ChosenPrompts {
  /** The beginnings of the texts; prompts that were drawn may repeat. */
  readonly prompts: readonly string[];
  /** How many documents prompts could be drawn from, where they are drawn. */
  readonly population?: number;
}

/** Everything of an experiment that stages need. */
export interface ExperimentData extends FrozenExperiment, CorpusData {}

/** The data that follow from an experiment's settings and its corpus. */
export interface CorpusData extends ChosenPrompts {
  /** The tokens of all documents, those held out included. */
  readonly vocabulary: VocabularyData;
  /** The documents, those to learn from and those held out. */
  readonly split: Split;
  /** The longest document, in characters. */
  readonly longest: number;
  /** The documents, held out or not, that do not fit into the block. */
  readonly long: LongDocuments;
  /** Sizes of the models; the draft's where there is one. */
  readonly specs: { readonly target: ModelSpec; readonly draft?: ModelSpec };
}

/** A corpus, and what follows from it and the share that is held out. */
export interface SplitCorpus {
  /** All documents. */
  readonly corpus: Corpus;
  /** The documents, those to learn from and those held out. */
  readonly split: Split;
  /** The tokens of all documents, those held out included. */
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
  { corpus: { sha256 }, ...data }: ExperimentData,
): { readonly [name: string]: string | number | undefined } {
  const { held_out } = data.experiment.config.corpus;
  return { sha256, held_out, ...choicesThatMatter(data) };
}

/** The treatment of documents, where it changes any of them; a cut where none is named. */
export function choicesThatMatter(
  { experiment: { config: { corpus } }, long }: Pick<ExperimentData, "experiment" | "long">,
): { readonly normalize?: string; readonly long_documents?: string } {
  const { normalize, long_documents } = corpus;
  return {
    ...(normalize !== "none" && { normalize }),
    ...(long.documents > 0 && long_documents !== "cut" && { long_documents }),
  };
}

/** How the models of an experiment read documents. */
export function windowOptions(
  { corpus: { long_documents }, models: { block_size } }: ExperimentConfig,
): WindowOptions {
  return { blockSize: block_size, longDocuments: long_documents };
}

/** The number of windows that a document is read in, the mean over all. */
export function windowsPerDocument(
  { experiment: { config }, split: { training, heldOut }, long }: WindowSizes,
): number {
  if (config.corpus.long_documents !== "windows" || long.documents === 0) return 1;
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

/** The names of the models that an experiment trains, the target first. */
export function modelNames({ specs }: Pick<ExperimentData, "specs">): readonly ModelName[] {
  return specs.draft === undefined ? ["target"] : ["target", "draft"];
}

/** The data that follow from these settings and this corpus; no prompts where too few can be drawn. */
export function corpusData(
  config: ExperimentConfig,
  { split, vocabulary, longest, longDocuments }: SplitCorpus,
): CorpusData {
  const { block_size, target, draft } = config.models;
  const spec = (sizes: ModelSizes): ModelSpec => ({
    vocabSize: vocabulary.size,
    blockSize: block_size,
    nEmbd: sizes.n_embd,
    nHead: sizes.n_head,
    nLayer: sizes.n_layer,
  });
  return {
    vocabulary: vocabulary.data,
    split,
    longest,
    long: longDocuments(block_size),
    ...promptsOf(config, split),
    specs: draft === undefined
      ? { target: spec(target) }
      : { target: spec(target), draft: spec(draft) },
  };
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
