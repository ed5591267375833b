import { type Vocabulary, vocabularyOf } from "../data/vocabulary.ts";
import { type Reference, referenceOf } from "../measure/cell_samples.ts";
import type { LoadedModel } from "../model/engine.ts";
import { engines } from "../model/engines.ts";
import type { LanguageModel, TextSpec } from "../model/language_model.ts";
import { NgramModel } from "../model/ngram/ngram_model.ts";
import type { ExperimentData } from "../stages/experiment_data.ts";
import type { ModelSource, ReadResult } from "../stages/stage.ts";
import { train } from "../stages/train.ts";
import type { ResultRef } from "../store/stored_result.ts";
import { parseCheckpoint } from "../train/checkpoint.ts";

/** What the tasks of one experiment share on one thread: models and more, made when first needed. */
export class WorkerModels {
  readonly #data: ExperimentData;
  readonly #read: ReadResult;
  readonly #vocabulary: Vocabulary;
  readonly #loaded = new Map<string, LoadedModel>();
  readonly #ngram: (order: number) => LanguageModel;
  #reference: Reference | undefined;

  /** For the tasks of `data`; trained models come through `read`. */
  constructor(data: ExperimentData, read: ReadResult) {
    this.#data = data;
    this.#read = read;
    this.#vocabulary = vocabularyOf(data.vocabulary);
    this.#ngram = ngramModels(data.split.training, this.#vocabulary, data.specs.target);
  }

  /** The models for a task with that many threads. */
  on(threads: number): ModelSource {
    return {
      vocabulary: this.#vocabulary,
      trained: (ref) => this.#trained(ref, threads),
      ngram: this.#ngram,
      reference: () => {
        const { training, heldOut } = this.#data.split;
        return this.#reference ??= referenceOf(training, heldOut);
      },
    };
  }

  /** Frees the models. */
  close(): void {
    for (const model of this.#loaded.values()) model.close();
    this.#loaded.clear();
  }

  async #trained(ref: ResultRef, threads: number): Promise<LanguageModel> {
    const place = `${ref.key} ${threads}`;
    const loaded = this.#loaded.get(place);
    if (loaded !== undefined) return loaded;
    const { checkpoint } = await this.#read(train, ref);
    const { weights } = parseCheckpoint(`${ref.stage} ${ref.name}`, checkpoint);
    const model = engines[this.#data.experiment.config.engine].languageModel(weights, threads);
    this.#loaded.set(place, model);
    return model;
  }
}

/** N-gram models of `documents` by their order, each counted when it is first asked for. */
export function ngramModels(
  documents: readonly string[],
  vocabulary: Vocabulary,
  { vocabSize, blockSize }: TextSpec,
): (order: number) => NgramModel {
  const counted = new Map<number, NgramModel>();
  let encoded: number[][] | undefined;
  return (order) => {
    const known = counted.get(order);
    if (known !== undefined) return known;
    encoded ??= documents.map((text) => vocabulary.encodeDocument(text, blockSize));
    const model = NgramModel.count(encoded, order, { vocabSize, blockSize });
    counted.set(order, model);
    return model;
  };
}
