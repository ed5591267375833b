import { serializeCheckpoint } from "../train/checkpoint.ts";
import type { Weights } from "../model/weights.ts";
import { vocabularyOf } from "../data/vocabulary.ts";
import { trainingStart } from "./seeding.ts";
import type { ModelName, Setup } from "./experiment_data.ts";
import type { TrainingJob } from "./train_model.ts";

/** What there is to do for one model of an experiment. */
export function trainingJob(setup: Setup, name: ModelName): TrainingJob {
  const { documents, weights } = trainingStart(setup);
  const initial = weights[name];
  if (initial === undefined) throw new TypeError(`Cannot train the ${name}: there is none`);
  const { training, engine } = setup.config;
  const { learning_rate: learningRate, batch_size: batchSize, ...settings } = training[name];
  const vocabulary = vocabularyOf(setup.vocabulary);
  return {
    name,
    engine,
    initial,
    documents: documents.slice(0, settings.steps * batchSize)
      .map((text) => vocabulary.encodeDocument(text, initial.spec.blockSize)),
    settings: { ...settings, learningRate, batchSize },
  };
}

/** `checkpoints/<name>.json`: what came of it. */
export function checkpointText(
  { config, corpusSha256, vocabulary }: Setup,
  name: ModelName,
  weights: Weights,
): string {
  const { engine, seed, seeding, training, corpus } = config;
  return serializeCheckpoint({
    vocabulary: vocabularyOf(vocabulary),
    training: {
      ...training[name],
      engine,
      seed,
      seeding,
      corpus: corpusSha256,
      held_out: corpus.held_out,
    },
    weights,
  });
}
