import { type Documents, sharedWords } from "../data/documents.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import { Windows } from "../data/windows.ts";
import {
  corpusLoss,
  type DocumentCosts,
  documentCosts,
  documentLosses,
  type ModelLosses,
  type TextSize,
} from "../measure/corpus_loss.ts";
import { loadQuantiles } from "../measure/quantiles.ts";
import { trainingEngine } from "../model/engine.ts";
import { engines } from "../model/engines.ts";
import type { Token } from "../model/language_model.ts";
import { operationsPerToken } from "../model/transformer.ts";
import { byteCount, charactersBegun } from "../text/bytes.ts";
import {
  corpusKey,
  type ExperimentData,
  tokensKey,
  windowOptions,
  type WindowSizes,
  windowsPerDocument,
} from "./experiment_data.ts";
import { usableModels } from "./check.ts";
import { needsOf, platformInput, transformerSpec } from "./model_use.ts";
import {
  decodeJson,
  encodeJson,
  hasFields,
  idOf,
  type ModelUse,
  type Stage,
  type StageTask,
  timed,
} from "./stage.ts";

/** Measures the loss of one model. */
export interface LossTask extends StageTask {
  /** The model's name in tables. */
  readonly name: string;
  /** A model of the experiment, or the order of an n-gram model. */
  readonly model: ModelUse | number;
}

/** The most training documents that the loss is measured on, and the fewest where there are as many. */
const MOST_TRAINING_DOCUMENTS = 1000;
const FEWEST_TRAINING_DOCUMENTS = 50;
/** Windows of them that are enough: the longer the documents, the fewer are read. */
const ENOUGH_TRAINING_WINDOWS = 20_000;
/** Time to count the n-grams of a document that is one window, per order, seconds. */
const COUNTING = 1e-6;

/** Measures how well models predict documents held out and documents that they were trained on. */
export const loss: Stage<LossTask, ModelLosses> = {
  name: "loss",
  version: 3,
  title: "losses",
  noun: ["loss", "losses"],
  activity: "predicting documents",
  progressUnit: "models",
  unit: "windows",
  isReproducible: true,
  inputNames: { model: "another model", "corpus.sha256": "another corpus" },

  tasks: (data, earlier) => [
    ...(data.corpus === undefined ? [] : usableModels(data, earlier)).map((model): LossTask => ({
      id: lossId(data, model),
      needs: needsOf([model]),
      name: model.name,
      model,
    })),
    ...(data.corpus === undefined ? [] : data.experiment.config.report.ngram_orders).map(
      (order): LossTask => {
        const name = `${order}-gram`;
        return { id: ngramId(data, name, order), needs: [], name, model: order };
      },
    ),
  ],
  describe: ({ name }) => `loss of ${name}`,
  family: ({ inputs: { order } }) => order === undefined ? "trained" : "n-gram",
  count: (_task, data) => judgedWindows(data),
  models: ({ model }) => typeof model === "number" ? [] : [model],

  workload({ model }, data) {
    const { experiment: { config }, split } = data;
    if (typeof model === "number") {
      const windows = split.training.length * windowsPerDocument(data);
      return { seconds: COUNTING * model * windows, parts: 1 };
    }
    const spec = transformerSpec(data, model.name);
    const perToken = spec === undefined ? 0 : operationsPerToken(spec);
    const operations = 2 * perToken * config.models.block_size * judgedWindows(data);
    const { operationsPerSecond } = engines[trainingEngine(config.engine)];
    return { seconds: operations / operationsPerSecond, parts: Infinity };
  },

  async run({ name, model }, { data, models }) {
    const { experiment, split } = data;
    await loadQuantiles();
    const { vocabulary } = models;
    const { result: judged, seconds: counting } = typeof model === "number"
      ? timed(() => models.ngram(model))
      : { result: await models.model(model), seconds: 0 };
    const on = (documents: Documents): DocumentCosts =>
      documentCosts(
        judged,
        Windows.of(documents, vocabulary, windowOptions(experiment.config)),
        {
          sizeOf: (tokens, isFirst) => sizeOf(vocabulary, tokens, isFirst),
          stops: vocabulary.stops.tokens,
        },
      );
    const { result, seconds } = timed((): ModelLosses => {
      const training = corpusLoss(on(measured(data)));
      if (split.heldOut.length === 0) return { name, training };
      const heldOut = on(split.heldOut);
      return {
        name,
        heldOut: corpusLoss(heldOut),
        byDocument: documentLosses(heldOut),
        training,
      };
    });
    return { result, seconds: counting + seconds, count: judgedWindows(data) };
  },

  encode: encodeJson,
  decode: (body) => decodeJson(body, "a model's losses", isLosses),
};

/** How long the text of `tokens` of a document is; `isFirst` where it begins with them. */
function sizeOf(vocabulary: Vocabulary, tokens: readonly Token[], isFirst: boolean): TextSize {
  const text = isFirst ? vocabulary.continuation("", tokens) : vocabulary.decode(tokens);
  const characters = charactersBegun(text);
  return "characters" in vocabulary.data ? { characters } : { characters, bytes: byteCount(text) };
}

function lossId(data: ExperimentData, { name, key, weights }: ModelUse) {
  return idOf(loss, name, {
    model: key,
    platform: platformInput(data),
    // The key of a model that was trained stands for its corpus, too.
    corpus: "trained" in weights ? undefined : corpusKey(data),
  });
}

function ngramId(data: ExperimentData, name: string, order: number) {
  const { config } = data.experiment;
  return idOf(loss, name, {
    corpus: corpusKey(data),
    tokens: tokensKey(data),
    models: { block_size: config.models.block_size },
    order,
  });
}

/** How many windows of documents a model's loss is measured on, about. */
export function judgedWindows(data: WindowSizes): number {
  const documents = data.split.heldOut.length + measuredCount(data);
  return Math.round(documents * windowsPerDocument(data));
}

/** How many training documents the loss is measured on. */
function measuredCount(data: WindowSizes): number {
  const enough = Math.floor(ENOUGH_TRAINING_WINDOWS / windowsPerDocument(data));
  const most = Math.min(MOST_TRAINING_DOCUMENTS, Math.max(FEWEST_TRAINING_DOCUMENTS, enough));
  return Math.min(data.split.training.length, most);
}

/** The training documents that the loss is measured on, whole and evenly spread. */
function measured(data: WindowSizes): Documents {
  const { training } = data.split;
  const count = measuredCount(data);
  if (count === training.length) return training;
  const places = sharedWords(count);
  for (let i = 0; i < count; i++) places[i] = Math.floor(i * training.length / count);
  return training.subset(places);
}

function isLosses(value: unknown): value is ModelLosses {
  return hasFields(value, { name: "string", training: "object" }) &&
    [value["training"], value["heldOut"] ?? value["training"]].every((one) =>
      hasFields(one, { documents: "number", tokens: "number", natsPerToken: "object" })
    );
}
