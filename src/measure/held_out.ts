/**
 * How well a model predicts documents that it has not seen.
 *
 * @module
 */
import { DivergedError, type LanguageModel, type Token } from "../model/language_model.ts";
import { logProbability } from "../decode/distribution.ts";
import { characterCount } from "../text/characters.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import type { RandomSource } from "../random/random_stream.ts";
import { bootstrap, type ClusterSums, ratio } from "./bootstrap.ts";
import { type Estimate, estimateOf } from "./interval.ts";

/** Documents that are read side by side; what it is changes no result. */
const BATCH = 128;

/** The loss over all documents together: long ones count for more. */
export interface CorpusLoss {
  /** Documents that were read. */
  readonly documents: number;
  /** Tokens that were predicted: those of the text up to the block's end, and EOS where it fits. */
  readonly tokens: number;
  /** −Σ ln P(token | what is before it) / tokens. */
  readonly natsPerToken: Estimate;
  /**
   * −Σ log₂ P(token | what is before it) / characters predicted: the price of EOS is in the sum, but
   * EOS is no character, so that this is what a compressed document takes for each of its characters.
   */
  readonly bitsPerCharacter: Estimate;
}

/**
 * The loss of `model` on `documents`, each `BOS text EOS` in tokens of `vocabulary`, cut to what the model's
 * block can predict; intervals are over documents. Throws a {@linkcode DivergedError} for a model that answers
 * with no numbers.
 */
export function corpusLoss(
  model: LanguageModel,
  documents: readonly (readonly Token[])[],
  vocabulary: Pick<Vocabulary, "decode">,
  random: RandomSource,
): CorpusLoss {
  const nats = new Float64Array(documents.length);
  const tokens = new Float64Array(documents.length);
  const characters = new Float64Array(documents.length);
  for (let start = 0; start < documents.length; start += BATCH) {
    const batch = documents.slice(start, start + BATCH)
      .map((document) => document.slice(0, model.spec.blockSize + 1));
    negativeLogProbs(model, batch).forEach((sum, i) => {
      const predicted = (batch[i] as readonly Token[]).slice(1);
      nats[start + i] = sum;
      tokens[start + i] = predicted.length;
      characters[start + i] = characterCount(vocabulary.decode(predicted));
    });
  }
  if (nats.some(Number.isNaN)) {
    throw new DivergedError("expected a loss, found NaN: the model's weights are too large");
  }
  const perToken: ClusterSums = { numerators: nats, denominators: tokens };
  const perCharacter: ClusterSums = {
    numerators: nats.map((sum) => sum / Math.LN2),
    denominators: characters,
  };
  const [ofToken, ofCharacter] = bootstrap([perToken, perCharacter], random);
  return {
    documents: documents.length,
    tokens: tokens.reduce((sum, count) => sum + count, 0),
    natsPerToken: estimateOf(ratio(perToken), ofToken),
    bitsPerCharacter: estimateOf(ratio(perCharacter), ofCharacter),
  };
}

/** −ln P of each document's tokens after the first, in one forward pass. */
function negativeLogProbs(
  model: LanguageModel,
  documents: readonly (readonly Token[])[],
): number[] {
  const { vocabSize } = model.spec;
  const requests = documents.map((document) => {
    const tokens = document.slice(0, -1);
    return { sequence: model.open(), tokens, rows: tokens.length };
  });
  try {
    return model.forward(requests).map((logits, i) => {
      let sum = 0;
      (documents[i] as readonly Token[]).slice(1).forEach((token, row) => {
        sum -= logProbability(logits.subarray(row * vocabSize, (row + 1) * vocabSize), token);
      });
      return sum;
    });
  } finally {
    for (const { sequence } of requests) sequence.close();
  }
}
