import type { Job, JobRunner, JobWatch } from "./task_scheduler.ts";
import { type ExperimentData, windowOptions } from "../stages/experiment_data.ts";
import type { ModelSource, ModelUse, ReadResult, StageTask, Watch } from "../stages/stage.ts";
import { modelUses } from "../stages/model_use.ts";
import { ExperimentTasks, stageNamed } from "../stages/stages.ts";
import type { ResultRef } from "../store/stored_result.ts";
import type { Store } from "../store/store.ts";
import type { Documents } from "../data/documents.ts";
import { prepareVocabulary, vocabularyOf } from "../data/vocabularies.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import { textsToCount, type WindowOptions } from "../data/windows.ts";
import { type Reference, referenceOf } from "../measure/cell_samples.ts";
import { checkModelFolder } from "../model/hugging_face/model_folder.ts";
import type { LanguageModel, TextSpec } from "../model/language_model.ts";
import type { NgramCounts } from "../model/ngram/ngram_counts.ts";
import { countNgrams, NgramModel } from "../model/ngram/ngram_model.ts";
import { openModel } from "../model/open_model.ts";
import type { Transformer } from "../model/transformer.ts";
import type { Weights } from "../model/weights.ts";
import { train } from "../stages/train.ts";
import { parseCheckpoint } from "../train/checkpoint.ts";
import { LoadedModels } from "./loaded_models.ts";

/** Runs the tasks of one experiment on one thread, one after another. */
export class TaskRunner {
  readonly #data: ExperimentData;
  readonly #store: Store;
  readonly #loaded: LoadedModels;
  #models: WorkerModels | undefined;
  /** The last result, until a task begins that does not need it: it can be large. */
  #last: { readonly key: string; readonly result: unknown } | undefined;

  /** For tasks of `data` whose results go to `store`; of `loaded` it keeps the models that they use. */
  constructor(data: ExperimentData, store: Store, loaded: LoadedModels) {
    this.#data = data;
    this.#store = store;
    this.#loaded = loaded;
  }

  /** Computes the result of `task` on up to `threads` threads, and stores it. */
  async run(task: StageTask, threads: number, watch: Watch): Promise<void> {
    const { id, needs } = task;
    if (!needs.some(({ key }) => key === this.#last?.key)) this.#last = undefined;
    const stage = stageNamed(id.stage);
    await prepareVocabulary(this.#data.vocabulary);
    this.#models ??= new WorkerModels(this.#data, this.#read, this.#loaded);
    const { result, seconds, count } = await stage.run(task, {
      data: this.#data,
      read: this.#read,
      models: this.#models.on(threads),
      threads,
      watch,
      progress: this.#store.progress(id, watch.notice),
    });
    const effort = { seconds, count, unit: stage.unit };
    await this.#store.write({ id, effort, body: stage.encode(result) });
    if (stage.isResumable) await this.#store.removeProgress(id);
    this.#last = { key: id.key, result };
  }

  #read: ReadResult = async (format, ref) => {
    // Sound since the key stands for the stage, and so for the type of its results.
    if (this.#last?.key === ref.key) return this.#last.result as ReturnType<typeof format.decode>;
    return await readResult(this.#store, format, ref);
  };
}

/** Runs jobs on the thread of the run itself, one after another. */
export class MainThread implements JobRunner {
  readonly #store: Store;
  readonly #loaded = new LoadedModels();
  #current: { readonly data: ExperimentData; readonly runner: TaskRunner } | undefined;
  #last: Promise<void> = Promise.resolve();

  /** For tasks whose results go to `store`. */
  constructor(store: Store) {
    this.#store = store;
  }

  /** Runs the tasks of a job after those of earlier jobs; throws what the first that fails throws. */
  run({ data, tasks, threads }: Job, { onStep, onTask, onNotice }: JobWatch): Promise<void> {
    const run = async (): Promise<void> => {
      if (this.#current?.data !== data) {
        this.#current = { data, runner: new TaskRunner(data, this.#store, this.#loaded) };
      }
      for (const task of tasks) {
        await this.#current?.runner.run(task, threads, {
          onStep,
          stopped: () => false,
          notice: onNotice,
        });
        onTask(task);
      }
    };
    const ended = this.#last.then(run);
    this.#last = ended.catch(() => {});
    return ended;
  }

  /** Nothing can reach a task that has the thread to itself. */
  interrupt(): void {}

  /** Frees the models. */
  close(): void {
    this.#loaded.close();
    this.#current = undefined;
  }
}

/** Reads a result from `store`; one that cannot be decoded is damaged, and refused as such. */
export async function readResult<Result>(
  store: Store,
  format: { decode(body: Uint8Array): Result },
  ref: ResultRef,
): Promise<Result> {
  const { body } = await store.read(ref);
  try {
    return format.decode(body);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return await store.refuse(ref);
  }
}

/** Models and more that the tasks of one experiment share on one thread, made when first needed. */
export class WorkerModels {
  readonly #data: ExperimentData;
  readonly #read: ReadResult;
  readonly #vocabulary: Vocabulary;
  readonly #loaded: LoadedModels;
  readonly #ngram: (order: number) => NgramModel;
  #reference: Reference | undefined;

  /** For the tasks of `data`; trained models come through `read`, and go to `loaded`. */
  constructor(data: ExperimentData, read: ReadResult, loaded: LoadedModels) {
    this.#data = data;
    this.#read = read;
    this.#loaded = loaded;
    const used = new Set(modelUses(data, new ExperimentTasks(data)).map(nameOf));
    loaded.keepOnly((name) => [...used].some((use) => name.startsWith(use)));
    this.#vocabulary = vocabularyOf(data.vocabulary);
    const { config } = data.experiment;
    this.#ngram = ngramModels(data.split.training, this.#vocabulary, {
      ...windowOptions(config),
      vocabSize: this.#vocabulary.size,
      orders: config.report.ngram_orders,
    });
  }

