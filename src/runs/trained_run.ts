import type { OneCell } from "../config/experiment.ts";
import { isFolder, isSizes, readingOf } from "../config/settings.ts";
import { Documents } from "../data/documents.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import type { DecodeResources } from "../decode/definition.ts";
import { strategyOf } from "../decode/definitions.ts";
import { pathInside } from "../files/inside.ts";
import { CheckpointError, readCheckpoint } from "../train/checkpoint.ts";
import type { LoadedModel } from "../model/engine.ts";
import { checkModelFolder } from "../model/hugging_face/model_folder.ts";
import type { LanguageModel } from "../model/language_model.ts";
import { openModel } from "../model/open_model.ts";
import { type Arithmetic, processorArithmetic } from "../model/simd/arithmetic.ts";
import type { Transformer } from "../model/transformer.ts";
import type { Weights } from "../model/weights.ts";
import type { ModelName } from "../stages/experiment_data.ts";
import { ngramModels } from "../threads/run_task.ts";
import { checkWithCorpus } from "./check_with_corpus.ts";
import { CorpusCache } from "./corpus_cache.ts";

/** The models of a finished run that one cell is decoded with. */
export interface TrainedRun {
  /** The model that is decoded from. */
  readonly model: LanguageModel;
  /** The models that may propose for it. */
  readonly resources: DecodeResources;
  /** The tokens that both read. */
  readonly vocabulary: Vocabulary;
  /** Frees the models. */
  close(): void;
}

/**
 * Reads what the cell needs of the run in `folder`, and no more: the model called `name`, from its
 * checkpoint or from the folder that the run took it from; the draft, or the corpus, where the strategy
 * proposes from them. Throws a `ConfigError` where a folder is not what it was.
 */
export async function openTrainedRun(
  folder: string,
  name: ModelName,
  { experiment, cell: { settings } }: OneCell,
  corpora: CorpusCache = new CorpusCache(),
): Promise<TrainedRun> {
  const { config } = experiment;
  const needs = strategyOf(settings).speculation?.(settings).needs;
  const own = await readModel(folder, name, experiment, corpora);
  const draft = needs === "draft model"
    ? await readModel(folder, "draft", experiment, corpora)
    : undefined;
  if (draft !== undefined) checkSameText(draft, own);
  const { vocabulary } = own;
  const documents = needs === "corpus"
    ? (await checkWithCorpus(experiment, corpora)).split.training
    : Documents.of([]);
  // A model of onnxruntime is large enough for all threads.
  const threads = config.engine === "onnx" ? navigator.hardwareConcurrency : 1;
  const opened: LoadedModel[] = [];
  const { engine } = config;
  const open = async ({ weights, layers, arithmetic }: ReadModel): Promise<LanguageModel> => {
    const model = await openModel(weights, { engine, arithmetic, layers, threads });
    opened.push(model);
    return model;
  };
  const model = await open(own);
  return {
    model,
    resources: {
      draftModel: draft && await open(draft),
      ngram: ngramModels(documents, vocabulary, {
        longDocuments: readingOf(config).long_documents,
        ...model.spec,
        orders: [],
      }),
    },
    vocabulary,
    close() {
      for (const model of opened) model.close();
    },
  };
}

/** A model of a run, not loaded yet. */
interface ReadModel {
  /** Where it was read from, for messages. */
  readonly file: string;
  readonly weights: Weights | Transformer;
  /** How many of its layers it has; all of them if left out. */
  readonly layers?: number;
  /** The arithmetic that it was trained in, if this processor has it, else the strict one. */
  readonly arithmetic?: Arithmetic;
  readonly vocabulary: Vocabulary;
  readonly blockSize: number;
}

/** The model called `name` of the run in `folder`. */
async function readModel(
  folder: string,
  name: ModelName,
  experiment: OneCell["experiment"],
  corpora: CorpusCache,
): Promise<ReadModel> {
  const { models } = experiment.config;
  const model = models[name] ?? models.target;
  if (isFolder(model)) {
    const { [name]: found } = await corpora.folders.openFor(experiment, [name]);
    if (found === undefined) throw new TypeError(`Cannot open the ${name}: it has no folder`);
    const file = found.model.folder;
    const blockSize = models.block_size ?? found.model.maxPositions;
    const { transformer } = await checkModelFolder(file, {
      blockSize,
      state: found.model.state,
      mayRead: () => true,
    });
    return { file, weights: transformer, vocabulary: found.vocabulary, blockSize };
  }
  if (!isSizes(model)) {
    return { ...await readModel(folder, "target", experiment, corpora), layers: model.layers };
  }
  const file = await pathInside(folder, `checkpoints/${name}.json`);
  const { vocabulary, weights, training } = await readCheckpoint(file);
  const isFused = training["arithmetic"] === "fused" && processorArithmetic() === "fused";
  return {
    file,
    weights,
    arithmetic: isFused ? "fused" : "strict",
    vocabulary,
    blockSize: weights.spec.blockSize,
  };
}

/** Refuses a draft that cannot read the tokens, or the length, of the texts that it is for. */
function checkSameText(draft: ReadModel, target: ReadModel): void {
  const [own, others] = [draft.vocabulary.digest, target.vocabulary.digest];
  if (own === others && draft.blockSize === target.blockSize) return;
  throw new CheckpointError(
    `cannot use ${draft.file} as the draft: expected the ${target.vocabulary.description.unit} and ` +
      "the block size of the model that it proposes for, found others",
  );
}
