/**
 * How a text ends: by any of its stop tokens, so that to a text they are one continuation, whose
 * probability is the sum of theirs. Which of them is drawn makes no other text.
 *
 * Shapes: `V` tokens in the vocabulary; rows of logits and probabilities are `[V]`.
 *
 * @module
 */
import type { StopTokens, Token } from "../model/language_model.ts";
import { logNormaliser, logSumOf } from "./distribution.ts";

/** The probability, of `probabilities`, of what `token` does: of a stop token, that the text ends. */
export function probabilityOf(
  probabilities: Float64Array,
  token: Token,
  stops: StopTokens,
): number {
  if (stops.tokens.length === 1 || !stops.has(token)) return probabilities[token] as number;
  return stops.tokens.reduce((sum, stop) => sum + (probabilities[stop] as number), 0);
}

/** The log-probability by `logits`, nats, of what `token` does: of a stop token, that the text ends. */
export function logProbabilityOf(
  logits: Float64Array,
  token: Token,
  stops: StopTokens,
  { largest, logSum } = logNormaliser(logits),
): number {
  if (stops.tokens.length > 1 && stops.has(token)) return endOf(logits, stops, largest, logSum);
  return ((logits[token] as number) - largest) - logSum;
}

// Apart, since V8 makes an object for what a closure holds whenever the function around it is called.
function endOf(
  logits: Float64Array,
  { tokens }: StopTokens,
  largest: number,
  logSum: number,
): number {
  return logSumOf(tokens, (one) => ((logits[one] as number) - largest) - logSum);
}

/** Gives the probability of all stop tokens to the most probable of them, and none to the others. */
export function mergeStops(logits: Float64Array, { tokens }: StopTokens): void {
  if (tokens.length < 2) return;
  const logitOf = (token: Token): number => logits[token] as number;
  const best = tokens.reduce((a, b) => logitOf(b) > logitOf(a) ? b : a);
  if (logitOf(best) === -Infinity) return;
  const all = logSumOf(tokens, logitOf);
  for (const token of tokens) logits[token] = -Infinity;
  logits[best] = all;
}
