/**
 * The models of an experiment as its tasks use them: where the weights come from, and what the key of a
 * result that was computed with one says of it.
 *
 * @module
 */
import {
  operationsPerToken,
  ownTransformerSpec,
  type TransformerSpec,
} from "../model/transformer.ts";
import { parameterCount } from "../model/weights.ts";
import { type Json, refOf, type ResultRef } from "../store/stored_result.ts";
import type {
  CorpusData,
  ExperimentData,
  ModelName,
  ModelOrigin,
  ModelOrigins,
  TargetOrigin,
} from "./experiment_data.ts";
import type { EarlierTasks, ModelUse } from "./stage.ts";
import { train } from "./train.ts";

/** The models that a cell decodes with. */
export interface CellModels {
  /** The model that is decoded from. */
  readonly target: ModelUse;
  /** The draft model, where the strategy uses it. */
  readonly draft?: ModelUse;
}

/**
 * The models of an experiment, the target first. Of a model that an own engine trains and computes the
 * key is that of its training, which says all.
 */
export function modelUses(data: ExperimentData, earlier: EarlierTasks): readonly ModelUse[] {
  const { models: { target, draft } } = data;
  const trainings = new Map(earlier.of(train).map(({ model, id }) => [model, id]));
  const { engine } = data.experiment.config;
  const useOf = (
    name: ModelName,
    of: ModelName,
    origin: TargetOrigin,
    layers?: number,
  ): ModelUse => {
    const part = layers === undefined ? {} : { layers };
    if (origin.kind === "folder") {
      const { folder, state, digest, spec: { blockSize } } = origin;
      const key = { folder: digest, block_size: blockSize, engine, ...part };
      return { name, weights: { folder, state, blockSize }, ...part, key, needs: [] };
    }
    const training = trainings.get(of);
    if (training === undefined) throw new TypeError(`Cannot use the ${of}: nothing trains it`);
    const trained = refOf(training);
    const isWhole = layers === undefined && engine !== "onnx";
    const key: Json = isWhole ? trained.key : {
      trained: trained.key,
      ...part,
      ...(engine === "onnx" && { engine }),
    };
    return { name, weights: { trained }, ...part, key, needs: [trained] };
  };
  const uses = [useOf("target", "target", target)];
  if (draft?.kind === "layers") uses.push(useOf("draft", "target", target, draft.layers));
  else if (draft !== undefined) uses.push(useOf("draft", "draft", draft));
  return uses;
}

/** The platform as the key of a result has it that an onnxruntime computed; `undefined` for others. */
export function platformInput({ platform }: Pick<ExperimentData, "platform">): Json | undefined {
  return platform && { ...platform };
}

/** The results that a task which uses `models` needs. */
export function needsOf(models: Iterable<ModelUse>): readonly ResultRef[] {
  const needs = new Map([...models].flatMap((use) => use.needs).map((ref) => [ref.key, ref]));
  return [...needs.values()];
}

/** The sizes and parts of the model `name`, whatever it comes from; `undefined` where there is none. */
export function transformerSpec(
  { models }: Pick<CorpusData, "models">,
  name: ModelName,
): TransformerSpec | undefined {
  const origin = models[name];
  if (origin?.kind !== "layers") return origin && specOf(origin);
  return { ...specOf(models.target), layers: origin.layers };
}

function specOf(origin: Exclude<ModelOrigin, { readonly kind: "layers" }>): TransformerSpec {
  return origin.kind === "trained" ? ownTransformerSpec(origin.spec) : origin.spec;
}

/** How many numbers the weights of a model of the experiment are. */
export function parametersOf(models: ModelOrigins, origin: ModelOrigin): number {
  switch (origin.kind) {
    case "trained":
      return parameterCount(origin.spec);
    case "folder":
      return origin.parameters;
    case "layers": {
      const { target } = models;
      const own = target.kind === "folder"
        ? target.layerParameters
        : operationsPerToken({ ...ownTransformerSpec(target.spec), layers: 1, vocabSize: 0 });
      return parametersOf(models, target) - (specOf(target).layers - origin.layers) * own;
    }
  }
}
