import type { Cell } from "../decode/cell.ts";
import type { ExperimentConfig } from "../config/schema.ts";
import type { Split } from "../data/split.ts";
import type { VocabularyData } from "../data/vocabulary.ts";
import type { ModelSpec } from "../model/language_model.ts";

/** One of an experiment's trained models. */
export type ModelName = "target" | "draft";

/** Everything of an experiment that its stages need: plain data, which travels between threads. */
export interface Setup {
  /** Every setting. */
  readonly config: ExperimentConfig;
  /** The grid, in the order of the config. */
  readonly cells: readonly Cell[];
  /** SHA-256 of the corpus. */
  readonly corpusSha256: string;
  /** The tokens of its texts; see {@linkcode vocabularyOf}. */
  readonly vocabulary: VocabularyData;
  /** Its documents, those to learn from and those held out. */
  readonly split: Split;
  /** What the texts begin with; those that were drawn may come again. */
  readonly prompts: readonly string[];
  /** Sizes of the models; the draft's where there is one. */
  readonly specs: { readonly target: ModelSpec; readonly draft?: ModelSpec };
}

/** The names of the models that an experiment trains, the target first. */
export function modelNames({ specs }: Pick<Setup, "specs">): readonly ModelName[] {
  return specs.draft === undefined ? ["target"] : ["target", "draft"];
}
