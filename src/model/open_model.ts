import { importInTurn } from "../files/one_import.ts";
import { type EngineChoice, engineText, type LoadedModel, trainingEngine } from "./engine.ts";
import { engines } from "./engines.ts";
import { ReferenceTransformer } from "./reference/reference_transformer.ts";
import type { Arithmetic } from "./simd/arithmetic.ts";
import { firstLayers, type Transformer, transformerOf } from "./transformer.ts";
import { firstLayersOf, Weights } from "./weights.ts";

/** How a model is computed. */
export interface OpenOptions {
  /** By what. */
  readonly engine: EngineChoice;
  /** The arithmetic of the engine simd; that of the processor if left out. */
  readonly arithmetic?: Arithmetic | undefined;
  /** How many of its layers, from the first on, come before its head; all of them if left out. */
  readonly layers?: number | undefined;
  /** Threads to compute with. */
  readonly threads: number;
}

/**
 * A model that decodes from `weights`, our own or those of a transformer that others trained. To be
 * closed. Throws a `TypeError` for an engine that cannot compute them, and what that engine throws.
 */
export async function openModel(
  weights: Weights | Transformer,
  { engine, arithmetic, layers, threads }: OpenOptions,
): Promise<LoadedModel> {
  if (engine === "onnx") {
    const whole = weights instanceof Weights ? transformerOf(weights) : weights;
    const { openOnnxModel } = await importInTurn(() => import("./onnx/language_model.ts"));
    return await openOnnxModel(partOf(whole, layers), { threads });
  }
  if (weights instanceof Weights) {
    const part = layers === undefined ? weights : firstLayersOf(weights, layers);
    const kind = typeof engine === "object" ? engine.simd : arithmetic;
    return engines[trainingEngine(engine)].languageModel(part, threads, kind);
  }
  if (engine === "reference") return new ReferenceTransformer(partOf(weights, layers));
  throw new TypeError(
    `Cannot open a transformer of others: the engine ${engineText(engine)} computes our own`,
  );
}

function partOf(whole: Transformer, layers: number | undefined): Transformer {
  return layers === undefined ? whole : firstLayers(whole, layers);
}
