/**
 * The steps of the original script's `main`, in its order, with the library's own public functions and
 * one generator shared by everything, seeded by 42. The original's own conventions, where they
 * differ from the library's, are here and nowhere else.
 *
 * @module
 */
import { parseDocuments } from "../../src/data/corpus_text.ts";
import { sharedWords } from "../../src/data/documents.ts";
import { CharacterVocabulary } from "../../src/data/character_vocabulary.ts";
import { Windows } from "../../src/data/windows.ts";
import { greedy } from "../../src/decode/sample/greedy.ts";
import { sample } from "../../src/decode/sample/sample.ts";
import { schedule } from "../../src/decode/scheduler.ts";
import { speculativeOriginal } from "../../src/decode/speculative/original.ts";
import type { DecodeResult, Strategy } from "../../src/decode/strategy.ts";
import { topK } from "../../src/decode/warp/top_k.ts";
import { topP } from "../../src/decode/warp/top_p.ts";
import { temperature } from "../../src/decode/warp/temperature.ts";
import type { LanguageModel } from "../../src/model/language_model.ts";
import { InferenceGpt } from "../../src/model/reference/inference_gpt.ts";
import { untrained } from "../../src/model/engine.ts";
import { initialWeights, type Weights } from "../../src/model/weights.ts";
import { PythonRandom } from "../../src/random/python_random.ts";
import { ReferenceTrainingModel } from "../../src/model/reference/training_model.ts";
import { train } from "../../src/train/trainer.ts";
import { originalBeam } from "./original_beam.ts";

/** One model, before and after training. */
export interface TrainedModel {
  readonly initial: Float64Array;
  readonly weights: Weights;
  readonly losses: readonly number[];
  readonly logitsAfterA: Float64Array;
}

/** One decoded sample, with the log-probability that the original prints for its strategy. */
export interface Output {
  readonly prompt: string;
  readonly strategy: string;
  readonly output: string;
  readonly log_prob: number;
  readonly proposed: number;
  readonly accepted: number;
}

/** Everything that the golden file records. */
export interface OriginalRun {
  readonly documents: readonly string[];
  readonly vocabulary: CharacterVocabulary;
  readonly target: TrainedModel;
  readonly draft: TrainedModel;
  readonly comparison: readonly Output[];
  readonly diversity: readonly (readonly Output[])[];
  readonly speculative: readonly Output[];
}

const BLOCK_SIZE = 16;
const ADAM = { learningRate: 0.01, beta1: 0.85, beta2: 0.99, epsilon: 1e-8 };

/** Replays the original's run on the bytes of a corpus. */
export function originalRun(corpus: Uint8Array): OriginalRun {
  const random = new PythonRandom(42);
  const inOrder = parseDocuments("the corpus", corpus);
  const order = sharedWords(inOrder.length);
  order.forEach((_, i) => order[i] = i);
  random.shuffle(order);
  const documents = inOrder.subset(order);
  const vocabulary = CharacterVocabulary.of(documents);
  const windows = Windows.of(documents, vocabulary, {
    blockSize: BLOCK_SIZE,
    longDocuments: "cut",
  });
  const sizes = { vocabSize: vocabulary.size, blockSize: BLOCK_SIZE, nLayer: 1 };

  const trainModel = (nEmbd: number, nHead: number, steps: number): TrainedModel => {
    const initial = initialWeights({ ...sizes, nEmbd, nHead }, random, 0.08);
    const model = new ReferenceTrainingModel(untrained(initial));
    const settings = { ...ADAM, steps, batchSize: 1 };
    const losses = Array.from(
      train(model, windows, settings),
      ({ loss }) => loss,
    );
    const weights = model.weights();
    const logitsAfterA = logitsAfter(weights, vocabulary, "a");
    return { initial: initial.data, weights, losses, logitsAfterA };
  };
  const target = trainModel(16, 4, 700);
  const draft = trainModel(8, 2, 500);

  const strategies = originalStrategies(new InferenceGpt(draft.weights));
  const model = new InferenceGpt(target.weights);
  const decode = (prompt: string, { name, strategy, logProb }: OriginalStrategy): Output =>
    decodeOne({ prompt, model, vocabulary, random, name, strategy, logProb });
  const prompts = [..."abcdefghijklmnopqrst"];
  const comparison = ["a", "m"].flatMap((prompt) => strategies.map((one) => decode(prompt, one)));
  const diversity = strategies.slice(0, 5).map((one) =>
    prompts.map((prompt) => decode(prompt, one))
  );
  const speculative = prompts.flatMap((prompt) =>
    strategies.slice(5).map((one) => decode(prompt, one))
  );
  return {
    documents: [...documents],
    vocabulary,
    target,
    draft,
    comparison,
    diversity,
    speculative,
  };
}

function logitsAfter(
  weights: Weights,
  vocabulary: CharacterVocabulary,
  text: string,
): Float64Array {
  const model = new InferenceGpt(weights);
  const [logits] = model.forward([
    { sequence: model.open(), tokens: vocabulary.encodePrompt(text), rows: 1 },
  ]);
  if (logits === undefined) throw new TypeError("Cannot compare logits: the model gave none");
  return logits;
}

interface OriginalStrategy {
  readonly name: string;
  readonly strategy: Strategy;
  readonly logProb: (result: DecodeResult) => number;
}

/** The six, with the defaults and the log-probability conventions of the original. */
function originalStrategies(draft: LanguageModel): OriginalStrategy[] {
  const ofTokens = ({ tokens, logProbs }: DecodeResult): number =>
    sum(logProbs.slice(0, tokens.length));
  const warpedOfTokens = ({ tokens, warpedLogProbs }: DecodeResult): number =>
    sum(warpedLogProbs.slice(0, tokens.length));
  const withEos = ({ logProbs }: DecodeResult): number => sum(logProbs);
  return [
    { name: "greedy", strategy: greedy, logProb: ofTokens },
    { name: "temperature", strategy: sample([temperature(0.8)]), logProb: warpedOfTokens },
    { name: "top_k", strategy: sample([topK(5)]), logProb: ofTokens },
    { name: "top_p", strategy: sample([topP(0.9)]), logProb: ofTokens },
    { name: "beam", strategy: originalBeam(3), logProb: withEos },
    { name: "speculative", strategy: speculativeOriginal(draft, 4), logProb: ofTokens },
  ];
}

function decodeOne(
  { prompt, model, vocabulary, random, name, strategy, logProb }: {
    prompt: string;
    model: LanguageModel;
    vocabulary: CharacterVocabulary;
    random: PythonRandom;
  } & OriginalStrategy,
): Output {
  const [result] = schedule([
    strategy({
      target: model,
      prompt: vocabulary.encodePrompt(prompt),
      stops: vocabulary.stops,
      maxNewTokens: 12,
      random,
    }),
  ]);
  if (result === undefined) throw new TypeError(`Cannot decode "${prompt}": there is no result`);
  return {
    prompt,
    strategy: name,
    output: vocabulary.decode(result.tokens),
    log_prob: logProb(result),
    proposed: result.costs.proposed,
    // The original counts a token drawn in place of a refused one as accepted.
    accepted: result.costs.accepted + result.costs.resampled,
  };
}

/** As CPython 3.11's `sum`: from left to right, uncompensated. */
export function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
