import { importInTurn } from "../files/one_import.ts";
import type { EngineChoice, LoadedModel } from "./engine.ts";
import { engines } from "./engines.ts";
import { ReferenceTransformer } from "./reference/reference_transformer.ts";
import { firstLayers, type Transformer, transformerOf } from "./transformer.ts";
import { firstLayersOf, Weights } from "./weights.ts";

/** How a model is computed. */
export interface OpenOptions {
  /** By what. */
  readonly engine: EngineChoice;
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
  { engine, layers, threads }: OpenOptions,
): Promise<LoadedModel> {
  if (engine === "onnx") {
    const whole = weights instanceof Weights ? transformerOf(weights) : weights;
    const { openOnnxModel } = await importInTurn(() => import("./onnx/language_model.ts"));
    return await openOnnxModel(partOf(whole, layers), { threads });
  }
  if (weights instanceof Weights) {
    const part = layers === undefined ? weights : firstLayersOf(weights, layers);
    return engines[engine].languageModel(part, threads);
  }
  if (engine === "reference") return new ReferenceTransformer(partOf(weights, layers));
  throw new TypeError(`Cannot open a transformer of others: the engine ${engine} computes our own`);
}

function partOf(whole: Transformer, layers: number | undefined): Transformer {
  return layers === undefined ? whole : firstLayers(whole, layers);
}
