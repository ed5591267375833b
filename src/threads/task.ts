/**
 * The pieces of work that a run is divided into: each reads its inputs from the store, and writes its
 * result there.
 *
 * @module
 */
import type { Cell } from "../decode/cell.ts";
import type { ModelName, Setup } from "../stages/experiment_data.ts";
import type { StageId } from "../store/stored_result.ts";

/** The results of the trainings that a task needs. */
export type TrainIds = Readonly<Partial<Record<ModelName, StageId>>>;

/** Trains a model. */
export interface TrainTask {
  /** Of tasks. */
  readonly kind: "train";
  /** Which model. */
  readonly model: ModelName;
  /** Its result. */
  readonly id: StageId;
}

/** Measures what a model loses on the corpus. */
export interface LossTask {
  /** Of tasks. */
  readonly kind: "loss";
  /** A trained model, or the order of an n-gram model. */
  readonly of: ModelName | number;
  /** The trained models that it needs. */
  readonly train: TrainIds;
  /** Its result. */
  readonly id: StageId;
}

/** Decodes a cell, unless its samples are kept, and measures them. */
export interface CellTask {
  /** Of tasks. */
  readonly kind: "cell";
  /** The cell. */
  readonly cell: Cell;
  /** The trained models that it needs. */
  readonly train: TrainIds;
  /** Its samples. */
  readonly decode: StageId;
  /** Whether they are made already. */
  readonly decoded: boolean;
  /** Its result. */
  readonly id: StageId;
}

/** Times speculative cells one text at a time; to be done alone on the machine. */
export interface TimeTask {
  /** Of tasks. */
  readonly kind: "time";
  /** The measures of the cells. */
  readonly cells: readonly StageId[];
  /** The trained models that it needs. */
  readonly train: TrainIds;
  /** Its result. */
  readonly id: StageId;
}

/** A piece of work. */
export type Task = TrainTask | LossTask | CellTask | TimeTask;

/** A piece of work and what it is of. */
export interface PlacedTask {
  /** The work. */
  readonly task: Task;
  /** The experiment. */
  readonly setup: Setup;
}
