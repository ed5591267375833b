/**
 * Prefixes, which searches build token by token, and the result of a search from its complete texts.
 *
 * @module
 */
import type { Token } from "../../model/language_model.ts";
import type { Contender } from "../observation.ts";
import { type Costs, type DecodeResult, noCosts, type StopReason } from "../strategy.ts";

/** One token after another; the first prefix, which adds none, has no parent. */
export interface Prefix {
  /** The prefix that it continues. */
  readonly parent: Prefix | undefined;
  /** The token that it adds. */
  readonly token: Token;
  /** The log-probability of that token there, nats. */
  readonly logProb: number;
  /** The log-probability of all its tokens, nats. */
  readonly score: number;
  /** Its tokens, the prompt's not counted. */
  readonly length: number;
}

/** A complete text. */
export interface Complete extends Prefix {
  /** A stop token ended it, which is then its last token; or it was cut. */
  readonly stop: StopReason;
}

/** The prefix without a generated token; its own token is the last one of `prompt`. */
export function emptyPrefix(prompt: readonly Token[]): Prefix {
  return { parent: undefined, token: prompt.at(-1) ?? NaN, logProb: 0, score: 0, length: 0 };
}

/** `parent` and one token more, of that log-probability there, nats. */
export function extended(parent: Prefix, token: Token, logProb: number): Prefix {
  return { parent, token, logProb, score: parent.score + logProb, length: parent.length + 1 };
}

/** The tokens that were added one after another, the first first. */
function path(prefix: Prefix): Prefix[] {
  const added: Prefix[] = [];
  for (let at = prefix; at.parent !== undefined; at = at.parent) added.push(at);
  return added.reverse();
}

/** The tokens of `prefix`, a stop token included. */
export function tokensOf(prefix: Prefix): Token[] {
  return path(prefix).map(({ token }) => token);
}

/** `prefix` as one that competes by `rank`, for an observer. */
export function contender(prefix: Prefix, rank: number): Contender {
  return { tokens: tokensOf(prefix), logProb: prefix.score, rank };
}

/** The contenders of one choice by their fate, for an observer: none so far. */
export function nothingSelected(): Record<"kept" | "ended" | "dropped", Contender[]> {
  return { kept: [], ended: [], dropped: [] };
}

/** The tokens of a text, how it ended, and log-probabilities, as a {@linkcode DecodeResult} has them. */
export type TextTrace = Pick<DecodeResult, "tokens" | "stop" | "stopToken" | "logProbs">;

/** The trace of `text`, with the log-probabilities by which it was built, nats. */
export function traceOf(text: Complete): TextTrace {
  const added = path(text);
  const tokens = added.map(({ token }) => token);
  const logProbs = added.map(({ logProb }) => logProb);
  if (text.stop !== "eos") return { tokens, stop: text.stop, logProbs };
  return { tokens: tokens.slice(0, -1), stop: text.stop, stopToken: text.token, logProbs };
}

/** The result of a decoding that found `texts`, at least one: the first, with the others on it. */
export function decodeResult(
  texts: readonly Omit<DecodeResult, "costs">[],
  costs: Costs,
): DecodeResult {
  const [first, ...others] = texts;
  if (first === undefined) throw new RangeError("Cannot return a text: none was found");
  if (others.length === 0) return { ...first, costs };
  return { ...first, costs, others: others.map((other) => ({ ...other, costs: noCosts() })) };
}

/** The same for a search in the target's own distribution, where nothing was drawn. */
export function searchResult(texts: readonly Complete[], costs: Costs): DecodeResult {
  const results = texts.map((text) => {
    const trace = traceOf(text);
    return { ...trace, warpedLogProbs: trace.logProbs.map(() => 0) };
  });
  return decodeResult(results, costs);
}
