import { type ExperimentConfig, isSizes, type TrainingConfig } from "../config/settings.ts";
import { vocabularyOf } from "../data/vocabularies.ts";
import { Windows } from "../data/windows.ts";
import { type EngineName, trainingEngine } from "../model/engine.ts";
import { engines } from "../model/engines.ts";
import type { ModelSpec } from "../model/language_model.ts";
import { initialWeights, parameterCount, type Weights } from "../model/weights.ts";
import { CounterStream } from "../random/counter_stream.ts";
import { PythonRandom } from "../random/python_random.ts";
import { serializeCheckpoint } from "../train/checkpoint.ts";
import type { TrainingStep } from "../train/trainer.ts";
import type { SavedProgress } from "../store/store.ts";
import {
  choicesThatMatter,
  corpusKey,
  type ExperimentData,
  type ModelName,
  tokensKey,
  trainedNames,
  trainedSpec,
  windowLength,
  windowOptions,
} from "./experiment_data.ts";
import { idOf, type Stage, type StageTask } from "./stage.ts";
import {
  parseTrainingProgress,
  serializeTrainingProgress,
  type TrainingJob,
  type TrainingProgress,
  TrainingProgressError,
  trainModel,
} from "./train_model.ts";

/** Trains one model. */
export interface TrainTask extends StageTask {
  /** Which model. */
  readonly model: ModelName;
}

/** A trained model. */
export interface TrainedModel {
  /** The text of its checkpoint. */
  readonly checkpoint: string;
  /** Every update, in order. */
  readonly steps: readonly TrainingStep[];
}

/** Trains the models of an experiment. */
export const train: Stage<TrainTask, TrainedModel> = {
  name: "train",
  version: 1,
  title: "trained models",
  noun: ["training", "trainings"],
  activity: "training",
  progressUnit: "steps",
  unit: "windows",
  isReproducible: true,
  isResumable: true,
  inputNames: { "corpus.sha256": "another corpus", arithmetic: "another arithmetic" },
  impliedInputs: { arithmetic: "engine" },

  tasks: (data) =>
    trainedNames(data).map((model) => ({ id: trainId(data, model), needs: [], model })),
  describe: ({ name }) => `training of the ${name}`,
  family: ({ name }) => name,

  count({ model }, { experiment: { config } }) {
    const { steps, batch_size } = config.training[model];
    return steps * batch_size;
  },
  steps: ({ model }, { experiment: { config } }) => config.training[model].steps,

  workload({ model }, data) {
    const { experiment: { config } } = data;
    const spec = specOf(data, model);
    const { steps, batch_size } = config.training[model];
    const { operationsPerSecond, trainingParts } = engines[trainingEngine(config.engine)];
    // Two operations per parameter forward, four backward (Kaplan et al. 2020).
    const operations = 6 * parameterCount(spec) * windowLength(data) * steps * batch_size;
    return { seconds: operations / operationsPerSecond, parts: trainingParts(spec, batch_size) };
  },

  /** Relative to another model and engine: the sizes of the matrices over the operations in a second. */
  unitCost({ inputs: { models, engine } }) {
    const speed = isEngineName(engine) ? engines[engine].operationsPerSecond : 1;
    const sizes = Object.values(typeof models === "object" && models !== null ? models : {})
      .find((value) => typeof value === "object" && value !== null && "n_embd" in value);
    if (typeof sizes !== "object" || sizes === null || !("n_embd" in sizes)) return 1 / speed;
    return Number(sizes.n_embd) ** 2 * Number(sizes.n_layer) / speed;
  },

  async run({ model }, { data, threads, watch, progress }) {
    const job = trainingJob(data, model);
    const resume = await savedProgress(progress, job);
    watch.onStep(resume?.steps.length ?? 0);
    const { weights, steps, seconds } = trainModel(job, threads, {
      onStep: watch.onStep,
      stopped: watch.stopped,
      resume,
      save: (done) => progress.save(serializeTrainingProgress(done)),
    });
    const count = job.settings.steps * job.settings.batchSize;
    return { result: { checkpoint: checkpointText(data, model, weights), steps }, seconds, count };
  },

  /** A line with the updates, and the checkpoint as it is. */
  encode({ checkpoint, steps }) {
    const rows = steps.map(({ loss, learningRate }) => [loss, learningRate]);
    return new TextEncoder().encode(`${JSON.stringify(rows)}\n${checkpoint}`);
  },

  decode(body) {
    const text = new TextDecoder().decode(body);
    const end = text.indexOf("\n");
    const checkpoint = text.slice(end + 1);
    const rows = rowsIn(text.slice(0, Math.max(end, 0)));
    if (rows === undefined || !checkpoint.startsWith("{")) {
      throw new RangeError("expected a line of updates and a checkpoint");
    }
    const steps = rows.map(([loss, learningRate], step) => ({ step, loss, learningRate }));
    return { checkpoint, steps };
  },
};

