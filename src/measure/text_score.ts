/**
 * A given text under a model, token by token.
 *
 * Shapes: `V` tokens in the vocabulary.
 *
 * @module
 */
import { argmax, logSoftmax, logSumOf } from "../decode/distribution.ts";
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

/** Logits that are read in one pass, at most: 64 MiB. */
const MOST_LOGITS = 2 ** 23;

/**
 * The scores of the tokens after the first of `text`, which begins with BOS and ends with a stop: in
 * windows as models read documents (`data/windows.ts`), of which each begins with the last token of the
 * one before. Any of `stops` is as good an end as another: a stop has the probability of all of them.
 * Throws a {@linkcode DivergedError} for a model whose logits are not numbers.
 */
export function scoreText(
  model: LanguageModel,
  text: readonly Token[],
  stops: readonly Token[] = [],
): TokenScore[] {
  const { blockSize, vocabSize } = model.spec;
  const scores: TokenScore[] = [];
  const most = Math.max(1, Math.floor(MOST_LOGITS / vocabSize));
  for (let from = 0; from < text.length - 1; from += blockSize) {
    const window = text.slice(from, Math.min(from + blockSize, text.length - 1));
    const sequence = model.open();
    try {
      for (let read = 0; read < window.length; read += most) {
        const tokens = window.slice(read, read + most);
        const [logits] = model.forward([{ sequence, tokens, rows: tokens.length }]);
        if (logits === undefined || Number.isNaN(logits[0])) {
          throw new DivergedError("expected logits, found NaN: the model's weights are too large");
        }
        tokens.forEach((_, row) => {
          const logProbs = logSoftmax(logits.subarray(row * vocabSize, (row + 1) * vocabSize));
          const at = from + read + row;
          const token = text[at + 1] as Token;
          const alike = stops.length > 1 && stops.includes(token) ? stops : [token];
          const beginsWindow = from > 0 && at === from;
          scores.push({ ...scoreOf(token, alike, logProbs), beginsWindow });
        });
      }
    } finally {
      sequence.close();
    }
  }
  return scores;
}

/** The score of `token`, which may be any of those `alike`. */
function scoreOf(
  token: Token,
  alike: readonly Token[],
  logProbs: Float64Array,
): Omit<TokenScore, "beginsWindow"> {
  const logProb = logSumOf(alike, (one) => logProbs[one] as number);
  const likeliest = Math.max(...alike.map((one) => logProbs[one] as number));
  const best = argmax(logProbs);
  const rank = logProbs.reduce((place, one) => place + (one > likeliest ? 1 : 0), 1);
  return { token, logProb, rank, best, bestLogProb: logProbs[best] as number };
}

/** The log-probability of a whole text, nats: the sum over its tokens and its stop. */
export function totalOf(scores: readonly TokenScore[]): number {
  return scores.reduce((sum, { logProb }) => sum + logProb, 0);
}

/**
 * −log₂ P of a text by its `length` in characters or bytes, as held-out documents have it: the cost of the
 * stop is in the sum, but the stop has no length. Infinite of an empty text.
 */
export function bitsPer(scores: readonly TokenScore[], length: number): number {
  return -totalOf(scores) / Math.LN2 / length;
}
