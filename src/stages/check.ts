import type { LanguageModel } from "../model/language_model.ts";
import type { Invariance } from "../model/onnx/invariance.ts";
import type { OnnxModel } from "../model/onnx/language_model.ts";
import { refOf } from "../store/stored_result.ts";
import { modelUses, platformInput } from "./model_use.ts";
import {
  decodeJson,
  type EarlierTasks,
  encodeJson,
  hasFields,
  idOf,
  type ModelUse,
  type Stage,
  type StageTask,
} from "./stage.ts";

/** Loads one model into an onnxruntime. */
export interface CheckTask extends StageTask {
  /** The model. */
  readonly model: ModelUse;
}

/**
 * Loads each model that an onnxruntime computes, and says whether it computes the same bits however
 * tokens are divided and put together. A model that cannot be loaded is one failure, and not one of
 * every cell.
 */
export const check: Stage<CheckTask, Invariance> = {
  name: "check",
  version: 1,
  title: "checks of models",
  noun: ["model", "models"],
  activity: "loading models",
  progressUnit: "models",
  unit: "models",
  isReproducible: true,
  inputNames: { model: "another model" },

  tasks: (data, earlier) =>
    data.platform === undefined ? [] : modelUses(data, earlier).map((model): CheckTask => ({
      id: idOf(check, model.name, { model: model.key, platform: platformInput(data) }),
      needs: model.needs,
      model,
    })),
  describe: ({ name }) => `loading of the ${name}`,
  count: () => 1,
  models: ({ model }) => [model],

  async run({ model }, { models }) {
    const began = performance.now();
    const loaded = await models.model(model);
    const seconds = (performance.now() - began) / 1000;
    if (!isChecked(loaded)) {
      throw new TypeError(`Cannot check the ${model.name}: no onnxruntime computes it`);
    }
    return { result: loaded.invariance, seconds, count: 1 };
  },

  encode: encodeJson,
  decode: (body) => decodeJson(body, "the check of a model", isInvariance),
};

/** The models of an experiment, each with the results that a task which uses it needs. */
export function usableModels(
  data: Parameters<typeof modelUses>[0],
  earlier: EarlierTasks,
): readonly ModelUse[] {
  const checks = new Map(earlier.of(check).map(({ id, model }) => [model.name, refOf(id)]));
  return modelUses(data, earlier).map((use) => {
    const own = checks.get(use.name);
    return own === undefined ? use : { ...use, needs: [...use.needs, own] };
  });
}

/** What the check found, in words: `held`, or what did not and by how much. */
export function invarianceText({ splits, batches, largestDifference }: Invariance): string {
  if (splits && batches) return "held";
  const broken = [...(splits ? [] : ["split"]), ...(batches ? [] : ["put together"])];
  return `logits differ by up to ${largestDifference.toPrecision(2)} where the same tokens are ${
    broken.join(" or ")
  } otherwise`;
}

function isInvariance(value: unknown): value is Invariance {
  return hasFields(value, { largestDifference: "number" }) &&
    typeof value["splits"] === "boolean" && typeof value["batches"] === "boolean";
}

/** Whether a model was checked when it was loaded. */
function isChecked(model: LanguageModel): model is OnnxModel {
  return "invariance" in model;
}
