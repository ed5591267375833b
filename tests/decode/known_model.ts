/**
 * A model whose probabilities are written down, and strategies run on it. Tokens 0, 1, 2; 3 is BOS and
 * EOS; every text begins with BOS.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import type { DecodeResources } from "../../src/decode/definition.ts";
import { schedule } from "../../src/decode/scheduler.ts";
import type { DecodeRequest, DecodeResult, Strategy } from "../../src/decode/strategy.ts";
import { type LanguageModel, StopTokens } from "../../src/model/language_model.ts";
import { MockModel, type NextProbabilities, scripted } from "./mock_model.ts";

/** BOS and EOS. */
export const EOS = 3;

/** The one token that ends a text. */
export const STOPS = new StopTokens([EOS], 4);

/** Resources with `model` as the draft model and `ngram` as the n-gram model of any order. */
export function draftsOf(model?: LanguageModel, ngram = model): DecodeResources {
  return {
    draftModel: model,
    ngram() {
      assert(ngram !== undefined, "there is no n-gram model");
      return ngram;
    },
  };
}

/** The parts of a decoding that a test may choose. */
export type DecodeOptions = Partial<DecodeRequest> & {
  next?: NextProbabilities;
  vocabSize?: number;
  blockSize?: number;
};

/** Greedy goes 0 1 EOS with .6 · .5 · .9; the best text is 1 EOS, with .4 · .9. */
export const known: NextProbabilities = (prefix) => {
  switch (prefix.slice(1).join("")) {
    case "":
      return [.6, .4, 0, 0];
    case "0":
      return [.2, .5, .2, .1];
    case "1":
      return [.05, .05, 0, .9];
    default:
      return [.05, .05, 0, .9];
  }
};

/** Decodes one text, from `known` by default, and checks that no sequence is left open. */
export function decode(
  strategy: Strategy,
  options: DecodeOptions = {},
): DecodeResult & { model: MockModel } {
  const { next = known, vocabSize = 4, blockSize = 16 } = options;
  const model = new MockModel(vocabSize, blockSize, next);
  const [result] = schedule([
    strategy({
      target: model,
      prompt: [EOS],
      stops: STOPS,
      maxNewTokens: 12,
      random: scripted([]),
      ...options,
    }),
  ]);
  assert(result !== undefined);
  assert(model.sequences.every(({ closed }) => closed), "a sequence was left open");
  return { ...result, model };
}

/** `actual` are the logarithms of `probabilities` (1e-12). */
export function assertLogProbs(actual: readonly number[], probabilities: readonly number[]): void {
  assertEquals(actual.length, probabilities.length);
  actual.forEach((value, i) =>
    assertAlmostEquals(value, Math.log(probabilities[i] as number), 1e-12)
  );
}
