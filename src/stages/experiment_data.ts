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
import type { PromptDesign } from "../measure/sampling.ts";
import type { ModelSpec } from "../model/language_model.ts";
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
}

/** The corpus as keys name it: by its file, and by what is done to its documents. */
export function corpusKey(
  { corpus: { sha256 }, experiment: { config: { corpus } } }: FrozenExperiment,
): { readonly [name: string]: string | number | undefined } {
  const { held_out, normalize } = corpus;
  return { sha256, held_out, normalize: normalize === "none" ? undefined : normalize };
}

/** The names of the models that an experiment trains, the target first. */
export function modelNames({ specs }: Pick<ExperimentData, "specs">): readonly ModelName[] {
  return specs.draft === undefined ? ["target"] : ["target", "draft"];
}

/** The data that follow from these settings and this corpus; no prompts where too few can be drawn. */
export function corpusData(
  config: ExperimentConfig,
  { split, vocabulary, longest }: SplitCorpus,
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
