/**
 * What a run and its worker threads say to one another.
 *
 * @module
 */
import { DivergedError } from "../model/language_model.ts";
import { WriteError } from "../files/write_whole.ts";
import { Interrupted } from "./interrupted.ts";
import type { Setup } from "../stages/experiment_data.ts";
import { LostEntryError } from "../store/store.ts";
import type { Task } from "./task.ts";

/** What a worker is sent. */
export type Order =
  | { readonly kind: "begin"; readonly store: string; readonly stop: Int32Array }
  | { readonly kind: "setup"; readonly setup: Setup }
  | { readonly kind: "task"; readonly task: Task; readonly threads: number };

/** What a worker sends: how far it is, and once for each task how it ended. */
export type Answer =
  | { readonly kind: "step"; readonly done: number }
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly error: PlainError };

/** An error as it travels between threads. */
export interface PlainError {
  /** Of its class. */
  readonly name: string;
  /** What is wrong. */
  readonly message: string;
  /** Where it was thrown. */
  readonly stack: string | undefined;
}

const classes = [DivergedError, WriteError, Interrupted, LostEntryError];

/** An error for the way to another thread. */
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
