/**
 * The exact distribution over whole texts, by enumeration: the oracle that samples are tested against.
 *
 * @module
 */
import type { LanguageModel, Logits, StopTokens, Token } from "../../model/language_model.ts";
import { type DecodeResult, type Decoding, noCosts } from "../strategy.ts";
import type { Warper } from "../warp/warper.ts";
import { mostProbable } from "./exact.ts";
import { type Complete, traceOf } from "./prefix.ts";

/** One text that a model can generate, how it ends, and its probability. */
export interface ProbableText extends Pick<DecodeResult, "tokens" | "stop" | "stopToken"> {
  /** The probability of these tokens and this end, after warping. */
  readonly probability: number;
}

/** The distribution over whole texts that ancestral sampling draws from. */
export interface ExactDistribution {
  /** The most probable texts, by falling probability: no other is more probable than the last. */
  readonly texts: readonly ProbableText[];
  /** The probability of all others together. */
  readonly rest: number;
}

/** The texts to enumerate. */
export interface EnumerationOptions {
  /** The tokens of which any one ends a text. */
  readonly stops: StopTokens;
  /** The most tokens to generate, the stop token not counted. */
  readonly maxNewTokens: number;
  /** Stop after so many texts; default as many as there are. */
  readonly count?: number;
  /** Stop when the texts have this probability in all; default no limit. */
  readonly mass?: number;
}

/**
 * The texts that sampling from `model` after `prompt` (BOS included) and `warpers` can give, each with
 * its exact probability, by falling probability.
 */
export function exactDistribution(
  model: LanguageModel,
  prompt: readonly Token[],
  warpers: readonly Warper[],
  { stops, maxNewTokens, ...limits }: EnumerationOptions,
): ExactDistribution {
  const request = {
    target: model,
    prompt,
    stops,
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
  const { logProbs: _, ...ending } = traceOf(text);
  return { ...ending, probability: Math.exp(text.score) };
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
