import type { Vocabulary } from "../data/vocabulary.ts";
import { type CorpusLoss, corpusLoss } from "../measure/held_out.ts";
import type { LanguageModel } from "../model/language_model.ts";
import type { ModelLosses } from "../report/run/run_record.ts";
import { intervalStream } from "./seeding.ts";
import type { Setup } from "./experiment_data.ts";

/** The most training documents that the loss is measured on. */
const MOST_TRAINING_DOCUMENTS = 1000;

/** What to measure losses on. */
export interface LossStage {
  /** The experiment. */
  readonly setup: Setup;
  /** Its tokens. */
  readonly vocabulary: Vocabulary;
}

/** The loss of `model` on all documents held out and on some of those trained on. */
export function modelLosses(
  name: string,
  model: LanguageModel,
  { setup: { config, split }, vocabulary }: LossStage,
): ModelLosses {
  const on = (what: string, documents: readonly string[]): CorpusLoss =>
    corpusLoss(
      model,
      documents.map((text) => vocabulary.encodeDocument(text, model.spec.blockSize)),
      vocabulary.bos,
      intervalStream(config.seed, "loss", name, what),
    );
  return {
    name,
    ...(split.heldOut.length > 0 && { heldOut: on("held out", split.heldOut) }),
    training: on("training", spread(split.training, MOST_TRAINING_DOCUMENTS)),
  };
}

/** At most `count` of `all`, evenly spread. */
function spread<Value>(all: readonly Value[], count: number): readonly Value[] {
  if (all.length <= count) return all;
  return Array.from({ length: count }, (_, i) => all[Math.floor(i * all.length / count)] as Value);
}
