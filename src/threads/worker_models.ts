import { type Vocabulary, vocabularyOf } from "../data/vocabulary.ts";
import type { DecodeResources } from "../decode/definition.ts";
import { type Reference, referenceOf } from "../measure/text_measures.ts";
import type { DecodeStage } from "../stages/decode_cells.ts";
import { ngramModels } from "../stages/ngram_models.ts";
import type { LanguageModel } from "../model/language_model.ts";
import { engines, type LoadedModel } from "../model/engines.ts";
import type { ModelName, Setup } from "../stages/experiment_data.ts";
import type { Store } from "../store/store.ts";
import { readTraining } from "../stages/stored_training.ts";
import type { TrainIds } from "./task.ts";

/** What the tasks of one experiment share on one thread: made when it is first asked for. */
export class Workbench {
  /** The experiment. */
  readonly setup: Setup;
  /** Where results are. */
  readonly store: Store;
  /** The tokens of the corpus. */
  readonly vocabulary: Vocabulary;
  readonly #models = new Map<string, LoadedModel>();
  #reference: Reference | undefined;
  #ngrams: DecodeResources["ngram"] | undefined;

  /** For the tasks of `setup`. */
  constructor(setup: Setup, store: Store) {
    this.setup = setup;
    this.store = store;
    this.vocabulary = vocabularyOf(setup.vocabulary);
  }

  /** What samples are held against. */
  reference(): Reference {
    const { training, heldOut } = this.setup.split;
    return this.#reference ??= referenceOf(training, heldOut);
  }

  /** The trained model of that name, or the n-gram model of that order. */
  judged(of: ModelName | number, train: TrainIds, threads: number): Promise<LanguageModel> {
    if (typeof of === "number") return Promise.resolve(this.#ngram(of));
    return this.#trained(of, train, threads);
  }

  /** What decoding needs; the draft model where `train` has it. */
  async decodeStage(train: TrainIds, threads: number): Promise<DecodeStage> {
    const { config, prompts } = this.setup;
    const target = await this.#trained("target", train, threads);
    const draft = train.draft && await this.#trained("draft", train, threads);
    return {
      target,
      resources: { draftModel: draft, ngram: (order) => this.#ngram(order) },
      vocabulary: this.vocabulary,
      seed: config.seed,
      prompts,
      samples: config.decoding.samples,
      maxNewTokens: config.decoding.max_new_tokens,
    };
  }

  /** Gives the models back. */
  close(): void {
    for (const model of this.#models.values()) model.close();
    this.#models.clear();
  }

  async #trained(name: ModelName, train: TrainIds, threads: number): Promise<LoadedModel> {
    const id = train[name];
    if (id === undefined) throw new TypeError(`Cannot use the ${name}: the task does not name it`);
    const place = `${id.key} ${threads}`;
    const loaded = this.#models.get(place);
    if (loaded !== undefined) return loaded;
    const { weights } = await readTraining(this.store, id);
    const model = engines[this.setup.config.engine].languageModel(weights, threads);
    this.#models.set(place, model);
    return model;
  }

  /** The n-gram model of that order, of the training documents; counted once. */
  #ngram(order: number): LanguageModel {
    const { specs, split } = this.setup;
    this.#ngrams ??= ngramModels(split.training, this.vocabulary, specs.target);
    return this.#ngrams(order);
  }
}
