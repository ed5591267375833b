/**
 * A validated config: its types, and what is asked of it in many places. Unlike the schema, which these
 * types come from, loading it costs nothing.
 *
 * @module
 */
import { normalizations } from "../data/normalization.ts";
import { longDocumentChoices } from "../data/windows.ts";
import type { EngineChoice } from "../model/engine.ts";
import type { Validated } from "./schema.ts";

/** One entry of `decoding.strategies`, as plain data: settings may be lists. */
export type StrategyEntry = Readonly<Record<string, unknown>> & { readonly strategy: string };

/**
 * A config, validated, with every default filled in but the block of models from folders, which these
 * say. It has one value for each setting outside `decoding.strategies`; the entries there are as written,
 * and the cells are what comes of them.
 *
 * @internal
 */
export type WrittenConfig = Omit<Validated, "extends" | "zip" | "decoding" | "engine"> & {
  readonly engine: EngineChoice;
  readonly decoding: Omit<Validated["decoding"], "strategies"> & {
    readonly strategies: readonly StrategyEntry[];
  };
};
/**
 * A {@linkcode WrittenConfig} with what follows from its models.
 *
 * @internal
 */
export type ExperimentConfig = Omit<WrittenConfig, "models"> & {
  readonly models: WrittenConfig["models"] & { readonly block_size: number };
};
/** Where the documents come from, as a config says it. */
export type CorpusConfig = NonNullable<ExperimentConfig["corpus"]>;
/** How one model is trained, as a config says it. */
export type TrainingConfig = ExperimentConfig["training"]["target"];
/** A model as a config describes it. */
export type ModelConfig = NonNullable<WrittenConfig["models"]["draft"]>;
/** The sizes of one model, as a config says them. */
export type ModelSizes = Extract<ModelConfig, { n_embd: number }>;
/** A model's folder, as a config says it. */
export type FolderConfig = Extract<ModelConfig, { from: string }>;
/** The prompts, listed or to be drawn, as a config says it. */
export type PromptsConfig = ExperimentConfig["decoding"]["prompts"];
/** How to draw prompts from documents, as a config says it. */
export type DrawnPrompts = Exclude<PromptsConfig, readonly string[]>;

/** Whether a model is read from a folder. */
export function isFolder(model: ModelConfig | undefined): model is FolderConfig {
  return model !== undefined && "from" in model;
}

/** How texts are read: as the corpus says; where there is none, as one that says nothing does. */
export function readingOf(
  { corpus }: Pick<WrittenConfig, "corpus">,
): Pick<CorpusConfig, "normalize" | "long_documents"> {
  return corpus ?? { normalize: normalizations[0], long_documents: longDocumentChoices[0] };
}

/** Whether a model is given by its sizes, and so trained. */
export function isSizes(model: ModelConfig): model is ModelSizes {
  return "n_embd" in model;
}

/** Whether the prompts are listed, and not to be drawn from documents. */
export function areListed(prompts: PromptsConfig): prompts is string[] {
  return Array.isArray(prompts);
}
