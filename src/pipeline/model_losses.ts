import type { Split } from "../data/split.ts";
import type { Tokenizer } from "../data/tokenizer.ts";
import { type CorpusLoss, corpusLoss } from "../measure/held_out.ts";
import type { LanguageModel, Token } from "../model/language_model.ts";
import { NgramModel } from "../model/ngram/ngram_model.ts";
import type { Timing } from "../report/csv.ts";
import type { ModelLosses } from "../report/run_record.ts";
import type { Progress } from "./progress.ts";
import { intervalStream } from "./seeding.ts";

/** The n-gram models that the trained ones are held against. */
const ORDERS = [1, 2, 3, 4, 5];
/** The most training documents that the loss is measured on. */
const MOST_TRAINING_DOCUMENTS = 1000;

/** What to measure losses with and on. */
export interface LossStage {
  /** The trained models, in the order of the report. */
  readonly models: readonly { readonly name: string; readonly model: LanguageModel }[];
  /** The documents. */
  readonly split: Split;
  /** Their tokens. */
  readonly tokenizer: Tokenizer;
  /** The experiment's seed: intervals are drawn from it. */
  readonly seed: number;
  /** Told of each model. */
  readonly progress: Progress;
}

/**
 * The loss of the trained models, and of n-gram models of orders 1 to 5 counted from the same
 * training documents, on all documents held out and on some of those trained on.
 */
export function modelLosses(
  { models, split, tokenizer, seed, progress }: LossStage,
): { losses: ModelLosses[]; timings: Timing[] } {
  const blockSize = Math.max(...models.map(({ model }) => model.spec.blockSize));
  const encoded = (documents: readonly string[]) =>
    documents.map((text) => tokenizer.encodeDocument(text, blockSize));
  const training = encoded(split.training);
  const heldOut = encoded(split.heldOut);
  const seen = spread(training, MOST_TRAINING_DOCUMENTS);
  const timings: Timing[] = [];
  const loss = (name: string, make: () => LanguageModel): ModelLosses => {
    const began = performance.now();
    const model = make();
    const on = (what: string, documents: readonly Token[][]): CorpusLoss =>
      corpusLoss(model, documents, tokenizer.bos, intervalStream(seed, "loss", name, what));
    const losses = {
      name,
      ...(heldOut.length > 0 && { heldOut: on("held out", heldOut) }),
      training: on("training", seen),
    };
    const seconds = (performance.now() - began) / 1000;
    const count = heldOut.length + seen.length;
    timings.push({ stage: "measure", of: name, seconds, count, unit: "documents" });
    progress.advance(timings.length);
    return losses;
  };
  progress.begin("predicting documents", models.length + ORDERS.length, "models");
  try {
    const ngrams = (order: number): NgramModel =>
      NgramModel.count(training, order, { vocabSize: tokenizer.vocabSize, blockSize });
    const losses = [
      ...models.map(({ name, model }) => loss(name, () => model)),
      ...ORDERS.map((order) => loss(`${order}-gram`, () => ngrams(order))),
    ];
    return { losses, timings };
  } finally {
    progress.end();
  }
}

/** At most `count` of `all`, evenly spread. */
function spread<Value>(all: Value[], count: number): Value[] {
  if (all.length <= count) return all;
  return Array.from({ length: count }, (_, i) => all[Math.floor(i * all.length / count)] as Value);
}
