/**
 * A thread that trains one model beside others: it is sent the job once, and sends how far it is and
 * at last what has come of it.
 *
 * @module
 */
import { DivergedError } from "../model/diverged_error.ts";
import type { ModelSpec } from "../model/language_model.ts";
import { Weights } from "../model/weights.ts";
import type { TrainingStep } from "../train/trainer.ts";
import { type TrainingJob, trainModel } from "./train_model.ts";

/** Weights as they travel between threads. */
export interface PlainWeights {
  /** Sizes of the model. */
  readonly spec: ModelSpec;
  /** All numbers, in storage order. */
  readonly data: Float64Array;
}

/** What a worker is sent. */
export interface TrainingOrder extends Omit<TrainingJob, "initial"> {
  /** Where the model begins. */
  readonly initial: PlainWeights;
  /** Threads that it may use. */
  readonly threads: number;
}

/** What a worker sends: how far it is, and once what it ends with. */
export type TrainingMessage =
  | { readonly kind: "progress"; readonly done: number }
  | {
    readonly kind: "done";
    readonly weights: PlainWeights;
    readonly steps: readonly TrainingStep[];
    readonly seconds: number;
  }
  | { readonly kind: "diverged"; readonly message: string };

/** Milliseconds between two messages of progress. */
const PROGRESS_EVERY = 50;

/** The part of a worker's global scope that is used. */
declare const self: {
  onmessage: ((event: MessageEvent<TrainingOrder>) => void) | null;
  postMessage(message: TrainingMessage): void;
};

self.onmessage = ({ data: { initial, threads, ...job } }) => {
  let told = performance.now();
  const onStep = (done: number): void => {
    const now = performance.now();
    if (now - told < PROGRESS_EVERY) return;
    told = now;
    self.postMessage({ kind: "progress", done });
  };
  try {
    const begin = new Weights(initial.spec, initial.data);
    const { weights, ...rest } = trainModel({ ...job, initial: begin }, threads, { onStep });
    const { spec, data } = weights;
    self.postMessage({ kind: "done", weights: { spec, data }, ...rest });
  } catch (error) {
    if (!(error instanceof DivergedError)) throw error;
    self.postMessage({ kind: "diverged", message: error.message });
  }
};
