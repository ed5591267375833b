import type { LanguageModel, Logits, Token } from "../../model/language_model.ts";
import { mostProbable } from "./best_first.ts";
import { type Complete, path } from "./prefix.ts";
import { type Decoding, noCosts, type StopReason } from "../strategy.ts";
import type { Warper } from "../warp/warper.ts";

/** One text that a model can generate, and how probable it is. */
export interface ProbableText {
  /** Without the prompt and without EOS. */
  readonly tokens: readonly Token[];
  /** EOS ended it, or it was cut. */
  readonly stop: StopReason;
  /** Of these tokens and this end, after warping. */
  readonly probability: number;
}

/** The distribution over whole texts that ancestral sampling draws from. */
export interface ExactDistribution {
  /** The most probable texts, by falling probability: no other is more probable than the last. */
  readonly texts: readonly ProbableText[];
  /** The probability of all others together. */
  readonly rest: number;
}

/** What to enumerate. */
export interface EnumerationOptions {
  /** The token that ends a text. */
  readonly eos: Token;
  /** The most tokens to generate, EOS not counted. */
  readonly maxNewTokens: number;
  /** Stop after so many texts; default as many as there are. */
  readonly count?: number;
  /** Stop when the texts have this probability in all; default no limit. */
  readonly mass?: number;
}

/**
 * The exact probabilities of what sampling from `model` after `prompt` (BOS included) and `warpers`
 * gives, by falling probability.
 */
export function exactDistribution(
  model: LanguageModel,
  prompt: readonly Token[],
  warpers: readonly Warper[],
  { eos, maxNewTokens, ...limits }: EnumerationOptions,
): ExactDistribution {
  const request = {
    target: model,
    prompt,
    eos,
    maxNewTokens,
    random: { next: () => NaN },
  };
  const { proven } = finish(mostProbable(request, noCosts(), { warpers, ...limits }), model);
  const texts = proven.map(probableText);
  // From the smallest up, so that little is lost to rounding.
  const found = texts.reduceRight((sum, { probability }) => sum + probability, 0);
  return { texts, rest: Math.max(0, 1 - found) };
}

function probableText(text: Complete): ProbableText {
  const tokens = path(text).map(({ token }) => token);
  if (text.stop === "eos") tokens.pop();
  return { tokens, stop: text.stop, probability: Math.exp(text.score) };
}

/** Runs a decoding that asks `model` alone. */
function finish<Result>(decoding: Decoding<Result>, model: LanguageModel): Result {
  let answers: readonly Logits[] = [];
  for (;;) {
    const step = decoding.next(answers);
    if (step.done) return step.value;
    answers = model.forward(step.value);
  }
}