function trainId(data: ExperimentData, model: ModelName) {
  const { arithmetic } = data;
  const { engine, seed, seeding, models, training } = data.experiment.config;
  // One generator draws everything, one after another: the draft begins where the target stopped.
  const before = model === "draft" && seeding === "sequential" && isSizes(models.target)
    ? { target: models.target, initial_std: training.target.initial_std }
    : undefined;
  return idOf(train, model, {
    engine: trainingEngine(engine),
    // What was computed before there was another arithmetic than the strict one stays good.
    arithmetic: arithmetic === "fused" ? arithmetic : undefined,
    seed,
    seeding,
    corpus: corpusKey(data),
    tokens: tokensKey(data),
    models: { block_size: models.block_size, [model]: models[model] },
    training: { [model]: training[model] },
    before,
  });
}

/** The sizes of a model that is trained; throws a `TypeError` for another. */
function specOf(data: Pick<ExperimentData, "models">, name: ModelName): ModelSpec {
  const spec = trainedSpec(data, name);
  if (spec === undefined) throw new TypeError(`Cannot train the ${name}: it is none to train`);
  return spec;
}

/** The training of one model of an experiment. */
function trainingJob(data: ExperimentData, name: ModelName): TrainingJob {
  const { windows, weights } = trainingStart(data);
  const initial = weights[name];
  if (initial === undefined) throw new TypeError(`Cannot train the ${name}: there is none`);
  const { training, engine } = data.experiment.config;
  return {
    name,
    engine: trainingEngine(engine),
    arithmetic: data.arithmetic,
    initial,
    documents: windows,
    settings: settingsOf(training[name]),
  };
}

/** Where training begins: what order the windows come in, and the weights before the first step. */
export interface TrainingStart {
  /** The windows of the documents to learn from, shuffled. */
  readonly windows: Windows;
  /** Untrained weights of each model, in the order in which they are trained. */
  readonly weights: { readonly [Name in ModelName]?: Weights };
}

/**
 * Draws the order of the windows and the initial weights as `seeding` says: from streams of their
 * own, so that no model's weights depend on another's, or one after another from one generator, as
 * the original script does.
 */
export function trainingStart(
  { experiment: { config }, split, vocabulary, models }: Pick<
    ExperimentData,
    "experiment" | "split" | "vocabulary" | "models"
  >,
): TrainingStart {
  const { seed, seeding, training } = config;
  const generator = generators(seed, seeding);
  const windows = Windows.of(split.training, vocabularyOf(vocabulary), windowOptions(config))
    .inOrder((order) => generator("shuffle").shuffle(order));
  const weights: { [Name in ModelName]?: Weights } = {};
  // In this order: a generator that all have in common draws them one after another.
  for (const name of trainedNames({ models })) {
    weights[name] = initialWeights(
      specOf({ models }, name),
      generator(name),
      training[name].initial_std,
    );
  }
  return { windows, weights };
}

function generators(
  seed: number,
  seeding: ExperimentConfig["seeding"],
): (purpose: string) => PythonRandom {
  if (seeding === "sequential") {
    const shared = new PythonRandom(seed);
    return () => shared;
  }
  const stream = CounterStream.fromSeed(seed).child("training");
  return (purpose) => new PythonRandom(stream.child(purpose).seedBits());
}

function settingsOf(
  { learning_rate: learningRate, batch_size: batchSize, ...settings }: TrainingConfig,
): TrainingJob["settings"] {
  return { ...settings, learningRate, batchSize };
}

/** Where an earlier run of the training stopped; a damaged file is set aside. */
async function savedProgress(
  progress: SavedProgress,
  { initial: { spec }, settings: { steps } }: TrainingJob,
): Promise<TrainingProgress | undefined> {
  const bytes = await progress.read();
  if (bytes === undefined) return undefined;
  try {
    return parseTrainingProgress(progress.file, bytes, { spec, steps });
  } catch (error) {
    if (!(error instanceof TrainingProgressError)) throw error;
    await progress.setAside(error.message);
    return undefined;
  }
}

/** `checkpoints/<name>.json`. */
function checkpointText(data: ExperimentData, name: ModelName, weights: Weights): string {
  const { engine, seed, seeding, training, corpus } = data.experiment.config;
  if (corpus === undefined || data.corpus === undefined) {
    throw new TypeError("Cannot write a checkpoint: there is no corpus to train on");
  }
  return serializeCheckpoint({
    vocabulary: vocabularyOf(data.vocabulary),
    training: {
      ...training[name],
      engine: trainingEngine(engine),
      ...(data.arithmetic === "fused" && { arithmetic: data.arithmetic }),
      seed,
      seeding,
      corpus: data.corpus.sha256,
      held_out: corpus.held_out,
      ...choicesThatMatter(data),
    },
    weights,
  });
}

function isEngineName(name: unknown): name is EngineName {
  return typeof name === "string" && Object.hasOwn(engines, name);
}

/** The rows of a line of updates: loss and learning rate. */
function rowsIn(line: string): [number, number][] | undefined {
  try {
    const rows: unknown = JSON.parse(line);
    return Array.isArray(rows) && rows.every(isRow) ? rows : undefined;
  } catch {
    return undefined;
  }
}

function isRow(row: unknown): row is [number, number] {
  return Array.isArray(row) && row.length === 2 && row.every((value) => typeof value === "number");
}
