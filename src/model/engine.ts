/**
 * The interface of an engine, which trains models and decodes with them. The training loop and the
 * stages see engines through this file; `engines.ts` is the table of them.
 *
 * @module
 */
import type { LanguageModel, ModelSpec, Token } from "./language_model.ts";
import type { Arithmetic } from "./simd/arithmetic.ts";
import { Weights } from "./weights.ts";

/** The names of the engines that train, and decode what they trained; the first is the default. */
export const engineNames = ["simd", "reference"] as const;

/** The name of an engine that trains. */
export type EngineName = typeof engineNames[number];

/** The engines as configs name them: those that train, and onnxruntime, which decodes only. */
export const engineChoices = [...engineNames, "onnx"] as const;

/** An engine as a config asks for it: by its name, or `simd` without fused arithmetic. */
export type EngineChoice = typeof engineChoices[number] | { readonly simd: "strict" };

/** The engine that trains where a config asks for `engine`. */
export function trainingEngine(engine: EngineChoice): EngineName {
  return engine === "reference" ? engine : "simd";
}

/**
 * The arithmetic of the models that a config with `engine` trains on a processor that has `processor`;
 * `undefined` for the engine reference, which computes everything in f64.
 */
export function arithmeticOf(engine: EngineChoice, processor: Arithmetic): Arithmetic | undefined {
  if (trainingEngine(engine) !== "simd") return undefined;
  return typeof engine === "object" ? engine.simd : processor;
}

/** An engine in a word or two: `simd (strict)` where it is not to fuse. */
export function engineText(engine: EngineChoice): string {
  return typeof engine === "object" ? `simd (${engine.simd})` : engine;
}

/** A language model that holds something beside memory: threads, where it has any. */
export interface LoadedModel extends LanguageModel {
  /** Releases it; the model cannot be used any more. */
  close(): void;
}

/** A way of computing models. */
export interface Engine {
  /** Bytes of memory, about, that training takes where no document has more than `positions`. */
  trainingBytes(spec: ModelSpec, batchSize: number, positions: number): number;
  /** Parts of a training step that threads can do in parallel. */
  trainingParts(spec: ModelSpec, batchSize: number): number;
  /** How many of so many threads a model of these sizes uses when it decodes. */
  decodingThreads(spec: ModelSpec, threads: number): number;
  /** Arithmetic operations per second of training on one thread, to the nearest power of ten. */
  readonly operationsPerSecond: number;
  /** The most bytes of memory that it can use. */
  readonly mostBytes: number;
  /**
   * A model that trains on from a copy of `start`, on batches of up to `batchSize` documents, on up
   * to `threads` threads. To be closed. An engine that can fuse products and sums does it as
   * `arithmetic` says, by default where the processor can.
   */
  trainingModel(
    start: TrainingState,
    batchSize: number,
    threads: number,
    arithmetic?: Arithmetic,
  ): TrainingModel;
  /** A model that decodes from `weights` on up to `threads` threads, likewise. To be closed. */
  languageModel(weights: Weights, threads: number, arithmetic?: Arithmetic): LoadedModel;
}

/** One update by Adam (Kingma & Ba, 2015, algorithm 1, with bias correction). */
export interface AdamUpdate {
  /** Which update it is, from 1. */
  readonly step: number;
  /** The learning rate of this update. */
  readonly learningRate: number;
  /** Decay of the running mean of the gradient. */
  readonly beta1: number;
  /** Decay of the running mean of the squared gradient. */
  readonly beta2: number;
  /** Added to the root of the second moment. */
  readonly epsilon: number;
}

/** A model in training, as the training loop sees it: it never learns which engine computes it. */
export interface TrainingModel {
  /**
   * The mean over `documents` of each one's mean cross-entropy over its positions, nats per token, and
   * the gradient of that. A document, or a window of one, is two tokens to `blockSize + 1`: each is
   * predicted from those before it.
   */
  lossAndGradient(documents: readonly (readonly Token[])[]): number;
  /** Changes the weights against the last gradient. */
  update(update: AdamUpdate): void;
  /** A copy of the weights as they are now. */
  weights(): Weights;
  /** A copy of all that the next updates depend on. */
  state(): TrainingState;
  /** A copy of the last gradient, tensor by tensor. */
  gradient(): Weights;
  /** Releases what the model holds beside memory: threads, where it has any. */
  close(): void;
}

/**
 * Everything that the next updates depend on: training that resumes from it ends with the same bits as
 * training that never stopped.
 */
export interface TrainingState {
  /** The parameters. */
  readonly weights: Weights;
  /** Adam's running mean of the gradient. */
  readonly firstMoment: Weights;
  /** Adam's running mean of the squared gradient. */
  readonly secondMoment: Weights;
}

/** The state of training from `weights` before the first gradient. */
export function untrained(weights: Weights): TrainingState {
  const { spec } = weights;
  return { weights, firstMoment: new Weights(spec), secondMoment: new Weights(spec) };
}
