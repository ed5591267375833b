/**
 * A given text under a model, token by token.
 *
 * Shapes: `V` tokens in the vocabulary.
 *
 * @module
 */
import { argmax, logSoftmax } from "../decode/distribution.ts";
import { DivergedError, type LanguageModel, type Token } from "../model/language_model.ts";

/** One token of a text under a model. */
export interface TokenScore {
  /** The token. */
  readonly token: Token;
  /** Its log-probability given what is before it in the window, nats. */
  readonly logProb: number;
  /** Its place by falling probability, from 1; equal tokens share the best place. */
  readonly rank: number;
  /** The token that is the most probable there; of equal ones the one with the lowest id. */
  readonly best: Token;
  /** The log-probability of that one, nats. */
  readonly bestLogProb: number;
  /** Whether a window begins here: the model sees of the text only the token before. */
  readonly beginsWindow: boolean;
}

/**
 * The scores of the tokens after the first of `text`, which begins with BOS and ends with a stop: in
 * windows as models read documents (`data/windows.ts`), of which each begins with the last token of the
 * one before. Throws a {@linkcode DivergedError} for a model whose logits are not numbers.
 */
export function scoreText(model: LanguageModel, text: readonly Token[]): TokenScore[] {
  const { blockSize, vocabSize } = model.spec;
  const scores: TokenScore[] = [];
  for (let from = 0; from < text.length - 1; from += blockSize) {
    const window = text.slice(from, Math.min(from + blockSize, text.length - 1));
    const sequence = model.open();
    try {
      const [logits] = model.forward([{ sequence, tokens: window, rows: window.length }]);
      if (logits === undefined || Number.isNaN(logits[0])) {
        throw new DivergedError("expected logits, found NaN: the model's weights are too large");
      }
      window.forEach((_, row) => {
        const logProbs = logSoftmax(logits.subarray(row * vocabSize, (row + 1) * vocabSize));
        const token = text[from + row + 1] as Token;
        scores.push({ ...scoreOf(token, logProbs), beginsWindow: from > 0 && row === 0 });
      });
    } finally {
      sequence.close();
    }
  }
  return scores;
}

function scoreOf(token: Token, logProbs: Float64Array): Omit<TokenScore, "beginsWindow"> {
  const logProb = logProbs[token] as number;
  const best = argmax(logProbs);
  const rank = logProbs.reduce((place, one) => place + (one > logProb ? 1 : 0), 1);
  return { token, logProb, rank, best, bestLogProb: logProbs[best] as number };
}

/** The log-probability of a whole text, nats: the sum over its tokens and its stop. */
export function totalOf(scores: readonly TokenScore[]): number {
  return scores.reduce((sum, { logProb }) => sum + logProb, 0);
}

/**
 * −log₂ P of a text by its `characters`, as held-out documents have it: the cost of the stop is in the
 * sum, but the stop is no character. Infinite of a text without characters.
 */
export function bitsPerCharacter(scores: readonly TokenScore[], characters: number): number {
  return -totalOf(scores) / Math.LN2 / characters;
}
