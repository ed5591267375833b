import type { ExperimentConfig } from "../config/schema.ts";
import type { LanguageModel } from "../model/language_model.ts";
import { InferenceGpt } from "../model/reference/inference_gpt.ts";
import { SimdGpt } from "../model/simd/inference_gpt.ts";
import { SimdTrainingGpt } from "../model/simd/training_gpt.ts";
import type { TrainingModel } from "../model/training_model.ts";
import type { Weights } from "../model/weights.ts";
import { ReferenceTrainingModel } from "../train/reference_model.ts";

/** How models are computed. */
export interface Engine {
  /** A model that trains a copy of `weights` on batches of up to `batchSize` documents. */
  trainingModel(weights: Weights, batchSize: number): TrainingModel;
  /** A model that decodes from `weights`. */
  languageModel(weights: Weights): LanguageModel;
}

/** The engines by their names in a config. */
export const engines: Readonly<Record<ExperimentConfig["engine"], Engine>> = {
  simd: {
    trainingModel: (weights, batchSize) => new SimdTrainingGpt(weights, batchSize),
    languageModel: (weights) => new SimdGpt(weights),
  },
  reference: {
    trainingModel: (weights) => new ReferenceTrainingModel(weights),
    languageModel: (weights) => new InferenceGpt(weights),
  },
};
