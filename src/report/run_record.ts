import type { Experiment } from "../config/load.ts";
import type { CellMeasures } from "../measure/cell_measures.ts";
import type { ModelSpec } from "../model/language_model.ts";
import type { TrainingStep } from "../train/trainer.ts";

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

/** All that a run has found out: what the report is a view of. */
export interface RunRecord {
  /** What was asked for. */
  readonly experiment: Experiment;
  /** The corpus, as a reader would name it, and what it holds. */
  readonly corpus: {
    readonly source: string;
    readonly sha256: string;
    readonly documents: number;
    readonly characters: readonly string[];
    /** The longest document, in characters. */
    readonly longest: number;
  };
  /** The models, in the order trained. */
  readonly models: readonly ModelRun[];
  /** The grid, in the order of the config. */
  readonly cells: readonly CellMeasures[];
}
