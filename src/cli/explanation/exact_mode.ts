/**
 * The most probable text of all beside the one that a search returned: how far it is from it, and where
 * the two part.
 *
 * @module
 */
import { schedule } from "../../decode/scheduler.ts";
import { exact } from "../../decode/search/exact.ts";
import type { DecodeRequest, DecodeResult } from "../../decode/strategy.ts";
import type { Token } from "../../model/language_model.ts";
import { logProb } from "../../measure/sample.ts";
import type { TokenNames } from "./token_names.ts";
import { nats, percent } from "./top_tokens.ts";

/** Logits that are read to find the mode, after which it counts as unknown: some seconds. */
const BUDGET = 3e6;

/** The most probable text of a prompt. */
export interface ExactMode {
  /** Its tokens, a stop token included. */
  readonly tokens: readonly Token[];
  /** Their log-probabilities in the target's own distribution, nats. */
  readonly logProbs: readonly number[];
  /** Whether it is cut, with as many tokens as a text may have. */
  readonly isCut: boolean;
}

/** The mode of a request; none where the search takes too long. */
export function exactMode(request: Omit<DecodeRequest, "random">): ExactMode | undefined {
  const random = { next: () => NaN };
  const budget = Math.ceil(BUDGET / request.target.spec.vocabSize);
  // In a large vocabulary not even one long text would be read.
  if (budget < request.maxNewTokens) return undefined;
  const [result] = schedule([exact({ budget })({ ...request, random })]);
  return result?.search?.optimal ? modeOf(result) : undefined;
}

function modeOf(result: DecodeResult): ExactMode {
  const { logProbs, stop } = result;
  return { tokens: wholeText(result), logProbs, isCut: stop !== "eos" };
}

function wholeText({ tokens, stopToken }: DecodeResult): Token[] {
  return stopToken === undefined ? [...tokens] : [...tokens, stopToken];
}

/** A difference that sums of the same probabilities may have, nats. */
const ROUNDING = 1e-9;

/** Where a text is not the mode. */
interface Parting {
  /** Nats that the text lacks. */
  readonly gap: number;
  /** How many tokens the two share before they part. */
  readonly shared: number;
}

/** Where `result` leaves the mode; nothing if it is the mode, or as probable. */
function partingOf(
  result: DecodeResult,
  { tokens, logProbs, isCut }: ExactMode,
): Parting | undefined {
  const own = wholeText(result);
  const gap = logProbs.reduce((sum, one) => sum + one, 0) - logProb(result);
  // Texts that end in one place are one text, whichever stop tokens end them.
  const ends = result.stop === "eos" && !isCut && own.length === tokens.length;
  let shared = 0;
  while (shared < own.length && own[shared] === tokens[shared]) shared++;
  if (ends && shared === own.length - 1) shared++;
  return shared === own.length && shared === tokens.length || gap < ROUNDING
    ? undefined
    : { gap, shared };
}

/** How a text compares with the mode, as lines; `mode` is missing where it is not known. */
export function modeLines(
  result: DecodeResult,
  mode: ExactMode | undefined,
  prompt: string,
  names: TokenNames,
): string[] {
  if (mode === undefined) {
    return ["the most probable text of all is not known: the search for it was given up"];
  }
  const parting = partingOf(result, mode);
  if (parting === undefined) return ["this is the exact mode: no text is more probable"];
  const { gap, shared } = parting;
  const total = mode.logProbs.reduce((sum, one) => sum + one, 0);
  const own = wholeText(result)[shared];
  const choice = (token: Token | undefined, logProb: number | undefined): string =>
    token === undefined
      ? "its end"
      : `${names.shown(token)} (${percent(Math.exp(logProb ?? NaN))})`;
  return [
    `the exact mode is ${names.text(prompt, mode.tokens)}${mode.isCut ? " (cut)" : ""}, log P ${
      nats(total)
    }, ` +
    `${nats(gap)} nats more`,
    `they part at token ${shared + 1}: ${
      choice(mode.tokens[shared], mode.logProbs[shared])
    } there, ` +
    `${choice(own, result.logProbs[shared])} here`,
  ];
}

/** The mode as JSON, with how far a text is from it, nats. */
export function modeJson(
  result: DecodeResult,
  mode: ExactMode | undefined,
  names: TokenNames,
): Record<string, unknown> | null {
  if (mode === undefined) return null;
  const { gap, shared } = partingOf(result, mode) ?? { gap: 0, shared: mode.tokens.length };
  return {
    ...names.plainText(mode.tokens),
    log_prob: mode.logProbs.reduce((sum, one) => sum + one, 0),
    gap,
    shared_tokens: shared,
  };
}