  /** The models for a task with that many threads. */
  on(threads: number): ModelSource {
    return {
      vocabulary: this.#vocabulary,
      model: (use) => this.#model(use, threads),
      ngram: this.#ngram,
      reference: () => {
        const { training, heldOut } = this.#data.split;
        if (this.#data.corpus === undefined) return undefined;
        return this.#reference ??= referenceOf(training, heldOut);
      },
    };
  }

  #model(use: ModelUse, threads: number): Promise<LanguageModel> {
    return this.#loaded.get(`${nameOf(use)}${threads}`, async () => {
      const { arithmetic, experiment: { config: { engine } } } = this.#data;
      const { layers } = use;
      return await openModel(await this.#weights(use), { engine, arithmetic, layers, threads });
    });
  }

  async #weights({ weights: from }: ModelUse): Promise<Weights | Transformer> {
    if ("folder" in from) {
      const { folder, state, blockSize } = from;
      return (await checkModelFolder(folder, { blockSize, state, mayRead: () => true }))
        .transformer;
    }
    const { stage, name } = from.trained;
    const { checkpoint } = await this.#read(train, from.trained);
    return parseCheckpoint(`${stage} ${name}`, checkpoint).weights;
  }
}

/** What a model is called among those that are loaded, before the number of its threads. */
function nameOf({ key }: ModelUse): string {
  return `${JSON.stringify(key)} `;
}

/**
 * N-gram models of `documents` by their order, each made when it is first asked for; those up to the
 * highest of `orders`, which are likely to be, from counts that they share.
 */
export function ngramModels(
  documents: Documents,
  vocabulary: Vocabulary,
  { vocabSize, blockSize, longDocuments, orders }: TextSpec & WindowOptions & {
    readonly orders: readonly number[];
  },
): (order: number) => NgramModel {
  const models = new Map<number, NgramModel>();
  const counted = new Map<number, NgramCounts>();
  const likely = orders.reduce((most, order) => Math.max(most, order), 1);
  return (order) => {
    const known = models.get(order);
    if (known !== undefined) return known;
    const longest = Math.max(order, likely);
    const texts = { blockSize, longDocuments, order: longest };
    const counts = counted.get(longest) ??
      countNgrams(textsToCount(documents, vocabulary, texts), longest, vocabSize);
    counted.set(longest, counts);
    const model = new NgramModel(counts, order, { vocabSize, blockSize });
    models.set(order, model);
    return model;
  };
}
