import type { OneCell } from "../config/experiment.ts";
import { readingOf } from "../config/schema.ts";
import { Documents } from "../data/documents.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import type { DecodeResources } from "../decode/definition.ts";
import { strategyOf } from "../decode/definitions.ts";
import { pathInside } from "../files/inside.ts";
import { type Checkpoint, CheckpointError, readCheckpoint } from "../train/checkpoint.ts";
import type { LanguageModel } from "../model/language_model.ts";
import { trainingEngine } from "../model/engine.ts";
import { engines } from "../model/engines.ts";
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
 * Reads what the cell needs of the run in `folder`, and no more: the checkpoint of the model called
 * `name`; that of the draft, or the corpus, where the strategy proposes from them.
 */
export async function openTrainedRun(
  folder: string,
  name: ModelName,
  { experiment, cell: { settings } }: OneCell,
  corpora: CorpusCache = new CorpusCache(),
): Promise<TrainedRun> {
  const { languageModel } = engines[trainingEngine(experiment.config.engine)];
  const checkpoint = await readCheckpoint(await checkpointIn(folder, name));
  const { vocabulary, weights: { spec } } = checkpoint;
  const needs = strategyOf(settings).speculation?.(settings).needs;
  const file = await checkpointIn(folder, "draft");
  const draft = needs === "draft model" ? await readCheckpoint(file) : undefined;
  if (draft !== undefined) checkSameText(file, draft, checkpoint);
  const documents = needs === "corpus"
    ? (await checkWithCorpus(experiment, corpora)).split.training
    : Documents.of([]);
  const model = languageModel(checkpoint.weights, 1);
  const draftModel = draft && languageModel(draft.weights, 1);
  return {
    model,
    resources: {
      draftModel,
      ngram: ngramModels(documents, vocabulary, {
        longDocuments: readingOf(experiment.config).long_documents,
        ...spec,
        orders: [],
      }),
    },
    vocabulary,
    close() {
      model.close();
      draftModel?.close();
    },
  };
}

/** The file of a model's weights; throws a `LinkedPathError` where the run has a link for it. */
async function checkpointIn(folder: string, model: ModelName): Promise<string> {
  return await pathInside(folder, `checkpoints/${model}.json`);
}

/** Refuses a draft that cannot read the tokens, or the length, of the texts that it is for. */
function checkSameText(file: string, draft: Checkpoint, target: Checkpoint): void {
  const [own, others] = [draft.vocabulary.digest, target.vocabulary.digest];
  const [length, expected] = [draft.weights.spec.blockSize, target.weights.spec.blockSize];
  if (own === others && length === expected) return;
  throw new CheckpointError(
    `cannot use the checkpoint ${file}: expected the ${target.vocabulary.description.unit} and the block size of the model ` +
      "that it proposes for, found others",
  );
}
