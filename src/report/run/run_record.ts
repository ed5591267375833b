import type { ResolvedExperiment } from "../../config/experiment.ts";
import type { VocabularyDescription } from "../../data/vocabulary.ts";
import type { LongDocuments } from "../../data/windows.ts";
import type { ComparedCells } from "../../measure/compare_cells.ts";
import type { ModelLosses } from "../../measure/corpus_loss.ts";
import type { LengthCounts } from "../../measure/lengths.ts";
import type { ModelSpec } from "../../model/language_model.ts";
import type { Arithmetic } from "../../model/simd/arithmetic.ts";
import type { TransformerSpec } from "../../model/transformer.ts";
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

/** A model that the run did not train. */
export interface OtherModel {
  /** `target` or `draft`. */
  readonly name: "target" | "draft";
  /** Where it comes from, as a table says it: a folder, or some layers of the target. */
  readonly from: string;
  /** Its sizes and parts. */
  readonly spec: TransformerSpec;
  /** How many numbers its weights are. */
  readonly parameters: number;
}

/** A result that failed, and why. */
export interface Failure {
  /** A model, its loss, or a cell. */
  readonly what: string;
  /** The error. */
  readonly message: string;
}

/** All results of a run: the report is a view of them. */
export interface RunRecord extends ComparedCells {
  /** The config, with its cells. */
  readonly experiment: Omit<ResolvedExperiment, "source">;
  /** The corpus and its size, and the tokens that texts are made of. */
  readonly corpus: {
    /** The file, as a reader would name it; absent where there is no corpus. */
    readonly file?: { readonly source: string; readonly sha256: string };
    readonly documents: number;
    /** Those of them that no model was trained on. */
    readonly heldOut: number;
    readonly vocabulary: VocabularyDescription;
    /** The longest document, in characters. */
    readonly longest: number;
    /** How many of those that models were trained on have each length. */
    readonly lengths: LengthCounts;
    /** The documents that do not fit into the block. */
    readonly long: Pick<LongDocuments, "documents" | "tokens" | "pastBlock" | "windows">;
  };
  /** The beginnings of the texts; drawn ones may be repeated. */
  readonly prompts: readonly string[];
  /** The documents that they could have been drawn from; absent where they are listed. */
  readonly population?: number;
  /** How products and sums were rounded, if the engine simd trained a model. */
  readonly arithmetic?: Arithmetic;
  /** The trained models, in the order in which they were trained. */
  readonly models: readonly ModelRun[];
  /** The models that it did not train, the target first. */
  readonly others: readonly OtherModel[];
  /** How well all of them predict the corpus, and how well n-gram models do. */
  readonly losses: readonly ModelLosses[];
  /** The results that failed, and why. */
  readonly failures: readonly Failure[];
}

/**
 * `run` with measures of the set of samples as they are for the number of texts that all cells with
 * chance have of each draw. The report shows these, since they depend on that number.
 */
export function atEqualNumbers(run: RunRecord): RunRecord {
  return {
    ...run,
    cells: run.cells.map((cell) => ({ ...cell, values: { ...cell.values, ...cell.rarefied } })),
  };
}
