import type { Token } from "../../model/language_model.ts";
import type { StopReason } from "../strategy.ts";

/** One token after another; the first prefix, which adds none, has no parent. */
export interface Prefix {
  /** What it continues. */
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
  /** EOS ended it, which is then its last token; or it was cut. */
  readonly stop: StopReason;
}

/** What has no token yet; it stands for `eos`, which begins every text. */
export function emptyPrefix(eos: Token): Prefix {
  return { parent: undefined, token: eos, logProb: 0, score: 0, length: 0 };
}

/** `parent` and one token more, of which `logProbs`, `[V]`, has the log-probability. */
export function extended(parent: Prefix, token: Token, logProbs: Float64Array): Prefix {
  const logProb = logProbs[token] as number;
  return { parent, token, logProb, score: parent.score + logProb, length: parent.length + 1 };
}

/** The tokens that were added one after another, the first first. */
export function path(prefix: Prefix): Prefix[] {
  const added: Prefix[] = [];
  for (let at = prefix; at.parent !== undefined; at = at.parent) added.push(at);
  return added.reverse();
}

/** The tokens of `prefix`. */
export function tokensOf(prefix: Prefix): Token[] {
  return path(prefix).map(({ token }) => token);
}
