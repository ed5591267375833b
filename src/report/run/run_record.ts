import type { Experiment } from "../../config/load.ts";
import type { VocabularyDescription } from "../../data/vocabulary.ts";
import type { CellMeasures } from "../../measure/cell_measures.ts";
import type { CorpusLoss } from "../../measure/held_out.ts";
import type { Estimate } from "../../measure/interval.ts";
import type { ModeSummary, SearchQuality } from "../../measure/search_quality.ts";
import type { ModelSpec } from "../../model/language_model.ts";
import type { TrainingStep } from "../../train/trainer.ts";

/** One model as it was trained. */
export interface ModelRun {
  /** `target` or `draft`. */
  readonly name: "target" | "draft";
  /** Its sizes. */
  readonly spec: ModelSpec;
  /** Numbers that it learns. */
  readonly parameters: number;
  /** Every update, in order. */
  readonly steps: readonly TrainingStep[];
}

/** How well one model predicts the corpus. */
export interface ModelLosses {
  /** `target`, `draft`, or an n-gram model's order as `3-gram`. */
  readonly name: string;
  /** On every document that was held out, if any was. */
  readonly heldOut?: CorpusLoss;
  /** On documents that it was trained on. */
  readonly training: CorpusLoss;
}

/** The most probable texts, and how far each search is from them. */
export interface SearchComparison {
  /** The most probable texts. */
  readonly modes: ModeSummary;
  /** The searches, by the labels of their cells. */
  readonly cells: ReadonlyMap<string, SearchQuality>;
}

/** What the cells of a run are beside one another. */
export interface CellComparisons {
  /**
   * Mean log-probability less that of the grid's first cell, over the prompts, nats, by label; none of
   * the first cell, and none with fewer than two prompts.
   */
  readonly differences: ReadonlyMap<string, Estimate>;
  /** How far searches are from the most probable texts, where `exact` has proved any. */
  readonly search: SearchComparison | undefined;
}

/** Something that could not be had, and why. */
export interface Failure {
  /** A model, what it loses, or a cell. */
  readonly what: string;
  /** Why. */
  readonly message: string;
}

/** All that a run has found out: what the report is a view of. */
export interface RunRecord extends CellComparisons {
  /** What was asked for. */
  readonly experiment: Experiment;
  /** The corpus, as a reader would name it, and what it holds. */
  readonly corpus: {
    readonly source: string;
    readonly sha256: string;
    readonly documents: number;
    /** Those of them that no model was trained on. */
    readonly heldOut: number;
    readonly vocabulary: VocabularyDescription;
    /** The longest document, in characters. */
    readonly longest: number;
  };
  /** What the texts begin with; those that were drawn may come again. */
  readonly prompts: readonly string[];
  /** The models that there are, in the order trained. */
  readonly models: readonly ModelRun[];
  /** How well they predict the corpus, and how well n-gram models do. */
  readonly losses: readonly ModelLosses[];
  /** The cells that there are, in the order of the config. */
  readonly cells: readonly CellMeasures[];
  /** What could not be had, and why. */
  readonly failures: readonly Failure[];
}
