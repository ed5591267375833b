import { type Documents, sharedWords } from "../data/documents.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import { Windows } from "../data/windows.ts";
import { corpusLoss, documentLosses, type ModelLosses } from "../measure/corpus_loss.ts";
import {
  type CostOptions,
  type DocumentCosts,
  documentCosts,
  ngramDocumentCosts,
  type TextSize,
} from "../measure/document_costs.ts";
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
  type ModelSource,
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
  shares: ({ model }) => typeof model === "number" ? "n-grams" : undefined,

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
    await loadQuantiles();
    const count = judgedWindows(data);
    if (typeof model === "number") {
      const { costs, seconds: shared } = ngramCosts(model, data, models);
      const { result, seconds } = timed(() => lossesOf(name, costs));
      return { result, seconds: shared + seconds, count };
    }
    const judged = await models.model(model);
    const { result, seconds } = timed(() => {
      const [costs] = costsOf(
        data,
        models.vocabulary,
        (...read) => [documentCosts(judged, ...read)],
      );
      if (costs === undefined) throw new TypeError("Cannot measure a loss: no model was read");
      return lossesOf(name, costs);
    });
    return { result, seconds, count };
  },

  encode: encodeJson,
  decode: (body) => decodeJson(body, "a model's losses", isLosses),
};

/** The costs of documents to a model. */
interface JudgedCosts {
  /** Of those held out, if any was. */
  readonly heldOut?: DocumentCosts;
  /** Of those that it was trained on. */
  readonly training: DocumentCosts;
}

/** The costs to models, `[models]`, by what `read` says of the documents of one side. */
function costsOf(
  data: ExperimentData,
  vocabulary: Vocabulary,
  read: (windows: Windows, options: CostOptions) => readonly DocumentCosts[],
): JudgedCosts[] {
  const options = {
    sizeOf: sizesBy(vocabulary),
    stops: vocabulary.stops.tokens,
  };
  const on = (documents: Documents): readonly DocumentCosts[] =>
    read(Windows.of(documents, vocabulary, windowOptions(data.experiment.config)), options);
  const training = on(measured(data));
  const heldOut = data.split.heldOut.length === 0 ? [] : on(data.split.heldOut);
  return training.map((costs, model) => {
    const [own] = heldOut.slice(model, model + 1);
    return { training: costs, ...own && { heldOut: own } };
  });
}

function lossesOf(name: string, { heldOut, training }: JudgedCosts): ModelLosses {
  if (heldOut === undefined) return { name, training: corpusLoss(training) };
  return {
    name,
    heldOut: corpusLoss(heldOut),
    byDocument: documentLosses(heldOut),
    training: corpusLoss(training),
  };
}

/** The costs to n-gram models that were read together. */
interface NgramJudgement {
  /** By order, until they are asked for. */
  readonly costs: Map<number, JudgedCosts>;
  /** The time that each order took, seconds. */
  readonly seconds: number;
}

/** Those of experiments on this thread, until all that they hold was asked for. */
const judgements = new WeakMap<ExperimentData, NgramJudgement>();

/**
 * The costs to the n-gram model of `order`. Those of all orders of the report are found at once, since they
 * are counted and read together; the time is shared out.
 */
function ngramCosts(
  order: number,
  data: ExperimentData,
  models: ModelSource,
): { readonly costs: JudgedCosts; readonly seconds: number } {
  const known = judgements.get(data);
  const judgement = known?.costs.has(order) ? known : judgedNgrams(order, data, models);
  const costs = judgement.costs.get(order);
  if (costs === undefined) throw new TypeError(`Cannot find the loss of the ${order}-gram`);
  judgement.costs.delete(order);
  if (judgement.costs.size > 0) judgements.set(data, judgement);
  else judgements.delete(data);
  return { costs, seconds: judgement.seconds };
}

function judgedNgrams(order: number, data: ExperimentData, models: ModelSource): NgramJudgement {
  const orders = [...new Set([...data.experiment.config.report.ngram_orders, order])];
  const { result, seconds } = timed(() =>
    costsOf(
      data,
      models.vocabulary,
      (...read) => ngramDocumentCosts(orders.map((own) => models.ngram(own)), ...read),
    )
  );
  return {
    costs: new Map(result.map((costs, i) => [orders[i] as number, costs])),
    seconds: seconds / orders.length,
  };
}

/** How long the text of tokens of a document is; `isFirst` where it begins with them. */
function sizesBy(vocabulary: Vocabulary): CostOptions["sizeOf"] {
  // Each token is a character, but for the one that has no text.
  if ("characters" in vocabulary.data) {
    return (tokens) => ({ characters: charactersAmong(tokens, vocabulary.bos) });
  }
  return (tokens, isFirst): TextSize => {
    const text = isFirst ? vocabulary.continuation("", tokens) : vocabulary.decode(tokens);
    return { characters: charactersBegun(text), bytes: byteCount(text) };
  };
}

function charactersAmong(tokens: readonly Token[], bos: Token): number {
  let count = 0;
  for (const token of tokens) if (token !== bos) count++;
  return count;
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
