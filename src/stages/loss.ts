import { type Documents, sharedWords } from "../data/documents.ts";
import { Windows } from "../data/windows.ts";
import { type CorpusLoss, corpusLoss, type ModelLosses } from "../measure/corpus_loss.ts";
import { loadQuantiles } from "../measure/quantiles.ts";
import { engines } from "../model/engines.ts";
import { parameterCount } from "../model/weights.ts";
import { refOf, type ResultRef } from "../store/stored_result.ts";
import { characterCount } from "../text/characters.ts";
import {
  corpusKey,
  type ExperimentData,
  type ModelName,
  windowOptions,
  windowsPerDocument,
} from "./experiment_data.ts";
import {
  decodeJson,
  encodeJson,
  hasFields,
  idOf,
  type Stage,
  type StageTask,
  timed,
} from "./stage.ts";
import { train } from "./train.ts";

/** Measures the loss of one model. */
export interface LossTask extends StageTask {
  /** The model's name in tables. */
  readonly name: string;
  /** A trained model, or the order of an n-gram model. */
  readonly model: { readonly name: ModelName; readonly trained: ResultRef } | number;
}

/** The most training documents that the loss is measured on. */
const MOST_TRAINING_DOCUMENTS = 1000;
/** Time to count the n-grams of a document that is one window, per order, seconds. */
const COUNTING = 1e-6;

/** Measures how well models predict documents held out and documents that they were trained on. */
export const loss: Stage<LossTask, ModelLosses> = {
  name: "loss",
  version: 2,
  title: "losses",
  noun: ["loss", "losses"],
  activity: "predicting documents",
  progressUnit: "models",
  unit: "windows",
  isReproducible: true,
  inputNames: { model: "another model", "corpus.sha256": "another corpus" },

  tasks: (data, earlier) => [
    ...earlier.of(train).map(({ id, model }): LossTask => ({
      id: idOf(loss, model, { model: id.key }),
      needs: [refOf(id)],
      name: model,
      model: { name: model, trained: refOf(id) },
    })),
    ...data.experiment.config.report.ngram_orders.map((order): LossTask => {
      const name = `${order}-gram`;
      return { id: ngramId(data, name, order), needs: [], name, model: order };
    }),
  ],
  describe: ({ name }) => `loss of ${name}`,
  family: ({ inputs: { order } }) => order === undefined ? "trained" : "n-gram",
  count: (_task, data) => Math.round(documentsIn(data.split) * windowsPerDocument(data)),

  workload({ model }, data) {
    const { experiment: { config }, split, specs } = data;
    const windows = windowsPerDocument(data);
    if (typeof model === "number") {
      return { seconds: COUNTING * model * split.training.length * windows, parts: 1 };
    }
    const spec = specs[model.name] ?? specs.target;
    const operations = 2 * parameterCount(spec) * spec.blockSize * documentsIn(split) * windows;
    return { seconds: operations / engines[config.engine].operationsPerSecond, parts: Infinity };
  },

  async run({ name, model }, { data, models }) {
    const { experiment, split } = data;
    await loadQuantiles();
    const { vocabulary } = models;
    const { result: judged, seconds: counting } = typeof model === "number"
      ? timed(() => models.ngram(model))
      : { result: await models.trained(model.trained), seconds: 0 };
    const on = (documents: Documents): CorpusLoss =>
      corpusLoss(
        judged,
        Windows.of(documents, vocabulary, windowOptions(experiment.config)),
        (tokens) => characterCount(vocabulary.decode(tokens)),
      );
    const { result, seconds } = timed((): ModelLosses => ({
      name,
      ...(split.heldOut.length > 0 && { heldOut: on(split.heldOut) }),
      training: on(measured(split.training)),
    }));
    const count = Math.round(documentsIn(split) * windowsPerDocument(data));
    return { result, seconds: counting + seconds, count };
  },

  encode: encodeJson,
  decode: (body) => decodeJson(body, "a model's losses", isLosses),
};

function ngramId(data: ExperimentData, name: string, order: number) {
  const { config } = data.experiment;
  return idOf(loss, name, {
    corpus: corpusKey(data),
    models: { block_size: config.models.block_size },
    order,
  });
}

/** How many documents the loss is measured on. */
function documentsIn({ heldOut, training }: ExperimentData["split"]): number {
  return heldOut.length + Math.min(training.length, MOST_TRAINING_DOCUMENTS);
}

/** The training documents that the loss is measured on, evenly spread. */
function measured(documents: Documents): Documents {
  const { length } = documents;
  if (length <= MOST_TRAINING_DOCUMENTS) return documents;
  const places = sharedWords(MOST_TRAINING_DOCUMENTS);
  for (let i = 0; i < places.length; i++) {
    places[i] = Math.floor(i * length / MOST_TRAINING_DOCUMENTS);
  }
  return documents.subset(places);
}

function isLosses(value: unknown): value is ModelLosses {
  return hasFields(value, { name: "string", training: "object" }) &&
    [value["training"], value["heldOut"] ?? value["training"]].every((one) =>
      hasFields(one, { documents: "number", tokens: "number", natsPerToken: "object" })
    );
}
