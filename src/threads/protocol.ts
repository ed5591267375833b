/**
 * The messages between a run and its worker threads.
 *
 * @module
 */
import { Documents, type DocumentsData } from "../data/documents.ts";
import type { Split } from "../data/selection.ts";
import { LinkedPathError } from "../files/inside.ts";
import { WriteError } from "../files/write_whole.ts";
import { DivergedError } from "../model/language_model.ts";
import type { ExperimentData } from "../stages/experiment_data.ts";
import { Interrupted, type StageTask } from "../stages/stage.ts";
import { StoreError } from "../store/read_stored.ts";
import { LostResultError, type Store } from "../store/store.ts";

/** A message to a worker. */
export type Request =
  | {
    readonly kind: "begin";
    readonly store: Pick<Store, "root" | "shownAs">;
    readonly stop: Int32Array;
  }
  | { readonly kind: "experiment"; readonly data: SentExperiment }
  | { readonly kind: "task"; readonly task: StageTask; readonly threads: number };

/** An experiment as another thread is sent it: plain data, whose documents both threads share. */
export interface SentExperiment extends Omit<ExperimentData, "split"> {
  /** See {@linkcode ExperimentData}. */
  readonly split: Readonly<Record<keyof Split, DocumentsData>>;
}

/** `data` for another thread. */
export function sentExperiment({ split, ...data }: ExperimentData): SentExperiment {
  return { ...data, split: { training: split.training.data, heldOut: split.heldOut.data } };
}

/** The experiment that {@linkcode sentExperiment} took apart. */
export function receivedExperiment({ split, ...data }: SentExperiment): ExperimentData {
  const { training, heldOut } = split;
  return {
    ...data,
    split: { training: new Documents(training), heldOut: new Documents(heldOut) },
  };
}

/** A message from a worker: how far its task is, a remark, and once for each task how it ended. */
export type Response =
  | { readonly kind: "step"; readonly done: number }
  | { readonly kind: "notice"; readonly message: string }
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly error: PlainError };

/** An error as plain data. */
export interface PlainError {
  /** The name of its class. */
  readonly name: string;
  /** Its message. */
  readonly message: string;
  /** Where it was thrown. */
  readonly stack: string | undefined;
}

const classes = [
  DivergedError,
  WriteError,
  LinkedPathError,
  Interrupted,
  LostResultError,
  StoreError,
];

/** An error as plain data, for another thread. */
export function plainError(error: unknown): PlainError {
  return error instanceof Error
    ? { name: error.name, message: error.message, stack: error.stack }
    : { name: "Error", message: String(error), stack: undefined };
}

/** The error that {@linkcode plainError} took apart. */
export function errorOf({ name, message, stack }: PlainError): Error {
  const Class = classes.find((one) => new one("").name === name) ?? Error;
  const error = new Class(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}
