import type { Engine, EngineName } from "./engine.ts";
import { InferenceGpt } from "./reference/inference_gpt.ts";
import { ReferenceTrainingModel } from "./reference/training_model.ts";
import { inferenceShardCount } from "./simd/inference_batch.ts";
import { SimdGpt } from "./simd/inference_gpt.ts";
import { SimdTrainingGpt, trainingBytes } from "./simd/training_gpt.ts";
import { shardCount } from "./simd/training_plan.ts";
import { MOST_BYTES } from "./simd/wasm_memory.ts";
import { parameterCount } from "./weights.ts";

/** The engines by their names in a config. */
export const engines: Readonly<Record<EngineName, Engine>> = {
  simd: {
    trainingBytes,
    trainingParts: shardCount,
    decodingThreads: inferenceShardCount,
    operationsPerSecond: 1e10,
    mostBytes: MOST_BYTES,
    trainingModel: (start, batchSize, threads, arithmetic) =>
      new SimdTrainingGpt(start, batchSize, threads, arithmetic),
    languageModel: (weights, threads, arithmetic) => new SimdGpt(weights, threads, arithmetic),
  },
  reference: {
    trainingParts: () => 1,
    decodingThreads: () => 1,
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
