import type { LanguageModel, ModelSpec } from "./language_model.ts";
import { InferenceGpt } from "./reference/inference_gpt.ts";
import { SimdGpt } from "./simd/inference_gpt.ts";
import { MOST_BYTES } from "./simd/wasm_memory.ts";
import { shardCount } from "./simd/training_plan.ts";
import { SimdTrainingGpt, trainingBytes } from "./simd/training_gpt.ts";
import type { TrainingModel } from "./training_model.ts";
import type { TrainingState } from "./training_state.ts";
import { parameterCount, type Weights } from "./weights.ts";
import { ReferenceTrainingModel } from "./reference/training_model.ts";

/** A language model that holds something beside memory: threads, where it has any. */
export interface LoadedModel extends LanguageModel {
  /** Gives it back; the model cannot be used any more. */
  close(): void;
}

/** The name of an engine in a config. */
export type EngineName = "simd" | "reference";

/** How models are computed. */
export interface Engine {
  /** Bytes of memory, about, that training takes where no document has more than `positions`. */
  trainingBytes(spec: ModelSpec, batchSize: number, positions: number): number;
  /** Parts of a training step that threads can work on side by side. */
  trainingParts(spec: ModelSpec, batchSize: number): number;
  /** Arithmetic operations that training does a second on one thread, to the nearest power of ten. */
  readonly operationsPerSecond: number;
  /** The most that it can have, bytes. */
  readonly mostBytes: number;
  /**
   * A model that trains on from a copy of `start`, on batches of up to `batchSize` documents, on up
   * to `threads` threads. To be closed.
   */
  trainingModel(start: TrainingState, batchSize: number, threads: number): TrainingModel;
  /** A model that decodes from `weights` on up to `threads` threads. To be closed. */
  languageModel(weights: Weights, threads: number): LoadedModel;
}

/** The engines by their names in a config. */
export const engines: Readonly<Record<EngineName, Engine>> = {
  simd: {
    trainingBytes,
    trainingParts: shardCount,
    operationsPerSecond: 1e10,
    mostBytes: MOST_BYTES,
    trainingModel: (start, batchSize, threads) => new SimdTrainingGpt(start, batchSize, threads),
    languageModel: (weights, threads) => new SimdGpt(weights, threads),
  },
  reference: {
    trainingParts: () => 1,
    operationsPerSecond: 1e7,
    // A document's graph is an object of some 85 bytes for each multiplication and each addition.
    trainingBytes: (spec, _batchSize, positions) =>
      85 * 2 * positions *
      (parameterCount(spec) + spec.nLayer * spec.nEmbd * positions),
    mostBytes: 3 * 2 ** 30,
    trainingModel: (start) => new ReferenceTrainingModel(start),
    languageModel: (weights) => new InferenceGpt(weights),
  },
};
