/**
 * Every text that a small model can generate, by trying all: the oracle for searches.
 *
 * @module
 */
import type { DecodeRequest, DecodeResult } from "../../src/decode/strategy.ts";
import { limitReached } from "../../src/decode/strategy.ts";
import type { Warper } from "../../src/decode/warp/warper.ts";
import type { Token } from "../../src/model/language_model.ts";
import { CounterStream } from "../../src/random/counter_stream.ts";
import type { NextProbabilities } from "./mock_model.ts";

/** One text and the log-probability of its tokens and of its stop token, if it has one. */
export interface Text extends Pick<DecodeResult, "tokens" | "stop" | "stopToken"> {
  readonly logProb: number;
}

/** The model and the limits of its texts. */
export type TextOptions = Pick<DecodeRequest, "target" | "prompt" | "stops" | "maxNewTokens">;

/** All possible texts, by falling probability. */
export function everyText(
  next: NextProbabilities,
  options: TextOptions,
  warpers: readonly Warper[] = [],
): Text[] {
  const texts: Text[] = [];
  const request = { ...options, random: { next: () => NaN } };
  const visit = (tokens: readonly Token[], logProb: number): void => {
    const stop = limitReached(request, tokens.length);
    if (stop !== undefined) {
      texts.push({ tokens, stop, logProb });
      return;
    }
    const history = [...options.prompt, ...tokens];
    const logits = Float64Array.from(next(history), Math.log);
    for (const warper of warpers) warper.apply(logits, history, options.prompt.length);
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
    const probabilityOf = (token: Token): number => Math.exp(logits[token] ?? NaN) / total;
    const stops = options.stops.tokens.toSorted((a, b) => probabilityOf(b) - probabilityOf(a));
    const ending = stops.reduce((sum, token) => sum + probabilityOf(token), 0);
    if (ending > 0) {
      // One text, whichever ends it: the most probable of them does.
      const stopToken = stops[0] as Token;
      texts.push({ tokens, stop: "eos", stopToken, logProb: logProb + Math.log(ending) });
    }
    logits.forEach((logit, token) => {
      if (logit === -Infinity || options.stops.has(token)) return;
      visit([...tokens, token], logProb + logit - Math.log(total));
    });
  };
  visit([], 0);
  return texts.sort((a, b) => b.logProb - a.logProb);
}

/** Probabilities that differ at every prefix, some of them 0: a model without a rule. */
export function lawless(vocabSize: number, seed: number): NextProbabilities {
  return (prefix) => {
    const stream = CounterStream.fromSeed(seed).child(...prefix);
    const weights = Array.from({ length: vocabSize }, () => stream.next() ** 3);
    const favoured = Math.floor(stream.next() * vocabSize);
    const kept = weights.map((weight, token) =>
      token === favoured || stream.next() > .2 ? weight + 1e-3 : 0
    );
    const total = kept.reduce((sum, weight) => sum + weight);
    return kept.map((weight) => weight / total);
  };
}
